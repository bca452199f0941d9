from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, final

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

def version() -> str:
    """The version of JUNO this module was built from."""
