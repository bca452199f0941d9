"""tests/surface.toml lists what the module and its stub offer: no more and no less."""

import ast
import inspect
import sys
from pathlib import Path
from typing import Any, Protocol

import juno

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
SURFACE: dict[str, list[dict[str, Any]]] = tomllib.loads((ROOT / "tests" / "surface.toml").read_text(encoding="utf-8"))
INTERFACES = {entry["python"] for entry in SURFACE["name"] if entry["kind"] == "interface"}
ERRORS = {"JunoError"} | {entry["python"] for entry in SURFACE["error"]}


def listed(*, interfaces: bool) -> set[str]:
    names = set()
    for entry in SURFACE["name"]:
        if (entry["python"].split(".")[0] in INTERFACES) == interfaces:
            names |= {entry["python"]} | ({entry["python"] + "_async"} if entry.get("waits") else set())
    return names


NAMESPACES = {entry["python"] for entry in SURFACE["name"] if entry["kind"] == "namespace"}
# What scikit-learn asks of a classifier beyond what every language has.
OF_SCIKIT_LEARN = {f"BlendClassifier.{name}" for name in ("get_params", "set_params", "score")}


def members(thing: object) -> set[str]:
    names = dir(thing) if inspect.ismodule(thing) else vars(thing)
    return {name for name in names if not name.startswith("_")}


def is_private_module(name: str, thing: object) -> bool:
    return inspect.ismodule(thing) and name not in NAMESPACES


def test_the_module_offers_what_the_list_says() -> None:
    live = set()
    for name in members(juno) - {"TYPE_CHECKING"}:
        thing = getattr(juno, name)
        if is_private_module(name, thing) or name in ERRORS | INTERFACES:
            continue
        has_members = inspect.isclass(thing) or inspect.ismodule(thing)
        live |= {name} | ({f"{name}.{member}" for member in members(thing)} if has_members else set())
    # `set_{method}_request` come from scikit-learn's metadata routing.
    assert {name for name in live if not name.endswith("_request")} == listed(interfaces=False)


def test_the_stubs_offer_what_the_list_says() -> None:
    names = set(NAMESPACES)
    for file, prefix in (("_juno", ""), ("scores", "scores."), ("classifier", "")):
        stub = ast.parse((ROOT / "juno-py" / "python" / "juno" / f"{file}.pyi").read_text(encoding="utf-8"))
        for node in stub.body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name in ERRORS:
                continue
            if node.name.startswith("_"):
                continue
            names.add(prefix + node.name)
            if isinstance(node, ast.ClassDef):
                methods = (part.name for part in node.body if isinstance(part, ast.FunctionDef))
                names |= {f"{node.name}.{method}" for method in methods if not method.startswith("_")}
    assert names - OF_SCIKIT_LEARN == listed(interfaces=False)


def test_the_interfaces_are_protocols_with_these_members() -> None:
    live = set()
    for name in INTERFACES:
        protocol = getattr(juno, name)
        assert issubclass(protocol, Protocol)
        live |= {name} | {f"{name}.{member}" for member in members(protocol)}
    assert live == listed(interfaces=True)


def test_the_error_classes_have_these_codes() -> None:
    classes = {c.__name__: c.code for c in juno.JunoError.__subclasses__()}
    assert classes == {entry["python"]: entry["code"] for entry in SURFACE["error"]}
