use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use crate::address::{S3Access, Target, open};
use crate::error::ArchiveError;
use crate::reactor::Reactor;

/// The few things an archive does with objects. Names are made of digits, letters, `-`, `.` and `/` only.
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    folder: String,
    local: Option<PathBuf>,
    reactor: Reactor,
    process: u32,
}

impl Objects {
    pub(crate) fn open(url: &str, access: &S3Access) -> Result<Self, ArchiveError> {
        let reactor = Reactor::start()?;
        let Target { store, folder, local } = open(url, access)?;
        Ok(Self { store, folder, local, reactor, process: std::process::id() })
    }

    fn path(&self, name: &str) -> Path {
        match self.folder.is_empty() {
            true => Path::from(name),
            false => Path::from(format!("{}/{name}", self.folder)),
        }
    }

    async fn run<T>(&self, work: impl Future<Output = Result<T, ArchiveError>>) -> Result<T, ArchiveError> {
        match self.process == std::process::id() {
            true => self.reactor.run(work).await,
            false => Err(ArchiveError::Forked { opened_by: self.process }),
        }
    }

    /// Writes an object, whatever is there.
    pub(crate) async fn put(&self, name: &str, content: Vec<u8>) -> Result<(), ArchiveError> {
        let path = self.path(name);
        self.run(async { Ok(self.store.put(&path, PutPayload::from(content)).await.map(drop)?) }).await
    }

    /// Writes an object where there is none; `false` where there is one.
    pub(crate) async fn put_new(&self, name: &str, content: Vec<u8>) -> Result<bool, ArchiveError> {
        let (path, only) = (self.path(name), PutOptions::from(PutMode::Create));
        self.run(async {
            match self.store.put_opts(&path, PutPayload::from(content), only).await {
                Ok(_) => Ok(true),
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
        let path = self.path(name);
        self.run(async {
            match self.store.get(&path).await {
                Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    pub(crate) async fn delete(&self, name: &str) -> Result<(), ArchiveError> {
        let path = self.path(name);
        self.run(async {
            match self.store.delete(&path).await {
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// The names of the objects in a folder, without it, in order.
    pub(crate) async fn names(&self, folder: &str) -> Result<Vec<String>, ArchiveError> {
        let path = self.path(folder);
        self.run(async {
            let found = self.store.list(Some(&path)).map_ok(|object| object.location);
            let mut names: Vec<String> = found
                .try_filter_map(|path| async move { Ok(path.filename().map(ToOwned::to_owned)) })
                .boxed()
                .try_collect()
                .await?;
            names.sort_unstable();
            Ok(names)
        })
        .await
    }

    /// The folders in a folder, by name, in order.
    pub(crate) async fn folders(&self, folder: &str) -> Result<Vec<String>, ArchiveError> {
        let path = self.path(folder);
        self.run(async {
            let found = self.store.list_with_delimiter(Some(&path)).await?;
            let mut names: Vec<String> = found
                .common_prefixes
                .iter()
                .filter_map(|prefix| prefix.parts().next_back())
                .map(|part| part.as_ref().to_owned())
                .collect();
            names.sort_unstable();
            Ok(names)
        })
        .await
    }

    /// Removes files that killed writers did not finish; the store hides them. A writer at work loses its file and fails.
    pub(crate) fn remove_unfinished(&self, folder: &str) -> Result<(), ArchiveError> {
        let Some(root) = &self.local else { return Ok(()) };
        let failed = |error: std::io::Error| ArchiveError::Unavailable(error.to_string());
        let entries = match std::fs::read_dir(root.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.file_name().is_some_and(|name| FilePath::new(name).to_string_lossy().contains('#')) {
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // Its thread is the parent's.
            self.reactor.abandon();
        }
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").field("store", &self.store.to_string()).finish_non_exhaustive()
    }
}
