"""What `Gate.guard` makes of a function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from juno._juno import proposal_id

if TYPE_CHECKING:
    from juno._juno import Gate, Juno

F = TypeVar("F", bound=Callable[..., Any])


def guard(
    juno: Juno,
    gate: Gate,
    *,
    action: str,
    impact: str,
    team: str = "default",
    category: str = "ticket_management",
    target: str | None = None,
    proposer: str = "juno",
    rationale: str | None = None,
    confidence: float | Mapping[str, Any] = 1.0,
    key: Any = None,
    ignore: Sequence[str] = (),
    undo: Callable[..., Mapping[str, Any]] | None = None,
) -> Callable[[F], F]:
    """A decorator: the function runs once for each approved call."""
    sure = confidence if isinstance(confidence, Mapping) else {"value": confidence, "calibration": {"state": "uncalibrated"}}

    def decorate(function: F) -> F:
        signature = inspect.signature(function)
        why = rationale or inspect.getdoc(function) or f"{action} was called."

        def proposal(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            arguments = {name: value for name, value in bound.arguments.items() if name not in ignore}
            acts_on = arguments.get(target) if target is not None else next(iter(arguments.values()), None)
            exact = {
                "type": "custom",
                "name": action,
                "target": action if acts_on is None else str(acts_on),
                "category": category,
                "reversible": undo is not None,
                "arguments": arguments,
            }
            made: dict[str, Any] = {
                "id": proposal_id(exact, {"guard": action, "key": key}),
                "action": exact,
                "impact": impact,
                "team": team,
                "proposer": proposer,
                "confidence": sure,
                "score": None,
                "rationale": why,
                "evidence": [],
                "proposed_at": juno.now(),
            }
            return made, undo(*args, **kwargs) if undo is not None else None

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def asking(*args: Any, **kwargs: Any) -> Any:
                made, back = proposal(args, kwargs)
                submission = await juno.submit_async(made)
                async with gate.execute(submission["request"]["id"], undo=back):
                    return await function(*args, **kwargs)

            return cast(F, asking)

        @functools.wraps(function)
        def asking_first(*args: Any, **kwargs: Any) -> Any:
            made, back = proposal(args, kwargs)
            submission = juno.submit(made)
            with gate.execute(submission["request"]["id"], undo=back):
                return function(*args, **kwargs)

        return cast(F, asking_first)

    return decorate
