use std::num::NonZeroUsize;

use juno_core::domain::ErrorKind;
use juno_core::learn::{BlendClassifier, BlendOptions};
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};

use crate::arrays::{Numbers, matrix};
use crate::error::Fault;
use crate::plain::Plain;

/// What `BlendClassifier.fit` learnt: the class of `juno.classifier` is its face.
#[pyclass(module = "juno._juno", name = "_Blend", frozen, skip_from_py_object)]
pub(crate) struct Blend(BlendClassifier);

#[pymethods]
impl Blend {
    /// Fits to a matrix of doubles and one label a row, on threads of its own.
    #[staticmethod]
    fn fit(
        py: Python<'_>,
        options: Plain<BlendOptions>,
        x: &Bound<'_, PyArray2<f64>>,
        labels: Vec<bool>,
        weights: Option<&Bound<'_, PyAny>>,
    ) -> Result<Self, Fault> {
        let params = options.0.params()?.check()?;
        let weights = weights.map(|weights| Numbers::of("sample_weight", weights)).transpose()?;
        let weights = weights.map(|weights| weights.values().into_owned());
        let x = matrix(x)?;
        Ok(Self(py.detach(|| params.fit(x.view(), &labels, weights.as_deref()))?))
    }

    /// The log odds of each row.
    fn logit<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyArray2<f64>>,
        threads: NonZeroUsize,
    ) -> Result<Bound<'py, PyArray1<f64>>, Fault> {
        let x = matrix(x)?;
        Ok(py.detach(|| self.0.logit_many(x.view(), threads))?.into_pyarray(py))
    }

    /// The chance of each row.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyArray2<f64>>,
        threads: NonZeroUsize,
    ) -> Result<Bound<'py, PyArray1<f64>>, Fault> {
        let x = matrix(x)?;
        Ok(py.detach(|| self.0.predict_many(x.view(), threads))?.into_pyarray(py))
    }

    /// The log odds that the contributions of every row start from.
    #[getter]
    fn base(&self) -> f64 {
        self.0.base()
    }

    /// Features of a row.
    #[getter]
    fn n_features(&self) -> usize {
        self.0.n_features()
    }

    /// What each feature of each row contributed to its log odds.
    fn contributions<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyArray2<f64>>,
        threads: NonZeroUsize,
    ) -> Result<Bound<'py, PyArray2<f64>>, Fault> {
        let x = matrix(x)?;
        Ok(py.detach(|| self.0.contributions_many(x.view(), threads))?.1.into_pyarray(py))
    }

    /// What was learnt, as JSON.
    fn to_json(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(&self.0).map_err(|error| Fault::new(ErrorKind::Internal, error.to_string()))
    }

    /// What `to_json` wrote.
    #[staticmethod]
    fn from_json(json: &[u8]) -> Result<Self, Fault> {
        let damaged = |error| format!("the saved classifier is damaged: {error}; fit it again");
        serde_json::from_slice(json).map(Self).map_err(|error| Fault::new(ErrorKind::Corrupt, damaged(error)))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> Result<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,)), Fault> {
        let json = PyBytes::new(py, &self.to_json()?);
        Ok((PyType::new::<Self>(py).getattr("from_json")?, (json,)))
    }
}
