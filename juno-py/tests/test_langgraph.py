"""`juno.langgraph.JunoStore` against LangGraph's own store, what it does beyond, and in a graph."""

import asyncio
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.store.base import (
    BaseStore,
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    SearchItem,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore

import juno
from juno.langgraph import JunoStore

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)


@pytest.fixture
def one(tmp_path: Path) -> juno.Juno:
    return juno.Juno(database=tmp_path / "juno.db", now=NOW)


@pytest.fixture
def store(one: juno.Juno) -> JunoStore:
    return JunoStore(one)


def keys(found: list[SearchItem]) -> list[str]:
    return [item.key for item in found]


def test_an_item_keeps_its_value_and_when_it_was_made(store: JunoStore, one: juno.Juno) -> None:
    value = {"theme": "dark", "size": 1, "ratio": 0.1, "big": 2**60, "deep": {"list": [1, None, True, "é"]}}
    store.put(("users", "ada"), "prefs", value)
    one.set_now(NOW + timedelta(hours=1))
    store.put(("users", "ada"), "prefs", {**value, "theme": "light"})
    item = store.get(("users", "ada"), "prefs")
    assert item is not None and item.value == {**value, "theme": "light"}
    assert (item.namespace, item.key) == (("users", "ada"), "prefs")
    assert (item.created_at, item.updated_at) == (NOW, NOW + timedelta(hours=1))
    store.delete(("users", "ada"), "prefs")
    store.delete(("users", "ada"), "prefs")
    assert store.get(("users", "ada"), "prefs") is None and store.list_namespaces() == []


def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    JunoStore(juno.Juno(database=tmp_path / "juno.db")).put(("users", "ada"), "prefs", {"theme": "dark"})
    item = JunoStore(juno.Juno(database=tmp_path / "juno.db")).get(("users", "ada"), "prefs")
    assert item is not None and item.value == {"theme": "dark"}


def test_nothing_leaks_sideways(one: juno.Juno) -> None:
    spaces = [("a",), ("a", "b"), ("ab",), ("b",), ("b", "a"), ("a", "b", "c"), ("a b",), ("A",), ("é",), ("x" * 300,)]
    stores = [JunoStore(one), JunoStore(one, team="payments"), JunoStore(one, team="search")]
    for store in stores:
        for space in spaces:
            store.put(space, "k", {"text": "the freeze is on Friday", "where": [store.team, *space]})
    for store in stores:
        for prefix in [(), *spaces, ("c",), ("a", "c"), ("B",)]:
            inside = {space for space in spaces if space[: len(prefix)] == prefix}
            for query in (None, "freeze Friday", "nothing of it"):
                found = store.search(prefix, query=query, limit=100)
                assert {item.namespace for item in found} == inside
                assert all(item.value["where"] == [store.team, *item.namespace] for item in found)
        for space in spaces:
            item = store.get(space, "k")
            assert item is not None and item.value["where"] == [store.team, *space]
    # What is no item is none of the store's, and other places do not see items.
    one.remember("the freeze is on Friday, they say", agent="a")
    assert len(stores[0].search(("a",), query="freeze", limit=100)) == 3
    assert one.recall("freeze") == [] and one.recall("freeze", agent="c", upwards=True) == []


LABELS = ["a", "b", "a b", "é", "x" * 250]


def some_operation(rng: random.Random) -> Op:
    namespace = tuple(rng.choice(LABELS) for _ in range(rng.randint(1, 4)))
    key = rng.choice(["k1", "k2", "k 3"])
    prefix = namespace[: rng.randint(0, 3)]
    value = {"n": rng.randint(0, 3), "s": rng.choice(["x", "y"]), "d": {"f": rng.choice([0.5, 1, 1.5]), "l": [1, 2]}}
    conditions: list[dict[str, Any]] = [
        {},
        {"n": rng.randint(0, 3)},
        {"s": "x", "n": {"$gte": 1, "$lt": 3}},
        {"d": {"f": {"$gt": 0.5}}},
        {"d": {"l": [1, 2]}, "s": {"$ne": "y"}},
        {"missing": None},
        {"missing": 3},
    ]
    wild = tuple(rng.choice([label, "*"]) for label in namespace[: rng.randint(1, 2)])
    match rng.choice(["get", "put", "put", "put", "delete", "search", "list"]):
        case "get":
            return GetOp(namespace, key)
        case "put":
            return PutOp(namespace, key, value)
        case "delete":
            return PutOp(namespace, key, None)
        case "search":
            return SearchOp(prefix, rng.choice(conditions), limit=rng.choice([1, 3, 100]), offset=rng.choice([0, 0, 2]))
    matches = [MatchCondition("prefix", wild), MatchCondition("suffix", wild), MatchCondition("prefix", prefix)]
    some = tuple(rng.sample(matches, rng.randint(0, 2)))
    return ListNamespacesOp(some, rng.choice([None, 1, 2]), rng.choice([2, 100]), rng.choice([0, 1]))


