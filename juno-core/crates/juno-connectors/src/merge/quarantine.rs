use std::collections::BTreeSet;

use juno_domain::Quarantined;

/// How many quarantined records a dataset lists; all are counted.
const MAX_LISTED: usize = 10_000;

/// Quarantined records in a fixed order: by source, then by the number in their position.
#[derive(Debug, Default)]
pub(crate) struct Quarantine {
    listed: BTreeSet<(String, u64, Quarantined)>,
    unlisted: u64,
}

impl Quarantine {
    /// Takes one; of too many the first by order stay listed, whatever order they come in.
    pub(crate) fn add(&mut self, quarantined: Quarantined) {
        let number = first_number(&quarantined.position);
        if !self.listed.insert((quarantined.source.clone(), number, quarantined)) {
            // The very same record told twice is one.
            return;
        }
        if self.listed.len() > MAX_LISTED {
            self.listed.pop_last();
            self.unlisted += 1;
        }
    }

    /// The listed ones, and the number of the others.
    pub(crate) fn finish(self) -> (Vec<Quarantined>, u64) {
        (self.listed.into_iter().map(|(_, _, quarantined)| quarantined).collect(), self.unlisted)
    }
}

fn first_number(text: &str) -> u64 {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end).and_then(|d| d.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarantine_is_never_lossy() {
        let one = |n: u64| Quarantined {
            source: "a.json".into(),
            position: format!("issue {n}"),
            reason: "bad".into(),
        };
        let (mut up, mut down) = (Quarantine::default(), Quarantine::default());
        for n in 1..=10_500 {
            up.add(one(n));
            down.add(one(10_501 - n));
        }
        let (listed, unlisted) = up.finish();
        assert_eq!((listed.len(), unlisted), (10_000, 500));
        assert_eq!(
            (listed[1].position.as_str(), listed[9_999].position.as_str()),
            ("issue 2", "issue 10000")
        );
        assert_eq!(down.finish(), (listed, unlisted));
    }
}
