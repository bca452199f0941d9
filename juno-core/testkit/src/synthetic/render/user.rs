use serde_json::{Value, json};

use super::super::model::Who;
use super::Renderer;

impl Renderer<'_> {
    /// A person as the dialect shows one.
    pub(crate) fn user(&self, who: Who) -> Value {
        let person = &self.world.people[who];
        if self.cloud() {
            let kind = if person.bot { "app" } else { "atlassian" };
            return json!({
                "accountId": person.account,
                "accountType": kind,
                "active": true,
                "displayName": person.name,
            });
        }
        json!({
            "name": login(&person.name),
            "key": person.account,
            "emailAddress": format!("{}@jira.example", login(&person.name)),
            "displayName": person.name,
            "active": true,
        })
    }
}

/// First letter and surname in small letters.
fn login(name: &str) -> String {
    let mut words = name.split(' ');
    let first = words.next().and_then(|w| w.chars().next());
    let last = words.next_back().unwrap_or_default();
    first
        .into_iter()
        .chain(last.chars())
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase()
}