@pytest.mark.parametrize("seed", range(12))
def test_it_does_what_langgraphs_own_store_does(seed: int, one: juno.Juno) -> None:
    rng = random.Random(seed)
    ours, theirs = JunoStore(one, team="payments"), InMemoryStore()
    for _ in range(60):
        operations = [some_operation(rng) for _ in range(rng.choice([1, 1, 4]))]
        everything = {(item.namespace, item.key): item.value for item in theirs.search((), limit=1000)}
        for operation, our, their in zip(operations, ours.batch(operations), theirs.batch(operations), strict=True):
            match operation:
                case GetOp():
                    assert (our and our.value) == (their and their.value)  # type: ignore[union-attr]
                case SearchOp():
                    # Ours gives the newest first, theirs the oldest: how many, and that each meets the conditions.
                    assert len(our) == len(their), operation  # type: ignore[arg-type]
                    met = theirs_met(everything, operation)
                    assert all(met[item.namespace, item.key] == item.value for item in our)  # type: ignore[union-attr]
                case ListNamespacesOp():
                    assert our == model_of(everything).batch([operation])[0], operation
        one.set_now(one.now() + timedelta(seconds=1))
    left = {(item.namespace, item.key): item.value for item in ours.search((), limit=1000)}
    assert left == {(item.namespace, item.key): item.value for item in theirs.search((), limit=1000)}


def model_of(everything: dict[Any, Any]) -> InMemoryStore:
    """LangGraph's store with just that in it: else it also lists namespaces that are empty again, or were asked for."""
    model = InMemoryStore()
    for (namespace, key), value in everything.items():
        model.put(namespace, key, value)
    return model


def theirs_met(everything: dict[Any, Any], operation: SearchOp) -> dict[Any, Any]:
    found = model_of(everything).search(operation.namespace_prefix, filter=operation.filter, limit=1000)
    return {(item.namespace, item.key): item.value for item in found}


def test_a_search_gives_what_matches_first_and_pages_through_it(store: JunoStore, one: juno.Juno) -> None:
    texts = {"food": "likes pizza and pasta", "work": "writes Rust in the morning", "sport": "plays chess on Mondays"}
    for key, text in texts.items():
        one.set_now(one.now() + timedelta(minutes=1))
        store.put(("memories", "ada"), key, {"memory": text, "kind": "fact" if key == "food" else "habit"})
    found = store.search(("memories", "ada"), query="what does she write in Rust?")
    assert keys(found) == ["work", "sport", "food"]
    assert found[0].score is not None and [item.score for item in found[1:]] == [None, None]
    assert keys(store.search(("memories",), query="pizza chess", filter={"kind": "habit"})) == ["sport", "work"]
    assert keys(store.search(("memories",))) == ["sport", "work", "food"]
    pages = [keys(store.search(("memories",), query="Rust", limit=1, offset=at)) for at in range(4)]
    assert pages == [["work"], ["sport"], ["food"], []]
    assert store.search(("memories",), limit=0) == []


def test_index_says_what_is_searched(one: juno.Juno) -> None:
    store = JunoStore(one, fields=["title"])
    value = {"title": "freeze on Friday", "body": {"text": "the release waits"}}
    store.put(("docs",), "title", value)
    store.put(("docs",), "body", value, index=["body.text"])
    store.put(("docs",), "none", value, index=False)

    def matched(query: str) -> set[str]:
        return {item.key for item in store.search(("docs",), query=query) if item.score is not None}

    assert (matched("freeze"), matched("release"), matched("docs")) == ({"title"}, {"body"}, set())
    assert len(store.search(("docs",))) == 3


def test_an_item_lives_as_long_as_it_is_asked_for(one: juno.Juno) -> None:
    store = JunoStore(one, ttl={"default_ttl": 60, "refresh_on_read": True})
    store.put(("cache",), "short", {"n": 1}, ttl=10)
    store.put(("cache",), "usual", {"n": 2})
    store.put(("cache",), "ever", {"n": 3}, ttl=None)
    for _ in range(3):
        one.set_now(one.now() + timedelta(minutes=9))
        assert store.get(("cache",), "short") is not None
    one.set_now(one.now() + timedelta(minutes=9))
    assert store.get(("cache",), "short", refresh_ttl=False) is not None
    one.set_now(one.now() + timedelta(minutes=2))
    assert store.get(("cache",), "short") is None
    one.set_now(one.now() + timedelta(hours=1))
    assert keys(store.search(("cache",))) == ["ever"] and store.list_namespaces() == [("cache",)]
    assert one.cleanup_memory()["expired"] == 2
    with pytest.raises(ValueError, match="time to live"):
        store.put(("cache",), "no", {}, ttl=0)


