//! A PostgreSQL server of our own, for whoever sets no `DATABASE_URL`.
//!
//! [`Embedded::start`] turns a directory into a running server: it takes the directory's lock, adopts the server that an
//! earlier process left behind or starts one, and creates the cluster first where there is none. Everything here blocks,
//! and is meant to run before the service has any thread.
//!
//! What it promises: nothing that was committed is lost (`fsync` cannot be switched off), a kill at any moment leaves
//! something that the next start puts right, and no process is signalled that was not seen to be a PostgreSQL working in
//! this very directory.
//!
//! | file | what it holds |
//! |---|---|
//! | `layout` | the paths inside the directory, and the environment that PostgreSQL's programs get |
//! | `lock` | one service a directory |
//! | `locate`, `download` | which PostgreSQL there is, and getting one where there is none |
//! | `cluster` | creating the cluster and its password |
//! | `postmaster` | who runs over the directory: reading `postmaster.pid` without believing it |
//! | `server` | launching and stopping |
//! | `keeper` | starting it again when it ends |
//! | `address` | connection URLs |
//! | `rights` | the roles that the service signs in as, and what is theirs |
//! | `poll` | how often to look at what takes a moment |

mod address;
mod cluster;
mod download;
mod error;
mod keeper;
mod layout;
mod locate;
mod lock;
mod poll;
mod postmaster;
mod rights;
mod server;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tracing::{info, warn};

use super::embedded::address::{Address, SUPERUSER};
use super::embedded::layout::Layout;
use super::embedded::poll::POLL;
use super::embedded::postmaster::Status;
use super::embedded::server::Launch;

pub use error::EmbeddedError;
pub use keeper::Keeper;
pub use rights::Sides;

/// How long a server may take to accept connections. Recovery after a crash is what takes longest; a server that needs
/// more goes on working, and the next start adopts it.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Where the embedded server lives and how it is run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The directory for cluster, password, log and lock; created where it is missing.
    pub dir: PathBuf,
    /// The user and group for PostgreSQL's programs, which refuse to run as root. For a caller that stays root; a service
    /// drops its privileges instead, see [`crate::privileges::drop_root`].
    pub run_as: Option<(u32, u32)>,
    /// Further server settings, as in `postgresql.conf`. They cannot weaken durability nor move the server elsewhere: what
    /// this module sets itself comes last on the command line.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// The ordinary options for a directory.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), ..Self::default() }
    }
}

/// A running server whose directory this process holds.
///
/// Dropping it releases the directory but leaves the server running, so that a panic or an early return never takes the
/// database from under other connections; the next start adopts it. [`Embedded::stop`] ends it.
#[derive(Debug)]
pub struct Embedded {
    layout: Layout,
    settings: Vec<(String, String)>,
    address: Address,
    pid: u32,
    /// Present when this process started the server, so that its end can be waited for.
    child: Option<Child>,
    _lock: File,
}

/// A server that another process holds, as seen by a command that only wants to connect.
#[derive(Debug)]
pub struct Running {
    address: Address,
}

impl Running {
    /// The URL of a database of this server for its owner, the management side. What an earlier version made that still
    /// runs is handed over first.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub fn newsroom(&self, database: &str) -> Result<SecretString, EmbeddedError> {
        rights::newsroom(&self.address, database)
    }
}

/// The server that runs over this directory and accepts connections, if there is one. Takes no lock and changes nothing, so
/// that `create-user` and its like work beside `serve`.
#[must_use]
pub fn running(dir: &Path) -> Option<Running> {
    let layout = Layout::existing(dir)?;
    let password = cluster::password(&layout).ok()?;
    let found = postmaster::find(&layout.cluster())?;
    if found.status != Status::Ready {
        return None;
    }
    let address = found.address(password);
    address.proves(&layout.cluster()).ok()?;
    Some(Running { address })
}

