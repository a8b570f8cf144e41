//! Describes what a run scanned, for reports that are passed on.

use std::path::Path;

use keysift_report::Subject;
use keysift_source::Revisions;

use crate::Source;

/// Asks git for the current branch and commit. `source_url` is the URL of a line; if it is empty, it is
/// derived from the remote.
/// the remote.
pub fn subject(source: &Source, source_url: &str) -> Subject {
    let (folder, what) = match source {
        Source::Files(files) => {
            let shown = files.roots.iter().map(|root| root.display().to_string());
            let first = files.roots.first().map_or(Path::new("."), |root| root);
            (first, shown.collect())
        }
        Source::Git(git) => (git.folder.as_path(), vec![revisions(&git.revisions)]),
    };
    let folder = match folder.is_dir() {
        true => folder,
        false => folder
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new(".")),
    };
    let base = keysift_source::locate(&folder.join("x")).base().to_owned();
    let is_git = !base.as_os_str().is_empty();
    let root = std::path::absolute(if is_git { &base } else { folder }).ok();
    let root = root.and_then(|root| root.canonicalize().ok());
    let head = match is_git {
        true => keysift_source::head(folder),
        false => keysift_source::Head::default(),
    };
    let name = root.as_deref().and_then(Path::file_name);
    Subject {
        what,
        project: name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        source_url: match source_url {
            "" => Subject::source_url_of(&head.remote).unwrap_or_default(),
            given => given.to_owned(),
        },
        branch: head.branch,
        commit: head.commit,
        root,
    }
}

fn revisions(revisions: &Revisions) -> String {
    match revisions {
        Revisions::Staged => "what is staged".to_owned(),
        Revisions::Since(base) => format!("what was added since {base}"),
        Revisions::Range(range) => range.clone(),
        Revisions::All => "the whole history".to_owned(),
        Revisions::Pushed(_) => "a push".to_owned(),
    }
}
