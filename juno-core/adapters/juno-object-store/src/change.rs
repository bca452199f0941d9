use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use juno_crypto::digest;
use juno_domain::MemoryId;
use juno_memory::Memory;

use crate::error::ArchiveError;
use crate::folder::{Folder, Read, TRIES};
use crate::manifest::{FORM, Manifest, SegmentInfo};
use crate::objects::Objects;
use crate::segment;

/// How many manifests stay behind the one that counts, for writers that were held up to see that they were overtaken.
const KEPT: u64 = 16;
/// As many segments as this that are less than half full are written together.
const SMALL: usize = 16;

/// Adds `new` and removes `gone`, and says how many of `gone` there were.
///
/// Segments are written first, under the number the next manifest will have; then that manifest, only if nobody else
/// has written it. Until then nothing has changed; from then on everything has. A segment whose number has come and
/// that no manifest names is garbage for good: whoever wrote it was too late.
pub(crate) async fn change(
    objects: &Objects,
    folder: &Folder,
    new: &BTreeMap<MemoryId, Memory>,
    gone: &BTreeSet<MemoryId>,
) -> Result<u64, ArchiveError> {
    for _ in 0..TRIES {
        let manifest = folder.latest(objects).await?;
        let Some(plan) = Plan::of(objects, folder, &manifest, new, gone).await? else { continue };
        if plan.dropped.is_empty() && plan.memories.is_empty() {
            return Ok(plan.removed);
        }
        let number = manifest.number + 1;
        let written = segment::write(&plan.memories, number)?;
        let mut segments: Vec<SegmentInfo> = manifest.segments.clone();
        segments.retain(|segment| !plan.dropped.contains(&segment.name));
        segments.extend(written.iter().map(|segment| segment.info.clone()));
        for segment in written {
            objects.put(&folder.segment_name(&segment.info.name), segment.content).await?;
        }
        if let Some(next) = publish(objects, folder, &manifest, segments).await? {
            sweep(objects, folder, &next, false).await?;
            return Ok(plan.removed);
        }
    }
    Err(ArchiveError::Contended)
}

/// What a change does to the segments of one manifest.
#[derive(Default)]
struct Plan {
    dropped: BTreeSet<String>,
    memories: BTreeMap<MemoryId, Memory>,
    removed: u64,
}

impl Plan {
    /// `None` where a segment was overtaken.
    async fn of(
        objects: &Objects,
        folder: &Folder,
        manifest: &Manifest,
        new: &BTreeMap<MemoryId, Memory>,
        gone: &BTreeSet<MemoryId>,
    ) -> Result<Option<Self>, ArchiveError> {
        let mut plan = Self::default();
        let mut known: BTreeSet<MemoryId> = BTreeSet::new();
        for info in &manifest.segments {
            if !new.keys().chain(gone).any(|id| info.may_hold(id)) {
                continue;
            }
            let Read::Good(index) = folder.index(objects, info).await? else { return Ok(None) };
            if !new.keys().chain(gone).any(|id| index.contains_key(id)) {
                continue;
            }
            let Read::Good(held) = folder.memories(objects, info).await? else { return Ok(None) };
            let same: BTreeSet<&MemoryId> =
                held.iter().filter(|(id, memory)| new.get(*id) == Some(*memory)).map(|(id, _)| id).collect();
            known.extend(same.iter().map(|id| (*id).clone()));
            plan.removed += held.keys().filter(|id| gone.contains(*id)).count() as u64;
            let stays = |id: &MemoryId| same.contains(id) || !(gone.contains(id) || new.contains_key(id));
            if held.keys().all(|id| stays(id) && !gone.contains(id)) {
                continue;
            }
            plan.dropped.insert(info.name.clone());
            let staying = held.iter().filter(|(id, _)| stays(id) && !gone.contains(*id));
            plan.memories.extend(staying.map(|(id, memory)| (id.clone(), memory.clone())));
        }
        let unknown = new.iter().filter(|(id, _)| !known.contains(*id) && !gone.contains(*id));
        plan.memories.extend(unknown.map(|(id, memory)| (id.clone(), memory.clone())));
        if !plan.memories.is_empty() {
            let small: Vec<&SegmentInfo> = manifest
                .segments
                .iter()
                .filter(|info| info.count < segment::MOST / 2 && !plan.dropped.contains(&info.name))
                .collect();
            if small.len() >= SMALL {
                for info in small {
                    let Read::Good(held) = folder.memories(objects, info).await? else { return Ok(None) };
                    plan.dropped.insert(info.name.clone());
                    plan.memories.extend(held);
                }
            }
        }
        Ok(Some(plan))
    }
}

/// Writes the manifest after `before`; `None` where somebody else did.
async fn publish(
    objects: &Objects,
    folder: &Folder,
    before: &Manifest,
    segments: Vec<SegmentInfo>,
) -> Result<Option<Arc<Manifest>>, ArchiveError> {
    let previous = match before.number {
        0 => None,
        _ => Some(digest(&before.write()?)),
    };
    let number = before.number + 1;
    let next = Manifest { form: FORM, tenant: folder.tenant.clone(), number, previous, segments };
    let content = next.write()?;
    if !objects.put_new(&folder.manifest_name(number), content.clone()).await? {
        return Ok(None);
    }
    // Whoever was held up for long may have taken a number that others had used and removed.
    let names = objects.names(&folder.manifests()).await?;
    let newest = names.iter().filter_map(|name| Manifest::number_in(name)).max().unwrap_or(number);
    if newest > number {
        let Some(after) = objects.get(&folder.manifest_name(number + 1)).await? else { return Ok(None) };
        if Manifest::read(number + 1, &after)?.previous != Some(digest(&content)) {
            return Ok(None);
        }
    }
    let next = Arc::new(next);
    folder.remember(&next);
    Ok(Some(next))
}

/// Removes segments that no manifest can name any more, and old manifests. With `all`, also what writers that were
/// killed left under a number that has not come yet: the number is used up first.
pub(crate) async fn sweep(
    objects: &Objects,
    folder: &Folder,
    manifest: &Arc<Manifest>,
    all: bool,
) -> Result<bool, ArchiveError> {
    let mut manifest = Arc::clone(manifest);
    let names = objects.names(&folder.segments()).await?;
    let highest = names.iter().filter_map(|name| Manifest::number_in(name)).max().unwrap_or(0);
    while all && highest > manifest.number {
        match publish(objects, folder, &manifest, manifest.segments.clone()).await? {
            Some(next) => manifest = next,
            None => return Ok(false),
        }
    }
    for name in names {
        let decided = Manifest::number_in(&name).is_some_and(|number| number <= manifest.number);
        if decided && !manifest.segments.iter().any(|segment| segment.name == name) {
            objects.delete(&folder.segment_name(&name)).await?;
        }
    }
    for name in objects.names(&folder.manifests()).await? {
        if Manifest::number_in(&name).is_some_and(|number| number + KEPT < manifest.number) {
            objects.delete(&format!("{}/{name}", folder.manifests())).await?;
        }
    }
    Ok(true)
}
