//! `keysift fleet` is a part of the Python package: the executable of the wheel hands it to the Python of its environment.

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    process::{Command, ExitCode},
};

/// What Python runs. The current folder leaves the search path first: a scanned repository may have a folder `keysift`.
const PROGRAM: &str = "\
import sys
sys.path[:] = [folder for folder in sys.path if folder]
import importlib.util
if importlib.util.find_spec('keysift') is None or importlib.util.find_spec('keysift.fleet') is None:
    sys.exit(97)
try:
    from keysift.fleet.cli import main
except ImportError as error:
    print(f'keysift fleet: {error}', file=sys.stderr)
    sys.exit(2)
sys.exit(main(sys.argv[1:]))
";

/// The exit code of `PROGRAM` if this Python does not have the package.
const ABSENT: i32 = 97;

/// Runs the Python package if the command is `fleet`, and returns its exit code. None if the command is another, or there is no such package:
/// then the error about an unknown command has a hint.
pub(crate) fn route() -> Option<ExitCode> {
    let mut args = env::args_os().skip(1);
    if args.next()? != "fleet" {
        return None;
    }
    let status = Command::new(python()?)
        .args(["-c", PROGRAM])
        .args(args.collect::<Vec<OsString>>())
        .status()
        .ok()?;
    match status.code() {
        Some(ABSENT) => None,
        code => Some(ExitCode::from(
            code.and_then(|code| u8::try_from(code).ok()).unwrap_or(2),
        )),
    }
}

/// The Python beside this executable: `pip install` puts both into one folder. Never one from `PATH`.
fn python() -> Option<PathBuf> {
    let executable = env::current_exe().ok()?;
    let folder = executable.parent()?;
    ["python3", "python", "python.exe"]
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}
