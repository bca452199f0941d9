"""How long memories are kept, whose they are, archives, sessions, what is made of them."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import juno
from juno import frames
from juno.types import (
    Appended,
    ArchiveReport,
    CleanupReport,
    Consolidation,
    ErasureReceipt,
    ExportManifest,
    Fact,
    MemoryColumns,
    MemoryHold,
    MemoryPage,
    Pattern,
    RestoreReport,
    SessionEnd,
    Tiered,
    UsedReport,
)
from test_juno import fits

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
App = Callable[..., juno.Juno]


@pytest.fixture
def one(tmp_path: Path) -> juno.Juno:
    return juno.Juno(database=tmp_path / "juno.db", now=NOW)


def test_cleanup_removes_what_is_over_and_tells_how_far_it_has_come(one: juno.Juno) -> None:
    one.remember("standups are at ten o'clock", expires_at=NOW + timedelta(minutes=1))
    one.remember("the API freeze is on Friday")
    one.set_now(NOW + timedelta(hours=1))
    steps: list[str] = []
    report = one.cleanup_memory(lambda what, done, total: steps.append(what))
    assert fits(report, CleanupReport) is None
    assert (report["expired"], report["retired"]) == (1, {})
    one.set_now(NOW + timedelta(days=366))
    assert one.cleanup_memory()["retired"] == {"semantic": 1}
    assert "removing what was kept long enough" in steps


def test_a_progress_that_raises_stops_the_work(one: juno.Juno) -> None:
    def stop(what: str, done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    one.remember("the API freeze is on Friday")
    with pytest.raises(KeyboardInterrupt):
        one.cleanup_memory(stop)
    assert one.cleanup_memory()["retired"] == {}


def test_only_use_counts_as_use(one: juno.Juno) -> None:
    memory = one.remember("the API freeze is on Friday", team="payments")
    one.recall("freeze", team="payments")
    report = one.mark_used([memory["id"], "m-0"], team="payments")
    assert fits(report, UsedReport) is None
    assert report == {"counted": [memory["id"]], "unknown": ["m-0"]}
    used = one.get_memory(memory["id"], team="payments")
    assert used is not None and used["used"]["count"] == 1


def test_a_subject_is_exported_held_and_erased_with_a_receipt(one: juno.Juno, tmp_path: Path) -> None:
    first = one.remember("Ada prefers reviews in the morning", subject="ada", team="payments")
    one.remember("Ada's reviews take a day", subject="ada", derived_from=[first["id"]])
    one.remember("the API freeze is on Friday")
    path = tmp_path / "ada.jsonl"
    manifest = one.export_subject("ada", path)
    assert fits(manifest, ExportManifest) is None
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum("memory" in line for line in lines) == 2
    assert json.loads((tmp_path / "ada.jsonl.manifest.json").read_text(encoding="utf-8"))["digest"] == manifest["digest"]

    hold = one.hold_subject("ada", "counsel", "case 7")
    assert fits(hold, MemoryHold) is None and one.held_subjects() == [hold]
    with pytest.raises(juno.DeniedError, match="legal hold"):
        one.erase_subject("ada", "dpo", "request of 2026-03-01")
    assert one.release_subject("ada", "counsel", "case closed")
    assert not one.release_subject("ada", "counsel", "case closed")

    receipt = one.erase_subject("ada", "dpo", "request of 2026-03-01", archives=[tmp_path])
    assert fits(receipt, ErasureReceipt) is None
    assert len(receipt["memories"]) == 2 and juno.verify_receipt(receipt)
    assert juno.verify_receipt(receipt, one.audit_head())
    again = one.erasure_receipt("ada")
    assert again is not None and juno.verify_receipt(again)
    assert one.erasure_receipt("bob") is None
    forged = {**receipt, "memories": receipt["memories"][:1]}
    assert not juno.verify_receipt(forged)  # type: ignore[arg-type]
    assert [hit["memory"]["text"] for hit in one.recall("")] == ["the API freeze is on Friday"]
    assert not any(b"Ada" in file.read_bytes() for file in tmp_path.glob("juno.db*"))


def test_what_is_archived_comes_back_as_it_was(one: juno.Juno, tmp_path: Path) -> None:
    memory = one.remember("the API freeze is on Friday", tags=["freeze"])
    one.set_now(NOW + timedelta(days=100))
    folder = tmp_path / "archive"
    report = one.archive_memories(folder, NOW + timedelta(days=1), all_tags=["freeze"])
    assert fits(report, ArchiveReport) is None
    assert report["archived"] == 1 and one.get_memory(memory["id"]) is None
    back = one.restore_memories(folder)
    assert fits(back, RestoreReport) is None
    assert (back["restored"], one.restore_memories([folder])["known"]) == (1, 1)
    restored = one.get_memory(memory["id"])
    assert restored == {key: value for key, value in memory.items() if key != "written"}
    with pytest.raises(TypeError, match="no time zone"):
        one.archive_memories(folder, datetime(2026, 1, 1))


def test_without_an_archive_or_keys_nothing_moves(one: juno.Juno) -> None:
    tiered = one.tier_memories()
    assert fits(tiered, Tiered) is None and tiered["archived"] == 0
    assert one.bring_back("m-1") is None
    with pytest.raises(juno.UnsupportedError, match=r"memory\.encryption\.keys"):
        one.reencrypt_memory()


def test_everything_is_encrypted_anew(tmp_path: Path) -> None:
    settings = {"memory.encryption.keys": str(tmp_path / "keys")}
    one = juno.Juno(settings, database=tmp_path / "juno.db", now=NOW)
    one.remember("the API freeze is on Friday")
    assert one.reencrypt_memory()["done"] == 1
    assert one.recall("freeze")[0]["memory"]["text"] == "the API freeze is on Friday"


def test_a_session_stores_each_turn_once_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    settings = {"session.cache_size": 3, "session.cache_ttl_seconds": 600}
    one = juno.Juno(settings, database=tmp_path / "juno.db", now=NOW)
    chat = one.session("chat-1", agent="assistant", team="payments")
    assert chat.place == {"team": "payments", "agent": "assistant", "session": "chat-1"}
    told = chat.append([{"text": "When is the freeze?", "who": "ada", "id": "t-1"}, {"text": "On Friday.", "id": "t-2"}])
    assert fits(told, Appended) is None and told == {"stored": 2, "known": 0, "replaced": 0}
    assert chat.append([{"text": "On Friday.", "id": "t-2"}])["known"] == 1
    del one, chat

    two = juno.Juno(settings, database=tmp_path / "juno.db", now=NOW + timedelta(minutes=1))
    chat = two.session("chat-1", agent="assistant", team="payments")
    assert [turn["text"] for turn in chat.turns()] == ["When is the freeze?", "On Friday."]
    chat.append([{"text": "And the release?"}, {"text": "On Monday."}])
    assert [turn["text"] for turn in chat.turns()] == ["On Friday.", "And the release?", "On Monday."]
    assert two.session("chat-2", agent="assistant", team="payments").turns() == []
    end = chat.end(promote=True)
    assert fits(end, SessionEnd) is None and end == {"promoted": 3, "forgotten": 3, "held": 0}
    assert chat.turns() == []
    found = two.recall("release", kinds=["episodic"], team="payments", agent="assistant")
    assert {hit["memory"]["text"] for hit in found} >= {"And the release?", "On Monday."}


def test_turns_are_gone_when_their_time_is_over(tmp_path: Path) -> None:
    one = juno.Juno({"session.cache_ttl_seconds": 60}, database=tmp_path / "juno.db", now=NOW)
    chat = one.session("chat-1", agent="assistant")
    assert chat.follow([{"text": "hello there"}, {"text": "hi"}]) == chat.follow([]) | {"stored": 2}
    assert chat.follow([{"text": "hello there"}, {"text": "hi"}, {"text": "how is it going?"}])["stored"] == 1
    one.set_now(NOW + timedelta(seconds=61))
    assert chat.turns() == []


def test_facts_are_made_of_episodes_which_they_cite(one: juno.Juno) -> None:
    said = one.remember("the freeze moved to Thursday", kind="episodic", team="payments")
    fact: Fact = {"subject": "API freeze", "predicate": "day", "object": "Thursday"}
    done = one.consolidate([{"fact": fact, "sources": [said["id"]]}, {"fact": fact, "sources": ["m-0"]}], team="payments")
    assert fits(done, Consolidation) is None
    assert [outcome["change"] for outcome in done["recorded"]] == ["new"]
    assert [(refused["nth"], "`m-0`" in refused["reason"]) for refused in done["refused"]] == [(1, True)]
    again = one.consolidate([{"fact": fact, "sources": [said["id"]]}], team="payments")
    assert [outcome["change"] for outcome in again["recorded"]] == ["known"]


def test_patterns_count_what_people_approve(app: App, proposal: dict[str, Any]) -> None:
    one = app(now=NOW)
    for number in range(6):
        asked = {**proposal, "id": f"p-{number}", "impact": "critical", "proposed_at": NOW}
        request = one.submit(asked)["decision"]["request"]
        one.vote(one.request(request), "engineering_manager", "approve", "fine")
    learnt = one.learn_patterns("payments")
    assert all(fits(pattern, Pattern) is None for pattern in learnt)
    assert learnt == one.patterns("payments")
    preference = next(pattern for pattern in learnt if pattern["kind"] == "preference")
    assert (preference["right"], preference["total"], preference["holds"]) == (6, 6, True)
    assert 0.5 < preference["interval"]["lower"] < preference["interval"]["upper"] == 1.0
    remembered = one.recall("people approve", team="payments", all_tags=["pattern"])
    assert remembered[0]["memory"]["derived_from"] == sorted(preference["evidence"])


def test_everything_can_be_awaited(one: juno.Juno, tmp_path: Path) -> None:
    async def work() -> None:
        memory = await one.remember_async("Ada prefers reviews in the morning", subject="ada")
        assert (await one.mark_used_async([memory["id"]]))["counted"] == [memory["id"]]
        assert (await one.cleanup_memory_async())["expired"] == 0
        chat = one.session("chat-1", agent="assistant")
        assert (await chat.append_async([{"text": "hello there"}]))["stored"] == 1
        assert len(await chat.turns_async()) == (await chat.end_async())["forgotten"] == 1
        assert (await one.export_subject_async("ada", tmp_path / "ada.jsonl"))["memories"] == {"subject": 1}
        assert juno.verify_receipt(await one.erase_subject_async("ada", "dpo", "asked for"))
        assert await one.patterns_async("payments") == []
        assert (await one.archive_memories_async(tmp_path / "archive", NOW))["files"] == []

    asyncio.run(work())


def test_errors_say_what_to_do(one: juno.Juno) -> None:
    with pytest.raises(juno.InvalidInputError, match="session"):
        one.session("", agent="assistant")
    with pytest.raises(juno.InvalidInputError, match="unknown field `sources_`"):
        one.consolidate([{"fact": {"subject": "a", "predicate": "b", "object": "c"}, "sources_": []}])  # type: ignore[typeddict-unknown-key, typeddict-item]
    with pytest.raises(TypeError):
        one.session("chat-1")  # type: ignore[call-arg]


def test_all_that_is_remembered_is_a_table(one: juno.Juno) -> None:
    for number in range(5):
        one.set_now(NOW + timedelta(minutes=number, microseconds=7))
        one.remember(f"fact number {number}", team="payments", tags=["a", "b"], data={"n": number}, id=f"m-{number}")
    page = one.scan_memories(limit=3)
    assert fits(page, MemoryPage) is None
    assert [memory["id"] for memory in page["memories"]] == ["m-0", "m-1", "m-2"]
    assert [memory["id"] for memory in one.scan_memories(page["next"])["memories"]] == ["m-3", "m-4"]
    hits = one.recall("number 3", team="payments")
    columns = juno.memory_columns(hits)
    assert fits(columns, MemoryColumns) is None and {len(column) for column in columns.values()} == {5}  # type: ignore[arg-type]
    assert columns["id"][0] == "m-3" and columns["score"] == [hit["score"] for hit in hits]

    tables = list(frames.memory_pages(one, limit=2))
    assert [table.num_rows for table in tables] == [2, 2, 1]
    assert tables[0].column("recorded_at").to_pylist()[0] == NOW + timedelta(microseconds=7)
    pandas, polars = frames.to_pandas(hits), frames.to_polars(hits)
    for frame, first in ((pandas, pandas["recorded_at"][0]), (polars, polars["recorded_at"][0])):
        assert list(frame["id"]) == columns["id"]
        assert first == NOW + timedelta(minutes=3, microseconds=7)
    assert frames.memory_table([]).num_rows == len(frames.to_pandas([])) == len(frames.to_polars([])) == 0
    assert hasattr(frames.memory_table(hits), "__arrow_c_stream__")
