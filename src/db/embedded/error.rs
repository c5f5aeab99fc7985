//! What can go wrong, told so that whoever reads it knows what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the embedded PostgreSQL cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// A file or directory could not be handled.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },

    /// Another process holds the directory.
    #[error(
        "the database directory {} is in use by {holder}; stop that one first, or give this one a data directory of its own",
        dir.display()
    )]
    Locked {
        /// The directory.
        dir: PathBuf,
        /// Who holds it.
        holder: String,
    },

    /// No PostgreSQL here, and none could be downloaded.
    #[error(
        "no PostgreSQL (14 or later) is installed here, and downloading one failed: {download}\n\
         Install it – Debian and Ubuntu: apt-get install postgresql; Fedora and RHEL: dnf install postgresql-server \
         postgresql-contrib; macOS: brew install postgresql@17 – or set DATABASE_URL to a server you have"
    )]
    NotInstalled {
        /// Why the download failed.
        download: String,
    },

    /// The cluster needs a version that is not here.
    #[error(
        "the database in {} was made by PostgreSQL {major}, which is not installed here, and downloading it failed: \
         {download}\n\
         Install that version – Debian and Ubuntu: apt-get install postgresql-{major}; Fedora and RHEL: dnf install \
         postgresql{major}-server postgresql{major}-contrib; macOS: brew install postgresql@{major} – other versions \
         cannot read it",
        cluster.display()
    )]
    VersionMissing {
        /// The major version that is needed.
        major: u32,
        /// The cluster that needs it.
        cluster: PathBuf,
        /// Why the download failed.
        download: String,
    },

    /// The cluster is there, its password is not.
    #[error(
        "the database in {} has no readable password file {}: {source}; restore that file from a backup, or delete the \
         database directory to begin anew",
        cluster.display(), path.display()
    )]
    PasswordLost {
        /// The cluster.
        cluster: PathBuf,
        /// Where the password belongs.
        path: PathBuf,
        /// Why it could not be read.
        source: io::Error,
    },

    /// `initdb` refused.
    #[error("PostgreSQL's initdb failed: {output}")]
    InitDb {
        /// What it printed.
        output: String,
    },

    /// The server ended before it accepted connections.
    #[error("PostgreSQL did not start: {reason}\nThe end of its log:\n{log}")]
    Died {
        /// What happened to the process.
        reason: String,
        /// The end of its log.
        log: String,
    },

    /// The server lives but cannot be used in time.
    #[error(
        "PostgreSQL (process {pid}) runs over the database directory but does not accept connections: {reason}\n\
         After a crash it may still be recovering; start again in a while. The end of its log:\n{log}"
    )]
    Unreachable {
        /// The server's process.
        pid: u32,
        /// What it answered last.
        reason: String,
        /// The end of its log.
        log: String,
    },

    /// Processes of a server that was killed still use the cluster.
    #[error("processes of an earlier PostgreSQL still work in {} and do not end: {pids:?}", cluster.display())]
    Orphans {
        /// The cluster.
        cluster: PathBuf,
        /// The processes.
        pids: Vec<u32>,
    },

    /// The server did not end in time.
    #[error("PostgreSQL (process {pid}) is still shutting down; the end of its log:\n{log}")]
    StillRunning {
        /// The server's process.
        pid: u32,
        /// The end of its log.
        log: String,
    },

    /// The thread that looks after the server has ended by a defect.
    #[error("nobody looks after PostgreSQL any more; it may still be running")]
    Keeper,

    /// A statement failed.
    #[error("could not {action}: {reason}")]
    Database {
        /// What was tried, as a verb.
        action: &'static str,
        /// What the server or the connection said.
        reason: String,
    },
}

impl EmbeddedError {
    /// For `map_err` on file operations.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
