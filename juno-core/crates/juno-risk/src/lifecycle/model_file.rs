use std::path::Path;

use super::saved::{pack, unpack};
use super::whole_file::{read_whole, write_whole};
use crate::{BlendRiskModel, RiskError};

/// Saving and loading. A file has a first line that names format, version, feature schema, length and SHA-256 digest, and then
/// the model as JSON. A model that was loaded answers with the same bits as the one that was saved.
impl BlendRiskModel {
    /// The model as one file. Equal models give equal bytes.
    ///
    /// # Errors
    /// None for a model that was fitted or loaded; the type is there for what writes JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RiskError> {
        let payload = serde_json::to_vec(self).map_err(|error| RiskError::Saved(error.to_string()))?;
        Ok(pack(&payload))
    }

    /// A model from the bytes of its file.
    ///
    /// # Errors
    /// Unsupported if the file is of another version or was fitted on other inputs than this version has; corrupt if it is no
    /// model, not whole, longer than it should be, or changed in any way.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RiskError> {
        serde_json::from_slice(unpack(bytes)?).map_err(|error| RiskError::Saved(error.to_string()))
    }

    /// Writes the model to a file, whole or not at all: a file that was there before stays until the new one is complete.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), RiskError> {
        write_whole(path.as_ref(), &self.to_bytes()?)
    }

    /// Reads a model from its file.
    ///
    /// # Errors
    /// Not found if there is no such file; otherwise as [`from_bytes`](Self::from_bytes).
    pub fn load(path: impl AsRef<Path>) -> Result<Self, RiskError> {
        let path = path.as_ref();
        let in_file = |what: String| format!("{what} (`{}`)", path.display());
        Self::from_bytes(&read_whole(path)?).map_err(|error| match error {
            RiskError::Saved(what) => RiskError::Saved(in_file(what)),
            RiskError::OtherModel(what) => RiskError::OtherModel(in_file(what)),
            error => error,
        })
    }
}

#[cfg(test)]
#[path = "tests/model_file.rs"]
mod tests;
