from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

_Matrix: TypeAlias = Any
"""Rows × features: a matrix of numpy, or a data frame."""

class BlendClassifier:
    """Two classes by the mean of the log odds of an L2 logistic regression and of Extra-Trees.

    A classifier of scikit-learn where that is installed. It needs numpy.
    """

    c: float
    n_trees: int
    min_samples_leaf: int
    max_depth: int | None
    max_features: float
    tree_weight: float
    seed: int
    threads: int
    classes_: NDArray[Any]
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def __init__(
        self,
        *,
        c: float = 1.0,
        n_trees: int = 200,
        min_samples_leaf: int = 3,
        max_depth: int | None = None,
        max_features: float = 0.5,
        tree_weight: float = 0.5,
        seed: int = 42,
        threads: int = 1,
    ) -> None: ...
    def fit(self, X: _Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fits to `X` (rows × features) and one of two labels a row. Other threads run meanwhile. Gives itself."""

    def decision_function(self, X: _Matrix) -> NDArray[np.float64]:
        """The log odds of the second class, for each row."""

    def predict_proba(self, X: _Matrix) -> NDArray[np.float64]:
        """The chance of both classes, for each row."""

    def predict(self, X: _Matrix) -> NDArray[Any]:
        """The more likely class, for each row."""

    def score(self, X: _Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """The share of rows whose class is predicted rightly."""

    def contributions(self, X: _Matrix) -> NDArray[np.float64]:
        """What each feature added to the log odds, for each row: `base_` and they sum to `decision_function`."""

    def to_dict(self) -> dict[str, Any]:
        """What was fitted, as plain values: `from_dict` reads it back, in Node too."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """A classifier that was written with `to_dict`."""

    @property
    def base_(self) -> float:
        """The log odds that the contributions of every row start from."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name."""

    def set_params(self, **params: Any) -> Self:
        """The same classifier with other settings; they count from the next `fit` on."""
