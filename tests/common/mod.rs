//! Shared helpers: the built-in rules, a temporary folder, and the program.

pub(crate) mod corpus;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{Arc, LazyLock},
};

use keysift_rules::Rule;
use serde_json::Value;
use tempfile::TempDir;

/// Loads all built-in rules from their files and validates them.
pub(crate) fn builtin_rules() -> Arc<[Rule]> {
    static RULES: LazyLock<Arc<[Rule]>> =
        LazyLock::new(|| corpus::rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns")));
    Arc::clone(&RULES)
}

/// A temporary folder that a test fills and scans.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and creates its parent folders.
    pub(crate) fn file(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Runs keysift in the folder.
    pub(crate) fn keysift(&self, args: &[&str]) -> Run {
        self.keysift_with(args, b"")
    }

    /// Runs keysift in the folder with `stdin` as standard input.
    pub(crate) fn keysift_with(&self, args: &[&str], stdin: &[u8]) -> Run {
        let mut child = command(args).current_dir(self.path()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let stdin = stdin.to_vec();
        // A program that exits without reading closes the pipe.
        let writer = std::thread::spawn(move || drop(input.write_all(&stdin)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Run(output)
    }
}

/// Creates a command with an environment without color settings and paths of this machine.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keysift"));
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
        command.env_remove(name);
    }
    command
}

/// The result of a run.
pub(crate) struct Run(Output);

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self(output)
    }

    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().expect("not killed")
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// Parses a jsonl report: findings and summary.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out()).unwrap()
    }

    pub(crate) fn jsonl(&self) -> (Vec<Value>, Value) {
        let mut lines: Vec<Value> = self
            .out()
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect();
        let summary = lines.pop().expect("a summary");
        assert_eq!(summary["type"], "summary");
        (lines, summary)
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code(),
            code,
            "stdout:\n{}\nstderr:\n{}",
            self.out(),
            self.err()
        );
        self
    }
}

/// Returns a new fake secret of a built-in rule.
pub(crate) fn sample(rules: &[Rule], id: &str, seed: u64) -> String {
    let rule = rules
        .iter()
        .find(|rule| rule.meta().id == id)
        .expect("a built-in rule");
    corpus::secret(rule, seed)
}

/// Compares a text with a committed file; with `KEYSIFT_BLESS=1` writes the file instead.
#[track_caller]
pub(crate) fn snapshot(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(name);
    if std::env::var_os("KEYSIFT_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text,
        committed,
        "differs from {}; KEYSIFT_BLESS=1 accepts it",
        path.display()
    );
}
