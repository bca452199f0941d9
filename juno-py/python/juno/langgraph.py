"""A LangGraph store on JUNO's memory: `graph.compile(store=JunoStore(juno))`. Needs `pip install "juno[langgraph]"`."""

from collections.abc import Iterable
from datetime import datetime, timezone
from math import isfinite
from typing import Any

try:
    from langgraph.store.base import (
        BaseStore,
        GetOp,
        InvalidNamespaceError,
        Item,
        ListNamespacesOp,
        Op,
        PutOp,
        Result,
        SearchItem,
        SearchOp,
        TTLConfig,
        get_text_at_path,
        tokenize_path,
    )
except ImportError as _missing:
    raise ImportError('`juno.langgraph` needs LangGraph: pip install "juno[langgraph]"') from _missing

from juno._juno import Juno


class JunoStore(BaseStore):
    """Items in namespaces, kept by `juno`: durable, searched by words without an embedding, in the audit log.

    Every namespace is a place of its own: that of the agent whose name is its labels with dots between, in `team` if one
    is given. A search reaches the namespaces that begin with its prefix, and no others; stores of two teams share nothing.

    A search with a query gives what matches its words first, each with a `score`, then the newest others without one, as
    LangGraph's own stores fill up with what has no vector. `index` of `put`, or `fields` here, says which parts of a value
    are searched; by default all of them. `ttl` is LangGraph's own configuration: what has expired is never given, and
    `Juno.cleanup_memory` removes it.

    `subject_at` is the place of the label that says whose personal data an item is: with `("memories", user_id)` it is 1.
    `Juno.export_subject`, `erase_subject` and `hold_subject` then reach it. Without, the write gate refuses values with
    addresses and other personal data; it refuses secrets always.
    """

    supports_ttl = True

    def __init__(
        self,
        juno: Juno,
        *,
        team: str | None = None,
        subject_at: int | None = None,
        fields: list[str] | None = None,
        ttl: TTLConfig | None = None,
    ) -> None:
        self.juno = juno
        self.team = team
        self.subject_at = subject_at
        self.fields = fields
        self.ttl_config = ttl

    def __repr__(self) -> str:
        return f"JunoStore(team={self.team!r}, subject_at={self.subject_at!r})"

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Carries out several operations. All reading comes first; of several puts of one key the last counts."""
        ops = list(ops)
        return self._results(ops, self.juno.item_batch([self._step(op) for op in ops], self.team))

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """`batch` for use with `await`: the event loop runs on meanwhile."""
        ops = list(ops)
        return self._results(ops, await self.juno.item_batch_async([self._step(op) for op in ops], self.team))

    def _step(self, op: Op) -> dict[str, Any]:
        match op:
            case GetOp() | PutOp():
                _check(op.namespace)
            case SearchOp():
                _check(op.namespace_prefix)
            case ListNamespacesOp():
                for condition in op.match_conditions or ():
                    _check(condition.path)
        match op:
            case GetOp():
                return {"op": "get", "namespace": op.namespace, "key": op.key, "refresh": op.refresh_ttl}
            case SearchOp():
                return {
                    "op": "search",
                    "prefix": op.namespace_prefix,
                    "filter": _finite(op.filter or {}),
                    "limit": op.limit,
                    "offset": op.offset,
                    "query": op.query,
                    "refresh": op.refresh_ttl,
                }
            case ListNamespacesOp():
                conditions = [{"at": one.match_type, "path": one.path} for one in op.match_conditions or ()]
                return {
                    "op": "namespaces",
                    "conditions": conditions,
                    "max_depth": op.max_depth,
                    "limit": op.limit,
                    "offset": op.offset,
                }
            case PutOp():
                return self._put(op)
        raise ValueError(f"`{type(op).__name__}` is no operation of a store")

    def _put(self, op: PutOp) -> dict[str, Any]:
        step: dict[str, Any] = {"op": "put", "namespace": op.namespace, "key": op.key, "value": op.value}
        if op.value is None:
            return step
        fields = self.fields if op.index is None else op.index
        if fields is not None:
            texts = [get_text_at_path(op.value, tokenize_path(field)) for field in fields or ()]
            step["text"] = "\n".join(text for found in texts for text in found)
        if op.ttl is not None:
            step["ttl_seconds"] = op.ttl * 60
        if self.subject_at is not None and len(op.namespace) > self.subject_at:
            step["subject"] = op.namespace[self.subject_at]
        return step

    def _results(self, ops: list[Op], answers: list[Any]) -> list[Result]:
        return [self._result(op, answer) for op, answer in zip(ops, answers, strict=True)]

    def _result(self, op: Op, answer: Any) -> Result:
        match op:
            case GetOp():
                return answer and Item(**_fields(answer))
            case SearchOp():
                return [SearchItem(**_fields(item), score=item.get("score")) for item in answer]
            case ListNamespacesOp():
                return [tuple(namespace) for namespace in answer]
        return None


def _check(labels: tuple[Any, ...]) -> None:
    for label in labels:
        if not isinstance(label, str) or not label or "." in label or "\0" in label:
            raise InvalidNamespaceError(f"`{label}` is no label of a namespace: use text, and no dot")


def _finite(condition: Any) -> Any:
    """JSON has no infinity; as a bound of a filter its name will do."""
    if isinstance(condition, dict):
        return {name: _finite(inner) for name, inner in condition.items()}
    return str(condition) if isinstance(condition, float) and not isfinite(condition) else condition


def _fields(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "namespace": tuple(item["namespace"]),
        "key": item["key"],
        "value": item["value"],
        "created_at": _instant(item["created_at"]),
        "updated_at": _instant(item["updated_at"]),
    }


def _instant(text: str) -> datetime:
    """`2026-01-31T09:00:00.123456789Z` to the microsecond: Python 3.10 reads neither the `Z` nor nine digits."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    at = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
    return at.replace(microsecond=int(fraction[:6].ljust(6, "0"))) if fraction else at
