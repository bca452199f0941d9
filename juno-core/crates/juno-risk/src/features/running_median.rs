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
