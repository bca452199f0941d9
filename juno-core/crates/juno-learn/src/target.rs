//! What a tree explains: labels or numbers, with weights or without. The same score serves all: for labels 0 and 1 the
//! variance that a split removes is half its gain in Gini impurity.

use crate::code::{Code, Coded, LANES, Lanes};

/// Rows weighed and summed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) weight: f64,
    pub(crate) sum: f64,
}

impl Sums {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { weight: self.weight + other.weight, sum: self.sum + other.sum }
    }

    pub(crate) fn minus(self, part: Self) -> Self {
        Self { weight: self.weight - part.weight, sum: self.sum - part.sum }
    }
}

/// The outcomes of the training rows, summed in the ways that growing a tree needs.
pub(crate) trait Target<C: Code>: Sync {
    /// Sums above the cuts of sixteen columns.
    type Above: Clone;
    fn none() -> Self::Above;
    /// One row.
    fn row(&self, row: u32) -> Sums;
    /// Sums the rows above the cut, for each of sixteen columns.
    fn above(&self, block: &[Lanes<C>], rows: &[u32], cuts: &Lanes<C>) -> Self::Above;
    /// The sums of one of the sixteen.
    fn lane(above: &Self::Above, lane: usize) -> Sums;

    /// All the rows together.
    fn total(&self, rows: &[u32]) -> Sums {
        rows.iter().fold(Sums::default(), |sums, &row| sums.plus(self.row(row)))
    }

    /// The mean outcome of the rows, whose sums are `total`.
    fn mean(&self, _rows: &[u32], total: Sums) -> f64 {
        total.sum / total.weight
    }

    /// Whether all the rows have one outcome.
    fn is_constant(&self, rows: &[u32]) -> bool;
}

/// Labels 0 and 1 that weigh the same: counting is enough.
pub(crate) struct Labels<C>(Vec<C>);

impl<C: Code> Labels<C> {
    pub(crate) fn new(y: &[f64]) -> Self {
        Self(y.iter().map(|y| C::new(usize::from(*y > 0.5))).collect())
    }
}

impl<C: Code> Target<C> for Labels<C> {
    type Above = (Lanes<C>, Lanes<C>);

    fn none() -> Self::Above {
        ([C::default(); LANES], [C::default(); LANES])
    }

    fn row(&self, row: u32) -> Sums {
        Sums { weight: 1.0, sum: self.0[row as usize].float() }
    }

    fn total(&self, rows: &[u32]) -> Sums {
        let ones = rows.iter().fold(C::default(), |ones, &row| ones.plus(self.0[row as usize]));
        Sums { weight: rows.len() as f64, sum: ones.float() }
    }

    #[inline]
    fn above(&self, block: &[Lanes<C>], rows: &[u32], cuts: &Lanes<C>) -> Self::Above {
        let (mut count, mut ones) = Self::none();
        for &row in rows {
            let (codes, label) = (&block[row as usize], self.0[row as usize]);
            for lane in 0..LANES {
                let above = codes[lane].above(cuts[lane]);
                count[lane] = count[lane].plus(above);
                ones[lane] = ones[lane].plus(above.and(label));
            }
        }
        (count, ones)
    }

    #[inline]
    fn lane(above: &Self::Above, lane: usize) -> Sums {
        Sums { weight: above.0[lane].float(), sum: above.1[lane].float() }
    }

    fn is_constant(&self, rows: &[u32]) -> bool {
        let mut labels = rows.iter().map(|&row| self.0[row as usize]);
        labels.next().is_none_or(|first| labels.all(|label| label == first))
    }
}

/// Numbers that weigh the same, for scanning: on a scale of whole steps so fine that the sum of all still fits. Sums are then
/// exact, and half as wide as those of [`Numbers`].
pub(crate) struct Steps<'a> {
    y: &'a [f64],
    steps: Vec<i32>,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(y: &'a [f64]) -> Self {
        let (low, high) = y.iter().fold((f64::MAX, f64::MIN), |(low, high), y| (low.min(*y), high.max(*y)));
        let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
        let most = f64::from(i32::MAX) / y.len() as f64;
        // Towards zero, so that no sum goes beyond the greatest.
        let steps =
            y.iter().map(|y| if half > 0.0 { ((y - middle) / half * most) as i32 } else { 0 }).collect();
        Self { y, steps }
    }
}

