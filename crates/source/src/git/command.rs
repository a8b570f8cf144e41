//! The one place that starts git. Whoever made the repository wrote its configuration: nothing that it names may run, nothing may be fetched,
//! and nothing that it says may change what is printed. Only plumbing is started, which reads little of it, and the rest is overridden.

use std::{
    io::{self, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::Stop;

/// What git's configuration may not say. Keys with a free part (`filter.*`, `diff.*.textconv`, `remote.*.uploadpack`) cannot be listed:
/// filters and text conversions are not asked for, and no transport may start.
const CONFIG: &[&str] = &[
    // Programs. An empty value turns the monitor off in every version: before 2.36 it was a path, later also a boolean.
    "core.fsmonitor=",
    "core.sshCommand=false",
    "core.gitProxy=false",
    "core.askPass=",
    "core.pager=cat",
    "core.editor=false",
    "core.alternateRefsCommand=false",
    "credential.helper=",
    "diff.external=",
    "interactive.diffFilter=",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
    "gpg.openpgp.program=false",
    "uploadpack.packObjectsHook=false",
    // Transports.
    "protocol.allow=never",
    "protocol.ext.allow=never",
    "protocol.file.allow=never",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    // Work behind our back.
    "gc.auto=0",
    "maintenance.auto=false",
    // What changes the output.
    "log.showSignature=false",
    "core.attributesFile=/dev/null",
    "core.quotePath=true",
    "i18n.logOutputEncoding=UTF-8",
    "diff.relative=false",
    "diff.noprefix=false",
    "diff.renames=false",
    "diff.ignoreSubmodules=none",
    "color.ui=false",
];

/// Nothing that is started here runs hooks; only `rev-parse`, which is asked where they are, may know.
const NO_HOOKS: &str = "core.hooksPath=/dev/null";

/// Variables that name programs or files, or change the output. Those that say where a repository is (`GIT_DIR`, `GIT_INDEX_FILE`,
/// `GIT_OBJECT_DIRECTORY`), which hooks set, and what configuration to read, are the user's and stay.
const UNSET: &[&str] = &[
    "GIT_ASKPASS",
    "GIT_ATTR_SOURCE",
    "GIT_DIFF_OPTS",
    "GIT_EDITOR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_PROXY_COMMAND",
    "GIT_REPLACE_REF_BASE",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_TRACE",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE2_PERF",
    "GIT_TRACE_CURL",
    "GIT_TRACE_FSMONITOR",
    "GIT_TRACE_PACK_ACCESS",
    "GIT_TRACE_PACKET",
    "GIT_TRACE_PACKFILE",
    "GIT_TRACE_PERFORMANCE",
    "GIT_TRACE_REFS",
    "GIT_TRACE_SETUP",
    "GIT_TRACE_SHALLOW",
    "SSH_ASKPASS",
];

const SET: &[(&str, &str)] = &[
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
    // Objects that a partial clone lacks are not fetched: 2.45, and the security releases 2.39.4 to 2.44.1.
    ("GIT_NO_LAZY_FETCH", "1"),
    // Older versions start `git fetch`, which may then use no transport at all.
    ("GIT_ALLOW_PROTOCOL", "none"),
    // The history is read as everybody gets it who clones: replacements and grafts are not cloned. What replaces an object is under a
    // reference of its own, and read too.
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    // Messages are shown, and recognized.
    ("LC_ALL", "C"),
];

/// A git command in a folder.
fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["--no-pager", "--no-optional-locks"]);
    for setting in CONFIG {
        command.args(["-c", setting]);
    }
    if args.first() != Some(&"rev-parse") {
        command.args(["-c", NO_HOOKS]);
    }
    command.arg("-C").arg(folder).args(args);
    for name in UNSET {
        command.env_remove(name);
    }
    command.envs(SET.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running git, which ends when the run does: a repository can make it wait for ever (a FIFO as an included configuration).
pub(super) struct Running {
    child: Arc<Mutex<Child>>,
    answers: Option<ChildStdout>,
    errors: Option<JoinHandle<Vec<u8>>>,
    /// Dropped when nobody has to watch any more.
    _watched: mpsc::Sender<()>,
}

/// How often somebody asks whether the run ends.
const PATIENCE: Duration = Duration::from_millis(50);

/// Bytes of git's messages that are kept.
const MESSAGES: u64 = 64 << 10;

impl Running {
    /// Starts git in `folder`; `ask` writes what it reads on its standard input.
    pub(super) fn start(
        folder: &Path,
        args: &[&str],
        ask: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
        stop: &Stop,
    ) -> io::Result<Self> {
        let mut child = command(folder, args)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => {
                    io::Error::new(error.kind(), "git is not installed, or not on PATH")
                }
                _ => error,
            })?;
        let (input, answers, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        if let Some(mut input) = input {
            // Git stops reading when nobody reads its answers: what it is asked has a thread of its own.
            Self::beside(&child, move || drop(ask(&mut input)))?;
        }
        let errors = errors
            .map(|mut errors| {
                Self::beside(&child, move || {
                    let mut text = Vec::new();
                    let _ = (&mut errors).take(MESSAGES).read_to_end(&mut text);
                    let _ = io::copy(&mut errors, &mut io::sink());
                    text
                })
            })
            .transpose()?;
        let (watched, over) = mpsc::channel::<()>();
        let (watching, stop) = (Arc::clone(&child), stop.clone());
        Self::beside(&child, move || {
            while over.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                if stop.why().is_some() {
                    let _ = lock(&watching).kill();
                    return;
                }
            }
        })?;
        Ok(Self {
            child,
            answers,
            errors,
            _watched: watched,
        })
    }

    /// A thread beside a git, which ends if the system refuses the thread.
    fn beside<T: Send + 'static>(
        child: &Mutex<Child>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        thread::Builder::new().spawn(work).inspect_err(|_| {
            let mut child = lock(child);
            let _ = child.kill();
            let _ = child.wait();
        })
    }

    /// What git prints, to be read by the caller.
    pub(super) fn answers(&mut self) -> io::Result<ChildStdout> {
        self.answers
            .take()
            .ok_or_else(|| io::Error::other("git gives no pipe"))
    }

    /// Ends git, whatever it does.
    pub(super) fn kill(&self) {
        let mut child = lock(&self.child);
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Waits for the end: everything that was printed, and what was wrong.
    fn finish(mut self) -> io::Result<Output> {
        let mut text = Vec::new();
        self.answers()?.read_to_end(&mut text)?;
        let messages = self.errors.take().and_then(|errors| errors.join().ok());
        let done = lock(&self.child).wait()?.success();
        let error = || {
            let messages = messages.unwrap_or_default();
            let messages = String::from_utf8_lossy(&messages);
            let line = messages
                .lines()
                .find(|line| line.starts_with("fatal: "))
                .or_else(|| messages.lines().find(|line| !line.trim().is_empty()))
                .unwrap_or("git failed");
            line.trim_start_matches("fatal: ").to_owned()
        };
        Ok(Output {
            text,
            error: (!done).then(error),
        })
    }
}

