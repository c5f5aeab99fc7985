//! Local files that last only as long as somebody holds them.
//!
//! Each process (more exactly, each opened spool) works in a folder of its own, whose lock file it holds locked while it
//! lives. The kernel lets go of the lock however the process ends, so whoever gets it knows that the folder is nobody's.
//! Process ids or ages would not do: containers that share a disk do not see each other's processes, and an upload may
//! take long.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use uuid::Uuid;

use super::error::{StorageError, at};

const LOCK: &str = "lock";

#[derive(Clone, Debug)]
pub(super) struct Spool(Arc<Session>);

#[derive(Debug)]
struct Session {
    root: PathBuf,
    folder: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl Spool {
    pub(super) fn open(root: &Path) -> Result<Self, StorageError> {
        make_folder(root)?;
        let (name, lock_path, lock) = loop {
            let name = Uuid::now_v7().simple().to_string();
            let path = root.join(&name).with_extension(LOCK);
            let lock = new_file(&path)?;
            lock.lock().map_err(|error| at(&path, &error))?;
            // One who cleans may have had the lock first, and taken the file with it.
            if lock.metadata()?.nlink() > 0 {
                break (name, path, lock);
            }
        };
        // From here on, dropping the session tidies up.
        let session = Session { root: root.to_owned(), folder: root.join(name), lock_path, _lock: lock };
        make_folder(&session.folder)?;
        Ok(Self(Arc::new(session)))
    }

    /// A name for a file that is not there yet.
    pub(super) fn reserve(&self) -> Scratch {
        let path = self.0.folder.join(Uuid::now_v7().simple().to_string());
        Scratch { path: Some(path), session: Arc::clone(&self.0) }
    }

    /// A new file.
    pub(super) fn create(&self) -> Result<(Scratch, File), StorageError> {
        let scratch = self.reserve();
        let file = new_file(scratch.path())?;
        Ok((scratch, file))
    }

    /// Whether a file is one of this spool's own.
    pub(super) fn holds(&self, file: &Path) -> bool {
        file.parent() == Some(&self.0.folder)
    }

    /// Removes what dead sessions left, and counts them.
    pub(super) fn clean(&self) -> Result<usize, StorageError> {
        let root = &self.0.root;
        let names: BTreeSet<PathBuf> = fs::read_dir(root)
            .map_err(|error| at(root, &error))?
            .map(|entry| Ok(entry?.path().with_extension("")))
            .collect::<io::Result<_>>()?;
        let ours = |path: &PathBuf| path.file_name().and_then(|name| Uuid::try_parse(name.to_str()?).ok()).is_some();
        let mut cleaned = 0;
        for folder in names.into_iter().filter(ours) {
            cleaned += usize::from(clean_session(&folder)?);
        }
        Ok(cleaned)
    }
}

fn clean_session(folder: &Path) -> Result<bool, StorageError> {
    let lock_path = folder.with_extension(LOCK);
    let lock = match OpenOptions::new().write(true).open(&lock_path) {
        Ok(lock) => lock,
        // The lock is made before the folder and goes after it: this session is over.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(remove_folder(folder)?),
        Err(error) => return Err(at(&lock_path, &error).into()),
    };
    match lock.try_lock() {
        Ok(()) => {
            remove_folder(folder)?;
            Ok(remove_file(&lock_path)?)
        }
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(at(&lock_path, &error).into()),
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let removed = remove_folder(&self.folder).and_then(|_| remove_file(&self.lock_path));
        if let Err(error) = removed {
            tracing::warn!(%error, "a spool folder stays until the next cleaning");
        }
    }
}

/// A file in the spool; gone when dropped.
#[derive(Debug)]
pub struct Scratch {
    /// None once the file is gone.
    path: Option<PathBuf>,
    /// Keeps the folder.
    session: Arc<Session>,
}

impl Scratch {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(&self.session.folder)
    }

    /// Removes the file on this thread, which may block.
    pub(super) fn remove(mut self) {
        if let Some(path) = self.path.take() {
            remove_or_warn(&path);
        }
    }

    /// Removes the file, and returns when it is gone.
    pub(super) async fn discard(self) {
        // Fails only where the runtime ends, and then the session goes.
        let _ = tokio::task::spawn_blocking(move || self.remove()).await;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some(path) = self.path.take() else { return };
        // Removing a large file takes its time, and this may be an async thread.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                let session = Arc::clone(&self.session);
                runtime.spawn_blocking(move || {
                    remove_or_warn(&path);
                    drop(session);
                });
            }
            Err(_) => remove_or_warn(&path),
        }
    }
}

fn remove_or_warn(path: &Path) {
    if let Err(error) = remove_file(path) {
        tracing::warn!(%error, "a spool file stays until the process ends");
    }
}

/// Makes a folder, and those above it, that nobody else may enter.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| at(path, &error))
}

/// Makes a file that nobody else may read.
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| at(path, &error))
}

/// Says whether there was one.
pub(super) fn remove_file(path: &Path) -> io::Result<bool> {
    was_there(fs::remove_file(path), path)
}

fn remove_folder(path: &Path) -> io::Result<bool> {
    was_there(fs::remove_dir_all(path), path)
}

fn was_there(result: io::Result<()>, path: &Path) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a process leaves that is killed: its locks are gone, its files are not.
    fn killed(root: &Path) -> PathBuf {
        let folder = root.join(Uuid::now_v7().simple().to_string());
        make_folder(&folder).unwrap();
        new_file(&folder.with_extension(LOCK)).unwrap();
        fs::write(folder.join("half"), "half an upload").unwrap();
        folder
    }

    #[test]
    fn cleaning_takes_what_the_dead_left_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let (ours, theirs) = (Spool::open(root.path()).unwrap(), Spool::open(root.path()).unwrap());
        let (mine, _) = ours.create().unwrap();
        let (other, _) = theirs.create().unwrap();
        let dead = [killed(root.path()), killed(root.path())];
        fs::remove_file(dead[1].with_extension(LOCK)).unwrap();
        fs::write(root.path().join("stranger"), "").unwrap();

        assert_eq!(ours.clean().unwrap(), 2);
        assert!(mine.path().exists() && other.path().exists() && root.path().join("stranger").exists());
        assert!(!dead[0].exists() && !dead[0].with_extension(LOCK).exists() && !dead[1].exists());
        assert_eq!(ours.clean().unwrap(), 0);
    }

    #[test]
    fn a_session_takes_everything_with_it() {
        let root = tempfile::tempdir().unwrap();
        let spool = Spool::open(root.path()).unwrap();
        let (scratch, _) = spool.create().unwrap();
        drop(spool);
        assert!(scratch.path().exists());
        drop(scratch);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn sessions_that_begin_while_others_clean_are_not_harmed() {
        let root = tempfile::tempdir().unwrap();
        let cleaner = Spool::open(root.path()).unwrap();
        std::thread::scope(|scope| {
            let working = scope.spawn(|| {
                for _ in 0..300 {
                    let spool = Spool::open(root.path()).unwrap();
                    let (scratch, _) = spool.create().unwrap();
                    assert!(scratch.path().exists());
                }
            });
            while !working.is_finished() {
                cleaner.clean().unwrap();
            }
        });
    }
}
