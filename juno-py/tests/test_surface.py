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


def members(thing: object) -> set[str]:
    return {name for name in vars(thing) if not name.startswith("_")}


def test_the_module_offers_what_the_list_says() -> None:
    live = set()
    for name in members(juno):
        thing = getattr(juno, name)
        if not inspect.ismodule(thing) and name not in ERRORS | INTERFACES:
            live |= {name} | ({f"{name}.{member}" for member in members(thing)} if inspect.isclass(thing) else set())
    assert live == listed(interfaces=False)


def test_the_stub_offers_what_the_list_says() -> None:
    stub = ast.parse((ROOT / "juno-py" / "python" / "juno" / "_juno.pyi").read_text(encoding="utf-8"))
    names = set()
    for node in stub.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name not in ERRORS:
            names.add(node.name)
        if isinstance(node, ast.ClassDef) and node.name not in ERRORS:
            methods = (part.name for part in node.body if isinstance(part, ast.FunctionDef))
            names |= {f"{node.name}.{method}" for method in methods if not method.startswith("_")}
    assert names == listed(interfaces=False)


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
