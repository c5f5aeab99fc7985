//! Reads the command line and does what it says.

use std::{
    env,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

use tintuc::{commands, settings};

/// From this size on glibc takes memory from the system piece by piece, and gives it back. Left alone it raises the limit as
/// it goes, and keeps what is larger in its heaps: making the search index left 200 MB behind, of 250. It reads this when a
/// process begins, so that whoever wants it has to begin again.
const ALLOCATOR: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

fn main() -> ExitCode {
    if env::var_os(ALLOCATOR.0).is_none()
        && let Ok(program) = env::current_exe()
    {
        // It is the same process, by another start. Where that fails, it goes on as it is.
        let mut arguments = env::args_os();
        let name = arguments.next().unwrap_or_else(|| program.clone().into());
        let _failure = Command::new(program).arg0(name).args(arguments).env(ALLOCATOR.0, ALLOCATOR.1).exec();
    }
    // Nothing may start a thread before the command had its chance to leave root.
    let outcome = settings::read::<commands::Cli>().and_then(commands::run);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<clap::Error>() {
            Ok(usage) => usage.exit(),
            Err(error) => {
                eprintln!("tintuc: {error}");
                ExitCode::FAILURE
            }
        },
    }
}
