//! Columns as ranks: small integers that compare as the values do, in a layout made for scanning sixteen at once.

use crate::table::Table;

/// Columns that lie side by side and are scanned together.
pub(crate) const LANES: usize = 16;

/// One row of sixteen columns.
pub(crate) type Lanes<C> = [C; LANES];

/// The rank of a value among the distinct values of its column. Two widths: the small one, for up to 32,767 rows,
/// scans twice as fast.
pub(crate) trait Code: Copy + Ord + Default + Send + Sync + 'static {
    /// Most rows whose ranks and counts fit.
    const MOST: usize;
    fn new(rank: usize) -> Self;
    fn rank(self) -> usize;
    /// 1 if above the cut, else 0.
    fn above(self, cut: Self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn float(self) -> f64;
}

macro_rules! code {
    ($type:ty) => {
        impl Code for $type {
            const MOST: usize = <$type>::MAX as usize;
            #[inline(always)]
            fn new(rank: usize) -> Self {
                // Ranks and counts are at most the number of rows, which `MOST` bounds.
                rank as $type
            }
            #[inline(always)]
            fn rank(self) -> usize {
                self as usize
            }
            #[inline(always)]
            fn above(self, cut: Self) -> Self {
                <$type>::from(self > cut)
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }
            #[inline(always)]
            fn float(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

code!(i16);
code!(i32);

/// The columns of a table as ranks.
pub(crate) struct Coded<C> {
    pub(crate) rows: usize,
    pub(crate) width: usize,
    /// Block after block of sixteen columns, each row after row; columns beyond the last are constant.
    lanes: Vec<Lanes<C>>,
    /// The distinct values of every column, ascending, one column after the other.
    values: Vec<f64>,
    /// Where in `values` each column starts, and the end.
    starts: Vec<usize>,
    /// The range of each column cut into [`BUCKETS`] of one width: a threshold is soon found.
    buckets: Vec<Buckets<C>>,
}

const BUCKETS: usize = 1024;

/// Where the values of a column lie.
struct Buckets<C> {
    least: f64,
    /// Buckets to a unit.
    scale: f64,
    /// The first rank in each bucket or behind it, and how many ranks there are.
    firsts: [C; BUCKETS + 1],
}

impl<C: Code> Buckets<C> {
    /// Of ascending values, at least one.
    fn new(values: &[f64]) -> Self {
        let (least, most) = (values[0], values[values.len() - 1]);
        let mut buckets =
            Self { least, scale: BUCKETS as f64 / (most - least), firsts: [C::default(); BUCKETS + 1] };
        let mut first = 0;
        for bucket in 1..=BUCKETS {
            first += values[first..].iter().take_while(|value| buckets.of(**value) < bucket).count();
            buckets.firsts[bucket] = C::new(first);
        }
        buckets
    }

    /// The bucket of a value. It never falls where the value rises, whatever is rounded.
    fn of(&self, value: f64) -> usize {
        (((value - self.least) * self.scale) as usize).min(BUCKETS - 1)
    }
}

impl<C: Code> Coded<C> {
    pub(crate) fn new(table: &Table) -> Self {
        let (rows, width) = (table.rows, table.width);
        let mut lanes = vec![[C::default(); LANES]; rows * width.div_ceil(LANES)];
        let (mut values, mut starts, mut buckets) = (Vec::new(), vec![0], Vec::with_capacity(width));
        let mut column: Vec<(f64, u32)> = Vec::with_capacity(rows);
        for feature in 0..width {
            column.clear();
            column.extend(table.column(feature).zip(0_u32..));
            // Rows of one value may come in any order: they get the same rank.
            column.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let start = values.len();
            for &(value, row) in &column {
                if values.len() == start || values.last() != Some(&value) {
                    values.push(value);
                }
                let block = feature / LANES * rows;
                lanes[block + row as usize][feature % LANES] = C::new(values.len() - start - 1);
            }
            starts.push(values.len());
            buckets.push(Buckets::new(&values[start..]));
        }
        Self { rows, width, lanes, values, starts, buckets }
    }

    /// The blocks of sixteen columns, each with one entry a row.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &[Lanes<C>]> {
        self.lanes.chunks_exact(self.rows)
    }

    /// The ranks of one column: its block, and its lane in there.
    pub(crate) fn column(&self, feature: usize) -> (&[Lanes<C>], usize) {
        let block = feature / LANES * self.rows;
        (&self.lanes[block..block + self.rows], feature % LANES)
    }

    /// The value of a rank.
    pub(crate) fn value(&self, feature: usize, code: C) -> f64 {
        self.values[self.starts[feature] + code.rank()]
    }

    /// The greatest rank from `low` to `high` whose value is at most `threshold`; that of `low` must be.
    pub(crate) fn cut(&self, feature: usize, threshold: f64, low: C, high: C) -> C {
        let (start, buckets) = (self.starts[feature], &self.buckets[feature]);
        let bucket = buckets.of(threshold);
        // What lies in lower buckets is not above the threshold, and what lies in higher ones is.
        let least = low.rank() + 1;
        let from = buckets.firsts[bucket].rank().clamp(least, high.rank() + 1);
        let to = buckets.firsts[bucket + 1].rank().clamp(from, high.rank() + 1);
        let same = &self.values[start + from..start + to];
        C::new(from - 1 + same.partition_point(|value| *value <= threshold))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = f64> {
        prop_oneof![
            Just(0.0),
            -1e100..1e100_f64,
            -2.0..2.0_f64,
            1e-300..1e-290_f64,
            (0..5).prop_map(f64::from)
        ]
    }

    proptest! {
        /// The buckets only make it quick: the rank is the one that looking through all values finds.
        #[test]
        fn a_cut_is_the_last_rank_not_above_the_threshold(
            values in prop::collection::vec(any_value(), 2..60), share in 0.0..1.0_f64
        ) {
            let x = Array2::from_shape_vec((values.len(), 1), values.clone()).unwrap();
            let coded = Coded::<i16>::new(&Table::new(x.view(), &vec![0.0; values.len()], None).unwrap());
            let ranks = coded.values.len() as i16;
            for low in 0..ranks - 1 {
                for high in low + 1..ranks {
                    let (from, to) = (coded.value(0, low), coded.value(0, high));
                    let threshold = (from + share * (to - from)).min(coded.value(0, high - 1));
                    let last = (low..=high).rev().find(|rank| coded.value(0, *rank) <= threshold);
                    prop_assert_eq!(Some(coded.cut(0, threshold, low, high)), last);
                }
            }
        }
    }
}
