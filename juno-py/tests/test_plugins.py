"""Policies and risk models written in Python decide and forecast inside the pipeline."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

import juno

App = Callable[..., juno.Juno]


class Policy:
    """Answers with `answer(context)`."""

    version = "mine-1"

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.answer = answer

    def decide(self, context: dict[str, Any]) -> Any:
        return self.answer(context)


class Model:
    """Predicts `answer(snapshot, history)`."""

    name = "mine"

    def __init__(self, answer: Callable[[dict[str, Any], Any], Any]) -> None:
        self.answer = answer

    def predict(self, snapshot: dict[str, Any], history: Any) -> Any:
        return self.answer(snapshot, history)


def labels_only(context: dict[str, Any]) -> dict[str, Any]:
    label = context["proposal"]["action"]["type"] == "add_label"
    return {"verdict": "allow" if label else "deny", "reasons": ["only labels"]}


def test_a_policy_written_here_decides_every_proposal(app: App, records: juno.Records) -> None:
    review = app(policy=Policy(labels_only)).review(records)
    kinds = {p["id"]: p["action"]["type"] for p in review["proposals"]}
    assert len(set(kinds.values())) > 1
    for decision in review["decisions"]:
        allowed = kinds[decision["proposal"]] == "add_label"
        assert decision["verdict"] == ("auto_approved" if allowed else "denied")
        assert decision["by"] == {"type": "policy", "version": "mine-1"}
        assert decision["reasons"] == ["only labels"]
    assert len(review["executed"]) == list(kinds.values()).count("add_label")


def test_settings_stand_above_every_policy(app: App, records: juno.Records) -> None:
    review = app({"governance.supervisor_mode": True}, policy=Policy(lambda _: {"verdict": "allow"})).review(records)
    assert review["executed"] == []
    assert {d["verdict"] for d in review["decisions"]} == {"approval_required"}


@pytest.mark.parametrize("answer", [None, 7, {"verdict": "sure"}, {"verdict": "allow", "ladder": {"rungs": []}}])
def test_a_policy_that_talks_nonsense_lets_nothing_run(app: App, records: juno.Records, answer: Any) -> None:
    one = app(policy=Policy(lambda _: answer))
    with pytest.raises(juno.InvalidInputError, match="`decide` of policy `mine-1` cannot be read|policy is not usable"):
        one.review(records)
    kinds = {record["event"]["kind"] for record in one.audit_records(0, 10_000)}
    assert "decision_made" in kinds and "execution_started" not in kinds and one.pending() == []


def test_a_policy_that_raises_lets_nothing_run_and_its_exception_comes_through(app: App, records: juno.Records) -> None:
    def fail(_: dict[str, Any]) -> Any:
        raise ZeroDivisionError("no history")

    one = app(policy=Policy(fail))
    with pytest.raises(ZeroDivisionError, match="no history"):
        one.review(records)
    decided = [r["event"] for r in one.audit_records(0, 10_000) if r["event"]["kind"] == "decision_made"]
    assert decided and "policy `mine-1` failed: ZeroDivisionError: no history" in str(decided[0])
    assert one.audit_verify()["verified"]


def test_an_interrupt_inside_a_policy_asks_nothing_more(app: App, records: juno.Records) -> None:
    asked = 0

    def interrupted(_: dict[str, Any]) -> Any:
        nonlocal asked
        asked += 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        app(policy=Policy(interrupted)).review(records)
    assert asked == 1


def test_an_exception_belongs_to_the_call_it_happened_in(app: App, proposal: dict[str, Any]) -> None:
    """Two threads share one Juno; each gets its own exception and no other."""
    meet = threading.Barrier(2)

    def fail_for_odd(context: dict[str, Any]) -> Any:
        meet.wait(5)
        if context["proposal"]["id"] == "p-odd":
            raise ValueError("odd")
        return {"verdict": "deny"}

    one, raised = app(policy=Policy(fail_for_odd)), {}

    def work(name: str) -> None:
        try:
            one.submit({**proposal, "id": name})
            raised[name] = ""
        except ValueError as error:
            raised[name] = str(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("p-odd", "p-even")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == {"p-odd": "odd", "p-even": ""}


def test_a_model_written_here_gives_every_forecast(app: App, records: juno.Records) -> None:
    def predict(snapshot: dict[str, Any], history: Any) -> dict[str, Any]:
        assert all(past["closed_at"] <= snapshot["at"] for past in history)
        done = snapshot["done"]["points"]
        return {"p_miss": 0.125, "delivered": done, "intervals": [{"lower": 0, "upper": done, "level": 0.8}]}

    review = app(model=Model(predict)).review(records)
    forecasts = [f for f in review["forecasts"] if f["outlook"] == "forecast"]
    assert forecasts and {f["p_miss"] for f in forecasts} == {0.125}
    assert all(f["basis"] and f["basis"]["model"] == "mine" for f in forecasts)
    assert all(f["delivered"] == f["done"] for f in forecasts)
    assert "mine on" in forecasts[0]["note"]


def test_a_model_that_knows_too_little_gives_no_number(app: App, records: juno.Records) -> None:
    forecasts = app(model=Model(lambda *_: None)).forecast(records)["forecasts"]
    assert {(f["outlook"], f["p_miss"], f["basis"]) for f in forecasts} == {("not_enough_history", None, None)}
    assert all("model `mine` knows too little" in f["note"] for f in forecasts)


@pytest.mark.parametrize(
    ("p_miss", "delivered"), [(float("nan"), 1), (1.5, 1), (-0.1, 1), (0.5, -1), (0.5, float("inf")), ("0.5", 1)]
)
def test_numbers_that_cannot_be_are_an_error_that_names_the_model(
    app: App, records: juno.Records, p_miss: Any, delivered: Any
) -> None:
    one = app(model=Model(lambda *_: {"p_miss": p_miss, "delivered": delivered}))
    with pytest.raises(juno.InvalidInputError, match="risk model `mine`"):
        one.forecast(records)


def test_what_a_model_raises_comes_through(app: App, records: juno.Records) -> None:
    with pytest.raises(ZeroDivisionError):
        app(model=Model(lambda *_: 1 / 0)).review(records)


def test_what_is_no_plugin_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="`object` is no policy: give it a method `decide`"):
        juno.Juno(database=":memory:", policy=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`object` is no risk model: give it a method `predict`"):
        juno.Juno(database=":memory:", model=object())  # type: ignore[arg-type]

    class Nameless:
        def predict(self, snapshot: Any, history: Any) -> None: ...

    with pytest.raises(TypeError, match="`Nameless` is no risk model: give it a text `name`"):
        juno.Juno(database=":memory:", model=Nameless())  # type: ignore[arg-type]
