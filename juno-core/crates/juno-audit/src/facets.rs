use juno_domain::DomainEvent;
use serde_json::Value;

/// What an event's payload says about the things people search by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// The type of the action: `add_label`.
    pub action: Option<String>,
    /// The ticket the action is about: `PAY-7`.
    pub ticket: Option<String>,
    /// What came of it: a verdict, a vote's choice or the state of an execution.
    pub outcome: Option<String>,
}

const ACTION: [&str; 2] = ["/proposal/action/type", "/action/type"];
const TICKET: [&str; 4] = ["/proposal/action/issue", "/action/issue", "/issue", "/ticket"];
const OUTCOME: [&str; 5] = ["/decision/verdict", "/vote/choice", "/state", "/result", "/outcome"];

impl Facets {
    /// Those of an event.
    #[must_use]
    pub fn of(event: &DomainEvent) -> Self {
        let payload = event.payload.value();
        let first = |places: &[&str]| {
            places.iter().find_map(|place| payload.pointer(place).and_then(Value::as_str)).map(str::to_owned)
        };
        Self { action: first(&ACTION), ticket: first(&TICKET), outcome: first(&OUTCOME) }
    }
}
