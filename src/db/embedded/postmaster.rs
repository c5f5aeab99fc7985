//! Who runs over the cluster. `postmaster.pid` says so, but survives the server it speaks of, and process ids are used
//! again: it is a hint to be checked, never a reason to signal anybody.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tracing::warn;

use super::EmbeddedError;
use super::address::{Address, same_file};
use super::layout::Layout;
use super::poll::POLL;

/// How long the processes of a killed server get to notice that it is gone, and then after each signal.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the server says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub(super) enum Status {
    Starting,
    Ready,
    Stopping,
}

/// A server as its `postmaster.pid` describes it.
#[derive(Debug, Clone)]
pub(super) struct Postmaster {
    pub pid: u32,
    pub port: u16,
    pub socket_dir: Option<PathBuf>,
    pub status: Status,
}

impl Postmaster {
    /// How to reach it.
    pub fn address(&self, password: String) -> Address {
        Address::new(self.port, self.socket_dir.clone(), password)
    }
}

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// A PostgreSQL that works in the cluster.
    Ours,
    /// A PostgreSQL, but the system does not tell where it works: other systems than Linux, or another account's process.
    Unknown,
    /// Somebody else, or nobody.
    Other,
}

/// The server that `postmaster.pid` names, if that process can be one.
pub(super) fn find(cluster: &Path) -> Option<Postmaster> {
    let server = parse(&fs::read_to_string(cluster.join("postmaster.pid")).ok()?)?;
    (identify(server.pid, cluster) != Identity::Other).then_some(server)
}

/// Reads the lines of `postmaster.pid`: pid, data directory, start time, port, socket directory, listen address, shared
/// memory, status. Those after the fourth appear as start-up goes on. A pid below zero is a stand-alone backend's.
fn parse(text: &str) -> Option<Postmaster> {
    let mut lines = text.lines().map(str::trim);
    let pid = lines.next()?.parse::<i32>().ok()?.unsigned_abs();
    let port = lines.nth(2).and_then(|line| line.parse().ok()).unwrap_or(0);
    let socket_dir = lines.next().filter(|line| line.starts_with('/')).map(PathBuf::from);
    let status = match lines.nth(2) {
        Some("ready" | "standby") => Status::Ready,
        Some("stopping") => Status::Stopping,
        _ => Status::Starting,
    };
    Some(Postmaster { pid, port, socket_dir, status })
}

/// Tells whether a process is a PostgreSQL that works in the cluster: every process of a server has it as its working
/// directory, and the owner of the cluster as its account.
pub(super) fn identify(pid: u32, cluster: &Path) -> Identity {
    if pid == 0 {
        return Identity::Other;
    }
    if !cfg!(target_os = "linux") {
        return if by_ps(pid, cluster) { Identity::Unknown } else { Identity::Other };
    }
    let process = PathBuf::from(format!("/proc/{pid}"));
    let cwd = process.join("cwd");
    match fs::metadata(&cwd) {
        Ok(_) if same_file(&cwd, cluster) && is_postgres(&command(&process)) => Identity::Ours,
        // Another account's process shows its directory only to those with CAP_SYS_PTRACE, which root in a container lacks.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && by_looks(&process, cluster) => Identity::Unknown,
        // A process that has ended but was not waited for has no working directory either.
        _ => Identity::Other,
    }
}

fn owner(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().map(|metadata| metadata.uid())
}

/// Whether a process has the name of a PostgreSQL and the account of the cluster.
fn by_looks(process: &Path, cluster: &Path) -> bool {
    owner(process).is_some_and(|uid| owner(cluster) == Some(uid)) && is_postgres(&command(process))
}

/// The same where there is no `/proc`.
fn by_ps(pid: u32, cluster: &Path) -> bool {
    let Ok(output) = Command::new("ps").args(["-o", "uid=", "-o", "comm=", "-p", &pid.to_string()]).output() else {
        return false;
    };
    let line = String::from_utf8_lossy(&output.stdout);
    let Some((uid, command)) = line.trim().split_once(' ') else {
        return false;
    };
    uid.parse().ok().is_some_and(|uid| owner(cluster) == Some(uid)) && is_postgres(command)
}

