"""Writes logistic.json: probabilities of scikit-learn's LogisticRegression on standardised columns.

Run with any Python that has scikit-learn; made with 1.9.1.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(7)


def matrix(rows, columns):
    x = rng.normal(size=(rows, columns)).round(3)
    x[:, 1] = (x[:, 1] > 0.3) * 1000.0  # another scale, two values
    x[:, 2] = (2 * x[:, 0] + 0.01 * rng.normal(size=rows)).round(3)  # nearly a copy
    return x


cases = []
# Balanced, unbalanced both ways, and fewer rows than columns.
for rows, columns, shift in [(60, 5, 0.0), (60, 5, 1.5), (60, 5, -1.5), (8, 12, 0.0)]:
    x = matrix(rows, columns)
    odds = x[:, 0] + 0.002 * x[:, 1] + shift
    y = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    y[:2] = [0, 1]
    new = matrix(10, columns)
    scaler = StandardScaler().fit(x)
    for c in [0.02, 1.0, 100.0]:
        model = LogisticRegression(C=c, tol=1e-10, max_iter=100_000, solver="lbfgs")
        model.fit(scaler.transform(x), y)
        cases.append(
            {
                "c": c,
                "x": x.tolist(),
                "y": y.astype(bool).tolist(),
                "new": new.tolist(),
                "expected": model.predict_proba(scaler.transform(new))[:, 1].tolist(),
            }
        )

text = json.dumps({"scikit_learn": sklearn.__version__, "cases": cases})
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
