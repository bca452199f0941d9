use juno_domain::Action;

/// The name of the action that changes the rules.
pub(crate) const CHANGE_RULES: &str = "juno.change_rules";

/// Whether an action changes the rules, rightly written or not.
pub(crate) fn changes_rules(action: &Action) -> bool {
    action.name() == CHANGE_RULES
}
