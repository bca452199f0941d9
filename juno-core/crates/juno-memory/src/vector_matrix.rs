use std::collections::BTreeMap;

/// Vectors of length 1, side by side, each with the store's number of its memory.
#[derive(Debug, Clone, Default)]
pub struct VectorMatrix {
    dimension: usize,
    docs: Vec<u64>,
    rows: BTreeMap<u64, usize>,
    numbers: Vec<f32>,
}

impl VectorMatrix {
    /// None yet, of that many numbers each.
    #[must_use]
    pub const fn new(dimension: usize) -> Self {
        Self { dimension, docs: Vec::new(), rows: BTreeMap::new(), numbers: Vec::new() }
    }

    /// How many vectors there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.docs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }

    /// The memories' numbers, in the order of [`cosines`](Self::cosines).
    #[must_use]
    pub fn docs(&self) -> &[u64] {
        &self.docs
    }

    /// Adds a memory's vector, in place of the one it has. One of another length is passed over.
    pub fn insert(&mut self, doc: u64, unit: &[f32]) {
        if unit.len() != self.dimension {
            return;
        }
        self.remove(doc);
        self.rows.insert(doc, self.docs.len());
        self.docs.push(doc);
        self.numbers.extend_from_slice(unit);
    }

    /// Takes a memory's vector out. The last one takes its place.
    pub fn remove(&mut self, doc: u64) {
        let Some(row) = self.rows.remove(&doc) else { return };
        let last = self.docs.len().saturating_sub(1);
        self.docs.swap_remove(row);
        if let Some(moved) = self.docs.get(row) {
            self.rows.insert(*moved, row);
            self.numbers.copy_within(last * self.dimension.., row * self.dimension);
        }
        self.numbers.truncate(last * self.dimension);
    }

    /// A memory's vector.
    #[must_use]
    pub fn get(&self, doc: u64) -> Option<&[f32]> {
        let from = self.rows.get(&doc)? * self.dimension;
        self.numbers.get(from..from + self.dimension)
    }

    /// A memory's row.
    #[must_use]
    pub fn row(&self, doc: u64) -> Option<usize> {
        self.rows.get(&doc).copied()
    }

    /// The cosine of every vector with `unit`: each is looked at. Empty where `unit` has another length.
    #[must_use]
    pub fn cosines(&self, unit: &[f32]) -> Vec<f32> {
        match unit.len() == self.dimension && self.dimension > 0 {
            true => self.numbers.chunks_exact(self.dimension).map(|row| dot(row, unit)).collect(),
            false => Vec::new(),
        }
    }

    /// Bytes that it takes, about.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        // A row's number and its place in the map besides the numbers.
        self.docs.len() * (self.dimension * 4 + 40)
    }
}

/// Sums that run side by side: the order of additions is fixed, so every machine gets the same, and wide enough for the
/// compiler to use its vector units.
const LANES: usize = 16;

/// The dot product of two vectors of one length.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use juno_domain::Seed;
    use proptest::prelude::*;

    use super::*;

    fn vector(seed: u64, dimension: usize) -> Vec<f32> {
        (0..dimension as u64).map(|at| (Seed(seed).part(at).0 % 2_001) as f32 / 1_000.0 - 1.0).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn dots_are_those_of_the_plain_sum(seed in any::<u64>(), dimension in 1_usize..100) {
            let (a, b) = (vector(seed, dimension), vector(!seed, dimension));
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            prop_assert!((f64::from(dot(&a, &b)) - plain).abs() < 1e-4);
        }

        /// Whatever is added and taken out, what is left has its own vectors.
        #[test]
        fn rows_follow_their_memories(changes in prop::collection::vec((any::<bool>(), 0_u64..8, any::<u64>()), 0..40)) {
            let mut matrix = VectorMatrix::new(5);
            let mut expected: BTreeMap<u64, Vec<f32>> = BTreeMap::new();
            for (adds, doc, seed) in changes {
                if adds {
                    matrix.insert(doc, &vector(seed, 5));
                    expected.insert(doc, vector(seed, 5));
                } else {
                    matrix.remove(doc);
                    expected.remove(&doc);
                }
            }
            prop_assert_eq!(matrix.len(), expected.len());
            let asked = vector(7, 5);
            let cosines = matrix.cosines(&asked);
            for (doc, vector) in &expected {
                prop_assert_eq!(matrix.get(*doc), Some(&vector[..]));
                let row = matrix.row(*doc).unwrap();
                prop_assert_eq!(matrix.docs()[row], *doc);
                prop_assert_eq!(cosines[row], dot(vector, &asked));
            }
        }
    }

    #[test]
    fn another_length_has_no_cosines_and_is_not_taken_in() {
        let mut matrix = VectorMatrix::new(3);
        matrix.insert(1, &[1.0, 0.0]);
        assert!(matrix.is_empty());
        matrix.insert(1, &[1.0, 0.0, 0.0]);
        assert_eq!(matrix.cosines(&[1.0, 0.0]), Vec::<f32>::new());
        assert_eq!(matrix.cosines(&[0.0, 1.0, 0.0]), [0.0]);
    }
}
