"""What a program may write itself in Python: JUNO calls it as it calls its own.

The methods are called from any thread, one call at a time per interpreter. Values are plain dicts and lists, the same
as their JSON. If a method raises, JUNO takes the safe answer named below and goes on; the call that set the work going
raises the exception once it is done.
"""

from collections.abc import Mapping
from typing import Any, Protocol


class GovernancePolicy(Protocol):
    """Says what may happen to a proposal: the same context, the same answer. The safe answer is to deny."""

    @property
    def version(self) -> str:
        """Recorded with each decision; changes whenever an answer could change."""

    def decide(self, context: dict[str, Any]) -> Mapping[str, Any]:
        """`{"verdict": "allow" | "deny" | "require_approval", "ladder": {…}, "reasons": ["…"]}`.

        The context holds `proposal`, `phase`, `supervisor_mode`, `autonomous_actions` and `now`. The ladder goes only
        with `require_approval` and may be left out, as may the reasons.
        """
