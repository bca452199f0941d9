"""A policy written in Python stands in the core as one written in Rust does."""

import asyncio
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

import juno

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)


class Policy:
    """Answers with `answer(context)`."""

    version = "test-1"

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.answer = answer

    def decide(self, context: dict[str, Any]) -> Any:
        return self.answer(context)


def proposal(impact: str = "low") -> dict[str, Any]:
    return {
        "id": "0" * 64,
        "action": {"type": "add_label", "issue": "PAY-7", "label": "stale"},
        "impact": impact,
        "team": "payments",
        "proposer": "juno",
        "confidence": {"value": 0.8, "calibration": {"state": "uncalibrated"}},
        "rationale": "no activity for 40 days",
        "evidence": [],
        "proposed_at": "2026-03-02T08:00:00Z",
    }


NO_DECISION = "^the (answer of `decide` of policy `test-1` cannot be read|policy is not usable): "


def allow(_: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": "allow", "reasons": ["labels are harmless"]}


def test_the_policy_sees_the_proposal_and_its_answer_comes_back() -> None:
    seen: list[dict[str, Any]] = []

    def look(context: dict[str, Any]) -> dict[str, Any]:
        seen.append(context)
        return allow(context)

    decisions = juno.try_policy(Policy(look), [proposal()], now=NOW, phase=3)
    assert decisions == [{"verdict": "allow", "reasons": ["labels are harmless"]}]
    assert seen[0]["phase"] == 3
    assert seen[0]["now"] == "2026-03-02T09:00:00Z"
    assert seen[0]["proposal"]["action"] == proposal()["action"]


def test_approval_without_a_ladder_takes_the_one_of_the_impact() -> None:
    policy = Policy(lambda _: {"verdict": "require_approval"})
    (decision,) = juno.try_policy(policy, [proposal("critical")], now=NOW)
    assert decision["ladder"]["rungs"][0]["role"] == "engineering_manager"


def test_what_the_policy_raises_comes_through_unchanged() -> None:
    def fail(_: dict[str, Any]) -> dict[str, Any]:
        raise ZeroDivisionError("no history")

    with pytest.raises(ZeroDivisionError, match="no history"):
        juno.try_policy(Policy(fail), [proposal()], now=NOW)

    def interrupted(_: dict[str, Any]) -> dict[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        juno.try_policy(Policy(interrupted), [proposal()], now=NOW)


def test_ctrl_c_ends_the_call_at_the_next_step() -> None:
    asked = 0

    def interrupted_by_the_user(context: dict[str, Any]) -> dict[str, Any]:
        nonlocal asked
        asked += 1
        signal.raise_signal(signal.SIGINT)
        return allow(context)

    with pytest.raises(KeyboardInterrupt):
        juno.try_policy(Policy(interrupted_by_the_user), [proposal()] * 50, now=NOW)
    assert asked == 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"verdict": "maybe"},
        {"verdict": 1},
        {"verdict": "allow", "reason": "typo"},
        {"verdict": "allow", "ladder": {"rungs": [{"role": "team_lead", "deadline_hours": 4}]}},
    ],
)
def test_an_answer_that_is_no_decision_is_an_error_never_an_approval(answer: Any) -> None:
    with pytest.raises(juno.InvalidInputError, match=NO_DECISION):
        juno.try_policy(Policy(lambda _: answer), [proposal()], now=NOW)


def test_what_is_no_policy_or_no_proposal_is_refused_before_any_work() -> None:
    with pytest.raises(TypeError, match="`object` is no policy: give it a method `decide`"):
        juno.try_policy(object(), [proposal()], now=NOW)  # type: ignore[arg-type]
    with pytest.raises(juno.InvalidInputError, match="impact|variant"):
        juno.try_policy(Policy(allow), [proposal("none")], now=NOW)


def test_other_threads_run_while_the_core_works() -> None:
    ready, go = threading.Event(), threading.Event()

    def wait_for_the_other(context: dict[str, Any]) -> dict[str, Any]:
        ready.set()
        assert go.wait(5)
        return allow(context)

    worker = threading.Thread(target=lambda: go.set() if ready.wait(5) else None)
    worker.start()
    assert juno.try_policy(Policy(wait_for_the_other), [proposal()], now=NOW)[0]["verdict"] == "allow"
    worker.join()


def test_a_policy_may_call_juno_itself() -> None:
    def ask_another(_: dict[str, Any]) -> Any:
        return juno.try_policy(Policy(allow), [proposal()], now=NOW)[0]

    assert juno.try_policy(Policy(ask_another), [proposal()], now=NOW)[0]["verdict"] == "allow"

    async def main() -> Any:
        return await juno.try_policy_async(Policy(ask_another), [proposal()], now=NOW)

    assert asyncio.run(main())[0]["verdict"] == "allow"


def slow(context: dict[str, Any]) -> dict[str, Any]:
    time.sleep(0.2)
    return allow(context)


def test_the_event_loop_runs_on_while_a_policy_works() -> None:
    async def main() -> int:
        turns = 0
        answer = asyncio.ensure_future(juno.try_policy_async(Policy(slow), [proposal()], now=NOW))
        while not answer.done():
            await asyncio.sleep(0.01)
            turns += 1
        assert (await answer)[0]["verdict"] == "allow"
        return turns

    assert asyncio.run(main()) > 3


def test_errors_and_cancellation_reach_the_one_who_awaits() -> None:
    def fail(_: dict[str, Any]) -> dict[str, Any]:
        raise ZeroDivisionError

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await juno.try_policy_async(Policy(fail), [proposal()], now=NOW)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(juno.try_policy_async(Policy(slow), [proposal()], now=NOW), 0.01)

    asyncio.run(main())


def in_a_child() -> None:
    async def main() -> Any:
        return await juno.try_policy_async(Policy(allow), [proposal()], now=NOW)

    assert juno.try_policy(Policy(allow), [proposal()], now=NOW)
    assert asyncio.run(main())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_makes_its_own_threads() -> None:
    in_a_child()
    child = multiprocessing.get_context("fork").Process(target=in_a_child)
    child.start()
    child.join(20)
    assert child.exitcode == 0
