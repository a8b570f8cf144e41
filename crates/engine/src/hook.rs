//! Installs git hooks without pre-commit.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use crate::whole_file;

/// The first line of our hooks. Only files with it are replaced or removed.
const MARK: &str = "# written by keysift hook install";

/// The suffix of an existing hook, which our hook runs first.
const BEFORE: &str = ".before-keysift";

/// Which hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Scans what is committed.
    PreCommit,
    /// Scans what is pushed.
    PrePush,
}

/// Why a hook is not installed or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The folder is no repository, or git is missing.
    #[error(transparent)]
    Git(#[from] io::Error),
    /// A hook exists, and another one from before a keysift hook.
    #[error("both {} and {} exist: remove one of them", .0.display(), .1.display())]
    Both(PathBuf, PathBuf),
    /// There is no hook of keysift.
    #[error("{} does not exist, or was not installed by keysift", .0.display())]
    NotOurs(PathBuf),
    /// A file cannot be written, moved or removed.
    #[error("cannot {what} {}", file.display())]
    File {
        /// The attempted operation.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A hook of a repository.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Its file.
    pub file: PathBuf,
    kind: Kind,
}

impl Hook {
    /// The hook of the repository in a folder, with `core.hooksPath` applied.
    ///
    /// # Errors
    /// If the folder is no repository.
    pub fn of(folder: &Path, kind: Kind) -> Result<Self, HookError> {
        let name = match kind {
            Kind::PreCommit => "pre-commit",
            Kind::PrePush => "pre-push",
        };
        let file = keysift_source::hooks(folder)?.join(name);
        Ok(Self { file, kind })
    }

    /// The hook that existed before, if there was one.
    pub fn kept(&self) -> Option<PathBuf> {
        Some(self.before()).filter(|kept| kept.exists())
    }

    fn before(&self) -> PathBuf {
        let mut name = self.file.as_os_str().to_owned();
        name.push(BEFORE);
        name.into()
    }

    fn is_ours(&self) -> bool {
        keysift_source::small(&self.file, 1 << 20).is_ok_and(|text| text.contains(MARK))
    }

    /// Writes the hook, which runs `program`. An existing hook is kept and runs first.
    ///
    /// # Errors
    /// If a file cannot be written, or two hooks would have to be kept.
    pub fn install(&self, program: &str) -> Result<(), HookError> {
        let (file, kept) = (&self.file, self.before());
        let failed = |what, file: &Path| {
            let file = file.to_owned();
            move |source| HookError::File { what, file, source }
        };
        if file.exists() && !self.is_ours() {
            if kept.exists() {
                return Err(HookError::Both(file.clone(), kept));
            }
            fs::rename(file, &kept).map_err(failed("keep the existing hook as", &kept))?;
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(failed("make", folder))?;
        }
        let text = script(self.kind, program);
        whole_file::write(file, |out| out.write_all(text.as_bytes())).map_err(failed("write", file))?;
        make_executable(file).map_err(failed("make executable:", file))
    }

    /// Removes the hook and restores the one that existed before.
    ///
    /// # Errors
    /// If it is not ours, or a file cannot be removed.
    pub fn uninstall(&self) -> Result<(), HookError> {
        let file = &self.file;
        if !self.is_ours() {
            return Err(HookError::NotOurs(file.clone()));
        }
        let failed = |what, file: &Path| {
            let file = file.to_owned();
            move |source| HookError::File { what, file, source }
        };
        fs::remove_file(file).map_err(failed("remove", file))?;
        match self.kept() {
            Some(kept) => fs::rename(&kept, file).map_err(failed("restore", &kept)),
            None => Ok(()),
        }
    }
}

/// The text of a hook.
fn script(kind: Kind, program: &str) -> String {
    // The path may contain anything; inside single quotes only the quote is special.
    let program = program.replace('\'', r"'\''");
    // Git passes the name of the remote, or its URL if it has no name.
    let (scan, remote) = match kind {
        Kind::PreCommit => ("", ""),
        Kind::PrePush => (" --stdin-refs", " --remote=\"$1\""),
    };
    // Standard input of a push hook can be read only once, so the earlier hook gets a copy.
    format!(
        "#!/bin/sh\n{MARK}; `keysift hook uninstall` takes it out again\n\
         before=\"$0{BEFORE}\"\n\
         if [ \"{scan}\" = ' --stdin-refs' ]; then\n  refs=$(cat)\n  give() {{ printf '%s\\n' \"$refs\"; }}\nelse\n  give() {{ :; }}\nfi\n\
         if [ -x \"$before\" ]; then\n  give | \"$before\" \"$@\" || exit\nfi\n\
         if ! command -v '{program}' >/dev/null; then\n  echo \"keysift is not on PATH: nothing was scanned\" >&2\n  exit 1\nfi\n\
         give | '{program}' hook run{scan}{remote}\n"
    )
}

#[cfg(unix)]
fn make_executable(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(folder: &Path, kind: Kind) -> Hook {
        let file = folder.join("hooks/hook");
        Hook { file, kind }
    }

    #[test]
    fn a_hook_that_was_there_comes_back() {
        for kind in [Kind::PreCommit, Kind::PrePush] {
            let folder = tempfile::tempdir().expect("a folder");
            let hook = hook(folder.path(), kind);
            hook.install("keysift").expect("there is none yet");
            assert!(hook.kept().is_none());
            hook.uninstall().expect("it is ours");
            fs::write(&hook.file, "#!/bin/sh\n").expect("writable");
            assert!(matches!(hook.uninstall(), Err(HookError::NotOurs(_))));
            hook.install("keysift").expect("the other is kept");
            hook.install("keysift").expect("ours is replaced");
            assert!(hook.kept().is_some());
            hook.uninstall().expect("it is ours");
            assert_eq!(fs::read(&hook.file).expect("it is back"), b"#!/bin/sh\n");
        }
    }

    #[test]
    fn two_hooks_are_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let hook = hook(folder.path(), Kind::PreCommit);
        fs::create_dir(folder.path().join("hooks")).expect("writable");
        for file in [hook.file.clone(), hook.before()] {
            fs::write(file, "#!/bin/sh\n").expect("writable");
        }
        assert!(matches!(hook.install("keysift"), Err(HookError::Both(..))));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_may_have_any_name() {
        let folder = tempfile::tempdir().expect("a folder");
        for (number, name) in ["a b", "it's", "$(touch x)", "`x`;\"y\""].iter().enumerate() {
            let program = folder.path().join(name);
            let called = folder.path().join(format!("called {number}"));
            fs::write(
                &program,
                format!("#!/bin/sh\necho \"$@\" > '{}'\n", called.display()),
            )
            .expect("writable");
            make_executable(&program).expect("ours");
            let hook = hook(folder.path(), Kind::PreCommit);
            hook.install(&program.display().to_string()).expect("installed");
            let run = std::process::Command::new(&hook.file).status().expect("a shell");
            assert!(run.success(), "{name}");
            assert_eq!(fs::read_to_string(called).expect("it was called"), "hook run\n");
        }
    }
}
