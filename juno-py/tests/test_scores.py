"""Scores and calibrators on lists, arrays and columns of data frames."""

import json
import pickle
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import metrics

import juno
from juno import scores

DICE = np.random.default_rng(7)
P = DICE.random(400)
Y = DICE.random(400) < P


def ways(values: Any) -> list[Any]:
    """The same numbers, however they may be kept."""
    return [
        values.tolist(),
        tuple(values.tolist()),
        values,
        np.repeat(values, 2)[::2],
        values.astype(object),
        pd.Series(values, index=range(5, 405)),
        pd.Series(values.tolist(), dtype="boolean" if values.dtype == bool else "Float64"),
        pl.Series(values),
        pa.array(values),
        pa.chunked_array([values[:100], values[100:]]),
        iter(values.tolist()),
    ]


def test_every_way_to_keep_numbers_gives_the_same_score() -> None:
    expected = scores.brier(P.tolist(), Y.tolist())
    assert all(scores.brier(p, y) == expected for p, y in zip(ways(P), ways(Y), strict=True))
    assert scores.brier(P, Y.astype(int)) == scores.brier(P, Y.astype(float)) == expected


def test_scores_agree_with_scikit_learn() -> None:
    assert scores.brier(P, Y) == pytest.approx(metrics.brier_score_loss(Y, P), rel=1e-12)
    assert scores.log_loss(P, Y) == pytest.approx(metrics.log_loss(Y, P), rel=1e-12)
    assert scores.auc(P, Y) == pytest.approx(metrics.roc_auc_score(Y, P), rel=1e-12)
    assert scores.f1(P, Y, 0.3) == pytest.approx(metrics.f1_score(Y, P >= 0.3), rel=1e-12)
    assert scores.accuracy(P, Y) == pytest.approx(metrics.accuracy_score(Y, P >= 0.5), rel=1e-12)


def test_the_calibration_error_stands_beside_its_band() -> None:
    ece, band = scores.expected_calibration_error(P, Y), scores.ece_band(P)
    assert ece is not None and band["band"]["lower"] < ece < band["band"]["upper"]
    assert band == scores.ece_band(P, 10, level=0.95, simulations=1000, seed=42) != scores.ece_band(P, seed=7)
    curve = scores.reliability_curve(P, Y)
    assert sum(bin["n"] for bin in curve) == 400
    assert [bin["n"] for bin in scores.consistency_band(P)] == [bin["n"] for bin in curve]
    assert ece == pytest.approx(sum(bin["n"] * abs(bin["mean_forecast"] - bin["rate"]) for bin in curve) / 400)
    parts = scores.brier_parts(P, Y)
    assert parts is not None
    whole = parts["reliability"] - parts["resolution"] + parts["uncertainty"] + parts["within_bins"]
    assert whole == pytest.approx(scores.brier(P, Y))


def test_ranges_groups_and_distributions_are_scored() -> None:
    assert scores.coverage([0, 0, 0, 0], [1, 1, 1, 1], [0.5, 2, 1, 0]) == 0.75
    assert scores.interval_score([2.0, 2.0], [6.0, 6.0], [4.0, 1.0], 0.8) == pytest.approx(9.0)
    assert scores.crps([1.0, 3.0], 2.0) == scores.crps([3.0, 1.0], 2.0, [5.0, 5.0]) == 0.5
    assert scores.crps_normal(0, 1, 0) == pytest.approx((2**0.5 - 1) / np.pi**0.5)
    assert scores.sharpness([0.0, 1.0]) == 0.25
    teams = pd.Series(["a", "b"] * 200)
    assert [(group["group"], group["n"]) for group in scores.by_group(teams, P, Y)] == [("a", 200), ("b", 200)]


def test_nothing_to_score_is_none() -> None:
    assert scores.brier([], []) is None and scores.brier_parts([], []) is None
    assert scores.auc([0.5, 0.6], [True, True]) is None
    with pytest.raises(juno.NotEnoughDataError):
        scores.ece_band([])


