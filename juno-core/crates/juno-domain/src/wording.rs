use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::PrincipalId;

/// What stands in the place of a text that was erased.
pub const ERASED: &str = "[erased]";

/// Something kept that holds texts people wrote in their own words: reasons, justifications.
pub trait Wording {
    /// Shows every such text, with who wrote it and when, always in the same order. What a rule, a deadline or an
    /// executor says is not shown.
    fn each_text(&mut self, see: &mut dyn FnMut(&PrincipalId, DateTime<Utc>, &mut String));

    /// Counts as a change: one version on, so that who read it before cannot write back what was erased since.
    fn count_change(&mut self);

    /// Puts [`ERASED`] in the place of every text of these people, and gives how many there were; counts as a change
    /// where there were any.
    fn forget(&mut self, whose: &Whose) -> u64 {
        let mut gone = 0;
        self.each_text(&mut |person, at, text| {
            if whose.covers(person.as_str(), at) && text != ERASED && !text.is_empty() {
                ERASED.clone_into(text);
                gone += 1;
            }
        });
        if gone > 0 {
            self.count_change();
        }
        gone
    }
}

/// Whose texts to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Everything of one person.
    Person(String),
    /// What is older than a time, of everybody but some.
    Before {
        /// The time.
        time: DateTime<Utc>,
        /// Whose texts stay.
        except: BTreeSet<String>,
    },
}

impl Whose {
    /// Whether a text of this person, written at that time, is meant.
    #[must_use]
    pub fn covers(&self, person: &str, at: DateTime<Utc>) -> bool {
        match self {
            Self::Person(whose) => whose == person,
            Self::Before { time, except } => at < *time && !except.contains(person),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Note {
        by: PrincipalId,
        at: DateTime<Utc>,
        text: String,
        version: u64,
    }

    impl Wording for Note {
        fn each_text(&mut self, see: &mut dyn FnMut(&PrincipalId, DateTime<Utc>, &mut String)) {
            see(&self.by, self.at, &mut self.text);
        }

        fn count_change(&mut self) {
            self.version += 1;
        }
    }

    #[test]
    fn a_text_is_erased_once_and_only_its_writers_or_old_ones() {
        let at = "2026-03-02T09:15:00Z".parse().unwrap();
        let by = PrincipalId::new("mia").unwrap();
        let note = || Note { by: by.clone(), at, text: "why".into(), version: 1 };
        let before = |time, except: &[&str]| Whose::Before {
            time,
            except: except.iter().map(|name| (*name).to_owned()).collect(),
        };
        let later = at + chrono::TimeDelta::seconds(1);
        for kept in [Whose::Person("mia2".into()), before(at, &[]), before(later, &["mia"])] {
            let mut note = note();
            assert_eq!((note.forget(&kept), note.text.as_str(), note.version), (0, "why", 1), "{kept:?}");
        }
        for gone in [Whose::Person("mia".into()), before(later, &["ben"])] {
            let mut note = note();
            assert_eq!((note.forget(&gone), note.text.as_str(), note.version), (1, ERASED, 2), "{gone:?}");
            assert_eq!((note.forget(&gone), note.version), (0, 2));
        }
    }
}
