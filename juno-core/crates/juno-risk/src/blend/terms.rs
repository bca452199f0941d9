use serde::{Deserialize, Serialize};

use super::rows::WIDTH;
use crate::{Features, Input, RiskError};

/// Inputs whose square the logistic sees as well: too little and too much may both be bad.
const SQUARES: [Input; 6] =
    [Input::Done, Input::Open, Input::Load, Input::Need, Input::DoneAhead, Input::NetChange];
/// Pairs whose product it sees as well: what is left means more for a team that often misses, or that is heavily loaded.
const PRODUCTS: [(Input, Input); 7] = [
    (Input::Done, Input::TeamMissRate),
    (Input::Open, Input::TeamMissRate),
    (Input::Done, Input::Load),
    (Input::Open, Input::Load),
    (Input::Removed, Input::TeamMissRate),
    (Input::NothingOpen, Input::TeamMissRate),
    (Input::NothingDone, Input::TeamMissRate),
];
/// How many terms the logistic sees.
pub(super) const TERMS: usize = WIDTH + SQUARES.len() + PRODUCTS.len();
/// No term counts as further from its mean than this many standard deviations.
const MAX_DEVIATION: f64 = 4.0;

/// What each term is, in order: an input, a square, or a product.
pub(crate) fn term_names() -> impl Iterator<Item = String> {
    let squares = SQUARES.iter().map(|input| format!("{}^2", input.name()));
    let products = PRODUCTS.iter().map(|(a, b)| format!("{}*{}", a.name(), b.name()));
    Input::ALL.iter().map(|input| input.name().to_owned()).chain(squares).chain(products)
}

/// Makes the rows that models are fitted on: fills in what is unknown, adds terms for the logistic, and standardises those.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub(super) struct Terms {
    /// What stands for an unknown input: the median of the known ones, 0 if there is none.
    fill: [f64; WIDTH],
    /// Squares are of the distance to this: the mean input.
    centre: [f64; WIDTH],
    mean: [f64; TERMS],
    deviation: [f64; TERMS],
}

impl Terms {
    /// From the rows to fit on; at least one.
    pub(super) fn learn(rows: &[Features]) -> Self {
        let fill = per_column(|column| {
            let mut known: Vec<f64> =
                rows.iter().map(|row| row.values()[column]).filter(|value| !value.is_nan()).collect();
            let middle = known.len() / 2;
            match known.is_empty() {
                true => 0.0,
                false => *known.select_nth_unstable_by(middle, f64::total_cmp).1,
            }
        });
        let mut terms = Self { fill, centre: [0.0; WIDTH], mean: [0.0; TERMS], deviation: [1.0; TERMS] };
        let n = rows.len().max(1) as f64;
        let filled: Vec<[f64; WIDTH]> = rows.iter().map(|row| terms.fill(row)).collect();
        terms.centre = per_column(|column| filled.iter().map(|row| row[column]).sum::<f64>() / n);
        let raw: Vec<[f64; TERMS]> = filled.iter().map(|row| terms.raw(row)).collect();
        terms.mean = per_column(|column| raw.iter().map(|row| row[column]).sum::<f64>() / n);
        terms.deviation = per_column(|column| {
            let square = |row: &[f64; TERMS]| (row[column] - terms.mean[column]).powi(2);
            let deviation = (raw.iter().map(square).sum::<f64>() / n).sqrt();
            // A term that never varied says nothing; dividing by 1 keeps it harmless.
            if deviation > 1e-9 { deviation } else { 1.0 }
        });
        terms
    }

    /// The inputs with the unknown ones filled in: what the trees see.
    pub(super) fn fill(&self, features: &Features) -> [f64; WIDTH] {
        let mut out = *features.values();
        for (value, fill) in out.iter_mut().zip(self.fill) {
            if value.is_nan() {
                *value = fill;
            }
        }
        out
    }

    /// The standardised terms of filled inputs: what the logistic sees.
    pub(super) fn of(&self, filled: &[f64; WIDTH]) -> [f64; TERMS] {
        let mut out = self.raw(filled);
        for ((value, mean), deviation) in out.iter_mut().zip(self.mean).zip(self.deviation) {
            *value = ((*value - mean) / deviation).clamp(-MAX_DEVIATION, MAX_DEVIATION);
        }
        out
    }

    fn raw(&self, filled: &[f64; WIDTH]) -> [f64; TERMS] {
        let mut out = [0.0; TERMS];
        let inputs = filled.iter().copied();
        let squares = SQUARES.iter().map(|i| (filled[i.index()] - self.centre[i.index()]).powi(2));
        let products = PRODUCTS.iter().map(|(a, b)| filled[a.index()] * filled[b.index()]);
        for (slot, value) in out.iter_mut().zip(inputs.chain(squares).chain(products)) {
            *slot = value;
        }
        out
    }

    /// Adds up what terms contributed by input: a square is its input's, a product half of each.
    pub(super) fn by_input(terms: &[f64; TERMS], out: &mut [f64; WIDTH]) {
        let (inputs, rest) = terms.split_at(WIDTH);
        let (squares, products) = rest.split_at(SQUARES.len());
        for (slot, value) in out.iter_mut().zip(inputs) {
            *slot += value;
        }
        for (input, value) in SQUARES.iter().zip(squares) {
            out[input.index()] += value;
        }
        for ((a, b), value) in PRODUCTS.iter().zip(products) {
            out[a.index()] += value / 2.0;
            out[b.index()] += value / 2.0;
        }
    }
}

fn per_column<const N: usize>(of: impl Fn(usize) -> f64) -> [f64; N] {
    std::array::from_fn(of)
}

/// As written to a file: lists, since arrays of this length have no serialised form of their own.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    fill: Vec<f64>,
    centre: Vec<f64>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl From<Terms> for Saved {
    fn from(terms: Terms) -> Self {
        Self {
            fill: terms.fill.into(),
            centre: terms.centre.into(),
            mean: terms.mean.into(),
            deviation: terms.deviation.into(),
        }
    }
}

impl TryFrom<Saved> for Terms {
    type Error = RiskError;

    fn try_from(saved: Saved) -> Result<Self, RiskError> {
        let finite = [&saved.fill, &saved.centre, &saved.mean, &saved.deviation]
            .into_iter()
            .flatten()
            .all(|value| value.is_finite());
        if !finite || saved.deviation.iter().any(|deviation| *deviation <= 0.0) {
            return Err(RiskError::Saved("a number of its terms is not what it can be".to_owned()));
        }
        Ok(Self {
            fill: exactly(saved.fill)?,
            centre: exactly(saved.centre)?,
            mean: exactly(saved.mean)?,
            deviation: exactly(saved.deviation)?,
        })
    }
}

fn exactly<const N: usize>(list: Vec<f64>) -> Result<[f64; N], RiskError> {
    let n = list.len();
    list.try_into().map_err(|_| RiskError::Saved(format!("it has {n} numbers where {N} belong")))
}
