//! Sets up a repository: settings, a baseline, a hook, a CI step. Existing files are not overwritten.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::whole_file;

/// The name of the baseline.
pub const BASELINE: &str = ".keysift-baseline";

/// A CI service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pipelines {
    /// Its name.
    pub name: &'static str,
    /// The file or folder by which it is detected.
    found_by: &'static str,
    /// A separate file, if the service reads every file of a folder.
    file: Option<&'static str>,
    /// The configuration that runs keysift.
    pub snippet: &'static str,
}

const GITHUB: &str = "\
name: keysift
on:
  pull_request:
  push: {branches: [main, master]}
permissions: {contents: read, security-events: write}
jobs:
  keysift:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - uses: keysift/keysift@main
";

const INSTALL: &str = "cargo install --locked --git https://github.com/keysift/keysift keysift";

/// The CI services, each with its step. `docs/ci` has complete files.
const SERVICES: &[Pipelines] = &[
    Pipelines {
        name: "GitHub",
        found_by: ".github",
        file: Some(".github/workflows/keysift.yml"),
        snippet: GITHUB,
    },
    Pipelines {
        name: "GitLab",
        found_by: ".gitlab-ci.yml",
        file: None,
        snippet: "include: {remote: https://github.com/keysift/keysift/raw/main/docs/ci/gitlab.yml}\n",
    },
    Pipelines {
        name: "Jenkins",
        found_by: "Jenkinsfile",
        file: None,
        snippet: "stage('keysift') { steps { sh 'keysift ci' } post { always { junit 'keysift.xml' } } }\n",
    },
    Pipelines {
        name: "Azure",
        found_by: "azure-pipelines.yml",
        file: None,
        snippet: "- script: keysift ci\n  displayName: keysift\n",
    },
    Pipelines {
        name: "Bitbucket",
        found_by: "bitbucket-pipelines.yml",
        file: None,
        snippet: "- step: {name: keysift, image: rust:1, script: [keysift ci]}\n",
    },
    Pipelines {
        name: "CircleCI",
        found_by: ".circleci",
        file: None,
        snippet: "- run: {name: keysift, command: keysift scan . -o junit=test-results/keysift.xml}\n",
    },
];

/// What a repository already has.
#[derive(Clone, Debug)]
pub struct Found {
    /// The root of the repository, or the folder itself.
    pub top: PathBuf,
    /// Whether it is a git repository.
    pub is_git: bool,
    /// Whether pre-commit is configured.
    pub has_client: bool,
    /// The CI services that are configured.
    pub pipelines: Vec<Pipelines>,
}

impl Found {
    /// Inspects a folder.
    pub fn at(folder: &Path) -> Self {
        let base = keysift_source::locate(&folder.join("x")).base().to_owned();
        let is_git = !base.as_os_str().is_empty();
        let top = if is_git { base } else { folder.to_owned() };
        let exists = |name: &str| top.join(name).exists();
        Self {
            has_client: exists(".pre-commit-config.yaml"),
            pipelines: SERVICES
                .iter()
                .filter(|service| exists(service.found_by))
                .copied()
                .collect(),
            is_git,
            top,
        }
    }

    /// Creates a file of the repository, unless it exists; returns whether it did.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&self, name: &str, text: &str) -> io::Result<bool> {
        let file = self.top.join(name);
        // A dangling link exists, too.
        if fs::symlink_metadata(&file).is_ok() {
            return Ok(false);
        }
        whole_file::make_folder(&file)?;
        whole_file::write(&file, |out| out.write_all(text.as_bytes()))?;
        Ok(true)
    }
}

impl Pipelines {
    /// The separate file that runs keysift, if the service supports one.
    pub fn file(&self) -> Option<&'static str> {
        self.file
    }

    /// What must be installed before the snippet runs, if the snippet does not install it.
    pub fn before(&self) -> Option<&'static str> {
        (!matches!(self.name, "GitHub" | "GitLab")).then_some(INSTALL)
    }
}

/// The configuration of pre-commit.
pub const CLIENT: &str = "\
  - repo: https://github.com/keysift/keysift
    rev: main  # a tag or a commit
    hooks: [{id: keysift}]
";

/// The initial settings of a repository.
pub fn settings(has_baseline: bool) -> String {
    let baseline = match has_baseline {
        true => format!("# Findings that existed when keysift was introduced.\nbaseline = \"{BASELINE}\"\n"),
        false => format!("# baseline = \"{BASELINE}\"  # accepted findings: `keysift baseline create`\n"),
    };
    format!(
        "# Settings of keysift: https://github.com/keysift/keysift/blob/main/docs/configuration.md\n\n{baseline}\n\
         # Findings in these paths are suppressed. To skip files entirely, list them in .keysiftignore.\n\
         # exclude = [\"third_party/\"]\n\n\
         # Rules and checks that are disabled: ids or patterns (`keysift rules list`).\n\
         # disable = [\"k8s-automount-token\"]\n\n\
         # Settings for some paths.\n\
         # [[override]]\n# paths = [\"tests/\"]\n# disable = [\"generic-*\"]\n\n\
         # Findings that are allowed, with a reason.\n\
         # [[allow]]\n# paths = [\"docs/**\"]\n# reason = \"examples\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn existing_files_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [".github", ".circleci"] {
            fs::create_dir(folder.path().join(name)).expect("writable");
        }
        fs::write(folder.path().join("Jenkinsfile"), "").expect("writable");
        let found = Found::at(folder.path());
        let names: Vec<_> = found.pipelines.iter().map(|service| service.name).collect();
        assert_eq!(names, ["GitHub", "Jenkins", "CircleCI"]);
        assert!(!found.has_client);
        let file = ".github/workflows/keysift.yml";
        assert!(found.add(file, "one").expect("writable"));
        assert!(!found.add(file, "two").expect("not touched"));
        assert_eq!(fs::read_to_string(found.top.join(file)).expect("there"), "one");
    }

    #[test]
    fn the_settings_are_accepted_with_and_without_their_comments() {
        for has_baseline in [true, false] {
            let text = settings(has_baseline);
            let uncommented: String = text
                .lines()
                .skip(1)
                .filter_map(|line| line.strip_prefix("# ").or(Some(line)))
                .filter(|line| line.contains('=') || line.starts_with('['))
                .map(|line| format!("{line}\n"))
                .collect();
            for text in [text, uncommented] {
                let read = |_: &Path| Ok(text.clone());
                let settings =
                    keysift_policy::Settings::load(Some(Path::new("keysift.toml")), Path::new("."), &read);
                assert!(settings.is_ok(), "{settings:?}\n{text}");
            }
        }
    }
}
