//! Growing one tree.

use rand::RngCore;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::code::{Code, Coded, LANES, Lanes};
use crate::forest::Node;
use crate::target::{Sums, Target, gain, is_above};

/// How a node of a tree finds the threshold of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Splitter {
    /// One threshold drawn between the least and the greatest value in the node: extremely randomised trees
    /// ([Geurts, Ernst, Wehenkel 2006](https://doi.org/10.1007/s10994-006-6226-1)).
    #[default]
    Random,
    /// The best of all thresholds, midway between two neighbouring values: the trees of a random forest.
    Best,
}

/// When to stop, and how hard to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Least weight of a leaf.
    pub(crate) min_leaf: f64,
    pub(crate) max_depth: usize,
    /// Features tried at each node.
    pub(crate) candidates: usize,
    pub(crate) splitter: Splitter,
}

/// One tree, its nodes in preorder; children are numbered from the first node of this tree.
#[derive(Debug)]
pub(crate) struct Grown {
    pub(crate) nodes: Vec<Node>,
    /// Mean outcome of the training rows at each node.
    pub(crate) values: Vec<f64>,
    /// How many rows each leaf holds, in the order of the leaves, and the rows themselves.
    pub(crate) leaf_rows: Vec<u32>,
    pub(crate) rows: Vec<u32>,
}

struct Split<C> {
    feature: usize,
    threshold: f64,
    cut: C,
    gain: f64,
}

struct Grower<'a, C: Code, T: Target<C>> {
    coded: &'a Coded<C>,
    target: &'a T,
    limits: Limits,
    dice: Xoshiro256PlusPlus,
    features: Vec<u32>,
    candidates: Vec<(usize, f64)>,
    low: Vec<Lanes<C>>,
    high: Vec<Lanes<C>>,
    cuts: Vec<Lanes<C>>,
    above: Vec<T::Above>,
    keys: Vec<u64>,
}

/// Grows a tree on some rows, which may repeat.
pub(crate) fn grow<C: Code, T: Target<C>>(
    coded: &Coded<C>,
    target: &T,
    limits: Limits,
    mut rows: Vec<u32>,
    dice: Xoshiro256PlusPlus,
) -> Grown {
    let blocks = coded.width.div_ceil(LANES);
    let mut grower = Grower {
        coded,
        target,
        limits,
        dice,
        features: (0..coded.width as u32).collect(),
        candidates: Vec::with_capacity(limits.candidates),
        low: vec![[C::default(); LANES]; blocks],
        high: vec![[C::default(); LANES]; blocks],
        cuts: vec![[C::default(); LANES]; blocks],
        above: vec![T::none(); blocks],
        keys: Vec::new(),
    };
    let (mut nodes, mut values, mut leaf_rows) = (Vec::<Node>::new(), Vec::new(), Vec::new());
    let mut spare = vec![0; rows.len()];
    // Rows from, to; depth; the node whose right child this is.
    let mut waiting = vec![(0, rows.len(), 0, None::<usize>)];
    while let Some((start, end, depth, right_of)) = waiting.pop() {
        let own = &mut rows[start..end];
        let number = nodes.len();
        if let Some(parent) = right_of {
            nodes[parent].right = number as u32;
        }
        let total = target.total(own);
        values.push(target.mean(own, total));
        match grower.split(own, total, depth) {
            None => {
                nodes.push(Node::leaf(number as u32));
                leaf_rows.push(own.len() as u32);
            }
            Some(split) => {
                nodes.push(Node { threshold: split.threshold, feature: split.feature as u32, right: 0 });
                let middle = start + part(own, &mut spare, is_above(coded, split.feature, split.cut));
                waiting.push((middle, end, depth + 1, Some(number)));
                waiting.push((start, middle, depth + 1, None));
            }
        }
    }
    Grown { nodes, values, leaf_rows, rows }
}

