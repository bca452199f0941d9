"""Times scikit-learn for learn.rs, one thread, in the same run.

Reads lines `what file times`, `file` a table of numbers with the label last; answers each with the nanoseconds that
`times` runs took. `what` is a model to fit, or `predict_` and a model to ask for one row.
"""

import sys
import time

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Blend:
    """Extra-Trees and logistic, meant to be averaged on the log odds."""

    def fit(self, x, y):
        self.models = [MODELS["extra_trees"]().fit(x, y), MODELS["logistic"]().fit(x, y)]
        return self

    def predict_proba(self, x):
        odds = [np.log(p / (1 - p)) for p in (m.predict_proba(x)[:, 1].clip(0.005, 0.995) for m in self.models)]
        return 1 / (1 + np.exp(-np.mean(odds, axis=0)))


class Risk:
    """What the classifier of a sprint-risk stage is made of: trees on the inputs, logistic on inputs, squares, products."""

    inputs = 32

    def fit(self, x, y):
        trees = ExtraTreesClassifier(min_samples_leaf=5, **TREES).fit(x[:, : self.inputs], y)
        logistic = make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=10_000)).fit(x, y)
        self.models = [trees, logistic]
        return self


TREES = dict(n_estimators=200, max_features=0.5, n_jobs=1, random_state=0)
MODELS = {
    "extra_trees": lambda: ExtraTreesClassifier(min_samples_leaf=3, **TREES),
    "extra_trees_regressor": lambda: ExtraTreesRegressor(min_samples_leaf=5, **TREES),
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(C=0.02, max_iter=10_000)),
    "blend": Blend,
    "risk": Risk,
}

tables, fitted = {}, {}
for line in sys.stdin:
    what, file, times = line.split()
    if file not in tables:
        table = np.loadtxt(file, delimiter=",")
        tables[file] = table[:, :-1].copy(), table[:, -1].copy()
    x, y = tables[file]
    if what.startswith("predict_"):
        model = what.removeprefix("predict_")
        if (model, file) not in fitted:
            fitted[model, file] = MODELS[model]().fit(x, y)
        ask, row = fitted[model, file].predict_proba, x[:1]
        start = time.perf_counter_ns()
        for _ in range(int(times)):
            ask(row)
    else:
        start = time.perf_counter_ns()
        for _ in range(int(times)):
            MODELS[what]().fit(x, y)
    print(time.perf_counter_ns() - start, flush=True)
