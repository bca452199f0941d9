"""JUNO: forecasts, proposals, governed action and proof for software delivery, in-process."""

from juno._juno import *
from juno.plugins import GovernancePolicy as GovernancePolicy
