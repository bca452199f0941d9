use crate::VectorMatrix;

/// How close a question's vector comes to those of the memories in the reached scopes.
#[derive(Debug)]
pub struct Nearness<'a> {
    parts: Vec<(&'a VectorMatrix, Vec<f32>)>,
    mean: f64,
    deviation: f64,
    highest: f64,
}

impl<'a> Nearness<'a> {
    /// The fewest vectors among which one can be said to stand out.
    const FEWEST: usize = 8;

    /// Looks at every vector. `None` where there are fewer than eight, or all are equally far: then they say nothing.
    #[must_use]
    pub fn of(matrices: &[&'a VectorMatrix], unit: &[f32]) -> Option<Self> {
        let parts: Vec<_> = matrices.iter().map(|matrix| (*matrix, matrix.cosines(unit))).collect();
        let cosines = || parts.iter().flat_map(|(_, cosines)| cosines).map(|cosine| f64::from(*cosine));
        let count = parts.iter().map(|(_, cosines)| cosines.len()).sum::<usize>();
        if count < Self::FEWEST {
            return None;
        }
        let mean = cosines().sum::<f64>() / count as f64;
        let deviation = (cosines().map(|cosine| (cosine - mean).powi(2)).sum::<f64>() / count as f64).sqrt();
        // Rounding alone sets vectors apart by less than this.
        if deviation.is_nan() || deviation < 1e-5 {
            return None;
        }
        let highest = (cosines().fold(f64::MIN, f64::max) - mean) / deviation;
        Some(Self { parts, mean, deviation, highest })
    }

    /// How far a memory stands out among all, in standard deviations; `None` for one without a vector.
    #[must_use]
    pub fn stands_out(&self, doc: u64) -> Option<f64> {
        let cosine = self.parts.iter().find_map(|(matrix, cosines)| cosines.get(matrix.row(doc)?))?;
        Some((f64::from(*cosine) - self.mean) / self.deviation)
    }

    /// How far the nearest stands out.
    #[must_use]
    pub const fn highest(&self) -> f64 {
        self.highest
    }

    /// The numbers of the nearest memories, in order of number.
    #[must_use]
    pub fn nearest(&self, count: usize) -> Vec<u64> {
        let mut all: Vec<(f32, u64)> = self
            .parts
            .iter()
            .flat_map(|(matrix, cosines)| cosines.iter().copied().zip(matrix.docs().iter().copied()))
            .collect();
        let order = |a: &(f32, u64), b: &(f32, u64)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if count < all.len() {
            all.select_nth_unstable_by(count, order);
            all.truncate(count);
        }
        let mut docs: Vec<u64> = all.into_iter().map(|(_, doc)| doc).collect();
        docs.sort_unstable();
        docs
    }
}

/// How many of the nearest memories take part in a ranking beside those that hold a word of the question. For stores.
#[must_use]
pub const fn nearest_taken(limit: usize) -> usize {
    const LEAST: usize = 64;
    LEAST + if limit < 1_000 { limit } else { 1_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(cosines: &[f32]) -> VectorMatrix {
        let mut matrix = VectorMatrix::new(2);
        for (doc, cosine) in (1..).zip(cosines) {
            matrix.insert(doc, &[*cosine, (1.0 - cosine * cosine).sqrt()]);
        }
        matrix
    }

    #[test]
    fn vectors_that_are_all_alike_say_nothing() {
        let same = matrix(&[0.5; 20]);
        assert!(Nearness::of(&[&same], &[1.0, 0.0]).is_none());
        let few = matrix(&[0.1, 0.9]);
        assert!(Nearness::of(&[&few], &[1.0, 0.0]).is_none());
        assert!(Nearness::of(&[&matrix(&[])], &[1.0, 0.0]).is_none());
    }

    #[test]
    fn the_nearest_stand_out_and_ties_go_by_number() {
        let all = matrix(&[0.1, 0.9, 0.1, 0.5, 0.9, 0.1, 0.1, 0.1, 0.1]);
        let near = Nearness::of(&[&all], &[1.0, 0.0]).unwrap();
        assert_eq!(near.nearest(1), [2]);
        assert_eq!(near.nearest(3), [2, 4, 5]);
        assert_eq!(near.nearest(99).len(), 9);
        assert_eq!(near.stands_out(2), Some(near.highest()));
        assert!(near.stands_out(1).unwrap() < 0.0 && near.stands_out(77).is_none());
    }
}
