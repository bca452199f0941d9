"""JUNO: forecasts, proposals, governed action and proof for software delivery, in-process.

>>> juno = Juno(database=":memory:")
>>> juno.audit_head()["size"]
0
"""

from typing import TYPE_CHECKING

from juno._juno import *
from juno.plugins import GovernancePolicy as GovernancePolicy
from juno.plugins import RiskModel as RiskModel

if TYPE_CHECKING:
    from juno.classifier import BlendClassifier as BlendClassifier


def __getattr__(name: str) -> object:
    # Only those who use the classifier wait for numpy and scikit-learn.
    if name == "BlendClassifier":
        from juno.classifier import BlendClassifier

        return BlendClassifier
    raise AttributeError(f"module `juno` has no attribute `{name}`")


def __dir__() -> list[str]:
    return [*globals(), "BlendClassifier"]
