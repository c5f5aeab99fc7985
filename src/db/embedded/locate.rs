//! Which PostgreSQL this machine has.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tracing::debug;

use super::layout::Layout;
use super::{EmbeddedError, cluster, download};

/// The oldest version that is used; older ones get no fixes any more.
const OLDEST: u32 = 14;

/// What has to be in a directory for it to count. Client packages install some of the programs, never all of these.
const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where packages put the programs. A `*` ends a name or stands for a whole one.
const PLACES: [&str; 17] = [
    "usr/lib/postgresql/*/bin",   // Debian, Ubuntu
    "usr/pgsql-*/bin",            // PostgreSQL's own packages for RHEL and SUSE
    "usr/bin",                    // Fedora, RHEL, Arch
    "usr/local/bin",              // FreeBSD, images
    "usr/lib/postgresql*/bin",    // SUSE
    "usr/lib64/postgresql-*/bin", // Gentoo
    "usr/libexec/postgresql*",    // Alpine
    "usr/libexec/postgresql*/bin",
    "opt/homebrew/opt/postgresql@*/bin", // Homebrew on Apple silicon
    "opt/homebrew/opt/postgresql/bin",
    "usr/local/opt/postgresql@*/bin", // Homebrew on Intel
    "usr/local/opt/postgresql/bin",
    "usr/local/pgsql/bin",                               // built from source
    "opt/local/lib/postgresql*/bin",                     // MacPorts
    "Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
    "run/current-system/sw/bin",                         // NixOS
    "nix/var/nix/profiles/default/bin",
];

/// A PostgreSQL that can run a server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Installation {
    bin: PathBuf,
    major: u32,
}

/// The directory with the programs to use: the cluster's own version where there is a cluster, else the newest one
/// installed, else one that is downloaded now.
pub(super) fn find(layout: &Layout) -> Result<PathBuf, EmbeddedError> {
    let wanted = cluster::major_version(layout)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let mut places: Vec<PathBuf> = bindir_of_pg_config().into_iter().collect();
    places.extend(candidates(Path::new("/"), &path, home.as_deref()));
    places.extend(expand(&layout.downloads(), "*/bin"));
    if let Some(chosen) = choose(installed(places, version_of), wanted) {
        debug!(bin = %chosen.bin.display(), major = chosen.major, "using this PostgreSQL");
        return Ok(chosen.bin);
    }
    download::download(layout, wanted).map_err(|reason| not_to_be_had(layout, wanted, reason))
}

fn not_to_be_had(layout: &Layout, wanted: Option<u32>, download: String) -> EmbeddedError {
    match wanted {
        Some(major) => EmbeddedError::VersionMissing { major, cluster: layout.cluster(), download },
        None => EmbeddedError::NotInstalled { download },
    }
}

/// The newest of those that may be used.
fn choose(installed: Vec<Installation>, wanted: Option<u32>) -> Option<Installation> {
    installed
        .into_iter()
        .filter(|one| wanted.map_or(one.major >= OLDEST, |major| one.major == major))
        // Of equals the first, which is what PATH names.
        .min_by_key(|one| Reverse(one.major))
}

/// Those of the directories that hold a whole server, with their versions.
fn installed(places: Vec<PathBuf>, version_of: impl Fn(&Path) -> Option<u32>) -> Vec<Installation> {
    let mut found: Vec<Installation> = Vec::new();
    for place in places {
        // Links are followed because PostgreSQL looks for its other files beside the program that runs.
        let Ok(place) = place.canonicalize() else {
            continue;
        };
        let beside_the_real_one =
            place.join("postgres").canonicalize().ok().and_then(|real| real.parent().map(Path::to_owned));
        for bin in beside_the_real_one.into_iter().chain([place]) {
            if found.iter().all(|one| one.bin != bin) && PROGRAMS.iter().all(|program| bin.join(program).is_file()) {
                found.extend(version_of(&bin).map(|major| Installation { bin, major }));
                break;
            }
        }
    }
    found
}

