"""What a decision and an approval cost from Python, beside peers, one after another in one process.

    make bench-python        # builds the module for release; JUNO_PEER_PYTHON names a Python that has the peers

Peers are left out with a word where they are not installed: `agent-governance-toolkit-core` (AGT) and `cedarpy`.
Each figure is the median of nine runs.
"""

import json
import logging
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

RULES = 100
NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
LADDER = ["team_lead", "project_manager", "engineering_manager", "director"]


def micros(step: Callable[[int], Any], times: int) -> float:
    """The median time of a step in microseconds. A step is told how many went before it."""
    taken, number = [], 0
    for _ in range(9):
        begin = time.perf_counter_ns()
        for _ in range(times):
            step(number)
            number += 1
        taken.append((time.perf_counter_ns() - begin) / times / 1000)
    return statistics.median(taken)


def proposal(number: int, impact: str = "low") -> dict[str, Any]:
    return {
        "id": f"label-{number:032x}",
        "action": {"type": "add_label", "issue": f"PAY-{number}", "label": "stale"},
        "impact": impact,
        "team": "team-1",
        "proposer": "juno",
        "confidence": {"value": 0.95, "calibration": {"state": "calibrated", "method": "platt", "outcomes": 60}},
        "rationale": "Nobody has looked at it for 30 days; comparable tickets were picked up within 12.",
        "evidence": [],
        "proposed_at": NOW,
    }


def juno() -> dict[str, float]:
    import juno

    allow = {
        "id": "labels",
        "effect": "allow",
        "when": {"actions": ["add_label"], "impacts": ["low"], "min_confidence": 0.9, "calibrated": True,
                 "reversible": True},
    }
    others = [
        {"id": f"rule-{n}", "effect": "deny", "when": {"actions": [f"host.action_{n}"], "impacts": ["critical"]}}
        for n in range(1, RULES)
    ]
    custom = [f"host.action_{n}" for n in range(1, RULES)]
    policy = juno.RulePolicy({"name": "bench", "custom_actions": custom, "rules": [allow, *others]})
    one, settings = proposal(1), {"phase": 5, "supervisor_mode": False, "autonomous_actions": True}
    assert policy.decide(one, settings, NOW)["verdict"] == "allow", policy.decide(one, settings, NOW)

    rungs = [{"role": role, "deadline_hours": 4} for role in LADDER]
    rules = json.dumps({"ladders": {"critical": {"rungs": rungs}}})
    roles = {role: [role] for role in LADDER}
    app = juno.Juno({"governance.approval_rules": rules, "roles": roles}, database=":memory:", now=NOW)

    def four_rungs(number: int) -> None:
        request = app.submit(proposal(number, "critical"))["request"]
        seen = {"request": request["id"], "digest": request["digest"]}
        verdicts = [app.vote(seen, role, "approve", "agreed in the stand-up")["verdict"] for role in LADDER]
        assert verdicts[-1] == "approved"

    return {"decide": micros(lambda _: policy.decide(one, settings, NOW), 2000), "four rungs": micros(four_rungs, 100)}


def agt() -> dict[str, float]:
    logging.disable(logging.CRITICAL)
    from agentmesh.governance.approval_protocol.binding import ActionBinding, ActionTarget
    from agentmesh.governance.approval_protocol.coordinator import ApprovalChain, ApprovalCoordinator, ApprovalStage
    from agentmesh.governance.approval_protocol.models import ApproverKind, EntryDecision
    from agentmesh.governance.approval_protocol.store import InMemoryApprovalStore
    from agentmesh.governance.audit import AuditLog
    from agentmesh.governance.policy import Policy, PolicyEngine, PolicyRule

    allow = PolicyRule(name="labels", condition="action.type == 'add_label'", action="allow")
    others = [
        PolicyRule(name=f"rule-{n}", condition=f"action.type == 'host.action_{n}'", action="deny")
        for n in range(1, RULES)
    ]
    engine = PolicyEngine()
    engine.load_policy(Policy(name="bench", agents=["*"], rules=[*others, allow], default_action="deny"))
    context = {"action": {"type": "add_label"}}
    assert engine.evaluate("did:mesh:juno", context).allowed

    stages = tuple(ApprovalStage(n, allowed_identities=frozenset([role])) for n, role in enumerate(LADDER))
    chain = ApprovalChain("bench", "1", stages)

    def binding(number: int) -> ActionBinding:
        return ActionBinding("add_label", "juno", ActionTarget("label", "1", f"PAY-{number}"))

    def four_rungs(number: int) -> None:
        coordinator = ApprovalCoordinator(InMemoryApprovalStore(), {"bench": chain})
        _, request = coordinator.open_request(
            binding(number), policy_rule_id="r", policy_version="1", chain_id="bench", ttl_seconds=3600
        )
        for stage, role in enumerate(LADDER):
            coordinator.submit_entry(
                request.approval_request_id,
                stage_index=stage,
                approver_kind=ApproverKind.HUMAN,
                approver_identity=role,
                identity_assurance="mfa",
                decision=EntryDecision.ALLOW,
            )
        done = coordinator.validate_for_execution(
            request.approval_request_id,
            current_action_digest=request.action_digest,
            current_policy_version="1",
            current_chain_version="1",
        )
        assert done.allowed, done

    log, data = AuditLog(), {"reason": "bo knows this part and has room in the sprint", "role": "project_manager"}
    append = micros(lambda n: log.log("vote_cast", "did:mesh:juno", "add_label", f"PAY-{n}", data), 200)
    records = 9 * 200
    verify = micros(lambda _: log.verify_integrity(), 1) / records
    return {
        "decide": micros(lambda _: engine.evaluate("did:mesh:juno", context), 100),
        "four rungs": micros(four_rungs, 50),
        "audit append": append,
        "audit verify, a record": verify,
    }


def cedar() -> dict[str, float]:
    import cedarpy

    others = [f'forbid(principal, action == Action::"host_{n}", resource);' for n in range(1, RULES)]
    text = "\n".join(['permit(principal, action == Action::"add_label", resource);', *others])
    request = {"principal": 'User::"juno"', "action": 'Action::"add_label"', "resource": 'Issue::"PAY-1"', "context": {}}
    assert cedarpy.is_authorized(request, text, []).allowed
    return {"decide": micros(lambda _: cedarpy.is_authorized(request, text, []), 20)}


def main() -> None:
    ways: dict[str, dict[str, float]] = {}
    peers = {"juno": juno, "agent-governance-toolkit-core": agt, "cedarpy": cedar}
    for name, run in peers.items():
        try:
            ways[name] = run()
        except ImportError as missing:
            print(f"{name} is left out: {missing}", file=sys.stderr)
    print("| in µs | " + " | ".join(ways) + " |\n| --- |" + " --- |" * len(ways))
    for row in dict.fromkeys(row for figures in ways.values() for row in figures):
        own = ways.get("juno", {}).get(row)
        cells = []
        for name, figures in ways.items():
            ratio = f" ({figures[row] / own:.1f}×)" if own and name != "juno" and row in figures else ""
            cells.append(f"{figures[row]:.1f}{ratio}" if row in figures else "")
        print(f"| {row} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
