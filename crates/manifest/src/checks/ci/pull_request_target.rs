//! `ci-pull-request-target`.

use crate::{Check, File, Found, Language, yaml::Cursor};

/// `ci-pull-request-target`: code of a stranger that runs with the secrets of the repository.
pub(crate) struct PullRequestTarget;

/// Whether a workflow runs for an event.
fn runs_on(root: Cursor<'_>, event: &str) -> bool {
    let on = root.get("on");
    on.is(event)
        || on.items().any(|item| item.is(event))
        || on.get(event).exists()
        || on.entries().iter().any(|(key, _)| key.text == event)
}

/// Whether an expression names the code of a pull request.
fn is_head(text: &str) -> bool {
    ["github.event.pull_request.head", "github.head_ref", "refs/pull/"]
        .iter()
        .any(|part| text.contains(part))
}

impl Check for PullRequestTarget {
    fn page(&self) -> &'static str {
        include_str!("pull_request_target.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Pipeline {
            return;
        }
        for root in file.tree.documents.iter().map(|root| file.tree.at(*root)) {
            if !runs_on(root, "pull_request_target") && !runs_on(root, "workflow_run") {
                continue;
            }
            for (_, job) in root.get("jobs").entries() {
                let steps: Vec<_> = job.list("steps").collect();
                let checkout = steps.iter().find_map(|step| {
                    let action = step
                        .get("uses")
                        .str()
                        .is_some_and(|uses| uses.starts_with("actions/checkout"));
                    let reference = step.path(&["with", "ref"]).scalar().filter(|_| action);
                    reference.filter(|scalar| is_head(&scalar.text))
                });
                let Some(scalar) = checkout else { continue };
                let secrets = job.mentions("secrets.") || root.get("env").mentions("secrets.");
                let detail = found.at(
                    scalar.span,
                    "Code of the pull request runs with the secrets of the repository",
                );
                let guard = job.get("if").str().unwrap_or_default();
                if ["actor", "labels", "author_association", "user.login"]
                    .iter()
                    .any(|who| guard.contains(who))
                {
                    detail.lower(1, "a condition limits who can trigger it");
                } else if !secrets {
                    detail.lower(1, "no secret but the token of the run is used here");
                }
            }
        }
    }
}
