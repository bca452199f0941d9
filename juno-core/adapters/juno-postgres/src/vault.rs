use std::sync::Arc;

use juno_audit::Sealing;
use juno_crypto::KeyProvider;

/// What encrypts personal parts and other texts of people, each person's of each month under a key of their own, and
/// destroys keys.
#[derive(Clone)]
pub(crate) struct Vault {
    pub(crate) sealing: Sealing,
    pub(crate) keys: Arc<dyn KeyProvider>,
}
