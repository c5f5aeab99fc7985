//! Start-up as root: PostgreSQL refuses to run as root, and a service that faces the network has no business with it.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{Gid, Uid, User, geteuid, setgid, setuid};
use thiserror::Error;

/// Marks a directory as one that this program made. Only such a tree, or an empty one, is given to another account: a
/// mistyped data directory must not cost root the ownership of `/etc`.
const MARK: &str = ".tintuc";

/// The accounts to become, best first.
const ACCOUNTS: [&str; 2] = ["tintuc", "nobody"];

/// Why root could not be left.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PrivilegesError {
    /// The data directory could not be made ready.
    #[error("could not {action} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },

    /// The directory belongs to root and holds somebody else's files.
    #[error(
        "the data directory {} belongs to root and holds files that Tintuc did not make; choose another one \
         (TINTUC_DATA_DIR), or give it to the account that shall run Tintuc, with chown -R",
        .0.display()
    )]
    NotOurs(PathBuf),

    /// There is no account to become.
    #[error(
        "Tintuc does not run as root, and there is neither an account \"tintuc\" nor \"nobody\" to run as; make one: useradd --system tintuc"
    )]
    NoAccount,

    /// The account may not pass through a directory above the data directory.
    #[error(
        "Tintuc runs as {account} when it is started as root, and {account} may not enter {}, which holds the data directory; \
         choose a data directory elsewhere (TINTUC_DATA_DIR, such as /var/lib/tintuc), or start Tintuc as an ordinary user",
        blocked.display()
    )]
    Unreachable {
        /// The account chosen.
        account: String,
        /// The directory it may not enter.
        blocked: PathBuf,
    },

    /// The system refused to change the account.
    #[error("could not become {account}: {errno}")]
    Refused {
        /// The account chosen.
        account: String,
        /// The system's answer.
        errno: Errno,
    },
}

/// What the process became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The name of the account, or its number where it has no name.
    pub account: String,
    /// Its user id.
    pub uid: u32,
    /// Its group id.
    pub gid: u32,
    /// The data directory as an absolute path: the working directory may have changed.
    pub data_dir: PathBuf,
}

/// Where data go unless told otherwise: `/var/lib/tintuc` for root, `$XDG_DATA_HOME/tintuc` or `~/.local/share/tintuc` for
/// others, and `./tintuc-data` for whoever has no home.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    data_dir_for(geteuid().is_root(), variable("XDG_DATA_HOME"), variable("HOME"))
}

fn data_dir_for(root: bool, xdg: Option<PathBuf>, home: Option<PathBuf>) -> PathBuf {
    if root {
        return PathBuf::from("/var/lib/tintuc");
    }
    // The XDG specification wants relative paths to be ignored.
    let absolute = |path: Option<PathBuf>| path.filter(|path| path.is_absolute());
    absolute(xdg)
        .map(|xdg| xdg.join("tintuc"))
        .or_else(|| absolute(home).map(|home| home.join(".local/share/tintuc")))
        .unwrap_or_else(|| PathBuf::from("tintuc-data"))
}

/// Leaves root for the account that owns the data directory, or else `tintuc`, or else `nobody`. Answers nothing, and does
/// nothing, when the process is not root's.
///
/// Call it first thing in a plain `fn main`, before any thread: a runtime's threads, and what they opened, would keep what
/// they had. `HOME` stays as it was, for it cannot be changed without `unsafe`; the embedded database gives its programs one
/// of their own and asks libpq for no encryption, hence for no file in it. The working directory stays as well unless the
/// account may not enter it; then it is the data directory.
///
/// # Errors
/// When the data directory cannot be made, given to the account or reached by it, or when the system refuses the change. The
/// process must then end, for it may have lost part of its rights.
pub fn drop_root(data_dir: &Path) -> Result<Option<Dropped>, PrivilegesError> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    create(data_dir).map_err(failed("create the data directory", data_dir))?;
    let data_dir = data_dir.canonicalize().map_err(failed("find the data directory", data_dir))?;
    let owner = fs::metadata(&data_dir).map_err(failed("look at", &data_dir))?;
    let (account, uid, gid) = account_for(owner.uid(), owner.gid())?;
    if owner.uid() == 0 {
        hand_over(&data_dir, uid, gid)?;
    }
    become_account(uid, gid).map_err(|errno| PrivilegesError::Refused { account: account.clone(), errno })?;
    check_reachable(&data_dir, &account)?;
    fs::set_permissions(&data_dir, Permissions::from_mode(0o700)).map_err(failed("change the mode of", &data_dir))?;
    if fs::metadata(".").is_err() {
        std::env::set_current_dir(&data_dir).map_err(failed("enter", &data_dir))?;
    }
    Ok(Some(Dropped { account, uid: uid.as_raw(), gid: gid.as_raw(), data_dir }))
}

