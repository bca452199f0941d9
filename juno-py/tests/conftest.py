"""What several tests need: the sample, read once, and a `Juno` of its own for each."""

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import juno

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples" / "data" / "sample"
EPOCH = datetime.fromtimestamp(0, timezone.utc)


@pytest.fixture(scope="session")
def records() -> juno.Records:
    return juno.Juno(database=":memory:").load(SAMPLE)


@pytest.fixture
def app() -> Callable[..., juno.Juno]:
    """A `Juno` in memory that may act alone, its clock at the beginning of time."""

    def make(settings: dict[str, Any] | None = None, **more: Any) -> juno.Juno:
        free = {"governance.supervisor_mode": False}
        return juno.Juno({**free, **(settings or {})}, database=":memory:", now=more.pop("now", EPOCH), **more)

    return make


@pytest.fixture
def proposal() -> dict[str, Any]:
    return {
        "id": "p-1",
        "action": {"type": "add_label", "issue": "PAY-7", "label": "stale"},
        "impact": "low",
        "team": "payments",
        "proposer": "juno",
        "confidence": {"value": 0.8, "calibration": {"state": "uncalibrated"}},
        "rationale": "no activity for 40 days",
        "evidence": [],
        "proposed_at": datetime(2026, 3, 2, 8, tzinfo=timezone.utc),
    }
