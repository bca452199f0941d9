use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use juno_domain::{Event, FieldValue, IssueId, MemberId};

/// Texts longer than this are hardly ever told twice.
const MAX_BYTES: usize = 64;
/// How many different texts are kept for sharing.
const MAX_TEXTS: usize = 1 << 16;

/// Lets events share the texts that an export repeats: statuses, people, sprints. What an event says is the same
/// with it and without.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    texts: HashSet<Arc<str>>,
    people: HashSet<MemberId>,
}

impl Shared {
    /// Makes the events of one issue share what they can, and gives back the room they do not need.
    pub(crate) fn share(&mut self, issue: &IssueId, events: &mut Vec<Event>) {
        for event in events.iter_mut() {
            if event.issue == *issue {
                event.issue = issue.clone();
            }
            if let Some(author) = &mut event.author {
                share(&mut self.people, author);
            }
            self.value(&mut event.change.from);
            self.value(&mut event.change.to);
        }
        events.shrink_to_fit();
    }

    fn value(&mut self, value: &mut FieldValue) {
        let texts = [&mut value.id, &mut value.text].into_iter().flatten();
        texts.filter(|text| text.len() <= MAX_BYTES).for_each(|text| share(&mut self.texts, text));
    }
}

fn share<T: Clone + Eq + Hash>(known: &mut HashSet<T>, value: &mut T) {
    match known.get(value) {
        Some(same) => *value = same.clone(),
        None if known.len() < MAX_TEXTS => {
            known.insert(value.clone());
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use juno_domain::{Change, Field};

    use super::*;

    fn event(item: u32) -> Event {
        let long = "x".repeat(MAX_BYTES + 1);
        Event {
            issue: IssueId::new("7").unwrap(),
            at: DateTime::UNIX_EPOCH,
            author: Some(MemberId::new("ann").unwrap()),
            entry: "1".into(),
            item,
            change: Change {
                field: Field::Status,
                from: FieldValue::new("3", "Open"),
                to: FieldValue::text(long),
            },
        }
    }

    #[test]
    fn events_share_what_repeats_and_say_the_same() {
        let before = vec![event(0), event(1)];
        let mut events = before.clone();
        // A clone shares with its original: build the second anew.
        events[1] = event(1);
        Shared::default().share(&IssueId::new("7").unwrap(), &mut events);
        assert_eq!(events, before);
        let text = |n: usize, value: fn(&Change) -> &FieldValue| {
            value(&events[n].change).text.as_ref().map(Arc::as_ptr).unwrap()
        };
        assert_eq!(text(0, |c| &c.from), text(1, |c| &c.from));
        assert_ne!(text(0, |c| &c.to), text(1, |c| &c.to));
        let author = |n: usize| events[n].author.as_ref().unwrap().as_str().as_ptr();
        assert_eq!(author(0), author(1));
    }
}