def test_the_write_gate_holds_and_nothing_of_the_batch_is_kept(one: juno.Juno) -> None:
    store = JunoStore(one)
    secret = {"note": "the key is ghp_0123456789abcdefghijABCDEFGHIJ012345"}
    with pytest.raises(juno.InvalidInputError, match="forge_token"):
        store.batch([PutOp(("docs",), "a", {"n": 1}), PutOp(("docs",), "b", secret)])
    assert store.search(("docs",)) == []
    with pytest.raises(juno.InvalidInputError, match="email"):
        store.put(("memories", "ada"), "mail", {"mail": "ada@example.com"})
    personal = JunoStore(one, subject_at=1)
    personal.put(("memories", "ada"), "mail", {"mail": "ada@example.com"})
    personal.put(("memories", "bob"), "mail", {"mail": "bob@example.com"})
    assert len(one.erase_subject("ada", "dpo", "asked for")["memories"]) == 1
    assert [item.namespace[1] for item in personal.search(("memories",))] == ["bob"]
    one.hold_subject("bob", "counsel", "case 7")
    with pytest.raises(juno.DeniedError):
        personal.delete(("memories", "bob"), "mail")


def test_what_is_in_quarantine_is_not_given_and_not_written_over(store: JunoStore, one: juno.Juno) -> None:
    store.put(("docs",), "a", {"n": 1})
    [hit] = one.recall("", agent="docs")
    one.quarantine("poisoned", memory=hit["memory"]["id"])
    assert store.get(("docs",), "a") is None and store.search(()) == [] and store.list_namespaces() == []
    with pytest.raises(juno.InvalidInputError, match="quarantine"):
        store.put(("docs",), "a", {"n": 2})


def test_bad_names_and_operations_are_refused(store: JunoStore) -> None:
    for namespace in [(), ("a.b",), ("",), ("langgraph",)]:
        with pytest.raises(InvalidNamespaceError):
            store.put(namespace, "k", {})
    with pytest.raises(InvalidNamespaceError):
        store.batch([GetOp(("a.b",), "k")])
    with pytest.raises(ValueError, match="regex"):
        store.search(("a",), filter={"n": {"$regex": "x"}})
    with pytest.raises(ValueError, match="operation"):
        store.batch(["get"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="set"):
        store.put(("a",), "k", {"n": {1, 2}})


class State(TypedDict):
    question: str
    answer: str


def remembering(state: State, *, store: BaseStore) -> dict[str, str]:
    found = store.search(("memories", "ada"), query=state["question"], limit=1)
    store.put(("questions", "ada"), state["question"], {"question": state["question"]})
    return {"answer": found[0].value["memory"] if found else "I do not know"}


async def remembering_async(state: State, *, store: BaseStore) -> dict[str, str]:
    found = await store.asearch(("memories", "ada"), query=state["question"], limit=1)
    return {"answer": found[0].value["memory"]}


def test_a_graph_remembers(store: JunoStore) -> None:
    store.put(("memories", "ada"), "food", {"memory": "she likes pizza"})
    store.put(("memories", "ada"), "work", {"memory": "she writes Rust"})
    for node in (remembering, remembering_async):
        graph = StateGraph(State)
        graph.add_node("remember", node)
        graph.add_edge(START, "remember")
        graph.add_edge("remember", END)
        compiled = graph.compile(store=store)
        asked = {"question": "which pizza?", "answer": ""}
        sync = node is remembering
        answered = compiled.invoke(asked) if sync else asyncio.run(compiled.ainvoke(asked))  # type: ignore[call-overload]
        assert answered["answer"] == "she likes pizza"
    assert keys(store.search(("questions",))) == ["which pizza?"]


def test_many_tasks_share_one_store(store: JunoStore) -> None:
    async def work() -> None:
        await asyncio.gather(*(store.aput(("tasks",), str(number), {"n": number}) for number in range(32)))
        items = await asyncio.gather(*(store.aget(("tasks",), str(number)) for number in range(32)))
        assert [item and item.value["n"] for item in items] == list(range(32))
        assert await store.alist_namespaces() == [("tasks",)]
        await store.adelete(("tasks",), "0")
        assert len(await store.asearch(("tasks",), limit=100)) == 31

    asyncio.run(work())