/// The name of a process's program. `comm` is for all to read, but PostgreSQL's child processes may rename themselves.
fn command(process: &Path) -> String {
    match fs::read_link(process.join("exe")) {
        Ok(exe) => exe.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        Err(_) => fs::read_to_string(process.join("comm")).unwrap_or_default(),
    }
}

/// Also true of `postgres (deleted)`, which an upgrade of the package leaves running, and of Nix's `.postgres-wrapped`.
fn is_postgres(command: &str) -> bool {
    command.contains("postgres") || command.contains("postmaster")
}

/// Signals a process, unless it is gone already.
pub(super) fn signal(pid: u32, signal: Signal) -> Result<(), EmbeddedError> {
    let Ok(raw) = i32::try_from(pid) else {
        return Ok(());
    };
    match kill(Pid::from_raw(raw), signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(errno) => {
            let path = PathBuf::from(format!("process {pid}"));
            Err(EmbeddedError::File { action: "signal", path, source: errno.into() })
        }
    }
}

/// The processes that work in the cluster. None can be named on systems other than Linux; there PostgreSQL's own check of
/// its shared memory refuses to start beside them.
fn workers(cluster: &Path) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&pid| identify(pid, cluster) == Identity::Ours)
        .collect()
}

/// Clears the way for a start after the server was killed: waits until its orphaned processes have noticed, ends those that
/// have not, and removes the `postmaster.pid` that PostgreSQL would else take for a living server's when its pid has been
/// given to another process. To be called only when [`find`] finds nothing.
pub(super) fn clear_leftovers(layout: &Layout) -> Result<(), EmbeddedError> {
    let cluster = layout.cluster();
    for last_resort in [None, Some(Signal::SIGTERM), Some(Signal::SIGKILL)] {
        let orphans = workers(&cluster);
        if orphans.is_empty() {
            break;
        }
        warn!(?orphans, signal = ?last_resort, "processes of a PostgreSQL that was killed still work in the cluster");
        for pid in orphans {
            if let Some(last_resort) = last_resort.filter(|_| identify(pid, &cluster) == Identity::Ours) {
                signal(pid, last_resort)?;
            }
        }
        let until = Instant::now() + PATIENCE;
        while !workers(&cluster).is_empty() && Instant::now() < until {
            sleep(POLL * 4);
        }
    }
    let pids = workers(&cluster);
    if !pids.is_empty() {
        return Err(EmbeddedError::Orphans { cluster, pids });
    }
    let stale = cluster.join("postmaster.pid");
    match fs::remove_file(&stale) {
        Ok(()) => warn!("PostgreSQL was not shut down the last time; it will recover"),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(EmbeddedError::file("remove the stale", &stale)(error)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = "4711\n/data/cluster\n1700000000\n5433\n/data/socket\n127.0.0.1\n  1234567   8\nready   \n";

    #[test]
    fn a_running_server_describes_itself() {
        let server = parse(READY).unwrap();

        assert_eq!((server.pid, server.port, server.status), (4711, 5433, Status::Ready));
        assert_eq!(server.socket_dir.as_deref(), Some(Path::new("/data/socket")));
    }

    #[test]
    fn a_file_still_being_written_is_a_server_that_starts() {
        assert_eq!(parse("4711\n/data/cluster\n1700000000\n5433\n\n").unwrap().status, Status::Starting);
        assert_eq!(parse("-4711\n/data/cluster\n").unwrap().pid, 4711);
        assert!(parse("").is_none());
    }

    #[test]
    fn a_process_that_is_not_postgres_is_nobody_we_know() {
        let here = std::env::current_dir().unwrap();

        assert_eq!(identify(std::process::id(), &here), Identity::Other);
        assert_eq!(identify(0, &here), Identity::Other);
        assert!(!by_ps(std::process::id(), &here));
        assert!(workers(&here).is_empty());
    }
}
