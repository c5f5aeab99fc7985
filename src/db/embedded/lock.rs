//! One service a directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{EmbeddedError, layout::Layout, poll::POLL};

/// How long a lock has to look held before it is taken to be.
const PATIENCE: Duration = Duration::from_millis(500);

/// Takes the directory's lock. It lasts as long as the file returned: the system lets go of it however the process ends, and
/// PostgreSQL does not inherit it, for std opens files close-on-exec.
pub(super) fn acquire(layout: &Layout) -> Result<File, EmbeddedError> {
    let path = layout.lock();
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(EmbeddedError::file("open the lock", &path))?;
    match patiently(&file) {
        Ok(()) => {
            file.set_len(0)
                .and_then(|()| writeln!(file, "{}", std::process::id()))
                .map_err(EmbeddedError::file("write the lock", &path))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            Err(EmbeddedError::Locked { dir: layout.dir().to_owned(), holder: holder(&mut file) })
        }
        Err(TryLockError::Error(error)) => Err(EmbeddedError::file("lock", &path)(error)),
    }
}

/// A process that is just being started holds a copy of its parent's lock until it runs its own program: what was let go
/// of a moment ago may look held. So the answer is believed only when it stays.
fn patiently(file: &File) -> Result<(), TryLockError> {
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => sleep(POLL),
            outcome => return outcome,
        }
    }
}

/// Names the holder by what it wrote into the lock.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok());
    match pid {
        Some(pid) if pid == std::process::id() => "this very process".to_owned(),
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_holds_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path(), None).unwrap();

        let held = acquire(&layout).unwrap();
        let refused = acquire(&layout).unwrap_err().to_string();
        drop(held);

        assert!(refused.contains("is in use by this very process"), "{refused}");
        assert!(acquire(&layout).is_ok());
    }
}
