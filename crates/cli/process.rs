//! What the process asks of the system for itself.

use std::{io::Write, panic};

/// A fault of ours says where it is, and not what: messages of failed slices and unwraps quote the text that was read.
pub(crate) fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        // There is no other place to report a failure to.
        let _ = writeln!(std::io::stderr(), "keysift: internal error at {place}");
    }));
}

/// No core dumps: they would hold whatever was read, secrets too. No huge pages: four kilobytes of use would take two megabytes; an image
/// of 5 GB took 233 MB with them and 181 without, and no less time. What the system refuses is no reason to stop.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() {
    use rustix::{
        process::{DumpableBehavior, set_dumpable_behavior},
        thread::disable_transparent_huge_pages,
    };

    // A limit of zero does not hold for dumps that are piped to a program; this does.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = disable_transparent_huge_pages(true);
    no_core();
}

/// No core dumps: they would hold whatever was read, secrets too.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn prepare() {
    no_core();
}

#[cfg(not(unix))]
pub(crate) fn prepare() {}

#[cfg(unix)]
fn no_core() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
}
