use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::key_provider::KeyProvider;
use crate::random::RandomSource;
use crate::{CryptoError, digest};

/// Keys in a folder, one file each, named by the digest of the key's name. Keep the folder on another disk than the
/// data and out of the data's backups. Several processes may use one folder.
///
/// A key is overwritten before its file is removed. Disks that copy on write may keep the old block all the same: where
/// that matters, keep keys in a key service, behind a [`KeyProvider`] of your own.
pub struct FileKeys {
    folder: PathBuf,
    random: Arc<dyn RandomSource>,
}

impl FileKeys {
    /// The keys of a folder, which is made if it is missing, for this user alone.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn open(folder: impl Into<PathBuf>, random: Arc<dyn RandomSource>) -> Result<Self, CryptoError> {
        let folder = folder.into();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|error| unreachable_keys(&error))?;
        Ok(Self { folder, random })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{}.key", digest(name.as_bytes())))
    }

    fn read(&self, name: &str) -> io::Result<Option<Zeroizing<[u8; 32]>>> {
        let mut file = match File::open(self.path(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut key = Zeroizing::new([0; 32]);
        file.read_exact(key.as_mut())?;
        Ok(Some(key))
    }

    /// Writes the key under a name of its own first: a key is there whole or not at all, and of two processes that
    /// make one, one wins.
    fn write(&self, name: &str, key: &[u8; 32]) -> Result<(), CryptoError> {
        let unique = digest(&self.random.next()?);
        let path = self.folder.join(format!("{unique}.new"));
        let linked = new_file(&path)
            .and_then(|mut file| {
                file.write_all(key)?;
                file.sync_all()
            })
            .and_then(|()| match fs::hard_link(&path, self.path(name)) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
                _ => self.sync(),
            });
        // Only the name goes: the bytes may be those of the key by now.
        let removed = fs::remove_file(&path);
        linked.and(removed).map_err(|error| unreachable_keys(&error))
    }

    /// Makes the folder's own entries lasting.
    fn sync(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(&self.folder)?.sync_all() } else { Ok(()) }
    }
}

impl KeyProvider for FileKeys {
    fn key(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        if let Some(key) = self.find(name)? {
            return Ok(key);
        }
        self.write(name, &self.random.next()?)?;
        self.find(name)?.ok_or_else(|| CryptoError::Keys("a key that was just made is gone".into()))
    }

    fn find(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, CryptoError> {
        self.read(name).map_err(|error| unreachable_keys(&error))
    }

    fn destroy(&self, name: &str) -> Result<(), CryptoError> {
        match overwrite_and_remove(&self.path(name)).and_then(|()| self.sync()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unreachable_keys(&error)),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for FileKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKeys({})", self.folder.display())
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn overwrite_and_remove(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(&[0; 32])?;
    file.sync_all()?;
    fs::remove_file(path)
}

fn unreachable_keys(error: &io::Error) -> CryptoError {
    CryptoError::Keys(error.to_string())
}
