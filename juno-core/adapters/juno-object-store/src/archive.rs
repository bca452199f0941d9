use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{MemoryId, TenantId};
use juno_memory::{CorruptMemory, Memory, MemoryArchive, MemoryError, MemoryPage, MemoryScope, check_page};

use crate::address::S3Access;
use crate::change::{change, sweep};
use crate::error::ArchiveError;
use crate::folder::{Folder, Read, TENANTS, TRIES};
use crate::manifest::{Manifest, SegmentInfo};
use crate::objects::Objects;

/// An archive of memories in a folder of this machine or in S3.
///
/// Each tenant has segments, JSON Lines of up to 1,000 memories in order of id, and a manifest that names them with
/// their digests. A change writes new segments and then one manifest, which has to be the first of its number: so it
/// happens as a whole, at one instant. Whoever reads a segment checks its digest.
///
/// A clone shares what this process has read. After a fork the child has to open the archive itself.
#[derive(Clone)]
pub struct ObjectArchive {
    objects: Arc<Objects>,
    folders: Arc<Mutex<BTreeMap<TenantId, Arc<Folder>>>>,
}

impl ObjectArchive {
    /// Opens `file:///folder`, made where it is missing, or `s3://bucket/folder`, with what the environment says of S3.
    ///
    /// # Errors
    /// If the address cannot be read or the folder not be made.
    pub fn open(url: &str) -> Result<Self, ArchiveError> {
        Self::open_with(url, &S3Access::default())
    }

