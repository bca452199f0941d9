use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::MemoryError;

/// Which model makes vectors, and how long they are. Vectors of two models are never compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EmbeddingModel {
    name: String,
    dimension: usize,
}

impl EmbeddingModel {
    /// The longest name in bytes.
    pub const MAX_NAME_BYTES: usize = 256;
    /// The longest vectors.
    pub const MAX_DIMENSION: usize = 8_192;

    /// The model of that name (it says the version too: whoever changes how vectors are made changes the name), which
    /// gives vectors of `dimension` numbers.
    ///
    /// # Errors
    /// If the name is blank, longer than 256 bytes or has control characters, or the dimension is not from 1 to 8,192.
    pub fn new(name: impl Into<String>, dimension: usize) -> Result<Self, MemoryError> {
        let name = name.into();
        let fits = !name.trim().is_empty()
            && name.len() <= Self::MAX_NAME_BYTES
            && !name.chars().any(char::is_control)
            && (1..=Self::MAX_DIMENSION).contains(&dimension);
        match fits {
            true => Ok(Self { name, dimension }),
            false => Err(MemoryError::EmbeddingModel { name: name.chars().take(40).collect(), dimension }),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many numbers its vectors have.
    #[must_use]
    pub const fn dimension(&self) -> usize {
        self.dimension
    }
}

/// Name and dimension, as stores file vectors under it: `minilm-l6-v2@384`.
impl fmt::Display for EmbeddingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.dimension)
    }
}

/// Turns texts into vectors that lie close where the texts mean alike. JUNO ships none: the caller brings one, and without
/// one recall is by words alone.
///
/// # To be correct, an implementation
/// - gives one vector for each text, in order, of [`EmbeddingModel::dimension`] finite numbers that are not all 0;
/// - gives the same vector for the same text, as long as its model has the same name;
/// - says that it cannot be reached, or that it failed, as [`MemoryError::Embedder`], with no secret and nothing of the
///   texts in the reason.
///
/// What breaks the first rule is refused by [`unit_vectors`], through which all vectors pass.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// The model; the same one for as long as the embedder lives.
    fn model(&self) -> &EmbeddingModel;

    /// The vectors of texts, in order. Names of those who speak have been taken out of the texts.
    ///
    /// # Errors
    /// If the model cannot be reached or fails.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, MemoryError>;
}

/// The vectors of texts, each of length 1.
///
/// # Errors
/// As the embedder; or if a vector is missing, too many, of another length than the model's, all zeros, or holds a number
/// that is not finite.
pub async fn unit_vectors(embedder: &dyn Embedder, texts: &[String]) -> Result<Vec<Vec<f32>>, MemoryError> {
    let model = embedder.model();
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let vectors = embedder.embed(texts).await?;
    if vectors.len() != texts.len() {
        let reason = format!("it gave `{}` vectors for `{}` texts", vectors.len(), texts.len());
        return Err(MemoryError::BadVector { model: model.to_string(), reason });
    }
    vectors.iter().map(|vector| unit(model, vector)).collect()
}

/// Refuses a vector that is not of the model's length. For stores.
///
/// # Errors
/// If it is not.
pub fn check_length(model: &EmbeddingModel, unit: &[f32]) -> Result<(), MemoryError> {
    match unit.len() == model.dimension() {
        true => Ok(()),
        false => {
            let reason = format!("it has `{}` numbers", unit.len());
            Err(MemoryError::BadVector { model: model.to_string(), reason })
        }
    }
}

/// A vector of length 1 in the same direction.
///
/// # Errors
/// If it has another length than the model's, is all zeros, or holds a number that is not finite.
pub fn unit(model: &EmbeddingModel, vector: &[f32]) -> Result<Vec<f32>, MemoryError> {
    let bad = |reason: String| MemoryError::BadVector { model: model.to_string(), reason };
    check_length(model, vector)?;
    if let Some(at) = vector.iter().position(|number| !number.is_finite()) {
        return Err(bad(format!("its number `{at}` is not finite")));
    }
    // In 64 bits, so that neither large nor small numbers are lost when squared.
    let norm = vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
    if norm == 0.0 {
        return Err(bad("it is all zeros".into()));
    }
    Ok(vector.iter().map(|number| (f64::from(*number) / norm) as f32).collect())
}

#[cfg(test)]
mod tests {
    use juno_domain::ErrorKind;

    use super::*;

    #[test]
    fn vectors_with_nan_zeros_or_another_length_are_refused() {
        let model = EmbeddingModel::new("test", 3).unwrap();
        for bad in
            [&[1.0, f32::NAN, 0.0][..], &[f32::INFINITY, 0.0, 0.0], &[0.0; 3], &[1.0, 2.0], &[1.0; 4], &[]]
        {
            let error = unit(&model, bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("`test@3`"), "{error}");
        }
        assert_eq!(unit(&model, &[0.0, 3.0, 4.0]).unwrap(), [0.0, 0.6, 0.8]);
        assert_eq!(unit(&model, &[f32::MAX, 0.0, 0.0]).unwrap(), [1.0, 0.0, 0.0]);
        assert_eq!(unit(&model, &[0.0, 1e-40, 0.0]).unwrap(), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_model_without_name_or_dimension_is_none() {
        for (name, dimension) in [("", 3), (" ", 3), ("a\nb", 3), ("a", 0), ("a", 8_193)] {
            assert!(EmbeddingModel::new(name, dimension).is_err(), "{name} {dimension}");
        }
        assert_eq!(EmbeddingModel::new("a", 3).unwrap().to_string(), "a@3");
    }

    struct Short(EmbeddingModel);

    #[async_trait]
    impl Embedder for Short {
        fn model(&self) -> &EmbeddingModel {
            &self.0
        }

        async fn embed(&self, _: &[String]) -> Result<Vec<Vec<f32>>, MemoryError> {
            Ok(vec![vec![1.0]])
        }
    }

    #[tokio::test]
    async fn a_missing_vector_is_noticed() {
        let short = Short(EmbeddingModel::new("short", 1).unwrap());
        let texts = ["a".to_owned(), "b".to_owned()];
        assert!(matches!(unit_vectors(&short, &texts).await, Err(MemoryError::BadVector { .. })));
        assert_eq!(unit_vectors(&short, &texts[..1]).await.unwrap(), [[1.0]]);
        assert_eq!(unit_vectors(&short, &[]).await.unwrap(), Vec::<Vec<f32>>::new());
    }
}
