use juno_core::Review;
use pyo3::prelude::*;

use crate::error::Fault;
use crate::plain::Plain;

/// A review as text for a terminal.
#[pyfunction]
pub(crate) fn report_text(review: Plain<Review>) -> String {
    juno_core::report::text(&review.0)
}

/// A review as one HTML page that needs nothing else.
#[pyfunction]
pub(crate) fn report_html(review: Plain<Review>) -> Result<String, Fault> {
    Ok(juno_core::report::html(&review.0)?)
}
