"""The whole pipeline from Python: load, review, govern, remember, prove."""

import asyncio
import json
import signal
import threading
import typing
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import juno
from conftest import EPOCH, SAMPLE
from juno.types import ProposalReliability, Review

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
App = Callable[..., juno.Juno]


def test_records_say_what_was_read(records: juno.Records) -> None:
    assert records.summary["issues"] > 300
    assert records.newest is not None and records.newest.tzinfo is not None
    assert all(bad["reason"] for bad in records.quarantined)
    assert repr(records).startswith("Records(issues=")


def test_replay_gives_issues_and_sprints_as_of_any_time(records: juno.Records) -> None:
    now, early = records.replay(), records.replay(datetime(2026, 9, 1, tzinfo=timezone.utc))
    issue = next(line for line in now if "fields" in line)
    assert set(issue) == {"key", "id", "complete", "incomplete", "fields"}
    assert issue["fields"]["status"][-1]["to"] is None
    assert any("committed" in line for line in now)
    assert 0 < len(early) < len(now)


def fits(value: Any, kind: Any) -> str | None:
    """Where a value of the core is not what `juno.types` says."""
    if typing.is_typeddict(kind):
        hints = typing.get_type_hints(kind)
        if not isinstance(value, dict):
            return f"{value} is no {kind.__name__}"
        if not (set(value) <= set(hints) and kind.__required_keys__ <= set(value)):
            return f"{kind.__name__}: {sorted(set(value) ^ set(hints))}"
        return next((wrong for key in value if (wrong := fits(value[key], hints[key]))), None)
    if typing.get_origin(kind) is list:
        return next((wrong for item in value if (wrong := fits(item, typing.get_args(kind)[0]))), None)
    if typing.get_origin(kind) is typing.Literal:
        return None if value in typing.get_args(kind) else f"{value} is none of {kind}"
    if options := [option for option in typing.get_args(kind) if typing.get_origin(kind) is not dict]:
        return None if any(fits(value, option) is None for option in options) else f"{value} is no {kind}"
    plain = typing.get_origin(kind) or kind
    return None if plain is Any or isinstance(value, (plain, int) if plain is float else plain) else f"{value}: {kind}"


def test_a_review_is_what_its_types_say_and_reads_well(app: App, records: juno.Records) -> None:
    review = app().review(records)
    assert fits(review, Review) is None
    assert review["audit"]["verified"] and review["forecasts"] and review["pending"] and review["executed"]
    text, page = juno.report_text(review), juno.report_html(review)
    assert "Payments" in text or "PAY" in text
    assert page.lstrip().lower().startswith("<!doctype html>")


def test_the_same_review_twice_is_the_same_and_a_second_run_does_nothing_again(app: App, records: juno.Records) -> None:
    one, again = app(), app()
    first = one.review(records)
    assert again.review(records) == first
    second = one.review(records)
    assert second["executed"] == []
    assert {p["id"] for p in second["proposals"]} == {p["id"] for p in first["proposals"]}


def test_forecast_and_triage_submit_nothing(app: App, records: juno.Records) -> None:
    one = app()
    forecasts, findings = one.forecast(records), one.triage(records)
    assert all(0 <= f["p_miss"] <= 1 for f in forecasts["forecasts"] if f["p_miss"] is not None)
    assert any(finding["proposal"] for finding in findings["findings"])
    assert one.audit_head()["size"] == 0


def test_reliability_holds_what_was_decided_against_the_confidence(app: App, records: juno.Records) -> None:
    one = app()
    assert one.reliability(records)["uncalibrated"] is None
    review = one.review(records)
    confidences = {p["id"]: p["confidence"] for p in review["proposals"]}
    asked = [p for p in review["pending"] if confidences[p["proposal"]]["calibration"]["state"] == "uncalibrated"]
    for n, waiting in enumerate(asked):
        one.vote(waiting, waiting["role"], "deny" if n % 3 else "approve", "so be it")
    found = one.reliability(records)
    assert fits(found, ProposalReliability) is None
    seen = found["uncalibrated"]
    assert seen and seen["n"] == len(asked) and seen["right"] == len(asked[::3])
    said = [confidences[p["proposal"]]["value"] for p in asked]
    brier = sum((p - (n % 3 == 0)) ** 2 for n, p in enumerate(said)) / len(said)
    assert seen["brier"] == pytest.approx(brier) and seen["ece"] > seen["ece_band"]["band"]["upper"]
    assert one.reliability(records, NOW - timedelta(days=3650))["uncalibrated"] is None


