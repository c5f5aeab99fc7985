//! Launching and stopping the server.
//!
//! `postgres` is started directly and not by `pg_ctl start`: that one passes the options through a shell, looks only every
//! tenth of a second, and leaves nobody to wait for.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tracing::info;

use super::EmbeddedError;
use super::address::Address;
use super::layout::Layout;
use super::poll::POLL;
use super::postmaster::{self, Identity, Status};

/// How long a shutdown may take; it writes out all that is dirty in memory.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// How long to wait before another attempt.
const PAUSE: Duration = Duration::from_millis(100);

/// How a launch ended.
pub(super) enum Launch {
    /// The server accepts connections.
    Up { child: Child, address: Address },
    /// It ended for a reason that passes: its port was taken, or another server is about to use or to leave the cluster.
    TryAgain { reason: String },
}

/// What PostgreSQL logs when another attempt may succeed.
const PASSING: [(&str, &str); 4] = [
    ("Address already in use", "its port was taken in the meantime"),
    ("could not create any TCP/IP sockets", "its port was taken in the meantime"),
    ("pre-existing shared memory block", "processes of an earlier server still hold its memory"),
    ("lock file \"postmaster.pid\"", "another server was starting"),
];

/// Starts a server, at this address or at one that is free, and waits until it accepts connections.
pub(super) fn launch(
    layout: &Layout,
    bin: &Path,
    settings: &[(String, String)],
    password: &str,
    at: Option<&Address>,
    deadline: Instant,
) -> Result<Launch, EmbeddedError> {
    let begun = Instant::now();
    let port = at.map_or_else(free_port, |address| Ok(address.port()))?;
    let socket_dir = layout.fresh_socket_dir()?;
    let log_before = layout.log_length();
    let mut command = command(layout, bin, settings, port, socket_dir.as_deref())?;
    let mut child = command.spawn().map_err(EmbeddedError::file("run postgres in", bin))?;
    let address = Address::new(port, socket_dir, password.to_owned());

    let mut answer = "it is starting".to_owned();
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().map_err(EmbeddedError::file("wait for postgres in", bin))? {
            return after_death(layout, &status.to_string(), log_before);
        }
        let ready = postmaster::find(&layout.cluster())
            .is_some_and(|server| server.pid == child.id() && server.status == Status::Ready);
        if ready {
            match address.proves(&layout.cluster()) {
                Ok(()) => {
                    info!(pid = child.id(), port, milliseconds = begun.elapsed().as_millis(), "PostgreSQL is running");
                    return Ok(Launch::Up { child, address });
                }
                Err(reason) => answer = reason,
            }
        }
        sleep(POLL);
    }
    // Left to itself: killing a server that recovers would make it begin again, for ever.
    Err(EmbeddedError::Unreachable { pid: child.id(), reason: answer, log: layout.log_tail(log_before) })
}

fn command(
    layout: &Layout,
    bin: &Path,
    settings: &[(String, String)],
    port: u16,
    socket_dir: Option<&Path>,
) -> Result<Command, EmbeddedError> {
    let log = layout.open_log()?;
    let also_log = log.try_clone().map_err(EmbeddedError::file("open twice", &layout.log()))?;
    let mut command = Command::new(bin.join("postgres"));
    layout.confine(&mut command);
    command.arg("-D").arg(layout.cluster()).stdout(also_log).stderr(log);
    // A group of its own, so that Ctrl-C in the service's terminal does not reach it: the service stops it in its own time.
    command.process_group(0);
    for (name, value) in settings {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    // The last word on the command line counts, and the command line counts over every file in the cluster.
    let port = port.to_string();
    let sockets = socket_dir.map(|dir| dir.display().to_string()).unwrap_or_default();
    for (name, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("port", port.as_str()),
        ("unix_socket_directories", sockets.as_str()),
        ("unix_socket_permissions", "0700"),
        ("lc_messages", "C"),
        ("logging_collector", "off"),
        ("log_destination", "stderr"),
        // Statements carry what people wrote; an error is told without them.
        ("log_min_error_statement", "panic"),
    ] {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    Ok(command)
}

/// A port that is free now. It may be taken before the server binds it; the launch is then tried again with another.
fn free_port() -> Result<u16, EmbeddedError> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(EmbeddedError::file("find a free port at", Path::new("127.0.0.1")))
}

fn after_death(layout: &Layout, status: &str, log_before: u64) -> Result<Launch, EmbeddedError> {
    let log = layout.log_tail(log_before);
    match PASSING.into_iter().find(|(sign, _)| log.contains(sign)) {
        Some((_, reason)) => {
            sleep(PAUSE);
            Ok(Launch::TryAgain { reason: reason.to_owned() })
        }
        None => Err(EmbeddedError::Died { reason: status.to_owned(), log }),
    }
}

/// Asks the server for a fast shutdown and waits until it is gone.
pub(super) fn stop(layout: &Layout, pid: u32, mut child: Option<&mut Child>) -> Result<(), EmbeddedError> {
    let mut gone = || match &mut child {
        // Until it is waited for, nobody else can have its pid.
        Some(child) => child.try_wait().is_ok_and(|status| status.is_some()),
        None => postmaster::identify(pid, &layout.cluster()) == Identity::Other,
    };
    if gone() {
        return Ok(());
    }
    postmaster::signal(pid, Signal::SIGINT)?;
    let deadline = Instant::now() + STOP_LIMIT;
    while !gone() {
        if Instant::now() > deadline {
            return Err(EmbeddedError::StillRunning { pid, log: layout.log_tail(0) });
        }
        sleep(POLL);
    }
    info!(pid, "PostgreSQL is stopped");
    Ok(())
}
