use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use juno_crypto::digest;
use juno_domain::{MemoryId, TenantId};
use juno_memory::Memory;

use crate::error::ArchiveError;
use crate::manifest::{Manifest, SegmentInfo};
use crate::objects::Objects;
use crate::segment::{self, Index};

/// How often a read or change is begun anew because others changed the archive under it.
pub(crate) const TRIES: usize = 50;

/// Where the tenants' folders are.
pub(crate) const TENANTS: &str = "v1/tenants";

/// One tenant's part of an archive, and what this process has read of it. What a name stands for never changes, so
/// what was read once is true for as long as a manifest names it.
pub(crate) struct Folder {
    pub(crate) tenant: TenantId,
    root: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    manifest: Option<Arc<Manifest>>,
    indexes: BTreeMap<String, Arc<Index>>,
}

/// What became of reading a segment.
pub(crate) enum Read<T> {
    Good(T),
    /// It is not there any more: another manifest counts.
    Gone,
}

impl Folder {
    pub(crate) fn new(tenant: TenantId) -> Self {
        // Whatever the name of a tenant has in it, its folder is 40 digits.
        let root = format!("{TENANTS}/{:.40}", digest(tenant.as_str().as_bytes()).to_string());
        Self { tenant, root, known: Mutex::default() }
    }

    pub(crate) fn manifests(&self) -> String {
        format!("{}/manifests", self.root)
    }

    pub(crate) fn segments(&self) -> String {
        format!("{}/segments", self.root)
    }

    pub(crate) fn manifest_name(&self, number: u64) -> String {
        format!("{}/{}", self.manifests(), Manifest::name(number))
    }

    pub(crate) fn segment_name(&self, name: &str) -> String {
        format!("{}/{name}", self.segments())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this process saw last, without a look.
    pub(crate) fn seen(&self) -> Option<Arc<Manifest>> {
        self.known().manifest.clone()
    }

    /// The manifest that counts now; an empty one where there is none yet.
    pub(crate) async fn latest(&self, objects: &Objects) -> Result<Arc<Manifest>, ArchiveError> {
        for _ in 0..TRIES {
            let names = objects.names(&self.manifests()).await?;
            let number = names.iter().filter_map(|name| Manifest::number_in(name)).max();
            let Some(number) = number else {
                let empty = Arc::new(Manifest::empty(self.tenant.clone()));
                self.remember(&empty);
                return Ok(empty);
            };
            if let Some(seen) = self.seen().filter(|seen| seen.number == number) {
                return Ok(seen);
            }
            // It may have been overtaken and removed since.
            let Some(content) = objects.get(&self.manifest_name(number)).await? else { continue };
            let manifest = Arc::new(Manifest::read(number, &content)?);
            if manifest.tenant != self.tenant {
                return Err(ArchiveError::Damaged(format!(
                    "manifest `{number}` of tenant `{}` is of tenant `{}`",
                    self.tenant, manifest.tenant
                )));
            }
            self.remember(&manifest);
            return Ok(manifest);
        }
        Err(ArchiveError::Contended)
    }

    pub(crate) fn remember(&self, manifest: &Arc<Manifest>) {
        let mut known = self.known();
        if known.manifest.as_ref().is_none_or(|seen| seen.number <= manifest.number) {
            known.indexes.retain(|name, _| manifest.segments.iter().any(|segment| segment.name == *name));
            known.manifest = Some(Arc::clone(manifest));
        }
    }

    /// The memories of a segment.
    pub(crate) async fn memories(
        &self,
        objects: &Objects,
        info: &SegmentInfo,
    ) -> Result<Read<BTreeMap<MemoryId, Memory>>, ArchiveError> {
        let Some(content) = objects.get(&self.segment_name(&info.name)).await? else {
            // Either somebody replaced it, or it is lost.
            let latest = self.latest(objects).await?;
            return match latest.segments.iter().any(|segment| segment.name == info.name) {
                true => Err(ArchiveError::Damaged(format!("segment `{}` is missing", info.name))),
                false => Ok(Read::Gone),
            };
        };
        let memories = segment::read(info, &content)?;
        let index = Arc::new(segment::index(&memories));
        self.known().indexes.insert(info.name.clone(), index);
        Ok(Read::Good(memories))
    }

    /// What is in a segment, read once.
    pub(crate) async fn index(
        &self,
        objects: &Objects,
        info: &SegmentInfo,
    ) -> Result<Read<Arc<Index>>, ArchiveError> {
        if let Some(index) = self.known().indexes.get(&info.name) {
            return Ok(Read::Good(Arc::clone(index)));
        }
        match self.memories(objects, info).await? {
            Read::Good(memories) => Ok(Read::Good(Arc::new(segment::index(&memories)))),
            Read::Gone => Ok(Read::Gone),
        }
    }
}
