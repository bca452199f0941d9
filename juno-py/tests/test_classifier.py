"""`BlendClassifier` is a classifier like any of scikit-learn's, and one without it."""

import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import juno
from juno import BlendClassifier

X, Y = make_classification(600, 12, n_informative=5, n_redundant=2, flip_y=0.1, random_state=3)


def small(**more: Any) -> BlendClassifier:
    return BlendClassifier(**{"n_trees": 30, **more})


@parametrize_with_checks([BlendClassifier()])  # type: ignore[untyped-decorator]
@pytest.mark.filterwarnings("ignore")
def test_the_checks_of_scikit_learn_pass(estimator: Any, check: Any) -> None:
    check(estimator)


def test_contributions_add_up_and_answers_agree() -> None:
    model = small().fit(X, Y)
    logit = model.decision_function(X)
    assert np.allclose(model.base_ + model.contributions(X).sum(axis=1), logit, atol=1e-9)
    assert np.allclose(model.predict_proba(X)[:, 1], 1 / (1 + np.exp(-logit)), atol=1e-12)
    assert (model.predict(X) == (logit > 0)).all()
    assert model.score(X, Y) > 0.8


def test_it_forecasts_no_worse_than_its_parts() -> None:
    train, test, y_train, y_test = train_test_split(X, Y, test_size=0.4, random_state=1)

    def loss(model: Any) -> float:
        return float(log_loss(y_test, model.fit(train, y_train).predict_proba(test)))

    parts = [
        make_pipeline(StandardScaler(), LogisticRegression()),
        ExtraTreesClassifier(200, min_samples_leaf=3, random_state=1),
    ]
    assert loss(BlendClassifier()) < max(map(loss, parts))


def test_neither_the_order_of_rows_nor_threads_nor_labels_change_a_bit() -> None:
    answers = small().fit(X, Y).predict_proba(X)
    order = np.random.default_rng(0).permutation(len(X))
    assert (small().fit(X[order], Y[order]).predict_proba(X) == answers).all()
    assert (small(threads=3).fit(X, Y).predict_proba(X) == answers).all()
    named = small().fit(X, np.where(Y == 1, "yes", "no"))
    assert named.classes_.tolist() == ["no", "yes"] and set(named.predict(X)) == {"no", "yes"}
    assert (named.predict_proba(X) == answers).all()
    assert (small().fit(np.asfortranarray(X), Y).predict_proba(X) == answers).all()
    assert (small(seed=7).fit(X, Y).predict_proba(X) != answers).any()


def test_weights_count_as_rows() -> None:
    twice = np.concatenate([X, X[:50]])
    weights = np.ones(len(X))
    weights[:50] = 2
    repeated = small().fit(twice, np.concatenate([Y, Y[:50]])).predict_proba(X)
    assert np.allclose(small().fit(X, Y, sample_weight=weights).predict_proba(X), repeated, atol=1e-9)


def test_it_works_in_the_tools_of_scikit_learn() -> None:
    pipeline = make_pipeline(StandardScaler(), small())
    assert cross_val_score(pipeline, X, Y, scoring="roc_auc", cv=3).mean() > 0.85
    search = GridSearchCV(small(), {"c": [0.1, 1.0], "min_samples_leaf": [3, 9]}, cv=2, scoring="neg_log_loss")
    assert set(search.fit(X, Y).best_params_) == {"c", "min_samples_leaf"}
    calibrated = CalibratedClassifierCV(small(), method="isotonic", cv=2).fit(X, Y)
    assert calibrated.predict_proba(X).shape == (600, 2)
    assert clone(small(c=0.3)).get_params()["c"] == 0.3


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_data_frames_are_taken_with_the_names_of_their_columns(frame: Any) -> None:
    names = [f"f{i}" for i in range(12)]
    table = frame(dict(zip(names, X.T, strict=True)))
    model = small().fit(table, Y)
    assert model.feature_names_in_.tolist() == names
    assert (model.predict_proba(table) == small().fit(X, Y).predict_proba(X)).all()
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame(dict(zip(map(str.upper, names), X.T, strict=True))))