/// Directories worth a look, those in `PATH` first.
fn candidates(root: &Path, path: &OsStr, home: Option<&Path>) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = std::env::split_paths(path).filter(|place| place.is_absolute()).collect();
    places.extend(PLACES.iter().flat_map(|pattern| expand(root, pattern)));
    places.extend(home.map(|home| home.join(".nix-profile/bin")));
    places
}

/// The directories that a pattern of [`PLACES`] stands for.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    pattern.split('/').fold(vec![root.to_owned()], |places, part| match part.strip_suffix('*') {
        None => places.into_iter().map(|place| place.join(part)).collect(),
        Some(prefix) => places.iter().flat_map(|place| beginning_with(place, prefix)).collect(),
    })
}

fn beginning_with(place: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

fn bindir_of_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let bindir = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    bindir.is_absolute().then_some(bindir)
}

fn version_of(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian …)`. Betas have no dot, and a format that may change yet.
fn parse_version(text: &str) -> Option<u32> {
    let number = text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    number.split_once('.')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn install(root: &Path, place: &str, programs: &[&str]) -> PathBuf {
        let bin = root.join(place);
        fs::create_dir_all(&bin).unwrap();
        for program in programs {
            fs::write(bin.join(program), "").unwrap();
        }
        bin.canonicalize().unwrap()
    }

    /// Reads the version from the fake path, as in `…/17/bin`.
    fn version_in_path(bin: &Path) -> Option<u32> {
        bin.to_str()?.split(|c: char| !c.is_ascii_digit()).rfind(|digits| digits.len() == 2)?.parse().ok()
    }

    fn chosen(root: &Path, path: &str, wanted: Option<u32>) -> Option<PathBuf> {
        choose(installed(candidates(root, OsStr::new(path), None), version_in_path), wanted).map(|one| one.bin)
    }

    #[test]
    fn the_newest_whole_installation_wins() {
        let root = tempfile::Builder::new()
            .prefix("pg")
            .rand_bytes(0)
            .tempdir_in(tempfile::tempdir().unwrap().keep())
            .unwrap();
        let root = root.path();
        install(root, "usr/lib/postgresql/13/bin", &PROGRAMS);
        let debian = install(root, "usr/lib/postgresql/15/bin", &PROGRAMS);
        let newest = install(root, "usr/pgsql-17/bin", &PROGRAMS);
        install(root, "opt/homebrew/opt/postgresql@18/bin", &["initdb", "pg_ctl"]);

        assert_eq!(chosen(root, "", None), Some(newest));
        assert_eq!(chosen(root, "", Some(15)), Some(debian));
        assert_eq!(chosen(root, "", Some(16)), None);
    }

    #[test]
    fn versions_without_support_are_left_alone_unless_the_cluster_is_theirs() {
        let root = tempfile::tempdir().unwrap();
        let old = install(root.path(), "usr/lib/postgresql/13/bin", &PROGRAMS);

        assert_eq!(chosen(root.path(), "", None), None);
        assert_eq!(chosen(root.path(), "", Some(13)), Some(old));
    }

    #[test]
    fn a_link_in_the_path_leads_to_the_real_place() {
        let root = tempfile::tempdir().unwrap();
        let real = install(root.path(), "store/16/bin", &PROGRAMS);
        let links = install(root.path(), "profile/bin", &[]);
        symlink(real.join("postgres"), links.join("postgres")).unwrap();

        assert_eq!(chosen(root.path(), links.to_str().unwrap(), None), Some(real));
    }

    #[test]
    fn versions_are_read_from_what_postgres_prints() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 17.0\n"), Some(17));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1\n"), None);
        assert_eq!(parse_version("command not found"), None);
    }

    #[test]
    fn an_empty_machine_is_told_what_to_install() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(dir.path(), None).unwrap();

        let none = not_to_be_had(&layout, None, "no network".to_owned()).to_string();
        let gone = not_to_be_had(&layout, Some(14), "no network".to_owned()).to_string();

        for hint in [
            "apt-get install postgresql;",
            "dnf install postgresql-server",
            "brew install postgresql@17",
            "DATABASE_URL",
        ] {
            assert!(none.contains(hint), "{none}");
        }
        assert!(gone.contains("made by PostgreSQL 14") && gone.contains("apt-get install postgresql-14"), "{gone}");
    }
}