fn lock(child: &Mutex<Child>) -> std::sync::MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What git printed, also if it failed.
pub(super) struct Output {
    pub(super) text: Vec<u8>,
    pub(super) error: Option<String>,
}

/// Git in a folder.
pub(super) struct Git<'f> {
    pub(super) folder: &'f Path,
    pub(super) stop: &'f Stop,
}

impl Git<'_> {
    /// Runs git with something on its standard input.
    pub(super) fn run(&self, args: &[&str], input: Vec<u8>) -> io::Result<Output> {
        let ask = move |git: &mut dyn Write| git.write_all(&input);
        let output = Running::start(self.folder, args, ask, self.stop)?.finish()?;
        match self.stop.why() {
            Some(why) if output.error.is_some() => Err(io::Error::other(why)),
            _ => Ok(output),
        }
    }

    /// What git prints.
    ///
    /// # Errors
    /// If it fails: with what it says.
    pub(super) fn output(&self, args: &[&str]) -> io::Result<Vec<u8>> {
        let output = self.run(args, Vec::new())?;
        output
            .error
            .map_or(Ok(output.text), |error| Err(io::Error::other(error)))
    }

    /// The line that git prints.
    pub(super) fn line(&self, args: &[&str]) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.output(args)?).trim().to_owned())
    }
}
