//! Checks rule files against their own examples.

use std::path::PathBuf;

use keysift_rules::{Problem, Rule};

use crate::{Error, builtin};

/// The result of checking rule files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Number of rules without problems.
    pub good: usize,
    /// Problems, each with its file.
    pub problems: Vec<String>,
    /// Suspicious but valid constructs, each with its file.
    pub warnings: Vec<String>,
}

/// Checks rule files, or folders of them: the syntax, and that every example is found and no counterexample
/// is, with `seeds` different secrets each. All problems are reported, not only the first.
///
/// # Errors
/// If a folder cannot be read or has no rule file.
pub fn check(paths: &[PathBuf], seeds: u64) -> Result<Checked, Error> {
    let mut checked = Checked::default();
    for file in builtin::rule_files(paths)? {
        let specs = match builtin::read(&file) {
            Ok(specs) => specs,
            Err(error) => {
                // A line for each thing that is wrong.
                checked
                    .problems
                    .extend(with_cause(&error).lines().map(str::to_owned));
                continue;
            }
        };
        for spec in specs {
            let rule = Rule::new(spec);
            let id = &rule.meta().id;
            let mut found = keysift_scan::self_test(&rule, seeds);
            found.extend(rule.weak_literals().into_iter().map(|message| Problem {
                rule: id.clone(),
                message,
            }));
            let warning = |text: &String| format!("{}: warning: rule `{id}`: {text}", file.display());
            checked.warnings.extend(rule.warnings().iter().map(warning));
            checked.good += usize::from(found.is_empty());
            let problem = |problem: &Problem| format!("{}: {problem}", file.display());
            checked.problems.extend(found.iter().map(problem));
        }
    }
    Ok(checked)
}

/// Returns the message of an error with all its causes.
fn with_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_file_does_not_stop_the_check_of_others() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [
            ("a.yaml", "no: rules"),
            ("b.yaml", ": ["),
            ("c.yaml", "provider: X\nrules: []\n"),
        ] {
            std::fs::write(folder.path().join(name), text).expect("writable");
        }
        let checked = check(&[folder.path().to_owned()], 1).expect("there are rule files");
        assert_eq!(checked.good, 0);
        for name in ["a.yaml", "b.yaml"] {
            assert!(
                checked.problems.iter().any(|line| line.contains(name)),
                "{checked:?}"
            );
        }
    }

    #[test]
    fn a_folder_without_rules_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(
            check(&[folder.path().to_owned()], 1),
            Err(Error::NoRules(_))
        ));
    }
}