/// Only the directory itself is closed to others: the account has to pass through those above it.
fn create(data_dir: &Path) -> io::Result<()> {
    if let Some(parent) = data_dir.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(data_dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PrivilegesError {
    let path = path.to_owned();
    move |source| PrivilegesError::File { action, path, source }
}

fn account_for(owner: u32, group: u32) -> Result<(String, Uid, Gid), PrivilegesError> {
    if owner != 0 {
        let uid = Uid::from_raw(owner);
        return Ok(match User::from_uid(uid) {
            Ok(Some(user)) => (user.name, uid, user.gid),
            _ => (owner.to_string(), uid, Gid::from_raw(group)),
        });
    }
    ACCOUNTS
        .into_iter()
        .find_map(|name| User::from_name(name).ok().flatten())
        .map(|user| (user.name, user.uid, user.gid))
        .ok_or(PrivilegesError::NoAccount)
}

/// Gives the tree to the account: what is root's in it, and never what a link points at.
fn hand_over(data_dir: &Path, uid: Uid, gid: Gid) -> Result<(), PrivilegesError> {
    let mut entries = fs::read_dir(data_dir).map_err(failed("read", data_dir))?;
    let mark = data_dir.join(MARK);
    if entries.next().is_some() && fs::symlink_metadata(&mark).is_err() {
        return Err(PrivilegesError::NotOurs(data_dir.to_owned()));
    }
    fs::write(&mark, "This directory belongs to Tintuc.\n").map_err(failed("write", &mark))?;
    give_tree(data_dir, uid, gid)
}

fn give_tree(path: &Path, uid: Uid, gid: Gid) -> Result<(), PrivilegesError> {
    let metadata = fs::symlink_metadata(path).map_err(failed("look at", path))?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path).map_err(failed("read", path))? {
            give_tree(&entry.map_err(failed("read", path))?.path(), uid, gid)?;
        }
    }
    if metadata.uid() == 0 {
        lchown(path, Some(uid.as_raw()), Some(gid.as_raw())).map_err(failed("change the owner of", path))?;
    }
    Ok(())
}

fn become_account(uid: Uid, gid: Gid) -> nix::Result<()> {
    // Groups first: afterwards there is no right to change them.
    #[cfg(not(target_vendor = "apple"))]
    nix::unistd::setgroups(&[])?;
    setgid(gid)?;
    setuid(uid)?;
    if setuid(Uid::from_raw(0)).is_ok() { Err(Errno::EPERM) } else { Ok(()) }
}

/// Tries the way to the data directory, from the top, with the rights that are left.
fn check_reachable(data_dir: &Path, account: &str) -> Result<(), PrivilegesError> {
    let mut ways: Vec<&Path> = data_dir.ancestors().collect();
    ways.reverse();
    match ways.into_iter().find(|way| fs::metadata(way.join(".")).is_err()) {
        Some(blocked) => Err(PrivilegesError::Unreachable { account: account.to_owned(), blocked: blocked.to_owned() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_user_has_a_place_for_data() {
        let home = || Some(PathBuf::from("/home/lan"));

        assert_eq!(data_dir_for(true, None, home()), Path::new("/var/lib/tintuc"));
        assert_eq!(data_dir_for(false, Some("/data".into()), home()), Path::new("/data/tintuc"));
        assert_eq!(data_dir_for(false, Some("data".into()), home()), Path::new("/home/lan/.local/share/tintuc"));
        assert_eq!(data_dir_for(false, None, None), Path::new("tintuc-data"));
    }

    #[test]
    fn an_ordinary_user_stays_who_they_are() {
        if geteuid().is_root() {
            return;
        }
        assert_eq!(drop_root(Path::new("/nowhere/at/all")).unwrap(), None);
    }
}
