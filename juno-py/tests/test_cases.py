"""The cases in tests/cases give in Python what they give in Rust and Node, to the last digit."""

import json
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

import juno

FOLDER = Path(__file__).parents[2] / "tests" / "cases"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(FOLDER.glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))
]


def argument(name: str, value: Any) -> Any:
    match name:
        case "now":
            return datetime.fromisoformat(value.replace("Z", "+00:00"))
        case "path":
            return FOLDER / value
        case _:
            return value


def calibrate(method: Any, scores: Any, outcomes: Any, ask: list[float]) -> dict[str, Any]:
    fitted = juno.Calibrator.fit(method, scores, outcomes)
    return {"applied": fitted.apply(ask), "calibrator": fitted.to_dict()}


def blend(x: Any, y: Any, options: dict[str, Any], ask: Any) -> dict[str, Any]:
    model = juno.BlendClassifier(**options).fit(x, y)
    return {
        "p": model.predict_proba(ask)[:, 1].tolist(),
        "logit": model.decision_function(ask).tolist(),
        "base": model.base_,
        "contributions": model.contributions(ask).tolist(),
    }


def train(path: Path, options: dict[str, Any], last: int) -> Any:
    return juno.forecast_columns(juno.train(path, **options).forecast(path)[-last:])


def backtest(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    found = juno.backtest(path, **options)
    last = found["models"][-1]
    p_miss = found["predictions"]["p_miss"]
    return {"protocol": found["protocol"], "mean": last["mean"], "sampling": last["sampling"], "p_miss": p_miss}


def rule_policy(rules: str, proposal: Any, settings: Any, now: datetime, facts: Any = None) -> dict[str, Any]:
    policy = juno.RulePolicy.from_toml(rules)
    assert juno.RulePolicy(policy.to_dict()).version == policy.version
    return {"version": policy.version, "ruling": policy.decide(proposal, settings, now, facts)}


def oversee(settings: Any, now: datetime, steps: Any, rules: Any, options: Any) -> dict[str, Any]:
    one = juno.Juno(settings, database=":memory:", now=now)
    requests = {}
    for step in steps:
        one.set_now(argument("now", step["at"]))
        if "submit" in step:
            requests[step["submit"]["id"]] = one.submit(step["submit"])["request"]
        elif vote := step.get("vote"):
            seen = requests[vote["on"]]
            one.vote(seen | {"digest": vote.get("digest", seen["digest"])}, vote["by"], vote["choice"], vote["reason"])
        else:
            one.tick()
    report = one.audit_compliance(rules)
    results = [
        [result["rule"], result["checked"], result["passed"], [[f["request"], f["expected"], f["found"]] for f in result["findings"]]]
        for result in report["results"]
    ]
    return {"oversight": one.oversight(options), "rules": report["rules"], "results": results}


def govern(settings: Any, now: datetime, steps: Any) -> list[Any]:
    """What each step gives, or the code of its refusal."""
    one = juno.Juno(settings, database=":memory:", now=now)
    requests: dict[str, Any] = {}
    results = []
    for step in steps:
        if "at" in step:
            one.set_now(argument("now", step["at"]))
        try:
            results.append(take(one, requests, step))
        except juno.JunoError as error:
            results.append(error.code)
    return results


def take(one: juno.Juno, requests: dict[str, Any], step: Any) -> Any:
    seen: Any = requests.get(step.get("on"))
    by, reason = step.get("by"), step.get("reason", "so be it")
    match step["do"]:
        case "submit":
            submission = one.submit(step["proposal"])
            requests[step["proposal"]["id"]] = submission["request"]
            return submission["decision"]["verdict"]
        case "vote":
            return one.vote(seen | {"digest": step.get("digest", seen["digest"])}, by, step["choice"], reason)["verdict"]
        case "cancel" | "withdraw" as what:
            return getattr(one, what)(seen["id"], by, reason)["verdict"]
        case "execute":
            return one.execute(seen["id"])["result"]
        case "perform":
            with one.gate.execute(seen["id"], undo=step.get("undo")) as permit:
                pass
            assert permit.outcome is not None
            return permit.outcome["result"]
        case "reverse" | "revoke" as what:
            return getattr(one, what)(seen["id"], by, reason)["result"]
        case "stop" | "resume" as what:
            getattr(one, what)(by, reason)
        case "place_hold":
            one.audit_place_hold(step["name"], by, reason, step["person"])
        case "lift_hold":
            one.audit_lift_hold(step["name"], by, reason)
        case "erase":
            one.audit_erase(step["person"], by, reason)
        case "expire":
            one.audit_expire(step["months"], by)
        case other:
            raise AssertionError(f"no step can `{other}`")
    return "done"


def remember(settings: Any, now: datetime, steps: Any) -> list[Any]:
    """What each step gives, or the code of its refusal."""
    one = juno.Juno(settings, database=":memory:", now=now)
    results = []
    for step in steps:
        if "at" in step:
            one.set_now(argument("now", step["at"]))
        try:
            results.append(keep(one, step))
        except juno.JunoError as error:
            results.append(error.code)
    return results


def keep(one: juno.Juno, step: Any) -> Any:
    def session() -> juno.Session:
        return one.session(step["session"], **{"agent": "", **step.get("place", {})})

    match step["do"]:
        case "remember":
            return one.remember(step["text"], **step["note"])
        case "recall":
            return one.recall(step["text"], step["k"], **step["lookup"])
        case "columns":
            return juno.memory_columns(one.scan_memories(limit=100)["memories"])
        case "items":
            return one.item_batch(step["steps"], step.get("team"))
        case "import_mem0" | "import_langgraph" as what:
            return getattr(one, what)(step["rows"], team=step.get("team"))
        case "append":
            return session().append(step["turns"])
        case "turns":
            return session().turns()
        case "end":
            return session().end(promote=True)
        case "consolidate":
            return one.consolidate(step["facts"], **step["place"])
        case "cleanup":
            return one.cleanup_memory()
        case other:
            raise ValueError(f"no step is called `{other}`")


def function(name: str) -> Any:
    """What a case calls: something of `juno`, or several calls in a row."""
    several: dict[str, Any] = {"calibrate": calibrate, "blend": blend, "train": train, "backtest": backtest}
    several |= {"rule_policy": rule_policy, "oversee": oversee, "govern": govern, "remember": remember}
    return several.get(name) or attrgetter(name)(juno)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: `True` is not 1, but 1.0 is."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    arguments = {name: argument(name, value) for name, value in case["args"].items()}
    try:
        answer = function(case["call"])(**arguments)
    except juno.JunoError as error:
        assert case.get("fails") == error.code, error
    except ValueError as error:
        # What scikit-learn itself says about the shape of a matrix.
        assert case["call"] == "blend" and case.get("fails") == "JUNO_INVALID_INPUT", error
    else:
        assert "gives" in case, answer
        assert same(answer, case["gives"]), answer


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 50
