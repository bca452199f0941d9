use rand::{Rng, RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Seeded randomness with the few draws the simulation needs. Only `+ − × ÷` on floats and 64-bit integers, so
/// that every platform gives the same bytes.
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// An independent source; the n-th fork of one source is always the same.
    pub(crate) fn fork(&mut self) -> Self {
        Self::new(self.0.next_u64())
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.r#gen::<f64>()
    }

    /// Uniform in `[low, high)`.
    pub(crate) fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn whole(&mut self, low: i64, high: i64) -> i64 {
        self.0.gen_range(low..=high.max(low))
    }

    /// A position below `len`; 0 if `len` is 0.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        let top = i64::try_from(len.saturating_sub(1)).unwrap_or(0);
        usize::try_from(self.whole(0, top)).unwrap_or(0)
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())]
    }

    /// About normal (mean 0, deviation 1): a sum of uniforms, within ±3.5.
    pub(crate) fn bell(&mut self) -> f64 {
        ((0..4).map(|_| self.unit()).sum::<f64>() - 2.0) * 1.732
    }

    /// A draw from a distribution given by its quantiles `(share, value)`, straight lines between.
    pub(crate) fn quantile(&mut self, table: &[(f64, f64)]) -> f64 {
        let u = self.unit();
        let at = table.iter().position(|&(share, _)| share > u).unwrap_or(table.len() - 1).max(1);
        let ((low, from), (high, to)) = (table[at - 1], table[at]);
        from + (to - from) * ((u - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// `rate` of the positions below `len`, at least one if both are above zero; sorted.
    pub(crate) fn sample(&mut self, len: usize, rate: f64) -> Vec<usize> {
        if rate <= 0.0 || len == 0 {
            return Vec::new();
        }
        let wanted = ((len as f64 * rate) as usize).clamp(1, len);
        let mut all: Vec<usize> = (0..len).collect();
        for i in 0..wanted {
            let j = i + self.index(len - i);
            all.swap(i, j);
        }
        all.truncate(wanted);
        all.sort_unstable();
        all
    }

    /// `n` lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, n: usize) -> String {
        (0..n).map(|_| char::from(b"0123456789abcdef"[self.index(16)])).collect()
    }
}
