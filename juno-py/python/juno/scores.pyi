"""Scores of forecasts against what happened.

Forecasts are chances from 0 to 1, outcomes are true or false (1 or 0); a list, a numpy array or a column of pandas, polars
or pyarrow will do. None is the answer where there is nothing to score, such as no forecasts, or an AUC of one class only.
"""

from collections.abc import Iterable

from juno.types import (
    BrierParts,
    ConsistencyBin,
    EceBand,
    GroupScore,
    Numbers,
    ReliabilityBin,
)

__all__ = [
    "accuracy",
    "auc",
    "brier",
    "brier_parts",
    "by_group",
    "consistency_band",
    "coverage",
    "crps",
    "crps_normal",
    "ece_band",
    "expected_calibration_error",
    "f1",
    "interval_score",
    "log_loss",
    "reliability_curve",
    "sharpness",
]

def accuracy(forecasts: Numbers, outcomes: Numbers, threshold: float = 0.5) -> float | None:
    """The share of cases that a forecast of `threshold` or more tells apart rightly."""

def auc(forecasts: Numbers, outcomes: Numbers) -> float | None:
    """How often a case that happened got a higher forecast than one that did not; None unless both kinds are there."""

def brier(forecasts: Numbers, outcomes: Numbers) -> float | None:
    """The mean squared distance between forecasts and outcomes: 0 is perfect, 0.25 is always saying one half."""

def brier_parts(forecasts: Numbers, outcomes: Numbers, bins: int = 10) -> BrierParts | None:
    """Where a Brier score comes from: reliability − resolution + uncertainty + within_bins."""

def by_group(groups: Iterable[str], forecasts: Numbers, outcomes: Numbers) -> list[GroupScore]:
    """How forecasts serve each group, sorted by label, and which of them they are biased against."""

def consistency_band(forecasts: Numbers, bins: int = 10, level: float = 0.95) -> list[ConsistencyBin]:
    """The rates that perfectly calibrated forecasts of each stretch would show by chance."""

def coverage(lower: Numbers, upper: Numbers, outcomes: Numbers) -> float | None:
    """The share of ranges that hold their outcome."""

def crps(values: Numbers, outcome: float, weights: Numbers | None = None) -> float:
    """The continuous ranked probability score of a forecast that is a list of values, equally likely unless weighted."""

def crps_normal(mean: float, sd: float, outcome: float) -> float:
    """The continuous ranked probability score of a normal forecast."""

def ece_band(
    forecasts: Numbers, bins: int = 10, level: float = 0.95, simulations: int = 1000, seed: int = 42
) -> EceBand:
    """The calibration error these very forecasts would have by chance if they were perfectly calibrated."""

def expected_calibration_error(forecasts: Numbers, outcomes: Numbers, bins: int = 10) -> float | None:
    """The mean distance between forecast and observed frequency over `bins` equal stretches. See `ece_band` for what it means."""

def f1(forecasts: Numbers, outcomes: Numbers, threshold: float = 0.5) -> float | None:
    """The harmonic mean of precision and recall at `threshold`; None where nothing happened and nothing was forecast to."""

def interval_score(lower: Numbers, upper: Numbers, outcomes: Numbers, level: float) -> float | None:
    """The mean of Winkler's score of ranges: width, plus 2 / (1 − level) times the distance of what lies outside."""

def log_loss(forecasts: Numbers, outcomes: Numbers) -> float | None:
    """The mean negative natural logarithm of the chance given to what happened: 0 is perfect, 0.693 is always one half."""

def reliability_curve(forecasts: Numbers, outcomes: Numbers, bins: int = 10) -> list[ReliabilityBin]:
    """Forecast against observed frequency in `bins` equal stretches; those without forecasts are left out."""

def sharpness(forecasts: Numbers) -> float | None:
    """The variance of the forecasts: among forecasters that are calibrated, the sharper one is better."""
