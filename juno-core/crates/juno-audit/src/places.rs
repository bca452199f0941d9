use serde::{Deserialize, Serialize};

/// Places in the log, as runs of neighbours: `[[3, 5], [9, 9]]` are 3, 4, 5 and 9.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Places(Vec<(u64, u64)>);

impl Places {
    /// Adds a place; those that come in order join their neighbours.
    pub fn push(&mut self, place: u64) {
        match self.0.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(place) => *last = place,
            _ => self.0.push((place, place)),
        }
    }

    /// How many places there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0
            .iter()
            .map(|(from, to)| to.saturating_sub(*from).saturating_add(1))
            .fold(0, u64::saturating_add)
    }

    /// The first place, if there is one.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.0.first().map(|(from, _)| *from)
    }

    /// Takes out what is in `others`.
    pub(crate) fn remove(&mut self, others: &Self) {
        for (from, to) in &others.0 {
            let mut left = Vec::with_capacity(self.0.len() + 1);
            for (start, end) in std::mem::take(&mut self.0) {
                if end < *from || *to < start || to < from {
                    left.push((start, end));
                    continue;
                }
                if let Some(before) = from.checked_sub(1).filter(|before| start <= *before) {
                    left.push((start, before));
                }
                if let Some(after) = to.checked_add(1).filter(|after| *after <= end) {
                    left.push((after, end));
                }
            }
            self.0 = left;
        }
    }
}

impl FromIterator<u64> for Places {
    fn from_iter<I: IntoIterator<Item = u64>>(places: I) -> Self {
        let mut out = Self::default();
        places.into_iter().for_each(|place| out.push(place));
        out
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_behave_as_sets(a in prop::collection::btree_set(0..40_u64, 0..30), b in prop::collection::btree_set(0..40_u64, 0..30)) {
            let mut left: Places = a.iter().copied().collect();
            prop_assert_eq!(left.count(), a.len() as u64);
            left.remove(&b.iter().copied().collect());
            let rest: BTreeSet<u64> = a.difference(&b).copied().collect();
            prop_assert_eq!(left, rest.into_iter().collect());
        }
    }
}