impl Target<i16> for Steps<'_> {
    type Above = (Lanes<i16>, Lanes<i32>);

    fn none() -> Self::Above {
        ([0; LANES], [0; LANES])
    }

    fn row(&self, row: u32) -> Sums {
        Sums { weight: 1.0, sum: f64::from(self.steps[row as usize]) }
    }

    #[inline]
    fn above(&self, block: &[Lanes<i16>], rows: &[u32], cuts: &Lanes<i16>) -> Self::Above {
        let (mut counts, mut sums) = Self::none();
        for &row in rows {
            let (codes, step) = (&block[row as usize], self.steps[row as usize]);
            for lane in 0..LANES {
                let all_ones = -i16::from(codes[lane] > cuts[lane]);
                counts[lane] = counts[lane].wrapping_sub(all_ones);
                sums[lane] = sums[lane].wrapping_add(i32::from(all_ones) & step);
            }
        }
        (counts, sums)
    }

    #[inline]
    fn lane(above: &Self::Above, lane: usize) -> Sums {
        Sums { weight: f64::from(above.0[lane]), sum: f64::from(above.1[lane]) }
    }

    fn mean(&self, rows: &[u32], total: Sums) -> f64 {
        // Four sums side by side: each addition waits for the one before it in its sum.
        let mut sums = [0.0; 4];
        let of = |row: u32| self.y[row as usize];
        let fours = rows.chunks_exact(4);
        let rest: f64 = fours.remainder().iter().map(|&row| of(row)).sum();
        for four in fours {
            for (sum, &row) in sums.iter_mut().zip(four) {
                *sum += of(row);
            }
        }
        (sums.iter().sum::<f64>() + rest) / total.weight
    }

    fn is_constant(&self, rows: &[u32]) -> bool {
        let mut outcomes = rows.iter().map(|&row| self.y[row as usize]);
        outcomes.next().is_none_or(|first| outcomes.all(|outcome| outcome == first))
    }
}

/// Numbers, or labels with weights.
pub(crate) struct Numbers {
    y: Vec<f64>,
    weights: Vec<f64>,
}

impl Numbers {
    pub(crate) fn new(y: &[f64], weights: Option<&[f64]>) -> Self {
        Self { y: y.to_vec(), weights: weights.map_or_else(|| vec![1.0; y.len()], <[f64]>::to_vec) }
    }
}

impl<C: Code> Target<C> for Numbers {
    type Above = (Lanes<f64>, Lanes<f64>);

    fn none() -> Self::Above {
        ([0.0; LANES], [0.0; LANES])
    }

    fn row(&self, row: u32) -> Sums {
        let weight = self.weights[row as usize];
        Sums { weight, sum: weight * self.y[row as usize] }
    }

    #[inline]
    fn above(&self, block: &[Lanes<C>], rows: &[u32], cuts: &Lanes<C>) -> Self::Above {
        let (mut weights, mut sums) = <Self as Target<C>>::none();
        for &row in rows {
            let codes = &block[row as usize];
            let weight = self.weights[row as usize];
            let sum = weight * self.y[row as usize];
            for lane in 0..LANES {
                let share = codes[lane].above(cuts[lane]).float();
                weights[lane] += share * weight;
                sums[lane] += share * sum;
            }
        }
        (weights, sums)
    }

    #[inline]
    fn lane(above: &Self::Above, lane: usize) -> Sums {
        Sums { weight: above.0[lane], sum: above.1[lane] }
    }

    fn is_constant(&self, rows: &[u32]) -> bool {
        let mut outcomes = rows.iter().map(|&row| self.y[row as usize]);
        outcomes.next().is_none_or(|first| outcomes.all(|outcome| outcome == first))
    }
}

/// How much variance splitting into these two parts removes, up to what does not depend on the split.
#[inline]
pub(crate) fn gain(left: Sums, right: Sums) -> f64 {
    left.sum * left.sum / left.weight + right.sum * right.sum / right.weight
}

/// The rows above one cut of one column.
pub(crate) fn is_above<C: Code>(coded: &Coded<C>, feature: usize, cut: C) -> impl Fn(u32) -> bool + '_ {
    let (block, lane) = coded.column(feature);
    move |row| block[row as usize][lane] > cut
}
