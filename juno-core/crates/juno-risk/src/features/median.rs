/// The median of values that come in one after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct RunningMedian {
    sorted: Vec<f64>,
}

impl RunningMedian {
    pub(super) fn add(&mut self, value: f64) {
        let at = self.sorted.partition_point(|other| other.total_cmp(&value).is_lt());
        self.sorted.insert(at, value);
    }

    /// The middle value, or the mean of the two middle ones; `None` before the first.
    pub(super) fn median(&self) -> Option<f64> {
        let n = self.sorted.len();
        let upper = *self.sorted.get(n / 2)?;
        if n % 2 == 1 {
            return Some(upper);
        }
        let lower = *self.sorted.get(n / 2 - 1)?;
        Some(lower + (upper - lower) / 2.0)
    }
}

/// The median of values, as [`RunningMedian`] has it.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (below, upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let upper = *upper;
    if n % 2 == 1 {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp).unwrap_or(upper);
    Some(lower + (upper - lower) / 2.0)
}
