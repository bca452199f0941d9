"""Changing the rules by approval, stopping everything, and lending a place, from Python."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import juno

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
STRICT = 'name = "strict"\nkill_switch = true'


# control: SOC2-CC8.1
def test_rules_change_by_the_approvals_they_demand(app: Callable[..., juno.Juno], proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    before, strict = one.policy_version, juno.RulePolicy.from_toml(STRICT)
    with pytest.raises(juno.InvalidInputError, match="justification"):
        one.propose_rules(strict, "team_lead", "", "nothing runs", "the rules before")
    asked = one.propose_rules(strict, "engineering_manager", "an incident", "nothing runs", "the rules before")
    request = asked["request"]["id"]
    assert asked["decision"]["verdict"] == "approval_required", "no setting lets rules change by themselves"
    with pytest.raises(juno.ApprovalRequiredError):
        one.execute(request)
    with pytest.raises(juno.DeniedError):
        one.vote(one.request(request), "engineering_manager", "approve", "mine")
    one.vote(one.request(request), "director", "approve", "yes")
    assert one.policy_version == before, "approved is not yet in force"
    assert one.execute(request)["result"] == "succeeded"
    assert one.policy_version == strict.version
    assert one.submit(proposal)["decision"]["verdict"] == "denied"
    (record,) = one.audit_search(kind="policy_changed")["records"]
    assert (record["event"]["actor"], record["event"]["payload"]["from"]) == ("director", before)


# control: ASI10, AIA-14-4-e
def test_a_stop_holds_back_everything_until_somebody_who_may_ends_it(
    app: Callable[..., juno.Juno], proposal: dict[str, Any]
) -> None:
    one = app(now=NOW)
    request = one.submit(proposal)["request"]["id"]
    one.vote(one.request(request), "team_lead", "approve", "fine")
    with pytest.raises(juno.DeniedError):
        one.stop("nobody", "?")
    one.stop("team_lead", "something is wrong")
    with pytest.raises(juno.DeniedError, match="stopped everything"):
        one.execute(request)
    assert one.submit({**proposal, "id": "p-2"})["decision"]["verdict"] == "denied"
    with pytest.raises(juno.DeniedError):
        one.resume("team_lead", "fine")
    one.resume("director", "fine again")
    assert one.execute(request)["result"] == "dry_run"
    told = [(r["event"]["actor"], r["event"]["payload"]["stopped"]) for r in one.audit_search(kind="settings_changed")["records"]]
    assert told == [("team_lead", True), ("director", False)]


def lent(**more: Any) -> dict[str, Any]:
    return {
        "id": "on-leave",
        "by": "team_lead",
        "to": "max",
        "role": "team_lead",
        "from": NOW,
        "until": NOW + timedelta(days=7),
        **more,
    }


def test_a_place_that_is_lent_counts_and_is_on_record(
    app: Callable[..., juno.Juno], proposal: dict[str, Any]
) -> None:
    one = app(now=NOW)
    request = one.submit(proposal)["request"]["id"]
    with pytest.raises(juno.DeniedError):
        one.vote(one.request(request), "max", "approve", "fine")
    with pytest.raises(juno.DeniedError):
        one.delegate(lent(), "max", "please")
    with pytest.raises(juno.InvalidInputError, match="untill"):
        one.delegate({**lent(), "untill": NOW}, "team_lead", "leave")
    one.delegate(lent(), "team_lead", "leave")
    assert one.vote(one.request(request), "max", "approve", "fine")["verdict"] == "approved"
    (vote,) = one.request(request)["votes"]
    assert vote["on_behalf_of"] == "team_lead"
    one.end_delegation("on-leave", "team_lead", "back")
    with pytest.raises(juno.JunoError, match="on-leave"):
        one.end_delegation("on-leave", "team_lead", "twice")
    first, second = (r["event"]["payload"] for r in one.audit_search(kind="roles_changed")["records"])
    assert first["delegated"][0]["to"] == "max" and second["delegations_ended"][0]["id"] == "on-leave"
    assert first["to"] == second["from"]


def test_the_same_in_asyncio(app: Callable[..., juno.Juno]) -> None:
    one = app(now=NOW)

    async def work() -> None:
        asked = await one.propose_rules_async(juno.RulePolicy.from_toml(STRICT), "team_lead", "why", "risk", "back")
        assert asked["request"]["proposal"]["impact"] == "critical"
        await one.delegate_async(lent(), "team_lead", "leave")
        await one.end_delegation_async("on-leave", "max", "back")
        await one.stop_async("team_lead", "wrong")
        await one.resume_async("director", "right")

    asyncio.run(work())
    assert [r["event"]["kind"] for r in one.audit_records()][-4:] == ["roles_changed"] * 2 + ["settings_changed"] * 2