def test_it_is_kept_by_pickle_and_as_plain_values() -> None:
    model = small().fit(X, np.where(Y == 1, "yes", "no"))
    answers = model.predict_proba(X)
    for again in (
        pickle.loads(pickle.dumps(model)),
        BlendClassifier.from_dict(json.loads(json.dumps(model.to_dict()))),
    ):
        assert (again.predict_proba(X) == answers).all()
        assert again.classes_.tolist() == ["no", "yes"] and again.n_trees == 30
    damaged = model.to_dict()
    damaged["model"]["logistic"]["weights"].pop()
    with pytest.raises(juno.CorruptError, match="damaged"):
        BlendClassifier.from_dict(damaged)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"c": 0}, "parameter `c` cannot be `0`"),
        ({"n_trees": 0}, "parameter `n_trees`"),
        ({"tree_weight": 2}, "parameter `tree_weight`"),
        ({"max_features": float("nan")}, "finite|NaN"),
        ({"threads": 0}, "nonzero"),
        ({"n_trees": 2.5}, "integer|floating"),
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(juno.InvalidInputError, match=message):
        BlendClassifier(**wrong).fit(X, Y)


def test_data_nothing_can_be_learnt_from_is_refused() -> None:
    with pytest.raises(juno.NotEnoughDataError, match="only 1 class, `1`"):
        small().fit(X, np.ones(len(X), int))
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        small().fit(X, np.arange(len(X)) % 3)
    with pytest.raises(juno.InvalidInputError, match="weight `-1`"):
        small().fit(X, Y, sample_weight=np.where(Y == 1, -1.0, 1.0))
    with pytest.raises(juno.InvalidInputError, match="1e100"):
        small().fit(np.where(X == X[0, 0], 1e200, X), Y)


def test_other_threads_run_while_it_fits() -> None:
    done = threading.Event()


    def work() -> None:
        BlendClassifier(n_trees=400).fit(X, Y)
        done.set()

    worker = threading.Thread(target=work)
    worker.start()
    turns = 0
    while not done.wait(0.002):
        turns += 1
    worker.join()
    assert turns > 5


def test_importing_juno_does_not_wait_for_scikit_learn() -> None:
    check = "import sys, juno; assert 'sklearn' not in sys.modules and 'numpy' not in sys.modules; juno.BlendClassifier"
    subprocess.run([sys.executable, "-c", check], check=True)
    with pytest.raises(AttributeError, match="no attribute `Blend`"):
        juno.Blend


def test_it_works_without_scikit_learn(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", X=X, Y=Y)
    program = """
import pickle, sys
sys.modules["sklearn"] = None
import numpy as np, pandas as pd, juno
data = np.load("data.npz"); X, Y = data["X"], data["Y"]
model = juno.BlendClassifier(n_trees=30).fit(X, Y)
np.save("answers.npy", model.predict_proba(X))
assert model.score(X, Y) > 0.8 and model.get_params()["n_trees"] == 30
assert repr(model) == "BlendClassifier(n_trees=30)" and model.set_params(c=2.0).c == 2.0
assert (pickle.loads(pickle.dumps(model)).predict(X) == model.predict(X)).all()
named = juno.BlendClassifier(n_trees=3).fit(pd.DataFrame(X).add_prefix("f"), Y)
assert named.feature_names_in_[0] == "f0"
def refused(text, work):
    try:
        work()
    except ValueError as error:
        assert text in str(error), error
    else:
        raise AssertionError(text)
refused("not fitted yet", lambda: juno.BlendClassifier().predict(X))
refused("matrix of numbers", lambda: model.predict(X[0]))
refused("12", lambda: model.predict(X[:, :3]))
refused("NaN", lambda: model.fit(np.where(X > 2, np.nan, X), Y))
refused("one label", lambda: model.fit(X, Y[:5]))
refused("label type", lambda: model.fit(X, Y / 2))
refused("columns of `X`", lambda: named.predict(pd.DataFrame(X).add_prefix("g")))
refused("no parameter", lambda: model.set_params(trees=3))
refused("one weight", lambda: model.fit(X, Y, sample_weight=[1.0]))
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)
    assert (np.load(tmp_path / "answers.npy") == small().fit(X, Y).predict_proba(X)).all()
