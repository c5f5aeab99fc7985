//! The paths inside the database directory, and the environment PostgreSQL's programs run in.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::EmbeddedError;

/// Beyond this the log is cut at start. Far more than any start-up or crash writes.
const LOG_LIMIT: u64 = 8 * 1024 * 1024;

/// How much of the log an error shows.
const TAIL_BYTES: u64 = 4 * 1024;
const TAIL_LINES: usize = 20;

/// `sun_path` holds 104 bytes on macOS and 108 on Linux, the final zero included.
const SOCKET_PATH_LIMIT: usize = 103;

/// The only variables of ours that PostgreSQL's programs see. All others are kept from them: the service's carry secrets,
/// `PG…` would change where and how the server runs.
const PASSED_ON: [&str; 7] =
    ["PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "LOCALE_ARCHIVE"];

/// The database directory.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    dir: PathBuf,
    run_as: Option<(u32, u32)>,
}

impl Layout {
    /// Creates the directory where it is missing. The path is made absolute: PostgreSQL changes its working directory.
    pub fn prepare(dir: &Path, run_as: Option<(u32, u32)>) -> Result<Self, EmbeddedError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(EmbeddedError::file("create the database directory", dir))?;
        let dir = dir.canonicalize().map_err(EmbeddedError::file("find the database directory", dir))?;
        let layout = Self { dir, run_as };
        layout.hand_over(&layout.dir)?;
        Ok(layout)
    }

    /// The directory as it is, if it is there.
    pub fn existing(dir: &Path) -> Option<Self> {
        Some(Self { dir: dir.canonicalize().ok()?, run_as: None })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// PostgreSQL's own data directory.
    pub fn cluster(&self) -> PathBuf {
        self.dir.join("cluster")
    }

    pub fn password(&self) -> PathBuf {
        self.dir.join("password")
    }

    pub fn lock(&self) -> PathBuf {
        self.dir.join("lock")
    }

    pub fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    /// Where downloaded versions go: beside the database, so that they outlive it.
    pub fn downloads(&self) -> PathBuf {
        self.dir.parent().unwrap_or(&self.dir).join("postgresql-binaries")
    }

    /// The directory for the server's Unix socket, unless its path would be too long or needs quoting that other programs
    /// get wrong.
    pub fn socket_dir(&self) -> Option<PathBuf> {
        let socket_dir = self.dir.join("socket");
        let name = "/.s.PGSQL.65535.lock".len();
        let fits = socket_dir.as_os_str().len() + name <= SOCKET_PATH_LIMIT;
        let plain =
            socket_dir.as_os_str().as_bytes().iter().all(|byte| byte.is_ascii_graphic() && !b"\",'\\@".contains(byte));
        (fits && plain).then_some(socket_dir)
    }

    /// An empty socket directory. Sockets of a server that was killed would else pile up: each start takes another port.
    /// To be called only when no server runs.
    pub fn fresh_socket_dir(&self) -> Result<Option<PathBuf>, EmbeddedError> {
        let Some(socket_dir) = self.socket_dir() else {
            return Ok(None);
        };
        match fs::remove_dir_all(&socket_dir) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(EmbeddedError::file("clear the socket directory", &socket_dir)(error));
            }
            _ => {}
        }
        DirBuilder::new()
            .mode(0o700)
            .create(&socket_dir)
            .map_err(EmbeddedError::file("create the socket directory", &socket_dir))?;
        self.hand_over(&socket_dir)?;
        Ok(Some(socket_dir))
    }

    /// Gives a path that this process made to the account PostgreSQL runs under.
    pub fn hand_over(&self, path: &Path) -> Result<(), EmbeddedError> {
        let Some((uid, gid)) = self.run_as else {
            return Ok(());
        };
        chown(path, Some(uid), Some(gid)).map_err(EmbeddedError::file("change the owner of", path))
    }

    /// Makes a command ready to run one of PostgreSQL's programs: its account, its directory, and an environment that does
    /// not depend on who started the service.
    pub fn confine(&self, command: &mut Command) {
        command.env_clear().stdin(Stdio::null()).current_dir(&self.dir);
        for name in PASSED_ON {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // The messages are read for what they say, so they have to be the untranslated ones.
        command.env("LC_ALL", "C").env("HOME", &self.dir);
        if let Some((uid, gid)) = self.run_as {
            command.uid(uid).gid(gid);
        }
    }

    /// The log, open for appending: a log that is cut while the server writes to it then goes on at its new end.
    pub fn open_log(&self) -> Result<File, EmbeddedError> {
        let path = self.log();
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(EmbeddedError::file("open the server's log", &path))
    }

    /// The length of the log, to tell later what was written since.
    pub fn log_length(&self) -> u64 {
        fs::metadata(self.log()).map_or(0, |metadata| metadata.len())
    }

    /// Keeps the log from growing for ever: a long one is copied to `server.log.1` and emptied.
    pub fn trim_log(&self) -> Result<(), EmbeddedError> {
        if self.log_length() <= LOG_LIMIT {
            return Ok(());
        }
        let path = self.log();
        fs::copy(&path, self.dir.join("server.log.1")).map_err(EmbeddedError::file("copy the server's log", &path))?;
        self.open_log()?.set_len(0).map_err(EmbeddedError::file("cut the server's log", &path))
    }

    /// The last lines of the log, but nothing from before `since`. Never fails: it serves to explain another failure.
    pub fn log_tail(&self, since: u64) -> String {
        let Ok(mut file) = File::open(self.log()) else {
            return "(no log)".to_owned();
        };
        let length = self.log_length();
        let start = length.saturating_sub(TAIL_BYTES).max(since.min(length));
        let mut bytes = Vec::new();
        if file.seek(SeekFrom::Start(start)).and_then(|_| file.read_to_end(&mut bytes)).is_err() {
            return "(unreadable log)".to_owned();
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }
}

/// Makes a change in a directory (a new name, a rename) survive a power cut.
pub(super) fn sync_dir(dir: &Path) -> Result<(), EmbeddedError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(EmbeddedError::file("sync", dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(dir: &Path) -> Layout {
        Layout::prepare(dir, None).unwrap()
    }

    #[test]
    fn a_long_path_or_one_that_needs_quoting_has_no_socket() {
        let dir = tempfile::tempdir().unwrap();

        assert!(layout(dir.path()).socket_dir().is_some());
        assert!(layout(&dir.path().join("x".repeat(90))).socket_dir().is_none());
        assert!(layout(&dir.path().join("a, b")).socket_dir().is_none());
    }

    #[test]
    fn the_tail_of_the_log_begins_where_it_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let layout = layout(dir.path());
        fs::write(layout.log(), "before\n").unwrap();
        let since = layout.log_length();
        fs::write(layout.log(), "before\nafter\n").unwrap();

        assert_eq!(layout.log_tail(since), "after");
        assert_eq!(layout.log_tail(0), "before\nafter");
    }

    #[test]
    fn a_log_that_has_grown_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let layout = layout(dir.path());
        layout.open_log().unwrap().set_len(LOG_LIMIT + 1).unwrap();

        layout.trim_log().unwrap();

        assert_eq!(layout.log_length(), 0);
        assert_eq!(fs::metadata(dir.path().join("server.log.1")).unwrap().len(), LOG_LIMIT + 1);
    }
}
