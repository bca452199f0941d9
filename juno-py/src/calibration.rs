use juno_core::confidence::{self, CalibrationMethod, Calibrator as _, FittedCalibrator};
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::arrays::{Numbers, like};
use crate::error::Fault;
use crate::plain::Plain;

/// Maps scores to chances that recorded outcomes bear out. Made by `Calibrator.fit`, read back by `from_dict`.
#[pyclass(module = "juno", frozen, eq, skip_from_py_object)]
#[derive(Clone, PartialEq)]
pub(crate) struct Calibrator(FittedCalibrator);

#[pymethods]
impl Calibrator {
    /// Fits `"platt"`, `"beta"`, `"isotonic"` or `"temperature"` to scores (0 to 1) and whether each turned out right.
    #[staticmethod]
    fn fit(
        method: Plain<CalibrationMethod>,
        scores: &Bound<'_, PyAny>,
        outcomes: &Bound<'_, PyAny>,
    ) -> Result<Self, Fault> {
        let (scores, outcomes) = (Numbers::of("scores", scores)?, Numbers::of("outcomes", outcomes)?);
        let recorded = confidence::judged(&scores.values(), &outcomes.values())?;
        Ok(Self(FittedCalibrator::fit(method.0, &recorded)?))
    }

    /// The calibrated chances of scores: a list for a list, else a numpy array.
    fn apply<'py>(&self, scores: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>, Fault> {
        let checked = confidence::probabilities("scores", &Numbers::of("scores", scores)?.values())?;
        Ok(like(scores, checked.into_iter().map(|score| self.0.apply(score).get()).collect())?)
    }

    /// The method's name.
    #[getter]
    fn method(&self) -> &str {
        self.0.method()
    }

    /// How many outcomes it was fitted on.
    #[getter]
    fn outcomes(&self) -> u32 {
        self.0.outcomes()
    }

    /// What was fitted, as plain values: `from_dict` reads it back.
    fn to_dict(&self) -> Plain<&FittedCalibrator> {
        Plain(&self.0)
    }

    /// A calibrator that was written with `to_dict`.
    #[staticmethod]
    fn from_dict(values: Plain<FittedCalibrator>) -> Self {
        Self(values.0)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Plain<&FittedCalibrator>,))> {
        Ok((PyType::new::<Self>(py).getattr("from_dict")?, (self.to_dict(),)))
    }

    fn __repr__(&self) -> String {
        format!("Calibrator(method={}, outcomes={})", self.0.method(), self.0.outcomes())
    }
}
