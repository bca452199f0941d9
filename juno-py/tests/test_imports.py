"""Memories that come from elsewhere: mem0 and LangGraph."""

import asyncio
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from langgraph.store.memory import InMemoryStore

import juno
from juno.langgraph import JunoStore
from juno.types import ImportReport
from test_juno import fits

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)

# As `Memory.get_all()` of mem0 2.2 gives them.
MEM0: dict[str, Any] = {
    "results": [
        {
            "id": "27475eeb-373f-4a2b-8d9a-0f1f6a3c3f11",
            "memory": "Likes to play cricket on weekends",
            "hash": "285d07801ae42054732314853e9eadd7",
            "metadata": {"category": "hobbies"},
            "created_at": "2024-07-26T10:29:36.630547-07:00",
            "updated_at": None,
            "user_id": "alice",
        },
        {
            "id": "9c1d",
            "memory": "Works at TechCorp as a senior engineer",
            "hash": "1f",
            "metadata": None,
            "created_at": "2024-07-27T10:00:00+00:00",
            "updated_at": "2024-07-28T10:00:00+00:00",
            "user_id": "bob",
            "agent_id": "coach",
            "run_id": "run-1",
            "actor_id": "bob",
            "role": "user",
        },
        {"id": "bad", "memory": "", "user_id": "bob"},
        {"id": "leak", "memory": "the password is hunter2: password=hunter2hunter2xyz", "user_id": "bob"},
    ]
}


@pytest.fixture
def one(tmp_path: Path) -> juno.Juno:
    return juno.Juno(database=tmp_path / "juno.db", now=NOW)


def test_memories_of_mem0_keep_their_place_and_come_once(one: juno.Juno, tmp_path: Path) -> None:
    path = tmp_path / "mem0.json"
    path.write_text(json.dumps(MEM0), encoding="utf-8")
    steps: list[str] = []
    report = one.import_mem0(path, progress=lambda what, done, total: steps.append(what))
    assert fits(report, ImportReport) is None and steps
    assert (report["rows"], report["imported"]) == (4, 2)
    assert [(row["nth"], row["id"]) for row in report["refused"]] == [(2, "bad"), (3, "leak")]
    assert "hunter2" not in str(report["refused"])
    head = one.audit_head()
    again = one.import_mem0([path])
    assert (again["imported"], again["known"], one.audit_head()) == (0, 2, head)

    [hit] = one.recall("cricket", agent="alice")
    memory = hit["memory"]
    assert (memory["id"], memory["subject"]) == ("mem0-27475eeb-373f-4a2b-8d9a-0f1f6a3c3f11", "alice")
    assert memory["valid_from"] == memory["recorded_at"] == "2024-07-26T17:29:36.630547Z"
    assert memory["data"]["mem0"]["hash"] == "285d07801ae42054732314853e9eadd7"
    assert one.recall("cricket", agent="bob") == [] == one.recall("TechCorp", agent="bob")
    [hit] = one.recall("TechCorp", agent="bob", session="run-1")
    assert (hit["memory"]["who"], hit["memory"]["tags"]) == ("bob", ["agent:coach"])


def test_a_later_state_replaces_and_an_earlier_one_does_not(one: juno.Juno) -> None:
    row = {"id": "1", "memory": "lives in Berlin", "user_id": "ada", "created_at": "2026-01-01T00:00:00Z"}
    later = {**row, "memory": "lives in Paris", "updated_at": "2026-02-01T00:00:00Z"}
    assert one.import_mem0([row, later])["imported"] == 1
    assert one.import_mem0([row])["newer"] == 1
    assert one.import_mem0([{**later, "memory": "lives in Rome", "updated_at": "2026-02-02T00:00:00Z"}])["updated"] == 1
    assert [hit["memory"]["text"] for hit in one.recall("", agent="ada")] == ["lives in Rome"]


def test_what_was_erased_stays_erased(one: juno.Juno) -> None:
    assert one.import_mem0(MEM0)["imported"] == 2
    one.erase_subject("alice", "dpo", "asked for")
    report = one.import_mem0(MEM0)
    assert (report["imported"], report["erased"], report["known"]) == (0, 1, 1)


def test_pages_and_lines_will_do_and_a_bad_line_is_named(one: juno.Juno, tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    pages = [{"count": 2, "next": None, "results": [MEM0["results"][0]]}, MEM0["results"][1]]
    path.write_text("\n".join([json.dumps(pages[0]), "{oops", json.dumps(pages[1])]), encoding="utf-8")
    report = one.import_mem0(path, team="growth")
    assert (report["rows"], report["imported"]) == (3, 2)
    assert "line 2 is no JSON" in report["refused"][0]["reason"]
    assert one.recall("cricket", agent="alice", team="growth")
    (tmp_path / "cut.json").write_text('{"results": [{"id":', encoding="utf-8")
    with pytest.raises(juno.InvalidInputError, match=r"cut\.json"):
        one.import_mem0(tmp_path / "cut.json")
    with pytest.raises(juno.NotFoundError):
        one.import_mem0(tmp_path / "missing.json")


def test_items_of_langgraph_are_items_of_ours(one: juno.Juno, tmp_path: Path) -> None:
    theirs = InMemoryStore()
    theirs.put(("users", "ada"), "prefs", {"theme": "dark", "size": 2})
    theirs.put(("docs",), "a", {"text": "the freeze is on Friday"})
    dump = [item.dict() for item in theirs.search((), limit=1000)]
    path = tmp_path / "store.json"
    path.write_text(json.dumps(dump), encoding="utf-8")
    assert one.import_langgraph(path, team="growth")["imported"] == 2
    head = one.audit_head()

    async def once_more() -> ImportReport:
        return await one.import_langgraph_async(dump, team="growth")

    assert asyncio.run(once_more())["known"] == 2
    assert one.audit_head() == head

    ours = JunoStore(one, team="growth")
    for item in theirs.search((), limit=1000):
        assert ours.get(item.namespace, item.key) == item
    assert ours.search(("docs",), query="freeze")[0].score is not None
    # Rows of the table of LangGraph's PostgreSQL store.
    row: dict[str, Any] = {
        "prefix": "users.bob",
        "key": "prefs",
        "value": {"theme": "light"},
        "created_at": "2026-01-01 10:00:00.5+00",
        "updated_at": "2026-01-02 10:00:00+00",
        "expires_at": "2026-03-02T10:00:00Z",
        "ttl_minutes": 60,
    }
    report = one.import_langgraph([row, {"prefix": "a", "key": "k"}, {**row, "prefix": "a..b"}], team="growth")
    assert (report["imported"], len(report["refused"])) == (1, 2)
    bob = ours.get(("users", "bob"), "prefs")
    assert bob is not None and bob.created_at == datetime(2026, 1, 1, 10, 0, 0, 500000, tzinfo=timezone.utc)


def test_a_stopped_import_goes_on_where_it_was(one: juno.Juno) -> None:
    rows = [{"id": str(number), "memory": f"fact number {number}", "user_id": "ada"} for number in range(1200)]

    def stop(what: str, done: int, total: int | None) -> None:
        if done >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.import_mem0(rows, progress=stop)
    report = one.import_mem0(rows)
    assert report["known"] >= 500 and report["known"] + report["imported"] == 1200
