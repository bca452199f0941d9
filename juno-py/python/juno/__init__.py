"""JUNO: forecasts, proposals, governed action and proof for software delivery, in-process.

>>> juno = Juno(database=":memory:")
>>> juno.audit_head()["size"]
0
"""

from juno._juno import *
from juno.plugins import GovernancePolicy as GovernancePolicy
from juno.plugins import RiskModel as RiskModel