@pytest.mark.parametrize(
    ("forecasts", "outcomes", "message"),
    [
        ([0.5, float("nan")], [0, 1], "`forecasts` has `NaN` at position 1; give a chance from 0 to 1"),
        (pd.Series([0.5, None]), [0, 1], "`forecasts` has `NaN` at position 1"),
        (pl.Series([0.5, None]), [0, 1], "`forecasts` has `NaN` at position 1"),
        ([0.5, None], [0, 1], "`forecasts` cannot be read: there is `None` at position 1, which is no number"),
        (pd.Series([0.5, None], dtype="object"), [0, 1], "`None` at position 1|`nan` at position 1"),
        ([0.5, 7], [0, 1], "`forecasts` has `7` at position 1"),
        ([0.5, -0.1], [0, 1], "`forecasts` has `-0.1` at position 1"),
        ([0.5], [0, 1], "`outcomes` has 2 values and `forecasts` has 1; give one for each"),
        ([0.5], [0.5], "`outcomes` has `0.5` at position 0; give true or false"),
        ([0.5], ["yes"], "`outcomes` cannot be read: there is `'yes'` at position 0"),
        (np.array(["0.5"]), [1], "`forecasts` cannot be read: it holds `<U3`, which are no numbers"),
        (np.zeros((2, 2)), [0, 1], "it has 2 dimensions, and must have one"),
        (np.ma.masked_array([0.5, 0.6], [False, True]), [0, 1], "it is masked"),
        (np.array([1 + 2j]), [0], "it holds `complex128`"),
        ("0.5", [0], "a `str` is no list, array or column of numbers"),
        ({0.5: 1}, [0], "a `dict` is no list, array or column of numbers"),
        (0.5, [0], "a `float` is no list"),
        (None, [0], "a `NoneType` is no list"),
    ],
)
def test_bad_lists_are_refused_with_the_place(forecasts: Any, outcomes: Any, message: str) -> None:
    with pytest.raises(juno.InvalidInputError, match=message):
        scores.brier(forecasts, outcomes)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(juno.InvalidInputError, match="number of bins"):
        scores.expected_calibration_error(P, Y, 0)
    with pytest.raises(juno.InvalidInputError, match=r"\[0, 1\]|0 to 1"):
        scores.accuracy(P, Y, 1.5)
    with pytest.raises(juno.InvalidInputError, match="swap"):
        scores.coverage([1.0], [0.0], [0.5])
    with pytest.raises(juno.InvalidInputError, match="`groups` has 1 values"):
        scores.by_group(["a"], [0.1, 0.2], [0, 1])


@pytest.mark.parametrize("method", ["platt", "beta", "isotonic", "temperature"])
def test_a_calibrator_is_fitted_applied_and_kept(method: Any) -> None:
    n = 2000 if method == "isotonic" else 400
    p = np.random.default_rng(3).random(n)
    y = np.random.default_rng(4).random(n) < p**2
    fitted = juno.Calibrator.fit(method, p, y)
    assert (fitted.method, fitted.outcomes) == (method, n)
    after = fitted.apply(p)
    assert isinstance(after, np.ndarray) and after.dtype == np.float64
    better, before = scores.brier(after, y), scores.brier(p, y)
    assert better is not None and before is not None and better < before
    assert (np.diff(fitted.apply(np.linspace(0, 1, 50))) >= 0).all()
    assert isinstance(fitted.apply(pl.Series(p)), np.ndarray)
    assert fitted.apply(p.tolist()) == after.tolist()
    for again in (
        pickle.loads(pickle.dumps(fitted)),
        juno.Calibrator.from_dict(json.loads(json.dumps(fitted.to_dict()))),
    ):
        assert again == fitted and (again.apply(p) == after).all()
    assert repr(fitted) == f"Calibrator(method={method}, outcomes={n})"


def test_a_calibrator_refuses_what_it_cannot_do() -> None:
    with pytest.raises(juno.NotEnoughDataError, match="30"):
        juno.Calibrator.fit("platt", [0.5] * 20, [1] * 20)
    with pytest.raises(juno.NotEnoughDataError):
        juno.Calibrator.fit("isotonic", P, Y)
    with pytest.raises(juno.InvalidInputError, match="plat"):
        juno.Calibrator.fit("plat", P, Y)  # type: ignore[arg-type]
    with pytest.raises(juno.InvalidInputError, match="`scores` has `2` at position 0"):
        juno.Calibrator.fit("platt", P, Y).apply([2])
    with pytest.raises(juno.InvalidInputError):
        juno.Calibrator.from_dict({"method": "platt", "slope": float("inf"), "intercept": 0, "outcomes": 100})


def test_lists_are_enough_where_numpy_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = scores.brier(P.tolist(), Y.tolist())
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert scores.brier(P.tolist(), Y.tolist()) == expected
    assert isinstance(juno.Calibrator.fit("platt", P.tolist(), Y.tolist()).apply([0.5]), list)
