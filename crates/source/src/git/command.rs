//! The only place that starts git. The repository's configuration is untrusted: it must not run programs,
//! fetch anything or change the output. Only plumbing commands are used, which read little configuration, and
//! the rest is overridden.

use std::{
    io::{self, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::Stop;

/// Overridden configuration. Keys with a variable part (`filter.*`, `diff.*.textconv`, `remote.*.uploadpack`)
/// cannot be listed: no command used here runs filters or text conversions, and all transports are disabled.
const CONFIG: &[&str] = &[
    // Programs. An empty value disables the file system monitor in every version: before 2.36 it was a path,
    // later also a boolean.
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
    // Background work.
    "gc.auto=0",
    "maintenance.auto=false",
    // Output format.
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

/// No command used here runs hooks. `rev-parse` keeps the configured value, because it is used to locate them.
const NO_HOOKS: &str = "core.hooksPath=/dev/null";

/// Variables that name programs or files, or change the output. Variables that locate the repository
/// (`GIT_DIR`, `GIT_INDEX_FILE`, `GIT_OBJECT_DIRECTORY`, set for hooks) or its configuration are the user's
/// and are kept.
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
    // Do not fetch missing objects of a partial clone: since 2.45, and in the security releases 2.39.4 to
    // 2.44.1.
    ("GIT_NO_LAZY_FETCH", "1"),
    // Older versions start `git fetch`, which then has no transport.
    ("GIT_ALLOW_PROTOCOL", "none"),
    // Read the history as a clone has it: replacements and grafts are not cloned. A replacement object has a
    // reference of its own and is read as well.
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    // Messages of git are shown and matched.
    ("LC_ALL", "C"),
];

/// Creates a git command that runs in `folder`.
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

/// A running git process, which is killed when the scan stops: a repository can make it block forever (a FIFO
/// as included configuration).
pub(super) struct Running {
    child: Arc<Mutex<Child>>,
    answers: Option<ChildStdout>,
    errors: Option<JoinHandle<Vec<u8>>>,
    /// Dropped to end the watching thread.
    _watched: mpsc::Sender<()>,
}

/// Interval between checks for a stop request.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Maximum number of bytes kept of git's standard error.
const MESSAGES: u64 = 64 << 10;

/// The error of a command that failed and printed nothing.
pub(super) const NO_MESSAGE: &str = "git failed";

impl Running {
    /// Starts git in `folder`; `write_input` writes its standard input.
    pub(super) fn start(
        folder: &Path,
        args: &[&str],
        write_input: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
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
            // git stops reading its input while its output is not read, so the input is written by a separate
            // thread.
            Self::spawn(&child, move || drop(write_input(&mut input)))?;
        }
        let errors = errors
            .map(|mut errors| {
                Self::spawn(&child, move || {
                    let mut text = Vec::new();
                    let _ = (&mut errors).take(MESSAGES).read_to_end(&mut text);
                    let _ = io::copy(&mut errors, &mut io::sink());
                    text
                })
            })
            .transpose()?;
        let (watched, over) = mpsc::channel::<()>();
        let (watching, stop) = (Arc::clone(&child), stop.clone());
        Self::spawn(&child, move || {
            while over.recv_timeout(POLL_INTERVAL) == Err(mpsc::RecvTimeoutError::Timeout) {
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

    /// Starts a thread that serves a git process; kills the process if the thread cannot be started.
    fn spawn<T: Send + 'static>(
        child: &Mutex<Child>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        thread::Builder::new().spawn(work).inspect_err(|_| {
            let mut child = lock(child);
            let _ = child.kill();
            let _ = child.wait();
        })
    }

    /// Returns git's standard output.
    pub(super) fn answers(&mut self) -> io::Result<ChildStdout> {
        self.answers
            .take()
            .ok_or_else(|| io::Error::other("git gives no pipe"))
    }

    /// Kills git.
    pub(super) fn kill(&self) {
        let mut child = lock(&self.child);
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Waits for git to exit; returns its output and error.
    fn finish(mut self) -> io::Result<Output> {
        let mut text = Vec::new();
        self.answers()?.read_to_end(&mut text)?;
        let messages = self.errors.take().and_then(|errors| errors.join().ok());
        let done = lock(&self.child).wait()?.success();
        let error = || {
            let messages = messages.unwrap_or_default();
            let messages = String::from_utf8_lossy(&messages);
            let is_error = |line: &&str| {
                let advice = ["hint:", "warning:"].iter().any(|word| line.starts_with(word));
                !advice && !line.trim().is_empty()
            };
            let line = messages
                .lines()
                .find(|line| line.starts_with("fatal: "))
                .or_else(|| messages.lines().find(is_error))
                .unwrap_or(NO_MESSAGE);
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

/// The output of git, also if it failed.
pub(super) struct Output {
    pub(super) text: Vec<u8>,
    pub(super) error: Option<String>,
}

/// Runs git in a folder.
pub(super) struct Git<'f> {
    pub(super) folder: &'f Path,
    pub(super) stop: &'f Stop,
}

impl Git<'_> {
    /// Runs git with `input` on its standard input.
    pub(super) fn run(&self, args: &[&str], input: Vec<u8>) -> io::Result<Output> {
        let write_input = move |git: &mut dyn Write| git.write_all(&input);
        let output = Running::start(self.folder, args, write_input, self.stop)?.finish()?;
        match self.stop.why() {
            Some(why) if output.error.is_some() => Err(io::Error::other(why)),
            _ => Ok(output),
        }
    }

    /// Returns the output of git.
    ///
    /// # Errors
    /// If git fails, with its message.
    pub(super) fn output(&self, args: &[&str]) -> io::Result<Vec<u8>> {
        let output = self.run(args, Vec::new())?;
        output
            .error
            .map_or(Ok(output.text), |error| Err(io::Error::other(error)))
    }

    /// Returns the output of git, trimmed.
    pub(super) fn line(&self, args: &[&str]) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.output(args)?).trim().to_owned())
    }
}
