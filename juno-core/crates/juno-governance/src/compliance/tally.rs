use juno_domain::RequestId;

use super::report::{ComplianceFinding, RecordLink, RuleResult};
use super::rules::ComplianceRule;

/// Counts the cases of one rule, and keeps what is wrong with them.
pub(super) struct Tally<'a> {
    rule: &'a ComplianceRule,
    checked: u64,
    passed: u64,
    findings: Vec<ComplianceFinding>,
}

impl<'a> Tally<'a> {
    pub(super) const fn new(rule: &'a ComplianceRule) -> Self {
        Self { rule, checked: 0, passed: 0, findings: Vec::new() }
    }

    /// One case; `look` says what is wrong with it.
    pub(super) fn case(&mut self, request: Option<&RequestId>, look: impl FnOnce(&mut Wrong)) {
        let mut wrong = Wrong(Vec::new());
        look(&mut wrong);
        self.checked += 1;
        self.passed += u64::from(wrong.0.is_empty());
        self.findings.extend(wrong.0.into_iter().map(|(expected, found, evidence)| ComplianceFinding {
            rule: self.rule.id.clone(),
            request: request.cloned(),
            expected,
            found,
            evidence,
        }));
    }

    pub(super) fn result(self) -> RuleResult {
        RuleResult {
            rule: self.rule.id.clone(),
            check: self.rule.check,
            why: self.rule.why.clone(),
            checked: self.checked,
            passed: self.passed,
            findings: self.findings,
        }
    }
}

/// What is wrong with a case.
pub(super) struct Wrong(Vec<(String, String, Vec<RecordLink>)>);

impl Wrong {
    /// Something is not as expected; the links show it.
    pub(super) fn found<'l>(
        &mut self,
        expected: impl Into<String>,
        found: impl Into<String>,
        evidence: impl IntoIterator<Item = &'l RecordLink>,
    ) {
        self.0.push((expected.into(), found.into(), evidence.into_iter().cloned().collect()));
    }
}