impl<C: Code, T: Target<C>> Grower<'_, C, T> {
    /// The split of a node, unless it stays a leaf.
    fn split(&mut self, rows: &[u32], total: Sums, depth: usize) -> Option<Split<C>> {
        let too_small = total.weight < 2.0 * self.limits.min_leaf;
        if too_small || depth >= self.limits.max_depth || self.target.is_constant(rows) {
            return None;
        }
        for (block, codes) in self.coded.blocks().enumerate() {
            (self.low[block], self.high[block]) = range(codes, rows);
        }
        self.draw();
        match self.limits.splitter {
            Splitter::Random => {
                self.place();
                self.random(rows, total)
            }
            Splitter::Best => self.best(rows, total),
        }
    }

    /// Draws features without replacement until there are enough and at least one is not constant here. For each that
    /// is not, draws how far from its least to its greatest value a threshold would lie.
    fn draw(&mut self) {
        self.candidates.clear();
        let width = self.features.len();
        for drawn in 0..width {
            if drawn >= self.limits.candidates && !self.candidates.is_empty() {
                break;
            }
            let random = self.dice.next_u64();
            // The upper half picks the feature, off uniform by less than the number of features in 2³².
            let picked = drawn + (((random >> 32) * (width - drawn) as u64) >> 32) as usize;
            self.features.swap(drawn, picked);
            let feature = self.features[drawn] as usize;
            let (block, lane) = (feature / LANES, feature % LANES);
            let (low, high) = (self.low[block][lane], self.high[block][lane]);
            if low == high {
                continue;
            }
            // The lower half places the threshold, in [0, 1): the share of the way for now.
            let share = f64::from(random as u32) / 4_294_967_296.0;
            self.candidates.push((feature, share));
        }
    }

    /// Places the threshold of each candidate between its least and its greatest value.
    fn place(&mut self) {
        for (feature, threshold) in &mut self.candidates {
            let (block, lane) = (*feature / LANES, *feature % LANES);
            let (low, high) = (self.low[block][lane], self.high[block][lane]);
            let (from, to) = (self.coded.value(*feature, low), self.coded.value(*feature, high));
            let placed = from + *threshold * (to - from);
            *threshold = if placed < to { placed } else { from };
            self.cuts[block][lane] = self.coded.cut(*feature, *threshold, low, high);
        }
    }

    /// The best of the candidates at the threshold drawn for each.
    fn random(&mut self, rows: &[u32], total: Sums) -> Option<Split<C>> {
        if self.candidates.is_empty() {
            return None;
        }
        for (block, codes) in self.coded.blocks().enumerate() {
            self.above[block] = self.target.above(codes, rows, &self.cuts[block]);
        }
        let least = self.limits.min_leaf;
        let mut found: Option<Split<C>> = None;
        for &(feature, threshold) in &self.candidates {
            let (block, lane) = (feature / LANES, feature % LANES);
            let right = T::lane(&self.above[block], lane);
            let left = total.minus(right);
            if left.weight < least || right.weight < least {
                continue;
            }
            let gain = gain(left, right);
            if gain > found.as_ref().map_or(f64::NEG_INFINITY, |best| best.gain) {
                found = Some(Split { feature, threshold, cut: self.cuts[block][lane], gain });
            }
        }
        found
    }

    /// The best of all thresholds of the candidates.
    fn best(&mut self, rows: &[u32], total: Sums) -> Option<Split<C>> {
        let least = self.limits.min_leaf;
        let mut found: Option<Split<C>> = None;
        for &(feature, _) in &self.candidates {
            let (codes, lane) = self.coded.column(feature);
            self.keys.clear();
            // Rank first, row second: one order, whatever the sort.
            self.keys.extend(
                rows.iter().map(|&row| ((codes[row as usize][lane].rank() as u64) << 32) | u64::from(row)),
            );
            self.keys.sort_unstable();
            let mut left = Sums::default();
            for pair in self.keys.windows(2) {
                left = left.plus(self.target.row(pair[0] as u32));
                let (cut, next) = (C::new((pair[0] >> 32) as usize), C::new((pair[1] >> 32) as usize));
                let right = total.minus(left);
                if cut == next || left.weight < least || right.weight < least {
                    continue;
                }
                let gain = gain(left, right);
                if gain > found.as_ref().map_or(f64::NEG_INFINITY, |best| best.gain) {
                    let (below, above) = (self.coded.value(feature, cut), self.coded.value(feature, next));
                    let middle = below + (above - below) / 2.0;
                    let threshold = if middle < above { middle } else { below };
                    found = Some(Split { feature, threshold, cut, gain });
                }
            }
        }
        found
    }
}

/// The least and the greatest rank of sixteen columns.
#[inline]
fn range<C: Code>(block: &[Lanes<C>], rows: &[u32]) -> (Lanes<C>, Lanes<C>) {
    let Some(first) = rows.first() else {
        return ([C::default(); LANES], [C::default(); LANES]);
    };
    let (mut low, mut high) = (block[*first as usize], block[*first as usize]);
    for &row in rows {
        let codes = &block[row as usize];
        for lane in 0..LANES {
            low[lane] = low[lane].min(codes[lane]);
            high[lane] = high[lane].max(codes[lane]);
        }
    }
    (low, high)
}

/// Puts the rows above behind the others, both in the order they had, and says how many others there are.
#[inline]
fn part(rows: &mut [u32], spare: &mut [u32], above: impl Fn(u32) -> bool) -> usize {
    let (mut left, mut right) = (0, 0);
    for place in 0..rows.len() {
        let row = rows[place];
        let is_above = usize::from(above(row));
        // Written to both sides, kept on one: no branch to guess.
        rows[left] = row;
        spare[right] = row;
        left += 1 - is_above;
        right += is_above;
    }
    rows[left..].copy_from_slice(&spare[..right]);
    left
}
