//! What `COPY` and `ADD` take along, and which files hold a credential.

use keysift_finding::Span;

use crate::Instruction;

/// Files that hold a credential, by their name alone, and whether the name leaves no doubt.
pub(crate) fn credential_file(path: &str) -> Option<bool> {
    let path = path.trim_end_matches('/');
    let file = path.rsplit('/').next().unwrap_or_default();
    let sample = ["example", "sample", "template", "dist", ".pub"]
        .iter()
        .any(|word| path.contains(word));
    if sample {
        return None;
    }
    let strong = matches!(
        file,
        "id_rsa"
            | "id_dsa"
            | "id_ecdsa"
            | "id_ed25519"
            | ".netrc"
            | "_netrc"
            | ".git-credentials"
            | ".pgpass"
            | ".kube"
            | ".aws"
            | ".ssh"
            | "kubeconfig"
    ) || [".kdbx", ".p12", ".pfx", ".jks", ".ppk"]
        .iter()
        .any(|end| file.ends_with(end))
        || path.ends_with(".docker/config.json")
        || path.ends_with(".aws/credentials");
    let weak = matches!(
        file,
        ".npmrc" | ".pypirc" | ".env" | ".htpasswd" | "credentials.json"
    ) || file.starts_with(".env.")
        || is_named_secret(file);
    match (strong, weak) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Whether a file of data is named after what it holds: `secret.txt`, `db_password`, `private-key.pem`, `server.key`.
fn is_named_secret(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    let (stem, end) = lower.rsplit_once('.').unwrap_or((&lower, ""));
    let is_data = matches!(
        end,
        "" | "txt"
            | "properties"
            | "yml"
            | "yaml"
            | "json"
            | "env"
            | "ini"
            | "conf"
            | "cfg"
            | "toml"
            | "key"
            | "pem"
    );
    let words: Vec<&str> = stem
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
    let key = match end {
        "pem" => has(&["private", "privkey", "key"]),
        "key" => true,
        _ => false,
    } && !has(&["public", "pubkey"]);
    let last = words.last().copied().unwrap_or_default();
    let secret = matches!(
        last,
        "secret"
            | "secrets"
            | "password"
            | "passwords"
            | "passwd"
            | "credential"
            | "credentials"
            | "token"
            | "apikey"
    );
    // A word alone is a program or a folder; where its file type says data, or more words say whose secret it is, it holds one.
    is_data && (key || secret && (!end.is_empty() || words.len() > 1))
}

/// The words of `COPY` and `ADD` without flags: sources and target, with the place of each.
pub(super) fn words<'t>(instruction: &Instruction<'t>) -> Vec<(&'t str, Span)> {
    let (text, start) = instruction.arguments();
    let base = text.as_ptr() as usize;
    let parts = text.split(|char: char| char.is_whitespace() || matches!(char, '"' | '[' | ']' | ',' | '\\'));
    parts
        .filter(|word| !word.is_empty() && !word.starts_with("--"))
        .map(|word| {
            let at = start + (word.as_ptr() as usize - base);
            (word, Span::new(at, at + word.len()))
        })
        .collect()
}

/// Sources of `COPY` and `ADD` from the build context.
pub(super) fn sources<'t>(instruction: &Instruction<'t>) -> Vec<(&'t str, Span)> {
    let copies = matches!(instruction.keyword.as_str(), "COPY" | "ADD")
        && !instruction.arguments().0.contains("--from=");
    let mut words = if copies { words(instruction) } else { Vec::new() };
    words.pop();
    words
}

/// Sources that may take more along than they say: folders and patterns.
pub(crate) fn broad_sources(instruction: &Instruction<'_>) -> Vec<(String, Span)> {
    if instruction.arguments().0.contains("--exclude=") {
        return Vec::new();
    }
    let broad =
        |path: &str| credential_file(path).is_none() && !path.contains('$') && !path.starts_with("<<");
    sources(instruction)
        .into_iter()
        .filter(|(path, _)| broad(path))
        .map(|(path, span)| (path.to_owned(), span))
        .collect()
}

pub(super) fn file_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::credential_file;

    #[test]
    fn files_that_are_named_after_a_credential() {
        for (path, certain) in [
            ("keys/id_rsa", Some(true)),
            (".ssh/", Some(true)),
            ("secret.txt", Some(false)),
            ("conf/secrets.properties", Some(false)),
            ("db_password.txt", Some(false)),
            ("service-private.pem", Some(false)),
            ("tls/server.key", Some(false)),
            ("server.pem", None),
            ("public.key", None),
            ("secrets", None),
            ("token.go", None),
            ("tokens.json", None),
            ("password.html", None),
            ("secret.example.yaml", None),
        ] {
            assert_eq!(credential_file(path), certain, "{path}");
        }
    }
}
