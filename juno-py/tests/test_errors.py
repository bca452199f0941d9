"""Every kind of error has its class, and nothing else is raised."""

import pickle

import pytest

import juno

CODES = {
    "InvalidInputError": "JUNO_INVALID_INPUT",
    "NotFoundError": "JUNO_NOT_FOUND",
    "NotEnoughDataError": "JUNO_NOT_ENOUGH_DATA",
    "ConflictError": "JUNO_CONFLICT",
    "ApprovalRequiredError": "JUNO_APPROVAL_REQUIRED",
    "DeniedError": "JUNO_DENIED",
    "UnavailableError": "JUNO_UNAVAILABLE",
    "CancelledError": "JUNO_CANCELLED",
    "CorruptError": "JUNO_CORRUPT",
    "UnsupportedError": "JUNO_UNSUPPORTED",
    "InternalError": "JUNO_INTERNAL",
}


def test_every_kind_has_a_class_with_its_code() -> None:
    classes = {c.__name__: c.code for c in juno.JunoError.__subclasses__()}
    assert classes == CODES
    assert all(getattr(juno, name).__doc__ for name in CODES)


def test_wrong_input_is_a_value_error_and_a_missing_thing_a_lookup_error() -> None:
    assert issubclass(juno.InvalidInputError, ValueError)
    assert issubclass(juno.NotFoundError, LookupError)


def test_an_error_of_the_core_arrives_as_the_class_of_its_kind() -> None:
    with pytest.raises(juno.InvalidInputError, match="^`1440` is no UTC offset in minutes: ") as caught:
        juno.WorkingCalendar(utc_offset_minutes=1440)
    assert caught.value.code == "JUNO_INVALID_INPUT"
    assert caught.value.__cause__ is None


def test_errors_survive_pickling() -> None:
    again = pickle.loads(pickle.dumps(juno.NotFoundError("nothing has the id `7`")))
    assert type(again) is juno.NotFoundError
    assert str(again) == "nothing has the id `7`"
