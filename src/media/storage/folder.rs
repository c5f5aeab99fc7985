//! Putting a file in its place on a disk, so that it is whole there and stays through a power cut.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use object_store::local::LocalFileSystem;

use super::{
    Key, StorageError,
    error::{at, failed},
    source::Source,
    spool::{Scratch, Spool, make_folder, remove_file},
};

/// A folder in which things are kept.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(root: &Path) -> Result<Self, StorageError> {
        make_folder(root)?;
        let root = fs::canonicalize(root).map_err(|error| at(root, &error))?;
        if let Some(parent) = root.parent() {
            // Where it may not be read, it was not we who made the folder.
            let _ = sync_folder(parent);
        }
        Ok(Self { root })
    }

    /// Reads and lists what is in it. Its writing is not used: it leaves unfinished files beside the finished ones, and
    /// everybody may read them.
    pub(super) fn store(&self) -> Result<LocalFileSystem, StorageError> {
        LocalFileSystem::new_with_prefix(&self.root).map_err(failed)
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.to_string())
    }

    /// Writes to the spool, then renames: there is the whole file under the key, or what was there before.
    pub(super) fn place(&self, spool: &Spool, key: &Key, source: &Source) -> Result<(), StorageError> {
        let staged = match source {
            Source::Bytes(bytes) => {
                let (staged, mut file) = spool.create()?;
                file.write_all(bytes).map_err(|error| at(staged.path(), &error))?;
                staged
            }
            Source::File(file) => stage(spool, file)?,
        };
        let file = File::open(staged.path()).map_err(|error| at(staged.path(), &error))?;
        file.sync_all().map_err(|error| at(staged.path(), &error))?;
        let target = self.path(key);
        if let Some(folder) = target.parent() {
            make_folder(folder)?;
        }
        fs::rename(staged.path(), &target).map_err(|error| at(&target, &error))?;
        // Still there where both names were the same file, which a rename leaves alone.
        staged.remove();
        self.make_last(key)
    }

    /// Writes down the name of something in its place, and those of the folders above it.
    pub(super) fn make_last(&self, key: &Key) -> Result<(), StorageError> {
        let target = self.path(key);
        for folder in target.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root)) {
            sync_folder(folder)?;
        }
        Ok(())
    }

    /// Removes what is under a key. The folders stay: another upload may be about to use them.
    pub(super) fn remove(&self, key: &Key) -> Result<(), StorageError> {
        let path = self.path(key);
        if remove_file(&path)?
            && let Some(folder) = path.parent()
        {
            sync_folder(folder)?;
        }
        Ok(())
    }
}

/// The file under another name in the spool. One from the spool is not copied, only named twice; any other may be
/// changed later by whoever it belongs to.
fn stage(spool: &Spool, file: &Path) -> Result<Scratch, StorageError> {
    let staged = spool.reserve();
    // Not every file system can: those get a copy.
    if spool.holds(file) && fs::hard_link(file, staged.path()).is_ok() {
        return Ok(staged);
    }
    drop(staged);
    let (staged, mut copy) = spool.create()?;
    let mut original = File::open(file).map_err(|error| at(file, &error))?;
    io::copy(&mut original, &mut copy).map_err(|error| at(staged.path(), &error))?;
    Ok(staged)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| at(folder, &error))
}
