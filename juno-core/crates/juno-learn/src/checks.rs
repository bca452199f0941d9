//! What every learner asks of its input.

use ndarray::ArrayView2;

use crate::LearnError;

/// The largest magnitude taken: its square, times any number of rows that fits in memory, is still finite.
const LARGEST: f64 = 1e100;

/// Whether sums of squares of such numbers stay finite.
pub(crate) fn usable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// A row that a model of `width` columns can be asked about.
pub(crate) fn row(row: &[f64], width: usize) -> Result<(), LearnError> {
    length("the row", row.len(), width)?;
    match row.iter().position(|v| !usable(*v)) {
        None => Ok(()),
        Some(column) => Err(LearnError::NotFinite { what: "the row", value: row[column], row: 0, column }),
    }
}

/// A matrix that a model of `width` columns can be asked about; no rows are fine.
pub(crate) fn matrix(x: ArrayView2<'_, f64>, width: usize) -> Result<(), LearnError> {
    length("each row", x.ncols(), width)?;
    match x.indexed_iter().find(|(_, v)| !usable(**v)) {
        None => Ok(()),
        Some(((row, column), value)) => {
            Err(LearnError::NotFinite { what: "the matrix", value: *value, row, column })
        }
    }
}

/// A list of the length it must have.
pub(crate) fn length(what: &'static str, have: usize, need: usize) -> Result<(), LearnError> {
    if have == need { Ok(()) } else { Err(LearnError::Width { what, have, need }) }
}

/// A parameter within its range.
pub(crate) fn parameter(
    name: &'static str,
    value: f64,
    fine: bool,
    rule: &'static str,
) -> Result<(), LearnError> {
    if fine { Ok(()) } else { Err(LearnError::Parameter { name, value, rule }) }
}
