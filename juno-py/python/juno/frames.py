"""Memories, and what was recalled, as tables of pyarrow, pandas or polars: whichever is installed.

>>> import juno
>>> app = juno.Juno(database=":memory:")
>>> kept = app.remember("the API freeze is on Friday", team="payments")
>>> memory_table(app.recall("freeze", team="payments")).column("text").to_pylist()
['the API freeze is on Friday']
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import Any, cast

from juno._juno import Juno, memory_columns
from juno.types import Memory, Recalled

_TIMES = ("valid_from", "valid_to", "recorded_at", "expires_at")


def memory_table(memories: Sequence[Memory] | Sequence[Recalled]) -> Any:
    """A `pyarrow.Table`, one row each, with times as instants in UTC to the microsecond; `data` is JSON.

    `pandas.DataFrame.from_arrow`, `polars.DataFrame` and everything else that reads the Arrow C stream takes it as it is.
    """
    pa = import_module("pyarrow")
    text, number, at = pa.string(), pa.float64(), pa.timestamp("us", tz="UTC")
    other = {
        "tags": pa.list_(text),
        "importance": number,
        "confidence": number,
        "used": pa.uint32(),
        "quarantined": pa.bool_(),
        "score": number,
    }
    columns = cast(dict[str, list[Any]], memory_columns(memories))
    for name in _TIMES:
        columns[name] = [said and _micros(said) for said in columns[name]]
    schema = pa.schema([(name, at if name in _TIMES else other.get(name, text)) for name in columns])
    return pa.table(columns, schema=schema)


def memory_pages(app: Juno, limit: int = 1000) -> Iterator[Any]:
    """Everything that is remembered, as one `memory_table` after the other: live, expired, superseded, in quarantine."""
    page = app.scan_memories(limit=limit)
    while True:
        if page["memories"]:
            yield memory_table(page["memories"])
        if page["next"] is None:
            return
        page = app.scan_memories(page["next"], limit)


def to_pandas(memories: Sequence[Memory] | Sequence[Recalled]) -> Any:
    """A `pandas.DataFrame` with times as times."""
    pd = import_module("pandas")
    frame = pd.DataFrame({**memory_columns(memories)})
    for name in _TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame


def to_polars(memories: Sequence[Memory] | Sequence[Recalled]) -> Any:
    """A `polars.DataFrame` with times as times."""
    pl = import_module("polars")
    text = ["kind", "team", "agent", "session", "text", "data", "source", "who", "subject", "trust", "id", *_TIMES]
    types: dict[str, Any] = {name: pl.String() for name in text}
    types |= {"tags": pl.List(pl.String), "confidence": pl.Float64(), "score": pl.Float64(), "used": pl.UInt32()}
    frame = pl.DataFrame({**memory_columns(memories)}, schema_overrides=types)
    times = pl.col(*_TIMES).str.to_datetime(time_unit="us", time_zone="UTC", strict=True)
    return frame.with_columns(times)


def _micros(text: str) -> int:
    """Microseconds since 1970 of `2026-01-31T09:00:00.123456789Z`."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    since = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return since // timedelta(microseconds=1) + int(fraction[:6].ljust(6, "0"))
