//! Lists of numbers, however JavaScript keeps them: arrays and typed arrays; true and false are 1 and 0.
use juno_core::domain::ErrorKind;
use napi::ValueType;
use napi::bindgen_prelude::{Array, FromNapiValue, JsValue, Unknown};

use crate::error::Fault;

/// The numbers of an array or a typed array; `what` names it in errors.
pub(crate) fn numbers(what: &str, value: Unknown<'_>) -> Result<Vec<f64>, Fault> {
    if value.is_typedarray()? {
        return typed(what, value);
    }
    if !value.is_array()? {
        return Err(bad(what, format!("a {} is no array of numbers", value.get_type()?)));
    }
    let array = Array::from_unknown(value)?;
    let item = |index| match array.get::<Unknown<'_>>(index)? {
        Some(item) if item.get_type()? == ValueType::Number => Ok(f64::from_unknown(item)?),
        Some(item) if item.get_type()? == ValueType::Boolean => Ok(f64::from(bool::from_unknown(item)?)),
        _ => Err(bad(what, format!("what stands at position {index} is no number"))),
    };
    (0..array.len()).map(item).collect()
}

/// The numbers of an array of rows of equal length, row after row, and that length.
pub(crate) fn matrix(what: &str, value: Unknown<'_>) -> Result<ndarray::Array2<f64>, Fault> {
    let is_rows = value.is_array()?;
    let rows = if is_rows {
        Array::from_unknown(value)?
    } else {
        return Err(bad(what, "it is no array of rows"));
    };
    let (mut all, mut columns) = (Vec::new(), None);
    for index in 0..rows.len() {
        let row = rows.get::<Unknown<'_>>(index)?.ok_or_else(|| bad(what, "it shrinks"))?;
        let row = numbers(&format!("{what}[{index}]"), row)?;
        let columns = *columns.get_or_insert(row.len());
        if row.len() != columns {
            let why = format!("row {index} has {} numbers and the first row {columns}", row.len());
            return Err(bad(what, why));
        }
        all.extend(row);
    }
    let shape = (rows.len() as usize, columns.unwrap_or(0));
    ndarray::Array2::from_shape_vec(shape, all).map_err(|error| bad(what, error))
}

fn typed(what: &str, value: Unknown<'_>) -> Result<Vec<f64>, Fault> {
    macro_rules! of {
        ($($number:ty),+) => {
            $(if let Ok(list) = <&[$number]>::from_unknown(value) {
                return Ok(list.iter().map(|number| f64::from(*number)).collect());
            })+
        };
    }
    of!(f64, f32, i32, u32, i16, u16, i8, u8);
    Err(bad(what, "its numbers are not those of a Float64Array, and may not fit in: convert them first"))
}

fn bad(what: &str, why: impl std::fmt::Display) -> Fault {
    Fault::new(ErrorKind::InvalidInput, format!("`{what}` cannot be read: {why}"))
}
