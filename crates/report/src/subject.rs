//! What was scanned, for reports that are sent on.

use std::path::PathBuf;

use serde::Serialize;

/// What was scanned. What is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// What the user asked for: paths, an image, a range of commits.
    pub what: Vec<String>,
    /// The name of the project.
    pub project: String,
    /// The branch that is checked out.
    pub branch: String,
    /// The commit that is checked out, in full.
    pub commit: String,
    /// The address of a line of a file, with `{path}`, `{line}` and `{commit}` in it.
    pub source_url: String,
    /// The top of the repository, or the scanned folder.
    #[serde(skip)]
    pub root: Option<PathBuf>,
}

impl Subject {
    /// The address of lines for a repository at one of the services that are known by their names.
    pub fn source_url_of(remote: &str) -> Option<String> {
        let address = remote.trim().trim_end_matches('/').trim_end_matches(".git");
        let address = match address.strip_prefix("git@") {
            Some(rest) => rest.replacen(':', "/", 1),
            None => {
                let (_, rest) = address.split_once("://")?;
                // Credentials in a remote stay where they are.
                rest.rsplit_once('@').map_or(rest, |(_, rest)| rest).to_owned()
            }
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_~:".contains(&byte);
        let host = address.split(['/', ':']).next()?;
        let lines = match host {
            "github.com" => "blob/{commit}/{path}#L{line}",
            "bitbucket.org" => "src/{commit}/{path}#lines-{line}",
            host if host.contains("gitlab") => "-/blob/{commit}/{path}#L{line}",
            host if host.contains("github") => "blob/{commit}/{path}#L{line}",
            "codeberg.org" => "src/commit/{commit}/{path}#L{line}",
            _ => return None,
        };
        let is_plain = address.bytes().all(plain);
        is_plain.then(|| format!("https://{address}/{lines}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_services_have_addresses_of_lines() {
        let of = |remote| Subject::source_url_of(remote);
        let github = Some("https://github.com/a/b/blob/{commit}/{path}#L{line}".to_owned());
        let with_token = format!("https://user:{}@github.com/a/b.git", "x".repeat(8));
        for remote in ["git@github.com:a/b.git", "https://github.com/a/b", &with_token] {
            assert_eq!(of(remote), github);
        }
        assert_eq!(
            of("ssh://git@gitlab.example.org/a/b/c.git").as_deref(),
            Some("https://gitlab.example.org/a/b/c/-/blob/{commit}/{path}#L{line}")
        );
        for remote in [
            "/srv/git/a.git",
            "https://git.example.org/a",
            "https://github.com/a\"><b>",
            "",
        ] {
            assert_eq!(of(remote), None, "{remote}");
        }
    }
}
