"""`BlendClassifier`: the learner behind JUNO's forecasts for data of your own, as scikit-learn expects one.

It needs numpy. With scikit-learn installed it is one of its classifiers; without it, everything but the tools of
scikit-learn works the same.
"""

import json

import numpy as np

from juno._juno import NotEnoughDataError, _Blend

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError:
    from juno._estimator import (
        BaseEstimator,
        ClassifierMixin,
        _check_sample_weight,
        check_classification_targets,
        check_is_fitted,
        validate_data,
    )


class BlendClassifier(ClassifierMixin, BaseEstimator):
    """Two classes by the mean of the log odds of an L2 logistic regression and of Extra-Trees.

    Columns are standardised inside, and no row order, number of threads or platform changes a result.

    Parameters
    ----------
    c : inverse strength of the logistic's penalty, as scikit-learn's `C`; above 0.
    n_trees : trees, 1 to 100,000.
    min_samples_leaf : fewest rows in a leaf; a row with weight 2 counts like two rows.
    max_depth : most questions from root to leaf; None is no limit.
    max_features : share of the features a node may choose from, above 0 to 1.
    tree_weight : the trees' share of the log odds, 0 to 1.
    seed : of all that is drawn at random.
    threads : at most this many at a time, for fitting and for answering.

    Attributes
    ----------
    classes_ : the two labels, sorted; chances in `predict_proba` are in their order.
    n_features_in_ : columns of `X` in `fit`.
    feature_names_in_ : their names, where `X` was a data frame whose names are all text.
    base_ : the log odds that every row's contributions start from.
    """

    def __init__(
        self,
        *,
        c=1.0,
        n_trees=200,
        min_samples_leaf=3,
        max_depth=None,
        max_features=0.5,
        tree_weight=0.5,
        seed=42,
        threads=1,
    ):
        self.c = c
        self.n_trees = n_trees
        self.min_samples_leaf = min_samples_leaf
        self.max_depth = max_depth
        self.max_features = max_features
        self.tree_weight = tree_weight
        self.seed = seed
        self.threads = threads

    def fit(self, X, y, sample_weight=None):
        """Fits to `X` (rows × features) and one of two labels a row. Other threads run meanwhile. Gives itself."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
            used = sample_weight != 0
            X, y, sample_weight = X[used], y[used], sample_weight[used]
        classes = np.unique(y)
        if len(classes) == 1:
            raise NotEnoughDataError(f"the labels have only 1 class, `{classes[0]}`; two are needed")
        if len(classes) != 2:
            raise ValueError(f"Only binary classification is supported: the labels have {len(classes)} classes.")
        self._fitted = _Blend.fit(self.get_params(), X, (y == classes[1]).tolist(), sample_weight)
        self.classes_ = classes
        return self

    def decision_function(self, X):
        """The log odds of the second class, for each row."""
        return self._fitted_with(X, "logit")

    def predict_proba(self, X):
        """The chance of both classes, for each row."""
        p = self._fitted_with(X, "predict")
        return np.column_stack((1 - p, p))

    def predict(self, X):
        """The more likely class, for each row."""
        second = self.decision_function(X) > 0
        return self.classes_[second.astype(int)]

    def contributions(self, X):
        """What each feature added to the log odds, for each row: `base_` and they sum to `decision_function`."""
        return self._fitted_with(X, "contributions")

    def to_dict(self):
        """What was fitted, as plain values: `from_dict` reads it back, in Node too."""
        check_is_fitted(self)
        model = json.loads(self._fitted.to_json())
        return {"classes": self.classes_.tolist(), "options": self.get_params(), "model": model}

    @classmethod
    def from_dict(cls, values):
        """A classifier that was written with `to_dict`."""
        self = cls(**values["options"])
        self._fitted = _Blend.from_json(json.dumps(values["model"]).encode())
        self.classes_ = np.array(values["classes"])
        self.n_features_in_ = self._fitted.n_features
        return self

    @property
    def base_(self):
        check_is_fitted(self)
        return self._fitted.base

    def _fitted_with(self, X, question):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return getattr(self._fitted, question)(X, self.threads)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
