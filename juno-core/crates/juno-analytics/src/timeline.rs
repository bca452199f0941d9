use chrono::{DateTime, Utc};
use juno_domain::FieldValue;

/// A value and the time it held: from `from` (included) to `to` (excluded).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The value, with the text of its day.
    pub value: FieldValue,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when; `None` while it is current. Equal to `from` for a value that was left in the instant it came.
    pub to: Option<DateTime<Utc>>,
}

/// Everything a field ever held: contiguous spans, the first from creation, the last open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldTimeline {
    spans: Vec<Span>,
}

impl FieldTimeline {
    /// The spans, oldest first.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The span that holds at `t`; `None` before the first.
    #[must_use]
    pub fn at(&self, t: DateTime<Utc>) -> Option<&Span> {
        let after = self.spans.partition_point(|span| span.from <= t);
        self.spans.get(after.checked_sub(1)?)
    }

    /// The value at `t`; `None` before the first span.
    #[must_use]
    pub fn value_at(&self, t: DateTime<Utc>) -> Option<&FieldValue> {
        self.at(t).map(|span| &span.value)
    }

    /// The spans that had begun by `t`, the last of them open.
    pub fn up_to(&self, t: DateTime<Utc>) -> impl Iterator<Item = Span> + '_ {
        self.spans.iter().take_while(move |span| span.from <= t).map(move |span| Span {
            value: span.value.clone(),
            from: span.from,
            to: span.to.filter(|to| *to <= t),
        })
    }

    /// Closes the last span at `at` and opens one with `value`. `at` must not lie before the last span's start.
    pub(crate) fn push(&mut self, at: DateTime<Utc>, value: FieldValue) {
        if let Some(last) = self.spans.last_mut() {
            last.to = Some(at);
        }
        if self.spans.is_empty() {
            // Most fields never change: a vector's usual first room is four times what they need.
            self.spans.reserve_exact(1);
        }
        self.spans.push(Span { value, from: at, to: None });
    }

    /// Gives back the room that no span needs.
    pub(crate) fn shrink(&mut self) {
        self.spans.shrink_to_fit();
    }
}
