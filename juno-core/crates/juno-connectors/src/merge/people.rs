use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{Member, MemberId};

use crate::Person;

/// Everybody seen, under all their names.
#[derive(Debug, Default)]
pub(crate) struct People {
    /// Id → the latest instant it was seen at, with the name people saw then.
    seen: BTreeMap<MemberId, (DateTime<Utc>, String)>,
    /// Ids that are user keys: they keep their meaning even where somebody's login is the same text.
    keys: BTreeSet<MemberId>,
    /// Login name → ids it belongs to.
    logins: BTreeMap<String, BTreeSet<MemberId>>,
}

impl People {
    /// Takes note of a person seen in a record of the given age.
    pub(crate) fn add(&mut self, person: &Person, at: DateTime<Utc>) {
        if person.key.as_deref() == Some(person.id.as_str()) {
            self.keys.insert(person.id.clone());
        }
        if let Some(login) = person.login.as_deref().filter(|login| *login != person.id.as_str()) {
            self.logins.entry(login.to_owned()).or_default().insert(person.id.clone());
        }
        match self.seen.get_mut(&person.id) {
            Some(known) if (known.0, known.1.as_str()) >= (at, person.display.as_str()) => {}
            Some(known) => *known = (at, person.display.clone()),
            None => {
                self.seen.insert(person.id.clone(), (at, person.display.clone()));
            }
        }
    }

    /// One id per person, and everybody by it.
    pub(crate) fn finish(self) -> (Aliases, Vec<Member>) {
        let mut to: BTreeMap<MemberId, MemberId> = BTreeMap::new();
        for (login, ids) in &self.logins {
            if let (Ok(login), Some(id), 1) = (MemberId::new(login.as_str()), ids.first(), ids.len())
                && !self.keys.contains(&login)
            {
                to.insert(login, id.clone());
            }
        }
        // A CSV export may name people only by the name that is shown; it says who they are if one person
        // has it.
        let mut shown: BTreeMap<&str, BTreeSet<&MemberId>> = BTreeMap::new();
        for (id, (_, display)) in &self.seen {
            shown.entry(display).or_default().insert(to.get(id).unwrap_or(id));
        }
        let nameless = self.seen.iter().filter(|(id, (_, display))| {
            display == id.as_str() && !self.keys.contains(*id) && !to.contains_key(*id)
        });
        let by_name: Vec<(MemberId, MemberId)> = nameless
            .filter_map(|(id, (_, display))| {
                let mut others = shown.get(display.as_str())?.iter().filter(|other| **other != id);
                let one = others.next()?;
                others.next().is_none().then(|| (id.clone(), MemberId::clone(one)))
            })
            .collect();
        to.extend(by_name);
        let aliases = Aliases(to);
        let mut members: BTreeMap<MemberId, (bool, DateTime<Utc>, String)> = BTreeMap::new();
        for (id, (at, display)) in self.seen {
            let own = aliases.resolve(&id);
            // The name of the person's own record goes before that of an alias.
            let candidate = (*own == id, at, display);
            let known = members.entry(own.clone()).or_insert_with(|| candidate.clone());
            if candidate > *known {
                *known = candidate;
            }
        }
        let members = members.into_iter().map(|(id, (_, _, name))| Member { id, name }).collect();
        (aliases, members)
    }
}

/// Which ids are another person's: a login name for a key, a shown name for an account.
#[derive(Debug, Default)]
pub(crate) struct Aliases(BTreeMap<MemberId, MemberId>);

impl Aliases {
    /// The one id of a person.
    pub(crate) fn resolve<'a>(&'a self, id: &'a MemberId) -> &'a MemberId {
        self.0.get(id).unwrap_or(id)
    }

    /// Puts the one id in the place of any.
    pub(crate) fn apply(&self, id: &mut MemberId) {
        if let Some(own) = self.0.get(id) {
            *id = own.clone();
        }
    }

    /// Puts the one id in the place of any, in an id as a changelog records it.
    pub(crate) fn apply_text(&self, id: &mut Option<Arc<str>>) {
        let own = id.as_deref().and_then(|id| self.0.get(&MemberId::new(id).ok()?));
        if let Some(own) = own {
            *id = Some(own.as_str().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, key: Option<&str>, login: Option<&str>, display: &str) -> Person {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Person {
            id: MemberId::new(id).unwrap(),
            key: own(key),
            login: own(login),
            display: display.to_owned(),
        }
    }

    fn finish(people: &[Person]) -> (Aliases, Vec<(String, String)>) {
        let mut all = People::default();
        people.iter().for_each(|p| all.add(p, DateTime::UNIX_EPOCH));
        let (aliases, members) = all.finish();
        (aliases, members.into_iter().map(|m| (m.id.to_string(), m.name)).collect())
    }

    fn resolve(aliases: &Aliases, id: &str) -> String {
        aliases.resolve(&MemberId::new(id).unwrap()).to_string()
    }

    #[test]
    fn key_login_and_shown_name_are_one_person() {
        let (aliases, members) = finish(&[
            person("JIRAUSER1", Some("JIRAUSER1"), Some("jsmith"), "John Smith"),
            person("jsmith", None, None, "John Smith"),
            person("John Smith", None, None, "John Smith"),
        ]);
        assert_eq!(members, [("JIRAUSER1".to_owned(), "John Smith".to_owned())]);
        assert_eq!(resolve(&aliases, "jsmith"), "JIRAUSER1");
        assert_eq!(resolve(&aliases, "John Smith"), "JIRAUSER1");
    }

    #[test]
    fn a_key_that_is_another_persons_login_stays_a_key() {
        // Bob was renamed to robert and keeps the key `bob`; a new user took the free login `bob`.
        let (aliases, members) = finish(&[
            person("bob", Some("bob"), Some("robert"), "Robert"),
            person("JIRAUSER2", Some("JIRAUSER2"), Some("bob"), "Bob Two"),
        ]);
        assert_eq!(members.len(), 2);
        assert_eq!(resolve(&aliases, "bob"), "bob");
        assert_eq!(resolve(&aliases, "robert"), "bob");
    }

    #[test]
    fn a_shown_name_that_two_people_have_says_nothing() {
        let (aliases, members) = finish(&[
            person("acc-1", None, None, "Kim Lee"),
            person("acc-2", None, None, "Kim Lee"),
            person("Kim Lee", None, None, "Kim Lee"),
        ]);
        assert_eq!(members.len(), 3);
        assert_eq!(resolve(&aliases, "Kim Lee"), "Kim Lee");
    }
}
