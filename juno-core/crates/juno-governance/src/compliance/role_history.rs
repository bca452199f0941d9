use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{ActionCategory, Digest, PrincipalId, Role, TeamId};

use super::trail::{Place, RecordedVote, RolesChange, RolesRecord};
use crate::{Delegation, RoleBook, Term};

/// The books of roles that were in force at one time or another, as far as the records tell: the one in force now, and
/// those that recorded changes lead to from it, forwards and backwards.
pub(super) struct RoleHistory<'a> {
    now: Option<Digest>,
    books: BTreeMap<Digest, RoleBook>,
    changes: &'a [RolesRecord],
    /// The book of now where it has no digest.
    current: &'a RoleBook,
}

impl<'a> RoleHistory<'a> {
    pub(super) fn new(current: &'a RoleBook, changes: &'a [RolesRecord]) -> Self {
        let now = digest_of(current).ok();
        let mut books: BTreeMap<Digest, RoleBook> =
            now.map(|now| (now, current.clone())).into_iter().collect();
        let mut grew = true;
        while grew {
            grew = false;
            for RolesRecord { change, .. } in changes {
                let found = match (books.get(&change.from), books.get(&change.to)) {
                    (Some(before), None) => Some((change.to, forwards(before, change))),
                    (None, Some(after)) => Some((change.from, backwards(after, change))),
                    _ => None,
                };
                // A book counts if it really is the one that was recorded.
                if let Some((digest, book)) =
                    found.filter(|(digest, book)| digest_of(book).ok() == Some(*digest))
                {
                    books.insert(digest, book);
                    grew = true;
                }
            }
        }
        Self { now, books, changes, current }
    }

    /// How many recorded changes lead to or from a book that nothing tells.
    pub(super) fn unknown(&self) -> usize {
        let known = |digest: &Digest| self.books.contains_key(digest);
        self.changes.iter().filter(|record| !known(&record.change.from) || !known(&record.change.to)).count()
    }

    /// Whether a vote was backed by a role, by any book that may have been in force when it was cast. Processes take up
    /// changes on their own, so at one time there can be more than one.
    pub(super) fn backs(&self, vote: &RecordedVote, team: &TeamId, category: ActionCategory) -> bool {
        let book_backs = |book: &RoleBook| holds(&book.at(vote.at), vote, team, category);
        match self.now {
            None => book_backs(self.current),
            Some(_) => {
                self.books.iter().any(|(digest, book)| self.in_force(*digest, vote.at) && book_backs(book))
            }
        }
    }

    /// Whether a book may have been in force at an instant.
    fn in_force(&self, digest: Digest, at: DateTime<Utc>) -> bool {
        let came =
            self.changes.iter().filter(|record| record.change.to == digest).map(|record| record.at).min();
        let was_left = |record: &&RolesRecord| record.change.from == digest;
        let left = self.changes.iter().filter(was_left).map(|record| record.at).max();
        let first_left = self.changes.iter().filter(was_left).map(|record| record.at).min();
        // It was there before it was left for the first time, unless it came by a recorded change only.
        let began =
            came.is_none_or(|came| came <= at || first_left.is_some_and(|left| left < came && at <= left));
        let is_of_now = self.now == Some(digest);
        began && (is_of_now || left.is_none_or(|left| at <= left))
    }
}

/// Whether the voter held the role they voted in, or was lent it by whom the vote names.
fn holds(book: &RoleBook, vote: &RecordedVote, team: &TeamId, category: ActionCategory) -> bool {
    match &vote.on_behalf_of {
        None => book.holds(&vote.by, vote.role, team),
        Some(giver) => book.givers(&vote.by, vote.role, team, category, false).contains(giver),
    }
}

fn forwards(before: &RoleBook, change: &RolesChange) -> RoleBook {
    let mut book = before.clone();
    change.assigned.iter().for_each(|place| give(&mut book, place));
    change.revoked.iter().for_each(|place| take(&mut book, place));
    with(book, &change.delegations_ended, &change.delegated, &change.terms.after)
}

fn backwards(after: &RoleBook, change: &RolesChange) -> RoleBook {
    let mut book = after.clone();
    change.revoked.iter().for_each(|place| give(&mut book, place));
    change.assigned.iter().for_each(|place| take(&mut book, place));
    with(book, &change.delegated, &change.delegations_ended, &change.terms.before)
}

fn with(mut book: RoleBook, gone: &[Delegation], added: &[Delegation], terms: &[Term]) -> RoleBook {
    book.delegations.retain(|given| !gone.contains(given));
    book.delegations.extend(added.iter().cloned());
    book.terms = terms.to_vec();
    book
}

fn give(book: &mut RoleBook, place: &Place) {
    book.assign(place.who.clone(), place.role, place.team.clone());
}

fn take(book: &mut RoleBook, place: &Place) {
    book.revoke(&place.who, place.role, place.team.as_ref());
}

/// Everybody who holds a role for a team by the book of now, for people.
pub(super) fn holders(book: &RoleBook, role: Role, team: &TeamId, at: DateTime<Utc>) -> String {
    let then = book.at(at);
    let names: BTreeSet<&PrincipalId> = then.holders(role, team);
    if names.is_empty() {
        return "nobody".to_owned();
    }
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
