"""What a program may write itself in Python: JUNO calls it as it calls its own.

The methods are called from any thread, one call at a time per interpreter. Values are plain dicts and lists, the same
as their JSON. If a method raises or answers nonsense, JUNO takes the safe answer named below and goes on; the call that
set the work going raises the exception once it is done. `KeyboardInterrupt` also stops the work.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class GovernancePolicy(Protocol):
    """Says what may happen to a proposal: the same context, the same answer. The safe answer is to deny."""

    @property
    def version(self) -> str:
        """Recorded with each decision; changes whenever an answer could change."""

    def decide(self, context: dict[str, Any]) -> Mapping[str, Any]:
        """`{"verdict": "allow" | "deny" | "require_approval", "ladder": {…}, "reasons": ["…"]}`.

        The context holds `proposal`, `phase`, `supervisor_mode`, `autonomous_actions` and `now`. The ladder goes only
        with `require_approval` and may be left out, as may the reasons. Settings stand above every policy: in supervisor
        mode a person decides also on what it would allow.
        """


class RiskModel(Protocol):
    """Forecasts one sprint: the same arguments, the same answer. The safe answer is no forecast."""

    @property
    def name(self) -> str:
        """Cited by forecasts and errors."""

    def predict(self, snapshot: dict[str, Any], history: Sequence[dict[str, Any]]) -> Mapping[str, Any] | None:
        """`{"p_miss": 0.3, "delivered": 21.0, "intervals": [{"lower": 15.0, "upper": 27.0, "level": 0.8}]}`.

        `p_miss` is the chance that less is delivered than `started_with + added − removed`; `delivered` counts points, or
        issues where nothing committed has points. Intervals come narrowest first and may be left out. None says that too
        little is known: then the sprint gets no number, marked `not_enough_history`. `history` holds only sprints that
        were over by then.
        """
