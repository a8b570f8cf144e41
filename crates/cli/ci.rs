//! `keysift ci`: what to scan and how to report, from the environment of the service that runs us.

use std::{env, fs, path::Path};

use anyhow::{Result, bail};
use keysift::{Outcome, Source};
use keysift_report::Format;

use crate::{
    args::Scan,
    config::{self, Config},
    output::{self, Output},
    scan,
};

/// What the environment says.
#[derive(Debug, PartialEq, Eq)]
struct Picked {
    service: &'static str,
    /// The revision that the change is against; without one the whole tree is scanned.
    since: Option<String>,
    format: Format,
    /// A report for the service, and the file that it takes it from.
    report: Option<(Format, &'static str)>,
}

/// Looks at the variables that services set. What each means stands in docs/ci.
fn pick(variable: &dyn Fn(&str) -> Option<String>) -> Picked {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let branch =
        |name: &str| set(name).map(|branch| format!("origin/{}", branch.trim_start_matches("refs/heads/")));
    let picked = |service, since, format, report| Picked {
        service,
        since,
        format,
        report,
    };
    if set("GITHUB_ACTIONS").is_some() {
        picked(
            "GitHub",
            branch("GITHUB_BASE_REF"),
            Format::Github,
            Some((Format::Sarif, "keysift.sarif")),
        )
    } else if set("GITLAB_CI").is_some() {
        let since =
            set("CI_MERGE_REQUEST_DIFF_BASE_SHA").or_else(|| branch("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"));
        picked(
            "GitLab",
            since,
            Format::Text,
            Some((Format::Gitlab, "gl-secret-detection-report.json")),
        )
    } else if set("BITBUCKET_BUILD_NUMBER").is_some() {
        picked(
            "Bitbucket",
            branch("BITBUCKET_PR_DESTINATION_BRANCH"),
            Format::Text,
            Some((Format::Junit, "test-results/keysift.xml")),
        )
    } else if set("TF_BUILD").is_some() {
        picked(
            "Azure",
            branch("SYSTEM_PULLREQUEST_TARGETBRANCH"),
            Format::Text,
            Some((Format::Junit, "keysift.xml")),
        )
    } else if set("JENKINS_URL").is_some() {
        picked(
            "Jenkins",
            branch("CHANGE_TARGET"),
            Format::Text,
            Some((Format::Junit, "keysift.xml")),
        )
    } else {
        picked("no service that keysift knows", None, Format::Text, None)
    }
}

/// Scans as the environment asks for; what the user says on the command line comes first.
pub(crate) fn ci(args: &Scan) -> Result<Outcome> {
    let picked = pick(&|name| env::var(name).ok());
    let mut config = Config::read(args)?;
    let mut told = vec![format!("keysift ci: {}", picked.service)];
    if let Source::Files(files) = &config.source {
        if let Some(since) = &picked.since {
            let revisions = keysift_source::since(since).map_err(anyhow::Error::msg)?;
            config.source = Source::Git(config::git(args, revisions, files.stop.clone()));
            told.push(format!("what was added since {since}"));
        } else {
            told.push("the whole tree".to_owned());
        }
    }
    if args.chooses_report() {
        told.push("reports as asked for".to_owned());
    } else {
        let console = config
            .outputs
            .drain(..)
            .next()
            .map_or(Output::Stdout(anstream::ColorChoice::Auto), |(_, output)| output);
        config.outputs.push((picked.format, console));
        if let Some((format, file)) = picked.report {
            let file = Path::new(file);
            if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                // The name is ours, and what lies there may be the repository's.
                if fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_symlink()) {
                    bail!(
                        "{} is a link: the report is not written through it",
                        folder.display()
                    );
                }
                fs::create_dir_all(folder)?;
            }
            config.outputs.insert(0, (format, Output::File(file.to_owned())));
            told.push(format!("a report in {}", file.display()));
        }
    }
    output::say(&told.join("; "));
    scan::scan(&config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_told_by_their_variables() {
        let picked = |set: &[(&str, &str)]| {
            pick(&|name| {
                set.iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        for (set, service, since) in [
            (
                &[("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "main")][..],
                "GitHub",
                Some("origin/main"),
            ),
            (
                &[("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "")],
                "GitHub",
                None,
            ),
            (
                &[("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "abc")],
                "GitLab",
                Some("abc"),
            ),
            (
                &[
                    ("TF_BUILD", "True"),
                    ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/a/b"),
                ],
                "Azure",
                Some("origin/a/b"),
            ),
            (
                &[
                    ("BITBUCKET_BUILD_NUMBER", "1"),
                    ("BITBUCKET_PR_DESTINATION_BRANCH", "dev"),
                ],
                "Bitbucket",
                Some("origin/dev"),
            ),
            (
                &[("JENKINS_URL", "x"), ("CHANGE_TARGET", "main")],
                "Jenkins",
                Some("origin/main"),
            ),
            (&[], "no service that keysift knows", None),
        ] {
            let picked = picked(set);
            assert_eq!((picked.service, picked.since.as_deref()), (service, since));
        }
    }
}
