"""How governance goes, and whether it keeps the compliance rules, from Python."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import juno
from conftest import EPOCH
from juno.types import ComplianceReport, ComplianceSummary, Oversight
from test_juno import fits

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)


def test_oversight_counts_what_waits_and_how_people_decided(
    app: Callable[..., juno.Juno], proposal: dict[str, Any]
) -> None:
    one = app(now=NOW)
    for n, choice in enumerate(["approve", "approve", "deny"]):
        request = one.submit({**proposal, "id": f"p-{n}"})["request"]["id"]
        one.vote(one.request(request), "team_lead", choice, "so be it")  # type: ignore[arg-type]
    up = one.submit({**proposal, "id": "p-up"})["request"]["id"]
    one.escalate(up, "team_lead", "not mine")
    seen = one.oversight()
    assert fits(seen, Oversight) is None
    assert seen["waiting"]["total"] == 1
    assert seen["waiting"]["by_role"]["team_lead"] == {"deciding": 0, "visible": 1, "overdue": 0}
    assert seen["waiting"]["by_role"]["project_manager"] == {"deciding": 1, "visible": 1, "overdue": 0}
    approval = seen["rates"]["approval"]
    assert approval and (approval["count"], approval["of"]) == (2, 3)
    assert seen["rates"]["reversal"] is None, "a rate of nothing is absent"
    lead = next(load for load in seen["people"] if load["who"] == "team_lead")
    assert (lead["waiting"], lead["approved"], lead["refused"]) == (0, 2, 1)
    assert seen["voting"][0]["signs"] == []
    assert "1 requests wait" in juno.oversight_text(seen)
    none = one.oversight(since=NOW + timedelta(days=1))
    assert none["rates"]["approval"] is None and none["waiting"]["total"] == 1
    (signs,) = one.oversight({"min_votes": 3})["voting"]
    assert [sign["kind"] for sign in signs["signs"]] == ["quick", "bursts", "same_reason"]
    with pytest.raises(juno.InvalidInputError, match="min_vote"):
        one.oversight({"min_vote": 3})


def test_a_forged_approval_is_a_finding_with_its_proof(tmp_path: Path, proposal: dict[str, Any]) -> None:
    file = tmp_path / "juno.db"
    one = juno.Juno({"governance.supervisor_mode": False}, database=str(file), now=NOW)
    honest, forged = (one.submit({**proposal, "id": name})["request"]["id"] for name in ("honest", "forged"))
    one.vote(one.request(honest), "team_lead", "approve", "fine")
    report = one.audit_compliance()
    assert fits(report, ComplianceReport) is None
    assert report["passed"] and report["log"]["verified"]
    assert [result["check"] for result in report["results"]] == ["timeouts", "authority", "duties", "quorum", "evidence"]

    with sqlite3.connect(file) as rows:
        rows.execute(
            "UPDATE approvals SET state = 'approved', version = 2, deadline = NULL, body = json_set(body, '$.version', 2,"
            " '$.state', (SELECT json_extract(body, '$.state') FROM approvals WHERE id = ?1),"
            " '$.votes', (SELECT json_extract(body, '$.votes') FROM approvals WHERE id = ?1)) WHERE id = ?2",
            (honest, forged),
        )
    rows.close()
    assert one.execute(forged)["result"] == "dry_run", "the gate is taken in"
    report = one.audit_compliance()
    assert fits(report, ComplianceReport) is None and not report["passed"]
    broken = [result["rule"] for result in report["results"] if result["findings"]]
    assert broken == ["quorum", "evidence"]
    finding = next(f for r in report["results"] for f in r["findings"] if f["found"] == "0 on record")
    assert finding["request"] == forged
    link = finding["evidence"][0]
    proof = one.audit_inclusion_proof(link["index"], report["log"]["size"])
    assert link["leaf"] == one.audit_leaf(link["index"])
    assert juno.verify_inclusion(proof, link["leaf"], {"size": report["log"]["size"], "root": report["log"]["root"]})
    assert "0 on record" in juno.compliance_text(report)
    assert juno.compliance_markdown(report).startswith("# Compliance by the rules juno@")


def test_rules_are_data_and_a_period_can_be_asked_for(app: Callable[..., juno.Juno], proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    request = one.submit(proposal)["request"]["id"]
    one.vote(one.request(request), "team_lead", "approve", "fine")
    rules = juno.compliance_rules()
    assert one.audit_compliance(rules) == one.audit_compliance()
    two = {"name": "own", "rules": [{"id": "two", "check": "quorum", "at_least": 2}]}
    assert one.audit_compliance(two)["results"][0]["findings"][0]["expected"] == "approvals of 2 people"
    assert one.audit_compliance(two, since=NOW + timedelta(days=1))["passed"]
    with pytest.raises(juno.InvalidInputError, match="did you mean `quorum`"):
        one.audit_compliance({"name": "own", "rules": [{"id": "two", "check": "quorom"}]})
    with pytest.raises(juno.InvalidInputError, match="sinse"):
        one.audit_compliance(sinse=NOW)  # type: ignore[call-arg]


def test_each_review_ends_with_the_check_unless_it_is_switched_off(
    app: Callable[..., juno.Juno], records: juno.Records
) -> None:
    summary = app().review(records)["compliance"]
    assert summary and fits(summary, ComplianceSummary) is None
    assert summary["checked"] == summary["passed"] > 0 and summary["findings"] == []
    assert app({"governance.compliance_monitoring": False}).review(records)["compliance"] is None


def test_the_same_in_asyncio(app: Callable[..., juno.Juno]) -> None:
    one = app()

    async def work() -> None:
        report, seen = await one.audit_compliance_async(), await one.oversight_async()
        assert report["passed"] and report["requests"] == 0
        assert seen["waiting"]["total"] == 0 and seen["at"].startswith(str(EPOCH.year))

    asyncio.run(work())
