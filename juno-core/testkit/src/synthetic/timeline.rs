use chrono::{DateTime, Utc};
use serde::Serialize;

/// A value and when it held: from `from` (included) to `to` (excluded), open while current.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Span<T> {
    /// The value.
    pub value: T,
    /// First instant.
    pub from: DateTime<Utc>,
    /// The instant it was replaced; `None` while current.
    pub to: Option<DateTime<Utc>>,
}

/// The values of a field over an issue's life: contiguous, the first from creation, the last open. A value that
/// was replaced at the instant it came is left out, and equal neighbours are one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Timeline<T>(Vec<Span<T>>);

impl<T: Clone + PartialEq> Timeline<T> {
    /// Begins with `value` at `from`.
    #[must_use]
    pub fn new(value: T, from: DateTime<Utc>) -> Self {
        Self(vec![Span { value, from, to: None }])
    }

    /// Replaces the current value at `at`, which is not before the last change.
    pub fn push(&mut self, value: T, at: DateTime<Utc>) {
        let Some(last) = self.0.last_mut() else { return };
        if last.value == value {
            return;
        }
        if last.from < at {
            last.to = Some(at);
            self.0.push(Span { value, from: at, to: None });
            return;
        }
        last.value = value;
        // The replaced value may have separated two equal ones.
        if let [.., before, last] = self.0.as_mut_slice()
            && before.value == last.value
        {
            before.to = None;
            self.0.pop();
        }
    }

    /// The spans, oldest first.
    #[must_use]
    pub fn spans(&self) -> &[Span<T>] {
        &self.0
    }

    /// The value at `at`; `None` before creation.
    #[must_use]
    pub fn at(&self, at: DateTime<Utc>) -> Option<&T> {
        self.0.iter().rev().find(|s| s.from <= at).map(|s| &s.value)
    }

    /// The value just before `at`; `None` at creation or earlier.
    #[must_use]
    pub fn before(&self, at: DateTime<Utc>) -> Option<&T> {
        self.0.iter().rev().find(|s| s.from < at).map(|s| &s.value)
    }
}
