"""What `BlendClassifier` takes of scikit-learn, for where that is not installed."""

import inspect
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class BaseEstimator:
    """Parameters are what `__init__` takes, kept under the same names."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Any:
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"`{name}` is no parameter; those of `{type(self).__name__}` are {sorted(known)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        usual = {name: p.default for name, p in inspect.signature(type(self)).parameters.items()}
        given = (f"{name}={value!r}" for name, value in self.get_params().items() if value != usual[name])
        return f"{type(self).__name__}({', '.join(given)})"


class ClassifierMixin:
    def score(self: Any, X: Any, y: ArrayLike, sample_weight: Any = None) -> float:
        return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))


def validate_data(
    estimator: Any, X: Any, y: Any = None, *, reset: bool = True, dtype: type = np.float64
) -> Any:
    """`X` as a matrix of finite numbers; with `reset`, `y` beside it as labels, and the names of columns are kept."""
    names: Any = getattr(X, "columns", getattr(X, "column_names", None))
    array = np.asarray(X)
    if array.dtype.kind not in "fiubO" or array.ndim != 2:
        raise ValueError(f"`X` must be a matrix of numbers, and is {array.ndim}-dimensional `{array.dtype}`")
    array = np.ascontiguousarray(array, dtype=dtype)
    if not np.isfinite(array).all():
        raise ValueError("`X` has NaN or infinity in it: fill or drop what is not known")
    if names is not None:
        names = list(names)
        names = np.array(names, dtype=object) if all(isinstance(name, str) for name in names) else None
    if not reset:
        if array.shape[1] != estimator.n_features_in_:
            raise ValueError(f"`X` has {array.shape[1]} columns, and `fit` saw {estimator.n_features_in_}")
        fitted = getattr(estimator, "feature_names_in_", None)
        if names is not None and fitted is not None and list(names) != list(fitted):
            raise ValueError(f"the columns of `X` are {list(names)}, and `fit` saw {list(fitted)}")
        return array
    y = np.asarray(y)
    if y.shape != (len(array),):
        raise ValueError(f"`y` must have one label for each of the {len(array)} rows, and has the shape {y.shape}")
    estimator.n_features_in_ = array.shape[1]
    if names is not None:
        estimator.feature_names_in_ = names
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_
    return array, y


def check_classification_targets(y: NDArray[Any]) -> None:
    if y.dtype.kind == "f" and not (np.isfinite(y).all() and (y == np.floor(y)).all()):
        raise ValueError("Unknown label type: `y` has fractions or NaN in it; labels are whole numbers or text")


def check_is_fitted(estimator: Any) -> None:
    if not estimator.__sklearn_is_fitted__():
        raise ValueError(f"this `{type(estimator).__name__}` is not fitted yet: call `fit` first")


def _check_sample_weight(weights: ArrayLike, X: NDArray[Any], dtype: type = np.float64) -> NDArray[Any]:
    checked: NDArray[Any] = np.asarray(weights, dtype=dtype)
    if checked.shape != (len(X),):
        raise ValueError(f"`sample_weight` must have one weight for each of the {len(X)} rows")
    return checked
