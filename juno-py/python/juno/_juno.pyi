from collections.abc import Awaitable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, final

from juno.plugins import GovernancePolicy

__all__ = [
    "ApprovalRequiredError",
    "CancelledError",
    "ConflictError",
    "CorruptError",
    "DeniedError",
    "InternalError",
    "InvalidInputError",
    "JunoError",
    "NotEnoughDataError",
    "NotFoundError",
    "UnavailableError",
    "UnsupportedError",
    "WorkingCalendar",
    "try_policy",
    "try_policy_async",
    "version",
]

class JunoError(Exception):
    """What JUNO raises: `code` says which kind."""

    code: ClassVar[str]

class InvalidInputError(JunoError, ValueError): ...
class NotFoundError(JunoError, LookupError): ...
class NotEnoughDataError(JunoError): ...
class ConflictError(JunoError): ...
class ApprovalRequiredError(JunoError): ...
class DeniedError(JunoError): ...
class UnavailableError(JunoError): ...
class CancelledError(JunoError): ...
class CorruptError(JunoError): ...
class UnsupportedError(JunoError): ...
class InternalError(JunoError): ...

@final
class WorkingCalendar:
    """Which days are worked. Days begin at midnight of a fixed offset from UTC (no daylight saving)."""

    def __new__(
        cls,
        *,
        holidays: Sequence[date] = ...,
        weekend: Sequence[str] | None = None,
        utc_offset_minutes: int = 0,
    ) -> WorkingCalendar:
        """Without arguments: Monday to Friday, no holidays, days of UTC. `weekend` names days: `["fri", "sat"]`."""

    def is_working_day(self, day: date) -> bool:
        """Whether the day is worked."""

    def day_of(self, at: datetime) -> date:
        """The calendar day of an instant."""

    def working_days(self, start: datetime, to: datetime) -> int:
        """Worked days between two instants, the first day included, the last not; 0 if `to` is not after `start`."""

def try_policy(
    policy: GovernancePolicy,
    proposals: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    phase: int = 2,
    supervisor_mode: bool = True,
    autonomous_actions: bool = True,
) -> list[dict[str, Any]]:
    """What a policy written in Python says about proposals. Nothing is submitted and nothing recorded."""

def try_policy_async(
    policy: GovernancePolicy,
    proposals: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    phase: int = 2,
    supervisor_mode: bool = True,
    autonomous_actions: bool = True,
) -> Awaitable[list[dict[str, Any]]]:
    """`try_policy` for use with `await`: the event loop runs on meanwhile."""

def version() -> str:
    """The version of JUNO this module was built from."""