    /// The same, with what `access` says of S3 before what the environment says.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_with(url: &str, access: &S3Access) -> Result<Self, ArchiveError> {
        Ok(Self { objects: Arc::new(Objects::open(url, access)?), folders: Arc::default() })
    }

    fn folder(&self, tenant: &TenantId) -> Arc<Folder> {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folders.entry(tenant.clone()).or_insert_with(|| Arc::new(Folder::new(tenant.clone())));
        Arc::clone(folder)
    }

    /// The segment of a manifest that holds an id; `Gone` where the manifest was overtaken.
    async fn holder<'a>(
        &self,
        folder: &Folder,
        manifest: &'a Manifest,
        id: &MemoryId,
    ) -> Result<Read<Option<(&'a SegmentInfo, MemoryScope)>>, ArchiveError> {
        for info in manifest.segments.iter().filter(|info| info.may_hold(id)) {
            match folder.index(&self.objects, info).await? {
                Read::Good(index) => {
                    if let Some((scope, _)) = index.get(id) {
                        return Ok(Read::Good(Some((info, scope.clone()))));
                    }
                }
                Read::Gone => return Ok(Read::Gone),
            }
        }
        Ok(Read::Good(None))
    }

    /// The memories with these ids, from the segments that hold them.
    async fn read(
        &self,
        folder: &Folder,
        wanted: &BTreeMap<MemoryId, &SegmentInfo>,
    ) -> Result<Read<BTreeMap<MemoryId, Memory>>, ArchiveError> {
        let mut found = BTreeMap::new();
        let segments: BTreeMap<&str, &SegmentInfo> =
            wanted.values().map(|info| (info.name.as_str(), *info)).collect();
        for info in segments.into_values() {
            let Read::Good(held) = folder.memories(&self.objects, info).await? else { return Ok(Read::Gone) };
            found.extend(held.into_iter().filter(|(id, _)| wanted.contains_key(id)));
        }
        Ok(Read::Good(found))
    }

    /// A page of one manifest; `Gone` where it was overtaken.
    async fn page(
        &self,
        folder: &Folder,
        manifest: &Manifest,
        scope: Option<&MemoryScope>,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<Read<MemoryPage>, ArchiveError> {
        let mut ids: BTreeMap<MemoryId, &SegmentInfo> = BTreeMap::new();
        let mut corrupt = Vec::new();
        for info in manifest.segments.iter().filter(|info| after.is_none_or(|after| info.last > *after)) {
            match folder.index(&self.objects, info).await {
                Ok(Read::Good(index)) => {
                    let wanted = index.iter().filter(|(id, (held, _))| {
                        after.is_none_or(|after| *id > after) && scope.is_none_or(|scope| scope == held)
                    });
                    ids.extend(wanted.take(limit + 1).map(|(id, _)| (id.clone(), info)));
                }
                Ok(Read::Gone) => return Ok(Read::Gone),
                // Named once, with the page its first id belongs to.
                Err(ArchiveError::Damaged(reason)) => {
                    if after.is_none_or(|after| info.first > *after) {
                        corrupt.push(CorruptMemory { id: info.first.to_string(), reason });
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let more = ids.len() > limit;
        let ids: BTreeMap<MemoryId, &SegmentInfo> = ids.into_iter().take(limit).collect();
        let next = ids.keys().next_back().filter(|_| more).cloned();
        corrupt.retain(|damaged| next.as_ref().is_none_or(|next| damaged.id.as_str() <= next.as_str()));
        let Read::Good(found) = self.read(folder, &ids).await? else { return Ok(Read::Gone) };
        Ok(Read::Good(MemoryPage { memories: found.into_values().collect(), corrupt, next }))
    }

    async fn change(
        &self,
        tenant: &TenantId,
        new: &BTreeMap<MemoryId, Memory>,
        gone: &BTreeSet<MemoryId>,
    ) -> Result<u64, MemoryError> {
        Ok(change(&self.objects, &self.folder(tenant), new, gone).await?)
    }

    /// The folders of all tenants that have one.
    async fn all(&self) -> Result<Vec<Arc<Folder>>, ArchiveError> {
        let mut all = Vec::new();
        for name in self.objects.folders(TENANTS).await? {
            if let Some(tenant) = self.tenant_of(&name).await? {
                all.push(self.folder(&tenant));
            }
        }
        all.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        Ok(all)
    }

    /// The tenant a folder belongs to, from its newest manifest; without one, from what somebody who was killed before
    /// the first manifest left. `None` where it is empty.
    async fn tenant_of(&self, name: &str) -> Result<Option<TenantId>, ArchiveError> {
        let manifests = format!("{TENANTS}/{name}/manifests");
        for _ in 0..TRIES {
            let numbers = self.objects.names(&manifests).await?;
            let Some(number) = numbers.iter().filter_map(|name| Manifest::number_in(name)).max() else {
                let segments = format!("{TENANTS}/{name}/segments");
                let Some(first) = self.objects.names(&segments).await?.into_iter().next() else {
                    return Ok(None);
                };
                let Some(content) = self.objects.get(&format!("{segments}/{first}")).await? else { continue };
                let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
                let memory: Memory = serde_json::from_slice(line)
                    .map_err(|error| ArchiveError::Damaged(format!("segment `{first}`: {error}")))?;
                return Ok(Some(memory.scope.tenant().clone()));
            };
            // It may have been overtaken and removed since.
            let manifest = format!("{manifests}/{}", Manifest::name(number));
            let Some(content) = self.objects.get(&manifest).await? else { continue };
            return Ok(Some(Manifest::read(number, &content)?.tenant));
        }
        Err(ArchiveError::Contended)
    }
}

#[async_trait]
impl MemoryArchive for ObjectArchive {
    async fn store(&self, tenant: &TenantId, memories: &[Memory]) -> Result<(), MemoryError> {
        let mut new = BTreeMap::new();
        for memory in memories {
            memory.check()?;
            if memory.scope.tenant() != tenant {
                return Err(MemoryError::Tenants {
                    one: tenant.clone(),
                    other: memory.scope.tenant().clone(),
                });
            }
            new.insert(memory.id.clone(), memory.clone());
        }
        if !new.is_empty() {
            self.change(tenant, &new, &BTreeSet::new()).await?;
        }
        Ok(())
    }

    async fn get(&self, scope: &MemoryScope, id: &MemoryId) -> Result<Option<Memory>, MemoryError> {
        let folder = self.folder(scope.tenant());
        for _ in 0..TRIES {
            let manifest = folder.latest(&self.objects).await?;
            let info = match self.holder(&folder, &manifest, id).await? {
                Read::Good(Some((info, held))) if held == *scope => info,
                Read::Good(_) => return Ok(None),
                Read::Gone => continue,
            };
            if let Read::Good(mut memories) = folder.memories(&self.objects, info).await? {
                return Ok(memories.remove(id));
            }
        }
        Err(ArchiveError::Contended.into())
    }

    async fn owner(&self, tenant: &TenantId, id: &MemoryId) -> Result<Option<MemoryScope>, MemoryError> {
        let folder = self.folder(tenant);
        for round in 0..TRIES {
            let manifest = match folder.seen().filter(|_| round == 0) {
                Some(seen) => seen,
                None => folder.latest(&self.objects).await?,
            };
            if let Read::Good(found) = self.holder(&folder, &manifest, id).await? {
                return Ok(found.map(|(_, scope)| scope));
            }
        }
        Err(ArchiveError::Contended.into())
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        scope: Option<&MemoryScope>,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        check_page(limit)?;
        let folder = self.folder(tenant);
        for _ in 0..TRIES {
            let manifest = folder.latest(&self.objects).await?;
            if let Read::Good(page) = self.page(&folder, &manifest, scope, after, limit).await? {
                return Ok(page);
            }
        }
        Err(ArchiveError::Contended.into())
    }

    async fn expired(
        &self,
        tenant: &TenantId,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Memory>, MemoryError> {
        let folder = self.folder(tenant);
        'again: for _ in 0..TRIES {
            let manifest = folder.latest(&self.objects).await?;
            let mut wanted: BTreeMap<MemoryId, &SegmentInfo> = BTreeMap::new();
            for info in manifest.segments.iter().filter(|info| info.expires.is_some_and(|first| first <= now))
            {
                let Read::Good(index) = folder.index(&self.objects, info).await? else { continue 'again };
                let over = index.iter().filter(|(_, (_, expires))| expires.is_some_and(|at| at <= now));
                wanted.extend(over.map(|(id, _)| (id.clone(), info)));
            }
            let wanted: BTreeMap<_, _> = wanted.into_iter().take(limit).collect();
            if let Read::Good(found) = self.read(&folder, &wanted).await? {
                return Ok(found.into_values().collect());
            }
        }
        Err(ArchiveError::Contended.into())
    }

    async fn remove(&self, tenant: &TenantId, ids: &BTreeSet<MemoryId>) -> Result<u64, MemoryError> {
        match ids.is_empty() {
            true => Ok(0),
            false => self.change(tenant, &BTreeMap::new(), ids).await,
        }
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, MemoryError> {
        let mut tenants = Vec::new();
        for folder in self.all().await? {
            if !folder.latest(&self.objects).await?.segments.is_empty() {
                tenants.push(folder.tenant.clone());
            }
        }
        Ok(tenants)
    }

    async fn compact(&self) -> Result<bool, MemoryError> {
        let mut whole = true;
        for folder in self.all().await? {
            let manifest = folder.latest(&self.objects).await?;
            whole &= sweep(&self.objects, &folder, &manifest, true).await?;
            for place in [folder.segments(), folder.manifests()] {
                self.objects.remove_unfinished(&place)?;
            }
        }
        Ok(whole)
    }
}

impl fmt::Debug for ObjectArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectArchive").field("objects", &self.objects).finish_non_exhaustive()
    }
}
