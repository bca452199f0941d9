use serde::{Deserialize, Serialize};

use crate::LearnError;

/// Trees that are walked at once: their steps do not wait for each other.
const TOGETHER: usize = 8;
/// Marks a leaf where a feature is stored.
const LEAF: i32 = -1;

/// A node. The left child, for values up to the threshold, is the next node; a leaf is its own right child and has a
/// threshold that nothing is below, so that a walk may go on past its end without a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    pub(crate) threshold: f64,
    pub(crate) feature: u32,
    pub(crate) right: u32,
}

impl Node {
    pub(crate) const fn leaf(number: u32) -> Self {
        Self { threshold: f64::NEG_INFINITY, feature: 0, right: number }
    }

    const fn is_leaf(&self) -> bool {
        self.threshold == f64::NEG_INFINITY
    }
}

/// Trees as flat arrays, nodes in preorder, with the mean outcome at every node.
///
/// INVARIANT: features are below `width`, right children lie within `nodes`, values are finite; [`Forest::push`] takes
/// only what was grown here, loading checks. The walks index by that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub(crate) struct Forest {
    width: usize,
    nodes: Vec<Node>,
    values: Vec<f64>,
    roots: Vec<u32>,
}

impl Forest {
    pub(crate) const fn new(width: usize) -> Self {
        Self { width, nodes: Vec::new(), values: Vec::new(), roots: Vec::new() }
    }

    /// Adds a tree whose nodes are numbered from 0.
    pub(crate) fn push(&mut self, nodes: &[Node], values: &[f64]) {
        let root = self.nodes.len() as u32;
        self.roots.push(root);
        self.nodes.extend(nodes.iter().map(|node| Node { right: node.right + root, ..*node }));
        self.values.extend_from_slice(values);
    }

    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn trees(&self) -> usize {
        self.roots.len()
    }

    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Whether each node is a leaf, in order.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = bool> + '_ {
        self.nodes.iter().map(Node::is_leaf)
    }

    /// Walks every tree with a checked row and tells each step (feature, from, to) and each leaf.
    #[inline]
    fn walk(&self, row: &[f64], mut step: impl FnMut(usize, usize, usize), mut leaf: impl FnMut(usize)) {
        let mut at = [0_usize; TOGETHER];
        for group in self.roots.chunks(TOGETHER) {
            let at = &mut at[..group.len()];
            for (place, root) in at.iter_mut().zip(group) {
                *place = *root as usize;
            }
            loop {
                let mut moved = false;
                for place in at.iter_mut() {
                    let node = self.nodes[*place];
                    let feature = node.feature as usize;
                    let next = if row[feature] <= node.threshold { *place + 1 } else { node.right as usize };
                    step(feature, *place, next);
                    moved |= next != *place;
                    *place = next;
                }
                if !moved {
                    break;
                }
            }
            at.iter().for_each(|place| leaf(*place));
        }
    }

    /// Tells the leaf of each tree that a checked row falls into.
    #[inline]
    pub(crate) fn each_leaf(&self, row: &[f64], leaf: impl FnMut(usize)) {
        self.walk(row, |_, _, _| (), leaf);
    }

    /// The mean over trees of the leaf values of a checked row.
    pub(crate) fn mean(&self, row: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.each_leaf(row, |leaf| sum += self.values[leaf]);
        sum / self.trees() as f64
    }

    /// Writes to `out` what each feature contributed to the mean of a checked row, and gives what it started from and the
    /// mean: the change of value at every step is credited to the feature that was asked.
    pub(crate) fn contributions(&self, row: &[f64], out: &mut [f64]) -> (f64, f64) {
        let out = &mut out[..self.width];
        out.fill(0.0);
        let mut sum = 0.0;
        self.walk(
            row,
            |feature, from, to| out[feature] += self.values[to] - self.values[from],
            |leaf| sum += self.values[leaf],
        );
        let trees = self.trees() as f64;
        out.iter_mut().for_each(|value| *value /= trees);
        (self.base(), sum / trees)
    }

    /// The mean over trees of the value at the root.
    pub(crate) fn base(&self) -> f64 {
        self.roots.iter().map(|root| self.values[*root as usize]).sum::<f64>() / self.trees() as f64
    }
}

/// A forest as it is stored: preorder alone says who is whose child, so no child can be out of range or its own parent.
#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    width: usize,
    trees: usize,
    /// Of every node; −1 for a leaf.
    feature: Vec<i32>,
    /// Of every node that is no leaf.
    threshold: Vec<f64>,
    /// Of every node.
    value: Vec<f64>,
}

impl From<Forest> for Saved {
    fn from(forest: Forest) -> Self {
        let feature = |node: &Node| if node.is_leaf() { LEAF } else { node.feature as i32 };
        Self {
            width: forest.width,
            trees: forest.trees(),
            feature: forest.nodes.iter().map(feature).collect(),
            threshold: forest.nodes.iter().filter(|n| !n.is_leaf()).map(|n| n.threshold).collect(),
            value: forest.values,
        }
    }
}

impl TryFrom<Saved> for Forest {
    type Error = LearnError;

    fn try_from(saved: Saved) -> Result<Self, LearnError> {
        let damaged = |what| Err(LearnError::Damaged(what));
        if saved.trees == 0 || saved.width == 0 {
            return damaged("a forest has no tree or no feature");
        }
        if saved.value.len() != saved.feature.len() || u32::try_from(saved.feature.len()).is_err() {
            return damaged("a forest has not one value for each node");
        }
        if !saved.value.iter().chain(&saved.threshold).all(|v| v.is_finite()) {
            return damaged("a value or threshold of a tree is not a number");
        }
        let (mut nodes, mut roots) = (Vec::<Node>::with_capacity(saved.feature.len()), Vec::new());
        let mut thresholds = saved.threshold.iter();
        // Nodes whose left subtree is being read.
        let mut open: Vec<usize> = Vec::new();
        let mut inside = false;
        for (number, feature) in (0_u32..).zip(&saved.feature) {
            if !inside {
                roots.push(number);
                inside = true;
            }
            match usize::try_from(*feature) {
                Ok(feature) if feature < saved.width => {
                    let Some(threshold) = thresholds.next() else {
                        return damaged("a node of a tree has no threshold");
                    };
                    open.push(nodes.len());
                    nodes.push(Node { threshold: *threshold, feature: feature as u32, right: number });
                }
                Err(_) if *feature == LEAF => {
                    nodes.push(Node::leaf(number));
                    // What comes next is the right child of the innermost open node; after the last, a new tree.
                    match open.pop().and_then(|parent| nodes.get_mut(parent)) {
                        Some(parent) => parent.right = number + 1,
                        None => inside = false,
                    }
                }
                _ => return damaged("a tree asks for a feature that does not exist"),
            }
        }
        if inside || roots.len() != saved.trees || thresholds.next().is_some() {
            return damaged("the nodes do not make up the stated number of trees");
        }
        Ok(Self { width: saved.width, nodes, values: saved.value, roots })
    }
}