def test_a_standing_clock_moves_forwards_only(app: App, records: juno.Records) -> None:
    assert records.newest
    one = app(now=records.newest + timedelta(days=1))
    with pytest.raises(juno.InvalidInputError, match="a clock cannot go back from `2026-.*` to `2026-"):
        one.review(records)
    one.set_now(records.newest + timedelta(days=2))
    assert one.now() == records.newest + timedelta(days=2)
    with pytest.raises(juno.InvalidInputError, match="the time is the machine's"):
        juno.Juno(database=":memory:").set_now(NOW)


def test_a_vote_runs_once_and_deadlines_fire_when_ticked(app: App, proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    submitted = one.submit(proposal)
    request = submitted["request"]["id"]
    assert submitted["decision"]["verdict"] == "approval_required"
    assert one.submit(proposal)["already_known"]
    with pytest.raises(juno.ApprovalRequiredError):
        one.execute(request)
    assert one.pending()[0]["people"] == ["team_lead"]

    one.set_now(NOW + timedelta(hours=24))
    (fired,) = one.tick()
    assert fired["result"] == {"result": "escalated", "to": "project_manager", "deadline": "2026-03-04T09:00:00Z"}
    with pytest.raises(juno.DeniedError):
        one.vote(one.request(request), "juno", "approve", "I agree with myself")
    assert one.vote(one.request(request), "project_manager", "approve", "harmless")["verdict"] == "approved"
    assert one.execute(request)["result"] == "dry_run"
    with pytest.raises(juno.JunoError):
        one.execute(request)


def test_a_request_can_be_withdrawn_and_a_missing_one_is_not_found(app: App, proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    request = one.submit(proposal)["request"]["id"]
    with pytest.raises(juno.DeniedError):
        one.withdraw(request, "team_lead", "not mine")
    with pytest.raises(juno.DeniedError):
        one.cancel(request, "juno", "withdraw it")
    assert one.withdraw(request, "juno", "no longer needed")["verdict"] == "cancelled"
    with pytest.raises(juno.NotFoundError) as caught:
        one.vote({"request": "req-none", "digest": "0" * 64}, "team_lead", "deny", "?")
    assert caught.value.code == "JUNO_NOT_FOUND"


def test_an_appeal_goes_to_a_higher_role_and_the_refusal_stays(app: App, proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    request = one.submit(proposal)["request"]["id"]
    one.escalate(request, "team_lead", "not mine to say")
    assert one.pending()[0]["role"] == "project_manager"
    assert one.vote(one.request(request), "project_manager", "deny", "not now")["verdict"] == "denied"
    appeal = one.appeal(request, "juno", "the facts are new")["request"]
    assert (appeal["cites"], appeal["state"]["role"]) == (request, "engineering_manager")
    with pytest.raises(juno.DeniedError):
        one.vote(appeal, "project_manager", "deny", "still no")
    assert one.vote(appeal, "director", "approve", "granted")["verdict"] == "approved"
    assert one.execute(appeal["id"])["request"] == appeal["id"]
    with pytest.raises(juno.DeniedError):
        one.execute(request)


def test_memory_keeps_to_its_place(app: App) -> None:
    one = app(now=NOW)
    memory = one.remember("the API freeze is on Friday", team="payments", tags=["freeze"], expires_at=NOW + timedelta(1))
    assert one.remember("the API freeze is on Friday", team="payments", tags=["freeze"])["id"] == memory["id"]
    (found,) = one.recall("when is the freeze?", team="payments", any_tags=["freeze"])
    assert found["memory"]["text"] == "the API freeze is on Friday"
    again = one.remember("API freezes are on Fridays", team="payments")
    assert (again["written"]["decision"], again["written"]["into"], again["id"]) == ("merge", memory["id"], memory["id"])
    secret = "the key is ghp_16C7e42F292c6912E7710c838347Ae178B4a"
    assert one.consider(secret)["reason"] == "secret"
    with pytest.raises(juno.InvalidInputError, match="forge_token"):
        one.remember(secret)
    assert one.quarantine("doubtful", memory=memory["id"]) == [memory["id"]]
    assert one.recall("freeze", team="payments") == []
    held = one.get_memory(memory["id"], team="payments")
    assert held and held["quarantined"]["reason"] == "doubtful"
    assert one.memory_health()["findings"]["quarantined"]["evidence"] == [memory["id"]]
    assert one.lift_quarantine(memory=memory["id"]) == [memory["id"]]
    assert one.recall("freeze") == [] and one.recall("freeze", team="core") == []
    assert len(one.recall("freeze", team="payments", agent="bot", upwards=True)) == 1
    assert not one.forget(memory["id"])
    assert one.forget(memory["id"], team="payments")
    with pytest.raises(juno.InvalidInputError, match="unknown field `teams`"):
        one.recall("freeze", teams="payments")  # type: ignore[call-arg]


def test_the_log_proves_itself_outside_juno(app: App, proposal: dict[str, Any], tmp_path: Path) -> None:
    one = app(now=NOW)
    one.submit(proposal)
    head, path = one.audit_head(), tmp_path / "audit.jsonl"
    assert one.audit_export(path) == head
    assert juno.verify_audit(path)["verified"] and one.audit_verify()["root"] == head["root"]
    events = [record["event"] for record in one.audit_records()]
    assert juno.merkle_root(events) == head["root"]
    assert [record["index"] for record in one.audit_records(1, 1)] == [1]
    path.write_text(path.read_text(encoding="utf-8").replace("payments", "Payments"), encoding="utf-8")
    assert juno.verify_audit(path)["first_bad"] == {"index": 0, "reason": "content_changed"}


def test_the_log_is_searched_and_written_for_other_programs(
    app: App, proposal: dict[str, Any], tmp_path: Path
) -> None:
    one = app(now=NOW)
    request = one.submit(proposal)["request"]["id"]
    one.vote(one.request(request), "team_lead", "approve", "=1+1")
    votes = one.audit_search(kind="vote_cast", since=NOW, until=NOW + timedelta(seconds=1))
    assert [record["event"]["actor"] for record in votes["records"]] == ["team_lead"]
    assert one.audit_search(until=NOW) == {"records": [], "next": None}
    about = one.audit_search(ticket=proposal["action"]["issue"])["records"]
    assert votes["records"][0] in about, "a vote on a request about the ticket"
    page = one.audit_search(limit=2)
    assert page["next"] == 1 and one.audit_search(after=page["next"])["records"][0]["index"] == 2
    with pytest.raises(juno.InvalidInputError, match="unknown field `tickets`"):
        one.audit_search(tickets="PAY-7")  # type: ignore[call-arg]
    count = one.audit_export_records(tmp_path / "votes.csv", "csv", kind="vote_cast")
    table = (tmp_path / "votes.csv").read_text(encoding="utf-8").splitlines()
    assert (count, len(table)) == (1, 2) and table[0].startswith("index,id,kind,at,actor")
    one.audit_export_records(tmp_path / "all.json", "cloud_events")
    batch = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert len(batch) == one.audit_head()["size"] and {event["specversion"] for event in batch} == {"1.0"}


def test_checkpoints_and_proofs_convince_who_has_no_database(
    app: App, proposal: dict[str, Any], tmp_path: Path
) -> None:
    one = app(now=NOW)
    request = one.submit(proposal)["request"]["id"]
    signer = juno.AuditSigner("juno.example/audit", bytes(range(32)))
    first = one.audit_checkpoint(signer)
    one.vote(one.request(request), "team_lead", "approve", "agreed")
    path = tmp_path / "bundle.jsonl"
    second = one.audit_export_bundle(path, signer, [first])
    older, newer = juno.read_checkpoint(first, signer.key), juno.read_checkpoint(second, signer.key)
    assert juno.verify_audit(path, signer.key, first)["verified"]
    other = juno.AuditSigner("juno.example/audit", bytes(32))
    assert juno.verify_audit(path, key=other.key)["first_bad"] == {"index": None, "reason": "other_key"}
    assert juno.verify_audit(path, against=second)["verified"]
    proof = one.audit_inclusion_proof(0, newer["size"])
    assert juno.verify_inclusion(proof, one.audit_leaf(0), newer)
    assert not juno.verify_inclusion(proof, one.audit_leaf(1), newer)
    assert juno.verify_consistency(one.audit_consistency_proof(older["size"], newer["size"]), older, newer)
    with pytest.raises(juno.CorruptError):
        juno.read_checkpoint(first, other.key)
    with pytest.raises(juno.InvalidInputError, match="give 32"):
        juno.AuditSigner("juno.example/audit", b"short")
    with pytest.raises(juno.NotFoundError):
        one.audit_leaf(10_000)


def test_reasons_are_erased_with_a_receipt_unless_they_are_held(proposal: dict[str, Any], tmp_path: Path) -> None:
    one = juno.Juno({"audit.personal": "reasons"}, database=tmp_path / "juno.db", now=NOW)

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    request = one.submit(proposal)["request"]["id"]
    one.vote(one.request(request), "team_lead", "approve", "Bo is on leave")
    assert b"Bo is on leave" in on_disk()
    one.audit_place_hold("case-1", "director", "suit 4711", "team_lead")
    assert [hold["name"] for hold in one.audit_holds()] == ["case-1"]
    with pytest.raises(juno.DeniedError, match="suit 4711"):
        one.audit_erase("team_lead", "director", "asked for")
    one.audit_lift_hold("case-1", "director", "settled")
    erasure = one.audit_erase("team_lead", "director", "asked for")
    assert erasure["receipt"] is not None and erasure["clean"]
    found = one.audit_verify()
    assert found["verified"] and found["erased"] == sum(last - first + 1 for first, last in erasure["records"]) > 0
    assert "Bo is on leave" not in json.dumps(one.audit_records())
    assert erasure["texts"] == 2
    assert one.request(request)["votes"][0]["reason"] == "[erased]"
    assert b"Bo is on leave" not in on_disk()
    with pytest.raises(juno.InvalidInputError, match="six months"):
        one.audit_expire(5, "director")
    assert one.audit_expire(6, "director")["receipt"] is None


def test_state_outlives_the_process_in_a_file(proposal: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "juno.db"
    head = juno.Juno(database=path, now=NOW), juno.Juno(database=str(path), now=NOW)
    head[0].submit(proposal)
    assert head[1].submit(proposal)["already_known"]
    assert head[1].audit_verify()["verified"]


def test_settings_are_checked_and_name_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(juno.InvalidInputError, match="did you mean `governance.supervisor_mode`"):
        juno.Juno({"governance.supervisor_mood": False})
    with pytest.raises(juno.InvalidInputError, match="`phase` from program must be a whole number from 1 to 4"):
        juno.Juno({"phase": 5})
    with pytest.raises(juno.UnsupportedError, match="PostgreSQL"):
        juno.Juno(database="postgresql://localhost/juno")
    (tmp_path / "juno.toml").write_text('instance_id = "from-a-file"\nphase = 9\n')
    with pytest.raises(juno.InvalidInputError, match="juno.toml"):
        juno.Juno(folder=tmp_path)
    with pytest.raises(TypeError, match="no time zone"):
        juno.Juno(database=":memory:", now=datetime(2026, 1, 1))


def test_a_missing_export_is_not_found_and_progress_is_told(app: App) -> None:
    with pytest.raises(juno.NotFoundError, match="nowhere"):
        app().load("nowhere")
    steps: list[tuple[str, int, int | None]] = []
    app().load([SAMPLE], lambda what, done, total: steps.append((what, done, total)))
    assert steps and all(isinstance(what, str) and done >= 0 for what, done, _ in steps)


def test_what_a_listener_raises_stops_the_loading(app: App) -> None:
    def stop(what: str, done: int, total: int | None) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        app().load(SAMPLE, stop)

    def interrupt(what: str, done: int, total: int | None) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        app().load(SAMPLE, interrupt)


def test_every_waiting_method_has_an_async_form(app: App, proposal: dict[str, Any], tmp_path: Path) -> None:
    async def main() -> None:
        one = app()
        records = await one.load_async(SAMPLE)
        review = await one.review_async(records)
        assert review == app().review(records)
        assert (await one.forecast_async(records))["forecasts"] == review["forecasts"]
        assert (await one.triage_async(records))["findings"]
        assert (await one.reliability_async(records))["calibrated"] is None
        request = (await one.submit_async(proposal))["request"]["id"]
        assert request in [waiting["request"] for waiting in await one.pending_async()]
        await one.vote_async(await one.request_async(request), "team_lead", "approve", "fine")
        assert (await one.execute_async(request))["request"] == request
        with pytest.raises(juno.JunoError):
            await one.withdraw_async(request, "juno", "too late")
        assert await one.tick_async() == []
        memory = await one.remember_async("standups moved to ten")
        assert len(await one.recall_async("standup")) == 1
        assert await one.forget_async(memory["id"])
        head = await one.audit_export_async(tmp_path / "log.jsonl")
        assert head == await one.audit_head_async()
        assert (await one.audit_verify_async())["verified"]
        assert len(await one.audit_records_async(0, 3)) == 3
        assert (await juno.verify_audit_async(tmp_path / "log.jsonl"))["verified"]

    asyncio.run(main())


def test_threads_share_one_juno(app: App, proposal: dict[str, Any]) -> None:
    one, known = app(now=NOW), []

    def work(n: int) -> None:
        known.append(one.submit({**proposal, "id": f"p-{n % 4}"})["already_known"])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert known.count(False) == 4 and one.audit_verify()["verified"]


def test_values_that_json_cannot_say_are_refused(app: App, proposal: dict[str, Any]) -> None:
    circle: dict[str, Any] = {}
    circle["circle"] = circle
    for wrong in (float("nan"), {1}, object(), circle, 2**64, {1: 2}):
        with pytest.raises(juno.InvalidInputError, match="^the value cannot be read: "):
            juno.proposal_id(proposal["action"], wrong)
    with pytest.raises(TypeError, match="no time zone"):
        app().submit({**proposal, "proposed_at": datetime(2026, 1, 1)})
    assert juno.proposal_id(proposal["action"], (1, "a")) == juno.proposal_id(proposal["action"], [1, "a"])


def test_a_review_survives_json(app: App, records: juno.Records) -> None:
    review = app().review(records)
    assert json.loads(json.dumps(review)) == review
    assert EPOCH < datetime.fromisoformat(review["as_of"].replace("Z", "+00:00"))
