"""Instants and days cross the border without losing their zone."""

from datetime import date, datetime, timedelta, timezone

import pytest

from juno import InvalidInputError, WorkingCalendar

UTC = timezone.utc
MONDAY = datetime(2026, 1, 5, 10, tzinfo=UTC)


def test_working_days_skip_rest_and_holidays() -> None:
    assert WorkingCalendar().working_days(MONDAY, MONDAY + timedelta(days=14)) == 10
    assert WorkingCalendar(holidays=[date(2026, 1, 6)]).working_days(MONDAY, MONDAY + timedelta(days=7)) == 4
    assert WorkingCalendar(weekend=["fri", "sat"]).is_working_day(date(2026, 1, 4))


def test_instants_of_any_zone_are_the_same_instant() -> None:
    tokyo = timezone(timedelta(hours=9))
    late = datetime(2026, 1, 2, 1, tzinfo=tokyo)
    assert WorkingCalendar().day_of(late) == date(2026, 1, 1)
    assert WorkingCalendar(utc_offset_minutes=540).day_of(late) == date(2026, 1, 2)


def test_a_naive_datetime_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(TypeError, match="no time zone: give an aware datetime"):
        WorkingCalendar().day_of(datetime(2026, 1, 1))


def test_an_unknown_day_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="`someday` is no day of the week"):
        WorkingCalendar(weekend=["someday"])
