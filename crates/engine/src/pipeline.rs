//! Detects the CI service, the base revision of a change and the report format from environment variables.

use keysift_report::Format;

/// A CI service and its run, from environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// The name of the service.
    pub service: &'static str,
    /// The base revision of the change; if there is none, the whole tree is scanned.
    pub since: Option<String>,
    /// The format of the report on the console.
    pub console: Format,
    /// A report for the service, and the file name that it expects.
    pub report: Option<(Format, &'static str)>,
}

/// A CI service: its name, a variable that it always sets, the variables with the base revision or base
/// branch of a change, and its reports. `docs/ci` documents each variable.
struct Service {
    name: &'static str,
    set: &'static str,
    revision: Option<&'static str>,
    branch: &'static str,
    console: Format,
    report: (Format, &'static str),
}

const SERVICES: &[Service] = &[
    Service {
        name: "GitHub",
        set: "GITHUB_ACTIONS",
        revision: None,
        branch: "GITHUB_BASE_REF",
        console: Format::Github,
        report: (Format::Sarif, "keysift.sarif"),
    },
    Service {
        name: "GitLab",
        set: "GITLAB_CI",
        revision: Some("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
        branch: "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        console: Format::Text,
        report: (Format::Gitlab, "gl-secret-detection-report.json"),
    },
    Service {
        name: "Bitbucket",
        set: "BITBUCKET_BUILD_NUMBER",
        revision: None,
        branch: "BITBUCKET_PR_DESTINATION_BRANCH",
        console: Format::Text,
        report: (Format::Junit, "test-results/keysift.xml"),
    },
    Service {
        name: "Azure",
        set: "TF_BUILD",
        revision: None,
        branch: "SYSTEM_PULLREQUEST_TARGETBRANCH",
        console: Format::Text,
        report: (Format::Junit, "keysift.xml"),
    },
    Service {
        name: "Jenkins",
        set: "JENKINS_URL",
        revision: None,
        branch: "CHANGE_TARGET",
        console: Format::Text,
        report: (Format::Junit, "keysift.xml"),
    },
];

impl Pipeline {
    /// Detects the service from the variables that it sets.
    pub fn of(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let Some(service) = SERVICES.iter().find(|service| set(service.set).is_some()) else {
            return Self {
                service: "no known CI service",
                since: None,
                console: Format::Text,
                report: None,
            };
        };
        let branch = || {
            set(service.branch).map(|branch| format!("origin/{}", branch.trim_start_matches("refs/heads/")))
        };
        Self {
            service: service.name,
            since: service.revision.and_then(set).or_else(branch),
            console: service.console,
            report: Some(service.report),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_detected_by_their_variables() {
        let of = |set: &[(&str, &str)]| {
            Pipeline::of(&|name| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
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
                    ("GITLAB_CI", "true"),
                    ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "dev"),
                ],
                "GitLab",
                Some("origin/dev"),
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
            (&[], "no known CI service", None),
        ] {
            let pipeline = of(set);
            assert_eq!((pipeline.service, pipeline.since.as_deref()), (service, since));
            assert_eq!(pipeline.report.is_some(), !set.is_empty());
        }
    }
}