impl Embedded {
    /// Makes the server over this directory run, and waits until it accepts connections.
    ///
    /// # Errors
    /// When another process holds the directory, when no PostgreSQL is installed and none can be downloaded, when the cluster
    /// was made by a version that is gone, or when PostgreSQL itself refuses: the error then carries the end of its log.
    pub fn start(options: &Options) -> Result<Self, EmbeddedError> {
        super::init();
        let layout = Layout::prepare(&options.dir, options.run_as)?;
        let lock = lock::acquire(&layout)?;
        cluster::remove_unfinished(&layout);
        layout.trim_log()?;

        let Up { pid, child, address } = bring_up(&layout, &options.settings, None)?;
        Ok(Self { layout, settings: options.settings.clone(), address, pid, child, _lock: lock })
    }

    /// Makes sure of a database in UTF-8 and of the roles that the two sides of the service sign in as, and answers its URLs
    /// for libpq and whatever understands them. They go through the socket in the data directory where the path allows one,
    /// else over the loopback interface. A database made by an earlier version is handed over.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub fn sides(&self, database: &str) -> Result<Sides, EmbeddedError> {
        rights::sides(&self.address, database)
    }

    /// The URL of a database for the superuser, who looks after the server. No service signs in by it.
    #[must_use]
    pub fn admin_url(&self, database: &str) -> String {
        self.address.url(SUPERUSER, database)
    }

    /// The process id of the server.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Cuts the server's log where it has grown beyond its bound, keeping what it held beside it. Start does this by itself;
    /// a service that runs for months calls it now and then.
    ///
    /// # Errors
    /// When the log cannot be copied or cut.
    pub fn trim_log(&self) -> Result<(), EmbeddedError> {
        self.layout.trim_log()
    }

    /// Shuts the server down, ending whatever connections there are, and waits until it is gone.
    ///
    /// # Errors
    /// When the server does not end in time. Its data are safe; the next start waits for it or adopts it.
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        server::stop(&self.layout, self.pid, self.child.as_mut())
    }
}

/// A server that accepts connections.
struct Up {
    pid: u32,
    child: Option<Child>,
    address: Address,
}

/// Makes a server run over the cluster: the one that does, or a new one, at this address or at another.
fn bring_up(layout: &Layout, settings: &[(String, String)], at: Option<&Address>) -> Result<Up, EmbeddedError> {
    if let Some((pid, address)) = adopt(layout, Instant::now() + START_LIMIT)? {
        return Ok(Up { pid, child: None, address });
    }
    let bin = locate::find(layout)?;
    let password = cluster::ensure(layout, &bin)?;
    // A download and the making of the cluster are not the server's time.
    let deadline = Instant::now() + START_LIMIT;
    loop {
        postmaster::clear_leftovers(layout)?;
        match server::launch(layout, &bin, settings, &password, at, deadline)? {
            Launch::Up { child, address } => return Ok(Up { pid: child.id(), child: Some(child), address }),
            Launch::TryAgain { reason } if Instant::now() > deadline => {
                return Err(EmbeddedError::Died { reason, log: layout.log_tail(0) });
            }
            Launch::TryAgain { reason } => {
                warn!(reason, "PostgreSQL did not start; trying again");
            }
        }
        // A service killed a moment ago may have been launching one, which has the cluster by now.
        if let Some((pid, address)) = adopt(layout, deadline)? {
            return Ok(Up { pid, child: None, address });
        }
    }
}

/// Takes over the server that runs over the cluster, if one does: waits while it starts, and until it is gone while it stops.
fn adopt(layout: &Layout, deadline: Instant) -> Result<Option<(u32, Address)>, EmbeddedError> {
    let cluster = layout.cluster();
    while let Some(found) = postmaster::find(&cluster) {
        let mut reason = format!("it is {}", found.status);
        if found.status == Status::Ready {
            let address = found.address(cluster::password(layout)?);
            match address.proves(&cluster) {
                Ok(()) => {
                    info!(pid = found.pid, port = found.port, "adopted the PostgreSQL that was already running");
                    return Ok(Some((found.pid, address)));
                }
                Err(refusal) => reason = refusal,
            }
        }
        if Instant::now() > deadline {
            return Err(EmbeddedError::Unreachable { pid: found.pid, reason, log: layout.log_tail(0) });
        }
        sleep(POLL * 4);
    }
    Ok(None)
}
