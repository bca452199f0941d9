use juno_core::Review;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use crate::error::Fault;
use crate::plain::from_plain;

/// A review as text for a terminal.
#[napi]
pub(crate) fn report_text(#[napi(ts_arg_type = "Review")] review: Unknown<'_>) -> Result<String, Fault> {
    let review: Review = from_plain("`review`", review)?;
    Ok(juno_core::report::text(&review))
}

/// A review as one HTML page that needs nothing else.
#[napi]
pub(crate) fn report_html(#[napi(ts_arg_type = "Review")] review: Unknown<'_>) -> Result<String, Fault> {
    let review: Review = from_plain("`review`", review)?;
    Ok(juno_core::report::html(&review)?)
}
