use chrono::{DateTime, Utc};
use juno_domain::{Digest, MemoryId, TenantId};
use serde::{Deserialize, Serialize};

use crate::error::ArchiveError;
use crate::sieve::Sieve;

/// The newest form of manifests and segments this program knows.
pub(crate) const FORM: u32 = 1;

/// What a tenant's archive consists of at one time. Manifests are numbered; the highest is the one that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) form: u32,
    pub(crate) tenant: TenantId,
    pub(crate) number: u64,
    /// The digest of the manifest before, so that a writer can tell whether those after it know its own.
    pub(crate) previous: Option<Digest>,
    pub(crate) segments: Vec<SegmentInfo>,
}

/// A segment of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentInfo {
    /// Its name: the number of the manifest that named it first, then its digest.
    pub(crate) name: String,
    /// The SHA-256 digest of its content.
    pub(crate) digest: Digest,
    /// How many memories it holds.
    pub(crate) count: usize,
    /// The smallest and the largest id in it.
    pub(crate) first: MemoryId,
    pub(crate) last: MemoryId,
    /// Which ids it may hold.
    pub(crate) sieve: Sieve,
    /// When the first of its memories expires.
    pub(crate) expires: Option<DateTime<Utc>>,
}

impl SegmentInfo {
    /// `false` if it holds that memory for sure not.
    pub(crate) fn may_hold(&self, id: &MemoryId) -> bool {
        (&self.first..=&self.last).contains(&id) && self.sieve.may_hold(id)
    }
}

impl Manifest {
    pub(crate) const fn empty(tenant: TenantId) -> Self {
        Self { form: FORM, tenant, number: 0, previous: None, segments: Vec::new() }
    }

    pub(crate) fn name(number: u64) -> String {
        format!("{number:020}.json")
    }

    /// The number in a manifest's or a segment's name.
    pub(crate) fn number_in(name: &str) -> Option<u64> {
        name.get(..20)?.parse().ok()
    }

    pub(crate) fn write(&self) -> Result<Vec<u8>, ArchiveError> {
        serde_json::to_vec(self).map_err(|error| ArchiveError::Internal(error.to_string()))
    }

    pub(crate) fn read(number: u64, content: &[u8]) -> Result<Self, ArchiveError> {
        #[derive(Deserialize)]
        struct Form {
            form: u32,
        }
        let damaged = |what: String| ArchiveError::Damaged(format!("manifest `{number}`: {what}"));
        let Form { form } = serde_json::from_slice(content).map_err(|error| damaged(error.to_string()))?;
        if form > FORM {
            return Err(ArchiveError::Newer { found: form, known: FORM });
        }
        let manifest: Self = serde_json::from_slice(content).map_err(|error| damaged(error.to_string()))?;
        match manifest.number == number {
            true => Ok(manifest),
            false => Err(damaged(format!("it says it is `{}`", manifest.number))),
        }
    }
}
