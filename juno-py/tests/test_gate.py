"""Effects that Python code causes itself, each under an approved request."""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import juno

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)


def approved(one: juno.Juno, proposal: dict[str, Any]) -> str:
    request: str = one.submit(proposal)["request"]["id"]
    one.vote(one.request(request), "team_lead", "approve", "fine")
    return request


def test_a_block_that_ends_has_succeeded(app: Callable[..., juno.Juno], proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    request = approved(one, proposal)
    with one.gate.execute(request) as permit:
        assert permit.action == proposal["action"] and permit.request == request
        assert permit.idempotency_key.startswith("juno-") and permit.fence == 1
        assert permit.outcome is None
        execution = one.execution(request)
        assert execution is not None and execution["state"] == "executing", "the intent is stored first"
    assert permit.outcome is not None and permit.outcome["result"] == "succeeded"
    with pytest.raises(juno.ConflictError), one.gate.execute(request):
        raise AssertionError("an approved tool runs again")
    assert one.audit_verify()["verified"]


def test_what_waits_for_a_person_carries_its_request(app: Callable[..., juno.Juno], proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    submitted = one.submit(proposal)["request"]
    request, digest = submitted["id"], submitted["digest"]
    with pytest.raises(juno.ApprovalRequiredError) as asked, one.gate.execute(request):
        raise AssertionError("nobody approved it")
    deadline = "2026-03-03T09:00:00Z"
    assert asked.value.request == {"id": request, "digest": digest, "role": "team_lead", "deadline": deadline}
    assert one.request(request)["state"]["state"] == "pending"
    assert one.execution(request) is None


def test_a_block_that_raises_leaves_unknown_until_somebody_looks(
    app: Callable[..., juno.Juno], proposal: dict[str, Any]
) -> None:
    one = app(now=NOW)
    request = approved(one, proposal)
    with pytest.raises(ZeroDivisionError), one.gate.execute(request) as permit:
        raise ZeroDivisionError("half done?")
    assert permit.outcome is not None and permit.outcome["result"] == "unknown"
    assert "ZeroDivisionError: half done?" in permit.outcome["detail"]
    assert one.recover() == {"outcomes": [], "failed": []}, "nothing is repeated"
    assert one.resolve(request, "team_lead", False, "no label there")["result"] == "failed"


def test_a_block_may_say_itself_how_it_ended(app: Callable[..., juno.Juno], proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    with one.gate.execute(approved(one, proposal)) as permit:
        assert permit.finish("not_done", "no such ticket")["result"] == "failed"
        with pytest.raises(juno.ConflictError):
            permit.finish("done", "after all")
    assert permit.outcome is not None and permit.outcome["detail"].endswith("no such ticket")
    with pytest.raises(juno.ConflictError), permit:
        pass
    with pytest.raises(juno.InvalidInputError):
        one.gate.execute("r").finish("maybe", "")  # type: ignore[arg-type]


def test_it_is_undone_and_revoked_by_whom_may(app: Callable[..., juno.Juno], proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    request = approved(one, proposal)
    assert one.execute(request)["result"] == "dry_run"
    with pytest.raises(juno.ConflictError):
        one.reverse(request, "team_lead", "nothing was done")
    other = approved(one, {**proposal, "id": "p-2"})
    with pytest.raises(juno.DeniedError):
        one.revoke(other, "somebody", "because")
    assert one.revoke(other, "team_lead", "the customer called")["result"] == "failed"
    with pytest.raises(juno.ConflictError):
        one.execute(other)


def test_a_plan_runs_in_order(app: Callable[..., juno.Juno], proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    requests = [approved(one, {**proposal, "id": f"p-{n}"}) for n in range(3)]
    plan = one.execute_plan(requests)
    assert plan["result"] == "done"
    assert [step["request"] for step in plan["steps"]] == requests


def test_the_same_in_asyncio(app: Callable[..., juno.Juno], proposal: dict[str, Any]) -> None:
    one = app(now=NOW)

    async def work() -> None:
        request = approved(one, proposal)
        async with one.gate.execute(request) as permit:
            outcome = await permit.finish_async("done", "labelled")
        assert outcome["result"] == "succeeded"
        with pytest.raises(juno.ConflictError):
            async with one.gate.execute(request):
                raise AssertionError("twice")
        second = approved(one, {**proposal, "id": "p-2"})
        with pytest.raises(ValueError, match="oops"):
            async with one.gate.execute(second) as permit:
                raise ValueError("oops")
        assert permit.outcome is not None and permit.outcome["result"] == "unknown"

    asyncio.run(work())


# control: ASI02
def test_a_guarded_function_asks_runs_once_and_never_again(app: Callable[..., juno.Juno]) -> None:
    one = app(now=NOW)
    moved: list[tuple[str, str]] = []

    @one.gate.guard(action="jira.transition", impact="medium", team="payments")
    def move(issue: str, to: str = "Done") -> str:
        """Moves a ticket."""
        moved.append((issue, to))
        return f"{issue} is {to}"

    assert move.__name__ == "move"
    with pytest.raises(juno.ApprovalRequiredError) as asked:
        move("PAY-7")
    assert asked.value.request is not None
    request = asked.value.request["id"]
    proposal = one.request(request)["proposal"]
    assert (proposal["action"]["target"], proposal["rationale"]) == ("PAY-7", "Moves a ticket.")
    assert proposal["action"]["arguments"] == {"issue": "PAY-7", "to": "Done"}
    with pytest.raises(juno.ApprovalRequiredError):
        move("PAY-7", to="Done")
    assert len(one.pending()) == 1, "the same call is the same request"
    one.vote(one.request(request), "team_lead", "approve", "fine")
    with pytest.raises(juno.ApprovalRequiredError):
        move("PAY-8")
    assert move("PAY-7") == "PAY-7 is Done"
    with pytest.raises(juno.ConflictError):
        move("PAY-7")
    assert moved == [("PAY-7", "Done")]


def test_a_guarded_coroutine_does_the_same(app: Callable[..., juno.Juno]) -> None:
    one = app(now=NOW)
    moved: list[str] = []

    @one.gate.guard(action="jira.transition", impact="low", key="sprint 7", ignore=["session"])
    async def move(issue: str, session: object = None) -> None:
        await asyncio.sleep(0)
        moved.append(issue)

    async def work() -> None:
        with pytest.raises(juno.ApprovalRequiredError) as asked:
            await move("PAY-7", session=object())
        assert asked.value.request is not None
        await one.vote_async(asked.value.request, "team_lead", "approve", "fine")
        await move("PAY-7", session=object())
        with pytest.raises(juno.ConflictError):
            await move("PAY-7")

    asyncio.run(work())
    assert moved == ["PAY-7"]


def test_a_guarded_function_that_is_refused_never_runs(app: Callable[..., juno.Juno]) -> None:
    one = app(now=NOW)

    @one.gate.guard(action="jira.close", impact="low", undo=lambda issue: {"type": "add_label", "issue": issue, "label": "x"})
    def close(issue: str) -> None:
        raise AssertionError("refused")

    with pytest.raises(juno.ApprovalRequiredError) as asked:
        close("PAY-7")
    assert asked.value.request is not None
    one.vote(asked.value.request, "team_lead", "deny", "no")
    with pytest.raises(juno.DeniedError):
        close("PAY-7")


def test_what_waited_is_resumed_after_a_restart_and_a_crash_leaves_unknown(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from datetime import datetime, timezone
        import juno
        one = juno.Juno(database=sys.argv[1], now=datetime(2026, 3, 2, 9, tzinfo=timezone.utc))

        @one.gate.guard(action="jira.transition", impact="medium")
        def move(issue):
            if sys.argv[2] == "dies":
                os._exit(9)
            print("moved")

        try:
            move("PAY-7")
        except juno.ApprovalRequiredError as error:
            print(error.request["id"])
        """
    )

    def run(how: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", script, str(tmp_path / "juno.db"), how]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    asked = run("lives")
    assert asked.returncode == 0, asked.stderr
    request = asked.stdout.strip()
    with juno_at(tmp_path, NOW) as one:
        one.vote(one.request(request), "team_lead", "approve", "fine")
    assert run("dies").returncode == 9
    again = run("lives")
    assert "moved" not in again.stdout and "ConflictError" in again.stderr
    with juno_at(tmp_path, NOW + timedelta(hours=2)) as one:
        assert [outcome["result"] for outcome in one.recover()["outcomes"]] == ["unknown"]
        assert one.audit_verify()["verified"]


class juno_at:
    """A `Juno` of the file, at an instant."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.one = juno.Juno(database=folder / "juno.db", now=now)

    def __enter__(self) -> juno.Juno:
        return self.one

    def __exit__(self, *_: object) -> None:
        del self.one
