"""Writes the reference vectors that tests/reference.rs compares with: python generate.py > vectors.json

Needs scikit-learn, scipy and numpy; the versions used are written into the file.
"""

import json

import numpy as np
import scipy
import sklearn
from scipy.integrate import quad
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.calibration import _SigmoidCalibration, _TemperatureScaling, calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score, brier_score_loss, f1_score, log_loss, mean_pinball_loss, roc_auc_score,
)

rng = np.random.default_rng(20260301)
grid = np.linspace(0.02, 0.98, 25)


def cases(n, slope, shift):
    """Scores with ties, and outcomes whose log-odds are slope · logit(score) + shift.

    No score lies on the edge of a bin: scikit-learn counts an edge to the bin below it, we to the bin above.
    """
    score = np.round(np.floor(rng.beta(1.6, 1.2, n) * 99) / 100 + 0.005, 3)
    return score, (rng.random(n) < expit(slope * logit(score) + shift)).astype(int)


def scores(p, y):
    said = (p >= 0.5).astype(int)
    rate, mean = calibration_curve(y, p, n_bins=10)
    n = np.bincount(np.minimum((p * 10).astype(int), 9), minlength=10)
    return {
        "brier": brier_score_loss(y, p), "log_loss": log_loss(y, p), "auc": roc_auc_score(y, p),
        "accuracy": accuracy_score(y, said), "f1": f1_score(y, said), "sharpness": float(np.var(p)),
        "curve_rate": rate.tolist(), "curve_mean": mean.tolist(),
        "ece": float(np.sum(n[n > 0] * np.abs(rate - mean)) / len(p)),
    }


def platt(p, y):
    """The class of scikit-learn, fed log-odds instead of raw scores; its targets are smoothed, as ours."""
    return _SigmoidCalibration().fit(logit(p), y).predict(logit(grid))


def temperature(p, y):
    """Two columns of log-probabilities: softmax of slope · (ln(1 − p), ln p)."""
    columns = lambda p: np.column_stack([np.log(1 - p), np.log(p)])
    return _TemperatureScaling().fit(columns(p), y).predict(columns(grid))[:, 1]


def beta(p, y):
    """Kull et al. as in their package: logistic regression on ln p and −ln(1 − p); a negative slope is left out, refitted."""
    columns = lambda p: np.column_stack([np.log(p), -np.log(1 - p)])
    keep = [0, 1]
    fit = lambda: LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000, solver="newton-cholesky").fit(columns(p)[:, keep], y)
    slopes = fit().coef_[0]
    if (slopes < 0).any():
        keep = [int(np.argmax(slopes))]
    return fit().predict_proba(columns(grid)[:, keep])[:, 1]


def isotonic(p, y):
    return IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, y).predict(grid)


def calibrated(n, slope, shift, methods):
    p, y = cases(n, slope, shift)
    return {
        "score": p.tolist(), "outcome": y.tolist(), "scores": scores(p, y),
        "mapped": {method.__name__: method(p, y).tolist() for method in methods},
    }


def crps_case():
    """By pairs: E|X − y| − ½ E|X − X′|."""
    x, w, y = np.round(rng.normal(3, 2, 12), 1), rng.random(12), rng.normal(3, 3)
    w = w / w.sum()
    score = np.sum(w * np.abs(x - y)) - 0.5 * np.sum(np.outer(w, w) * np.abs(x[:, None] - x[None, :]))
    return {"value": x.tolist(), "weight": w.tolist(), "outcome": y, "crps": score}


def crps_normal_case():
    """By integration of (F(z) − 1{z ≥ y})²."""
    m, s, y = rng.normal(), rng.uniform(0.3, 3), rng.normal(0, 3)
    below = quad(lambda z: norm.cdf(z, m, s) ** 2, -np.inf, y, epsabs=1e-13)[0]
    above = quad(lambda z: norm.sf(z, m, s) ** 2, y, np.inf, epsabs=1e-13)[0]
    return {"mean": m, "sd": s, "outcome": y, "crps": below + above}


def interval_case():
    """Winkler's score as the pinball losses of both bounds."""
    lower, width, level = rng.normal(), rng.exponential(2), rng.choice([0.5, 0.8, 0.9])
    y, tail = rng.normal(1, 3), (1 - level) / 2
    loss = lambda bound, q: mean_pinball_loss([y], [bound], alpha=q)
    score = (loss(lower, tail) + loss(lower + width, 1 - tail)) / tail
    return {"lower": lower, "upper": lower + width, "level": level, "outcome": y, "score": score}


vectors = {
    "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
    "grid": grid.tolist(),
    "calibration": {
        "too_sure": calibrated(200, 0.5, -0.3, [platt, temperature, beta]),
        "one_sided": calibrated(150, 0.15, 1.0, [platt, temperature, beta]),
        "many": calibrated(1200, 1.4, 0.4, [platt, temperature, beta, isotonic]),
    },
    "crps": [crps_case() for _ in range(8)],
    "crps_normal": [crps_normal_case() for _ in range(8)],
    "interval_score": [interval_case() for _ in range(8)],
}
print(json.dumps(vectors, separators=(",", ":"), default=float))
