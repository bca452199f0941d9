//! Lists of numbers, however Python keeps them: lists, numpy arrays, columns of pandas, polars and pyarrow.
use std::borrow::Cow;

use juno_core::domain::ErrorKind;
use ndarray::{ArrayView1, ArrayView2};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMapping, PySet, PyString, PyTuple};

use crate::error::Fault;

/// Numbers that Python holds: those of a numpy array of doubles are looked at where they are.
pub(crate) enum Numbers<'py> {
    View(PyReadonlyArray1<'py, f64>),
    Own(Vec<f64>),
}

impl<'py> Numbers<'py> {
    /// Reads a list, a tuple, an array or a column; `what` names it in errors.
    pub(crate) fn of(what: &str, object: &Bound<'py, PyAny>) -> Result<Self, Fault> {
        if let Some(array) = as_array(what, object)? {
            return Ok(Self::View(array.try_readonly().map_err(|error| bad(what, error))?));
        }
        let no_list = object.is_instance_of::<PyString>()
            || object.is_instance_of::<PyBytes>()
            || object.is_instance_of::<PySet>()
            || object.is_instance_of::<PyDict>()
            || object.cast::<PyMapping>().is_ok();
        let items = object.try_iter().ok().filter(|_| !no_list);
        let items = items.ok_or_else(|| {
            bad(what, format!("a `{}` is no list, array or column of numbers", kind_of(object)))
        })?;
        let mut numbers = Vec::with_capacity(object.len().unwrap_or(0));
        for (index, item) in items.enumerate() {
            let item = item?;
            let number = if item.is_instance_of::<PyString>() { None } else { item.extract::<f64>().ok() };
            numbers.push(number.ok_or_else(|| {
                let shown = item.repr().map(|text| text.to_string()).unwrap_or_default();
                bad(what, format!("there is `{shown}` at position {index}, which is no number"))
            })?);
        }
        Ok(Self::Own(numbers))
    }

    /// The numbers in a row.
    pub(crate) fn values(&self) -> Cow<'_, [f64]> {
        match self {
            Self::View(array) => {
                // Compiles only while numpy and JUNO mean the same version of ndarray.
                let view: ArrayView1<'_, f64> = array.as_array();
                view.to_slice().map_or_else(|| Cow::Owned(view.to_vec()), Cow::Borrowed)
            }
            Self::Own(numbers) => Cow::Borrowed(numbers),
        }
    }
}

/// Numbers on their way to Python: a list where a list or a tuple was given, else a numpy array.
pub(crate) fn like<'py>(given: &Bound<'py, PyAny>, numbers: Vec<f64>) -> PyResult<Bound<'py, PyAny>> {
    let is_list = given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>();
    if is_list || given.py().import("numpy").is_err() {
        return numbers.into_bound_py_any(given.py());
    }
    Ok(PyArray1::from_vec(given.py(), numbers).into_any())
}

/// A matrix of numpy with doubles, copied: the interpreter may run on while it is worked on.
pub(crate) fn matrix(array: &Bound<'_, PyArray2<f64>>) -> Result<ndarray::Array2<f64>, Fault> {
    let array = array.try_readonly().map_err(|error| bad("the matrix", error))?;
    let view: ArrayView2<'_, f64> = array.as_array();
    Ok(view.as_standard_layout().into_owned())
}

/// What keeps its numbers in an array, as an array of doubles; `None` for what is to be read item by item.
fn as_array<'py>(what: &str, object: &Bound<'py, PyAny>) -> Result<Option<Bound<'py, PyArray1<f64>>>, Fault> {
    if !object.hasattr("__array__")? {
        return Ok(None);
    }
    let Ok(numpy) = object.py().import("numpy") else { return Ok(None) };
    if object.hasattr("filled")? {
        return Err(bad(what, "it is masked: fill or leave out what is not known"));
    }
    let array = numpy.call_method1("asarray", (object,))?;
    let dimensions: usize = array.getattr("ndim")?.extract()?;
    if dimensions != 1 {
        return Err(bad(what, format!("it has {dimensions} dimensions, and must have one")));
    }
    let dtype = array.getattr("dtype")?;
    match dtype.getattr("kind")?.extract::<String>()?.as_str() {
        "f" | "i" | "u" | "b" => {
            let options = PyDict::new(object.py());
            options.set_item("copy", false)?;
            let doubles = array.call_method("astype", ("float64",), Some(&options))?;
            Ok(Some(doubles.cast_into().map_err(|error| Fault::from(PyErr::from(error)))?))
        }
        "O" => Ok(None),
        _ => Err(bad(what, format!("it holds `{dtype}`, which are no numbers"))),
    }
}

fn kind_of(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map(|name| name.to_string()).unwrap_or_default()
}

fn bad(what: &str, why: impl std::fmt::Display) -> Fault {
    Fault::new(ErrorKind::InvalidInput, format!("`{what}` cannot be read: {why}"))
}
