//! Creating the cluster: in a side folder that takes its place by one rename, so that a cluster is whole or not there.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use tracing::{info, warn};

use super::EmbeddedError;
use super::address::SUPERUSER;
use super::layout::{Layout, sync_dir};

/// Side folders begin so. Each attempt has a name of its own: an `initdb` whose parent was killed works on for a while, and
/// clears its folder when it fails.
const UNFINISHED: &str = "cluster.new-";

/// In the plain `C` locale `lower('Đ')` is `Đ` and trigrams lose what is not ASCII, so it comes last. `en_US.UTF-8` is for
/// systems without `C.UTF-8`, such as older macOS.
const LOCALES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

/// The major version that made the cluster; none where there is no cluster. One that is there but does not tell its version is
/// an error: it may hold data that can be saved, so nothing takes its place.
pub(super) fn major_version(layout: &Layout) -> Result<Option<u32>, EmbeddedError> {
    let cluster = layout.cluster();
    if !cluster.exists() {
        return Ok(None);
    }
    let path = cluster.join("PG_VERSION");
    let unreadable = || EmbeddedError::file("read the version of the database cluster from", &path);
    let text = fs::read_to_string(&path).map_err(unreadable())?;
    let version = text.trim().parse().map_err(|error| unreadable()(io::Error::new(ErrorKind::InvalidData, error)))?;
    Ok(Some(version))
}

/// The superuser's password.
pub(super) fn password(layout: &Layout) -> Result<String, EmbeddedError> {
    let path = layout.password();
    let lost = |source| EmbeddedError::PasswordLost { cluster: layout.cluster(), path: path.clone(), source };
    let password = fs::read_to_string(&path).map_err(lost)?.trim().to_owned();
    if password.is_empty() {
        return Err(lost(io::Error::new(ErrorKind::InvalidData, "it is empty")));
    }
    Ok(password)
}

/// Creates the cluster where there is none. Answers the superuser's password.
pub(super) fn ensure(layout: &Layout, bin: &Path) -> Result<String, EmbeddedError> {
    if major_version(layout)?.is_some() {
        return password(layout);
    }
    let begun = Instant::now();
    // Before the cluster, so that no cluster ever exists whose password is not safe on disk.
    let password = write_password(layout)?;
    initialise(layout, bin)?;
    info!(cluster = %layout.cluster().display(), milliseconds = begun.elapsed().as_millis(), "created the database cluster");
    Ok(password)
}

/// Removes what a start that was killed left half done. A folder that cannot be removed harms nobody.
pub(super) fn remove_unfinished(layout: &Layout) {
    let Ok(entries) = fs::read_dir(layout.dir()) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            match fs::remove_dir_all(entry.path()) {
                Ok(()) => info!(path = %entry.path().display(), "removed a half-made cluster"),
                Err(error) => {
                    warn!(path = %entry.path().display(), %error, "could not remove a half-made cluster");
                }
            }
        }
    }
}

fn initialise(layout: &Layout, bin: &Path) -> Result<(), EmbeddedError> {
    let mut refusals = Vec::new();
    for locale in LOCALES {
        let staging = layout.dir().join(format!("{UNFINISHED}{:08x}", rand::random::<u32>()));
        match initdb(layout, bin, &staging, locale)? {
            Ok(()) => {
                if locale != LOCALES[0] {
                    warn!(locale, "the system has no C.UTF-8 locale; sorting and case folding follow another one");
                }
                // initdb has synced all below; the name is what is left.
                fs::rename(&staging, layout.cluster()).map_err(EmbeddedError::file("rename", &staging))?;
                return sync_dir(layout.dir());
            }
            Err(output) => {
                let about_the_locale = output.contains("locale");
                refusals.push(output);
                if !about_the_locale {
                    break;
                }
            }
        }
    }
    Err(EmbeddedError::InitDb { output: refusals.join("\n") })
}

/// Runs `initdb`. The inner error is what it printed.
fn initdb(layout: &Layout, bin: &Path, staging: &Path, locale: &str) -> Result<Result<(), String>, EmbeddedError> {
    let mut command = Command::new(bin.join("initdb"));
    command
        .arg("--pgdata")
        .arg(staging)
        .arg("--pwfile")
        .arg(layout.password())
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256", "--encoding", "UTF8"])
        .args(["--locale", locale, "--lc-messages", "C", "--data-checksums", "--no-instructions"]);
    layout.confine(&mut command);
    let output = command.output().map_err(EmbeddedError::file("run initdb in", bin))?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    Ok(Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim())))
}

fn write_password(layout: &Layout) -> Result<String, EmbeddedError> {
    let password = rand::random::<[u64; 3]>().map(|part| format!("{part:016x}")).concat();
    let path = layout.password();
    let new = path.with_extension("new");
    let failed = || EmbeddedError::file("write the password file", &path);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed()(error)),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(failed())?;
    writeln!(file, "{password}").and_then(|()| file.sync_all()).map_err(failed())?;
    layout.hand_over(&new)?;
    fs::rename(&new, &path).map_err(failed())?;
    sync_dir(layout.dir())?;
    Ok(password)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn the_password_is_random_and_for_the_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path(), None).unwrap();

        let first = write_password(&layout).unwrap();
        let second = write_password(&layout).unwrap();

        assert_ne!(first, second);
        assert_eq!(password(&layout).unwrap(), second);
        assert_eq!(fs::metadata(layout.password()).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_cluster_without_its_password_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path(), None).unwrap();
        fs::create_dir(layout.cluster()).unwrap();
        fs::write(layout.cluster().join("PG_VERSION"), "15\n").unwrap();

        let error = ensure(&layout, Path::new("/nowhere")).unwrap_err().to_string();

        assert!(error.contains("restore that file from a backup"), "{error}");
    }

    #[test]
    fn a_damaged_cluster_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path(), None).unwrap();
        let password = write_password(&layout).unwrap();
        fs::create_dir_all(layout.cluster().join("base")).unwrap();

        let error = ensure(&layout, Path::new("/nowhere")).unwrap_err().to_string();

        assert!(error.contains("PG_VERSION"), "{error}");
        assert_eq!(super::password(&layout).unwrap(), password);
    }

    #[test]
    fn what_was_left_half_made_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path(), None).unwrap();
        fs::create_dir_all(dir.path().join("cluster.new-77-0/base/1")).unwrap();
        fs::create_dir_all(layout.cluster()).unwrap();

        remove_unfinished(&layout);

        assert!(!dir.path().join("cluster.new-77-0").exists());
        assert!(layout.cluster().exists());
    }
}
