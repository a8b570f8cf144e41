//! Checks of Dockerfiles: what is copied, what commands do with secrets.

use std::collections::{BTreeSet, HashMap, HashSet};

use keysift_finding::{Confidence, Span};

use crate::{Check, Dockerfile, FieldKind, Found, Instruction, Leak, Literal};

/// Files that hold a credential, by their name alone, and whether the name leaves no doubt.
pub(crate) fn credential_file(path: &str) -> Option<bool> {
    let file = path.rsplit('/').next().unwrap_or_default();
    let sample = ["example", "sample", "template", "dist", ".pub"]
        .iter()
        .any(|word| path.contains(word));
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
    ) || file.starts_with(".env.");
    match (sample, strong, weak) {
        (false, true, _) => Some(true),
        (false, false, true) => Some(false),
        _ => None,
    }
}

/// The words of `COPY` and `ADD` without flags: sources and target, with the place of each.
fn words<'t>(instruction: &Instruction<'t>) -> Vec<(&'t str, Span)> {
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
fn sources<'t>(instruction: &Instruction<'t>) -> Vec<(&'t str, Span)> {
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

/// `docker-multistage-secret-copy`.
pub(super) struct MultistageCopy;

/// Where a stage keeps a credential: a path, and the home folder in which `~` lies.
fn kept(instruction: &Instruction<'_>) -> Vec<String> {
    match instruction.keyword.as_str() {
        "COPY" | "ADD" => {
            let words = words(instruction);
            let Some(((target, _), sources)) = words.split_last() else {
                return Vec::new();
            };
            let secret = sources.iter().filter(|(path, _)| credential_file(path).is_some());
            secret
                .map(
                    |(path, _)| match target.ends_with('/') || *target == "." || sources.len() > 1 {
                        true => format!("{}/{}", target.trim_end_matches('/'), file_name(path)),
                        false => (*target).to_owned(),
                    },
                )
                .collect()
        }
        "RUN" => {
            let written = words(instruction)
                .into_iter()
                .map(|(word, _)| word.trim_start_matches('>').trim_end_matches(';'));
            let home = written.filter(|word| {
                credential_file(word).is_some() && (word.starts_with('/') || word.starts_with('~'))
            });
            home.map(|word| word.replacen('~', "/root", 1)).collect()
        }
        _ => Vec::new(),
    }
}

impl Check for MultistageCopy {
    fn page(&self) -> &'static str {
        include_str!("docker/multistage_secret_copy.md")
    }

    fn dockerfile(&self, file: &Dockerfile<'_>, found: &mut Found<'_>) {
        // By stage: the paths that hold a credential; and the numbers of stages by name.
        let mut stages: Vec<BTreeSet<String>> = Vec::new();
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for instruction in &file.instructions {
            if instruction.keyword == "FROM" {
                let words = words(instruction);
                let name = words
                    .iter()
                    .skip_while(|(word, _)| !word.eq_ignore_ascii_case("as"))
                    .nth(1)
                    .map_or("", |(name, _)| name);
                numbers.entry(name).or_insert(stages.len());
                stages.push(BTreeSet::new());
                continue;
            }
            let text = instruction.arguments().0;
            let from = text
                .split_once("--from=")
                .map(|(_, rest)| rest.split_whitespace().next().unwrap_or_default());
            if let Some(from) = from.filter(|_| instruction.keyword == "COPY") {
                let mut words = words(instruction);
                words.pop();
                let number = numbers.get(from).copied().or_else(|| from.parse().ok());
                let Some(secrets) = number.and_then(|number| stages.get(number)) else {
                    continue;
                };
                for (path, span) in words {
                    let folder = format!("{}/", path.trim_end_matches('/'));
                    let holds = secrets.get(path).or_else(|| {
                        let next = secrets.range(folder.clone()..).next();
                        next.filter(|secret| secret.starts_with(&folder))
                    });
                    if let Some(secret) = holds {
                        found.at(
                            span,
                            format!(
                                "`{path}` of stage `{from}` contains `{secret}`, which is copied into this stage"
                            ),
                        );
                    }
                }
            } else if let Some(secrets) = stages.last_mut() {
                secrets.extend(kept(instruction));
            }
        }
    }
}

/// `docker-copy-credential-file`.
pub(super) struct CopyCredential;

impl Check for CopyCredential {
    fn page(&self) -> &'static str {
        include_str!("docker/copy_credential_file.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        for (path, span) in sources(instruction) {
            let Some(certain) = credential_file(path) else {
                continue;
            };
            let detail = found.at(span, format!("credential file `{path}` is copied into the image"));
            if !certain {
                detail.doubt(
                    Confidence::Medium,
                    "recognized by its name only: it may not contain a credential",
                );
            }
        }
    }
}

/// `docker-secret-deleted-later`.
pub(super) struct DeletedLater;

impl Check for DeletedLater {
    fn page(&self) -> &'static str {
        include_str!("docker/secret_deleted_later.md")
    }

    fn dockerfile(&self, file: &Dockerfile<'_>, found: &mut Found<'_>) {
        let mut copied: HashSet<&str> = HashSet::new();
        for instruction in &file.instructions {
            if instruction.keyword == "FROM" {
                copied.clear();
            }
            copied.extend(
                sources(instruction)
                    .into_iter()
                    .filter(|(path, _)| credential_file(path).is_some())
                    .map(|(path, _)| file_name(path)),
            );
            if instruction.keyword != "RUN" {
                continue;
            }
            let words = words(instruction);
            let mut deletes = false;
            for (path, span) in words {
                match path {
                    "rm" | "shred" | "unlink" => deletes = true,
                    "&&" | "||" | ";" | "|" => deletes = false,
                    _ if deletes
                        && !path.starts_with('-')
                        && copied.contains(file_name(path.trim_end_matches(';'))) =>
                    {
                        found.at(
                            span,
                            format!(
                                "`{path}` is deleted here, but it is still in the layer that `COPY` created"
                            ),
                        );
                    }
                    _ => {}
                }
            }
        }
    }
}

fn file_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// `docker-secret-mount-persisted`.
pub(super) struct MountPersisted;

impl Check for MountPersisted {
    fn page(&self) -> &'static str {
        include_str!("docker/secret_mount_persisted.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        let (text, start) = instruction.arguments();
        if instruction.keyword != "RUN" || !text.contains("type=secret") {
            return;
        }
        let base = text.as_ptr() as usize;
        let removed = removed(text);
        for command in text
            .split("&&")
            .flat_map(|part| part.split(';'))
            .flat_map(|part| part.split("||"))
        {
            let secret = command.contains("/run/secrets/");
            let words: Vec<&str> = command
                .split_whitespace()
                .filter(|word| !word.starts_with("--mount=") && *word != "\\")
                .collect();
            let first = words.first().copied().unwrap_or_default();
            let written = command.split_once('>').map(|(_, target)| {
                target
                    .trim_start_matches(['>', ' '])
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
            });
            let outside = |path: &str| {
                !path.is_empty()
                    && !["/run/", "/dev/", "/tmp/", "&"]
                        .iter()
                        .any(|place| path.starts_with(place))
            };
            let copies = matches!(first, "cp" | "mv" | "install")
                && words.last().is_some_and(|target| outside(target));
            let writes = written.is_some_and(outside)
                || words
                    .iter()
                    .skip_while(|word| **word != "tee")
                    .nth(1)
                    .is_some_and(|target| outside(target));
            let configures = [
                "npm config set",
                "git config",
                "pip config set",
                "yarn config set",
            ]
            .iter()
            .any(|what| command.contains(what));
            if secret
                && (copies || writes || configures)
                && !removed.contains(written.unwrap_or_else(|| words.last().copied().unwrap_or_default()))
            {
                let trimmed = command.trim_start();
                let at = start + (trimmed.as_ptr() as usize - base);
                let span = Span::new(
                    at,
                    at + trimmed
                        .trim_end()
                        .trim_end_matches('\\')
                        .trim_end()
                        .lines()
                        .next()
                        .unwrap_or_default()
                        .len(),
                );
                found.at(span, "the mounted secret is written to the image layer");
            }
        }
    }
}

/// The paths that an instruction removes again.
fn removed(text: &str) -> HashSet<&str> {
    let commands = text.split("rm ").skip(1);
    commands
        .flat_map(|rest| rest.split_whitespace().take(6))
        .map(|word| word.trim_end_matches(';'))
        .filter(|word| !word.is_empty())
        .collect()
}

/// `docker-add-credential-url`.
pub(super) struct AddUrl;

impl Check for AddUrl {
    fn page(&self) -> &'static str {
        include_str!("docker/add_credential_url.md")
    }

    fn literal(&self, literal: &Literal<'_>, leak: Leak, found: &mut Found<'_>) {
        if leak == Leak::Url && literal.carrier == FieldKind::DockerAdd {
            leak.say(found.at(
                literal.span,
                format!(
                    "password in the URL of `{}`, stored in the image history",
                    literal.owner
                ),
            ));
        }
    }
}

/// `docker-os-password`.
pub(super) struct OsPassword;

impl Check for OsPassword {
    fn page(&self) -> &'static str {
        include_str!("docker/os_password.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        let (text, start) = instruction.arguments();
        if instruction.keyword != "RUN" {
            return;
        }
        let base = text.as_ptr() as usize;
        for command in text.split("&&").flat_map(|part| part.split(';')) {
            let piped = command.contains("chpasswd") || command.contains("passwd --stdin");
            let Some(echo) = command.find("echo ").filter(|_| piped) else {
                continue;
            };
            let said = command[echo + 5..]
                .split('|')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches(['"', '\''])
                .trim_start_matches("-e ")
                .trim_matches(['"', '\'']);
            let password = said.split_once(':').map_or(said, |(_, password)| password);
            if keysift_judge::value(password) == keysift_judge::Value::Literal
                && !password.contains('$')
                && !password.contains('*')
            {
                let at = start + (password.as_ptr() as usize - base);
                found
                    .at(
                        Span::new(at, at + password.len()),
                        "hard-coded password of an operating system account, stored in the image history",
                    )
                    .secret();
            }
        }
    }
}

/// Where commands and addresses of a Dockerfile carry literals.
pub(crate) fn literals<'t>(instruction: &Instruction<'t>) -> Vec<Literal<'t>> {
    use crate::command::{Word, credentials};
    let (text, start) = instruction.arguments();
    let base = text.as_ptr() as usize;
    let whole = |text: &'t str, start: usize| Word {
        text,
        span: Span::new(start, start + text.len()),
        raw: text,
    };
    let carrier = match instruction.keyword.as_str() {
        "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK" | "SHELL" => FieldKind::DockerRun,
        "ADD" | "FROM" => FieldKind::DockerAdd,
        _ => return Vec::new(),
    };
    let words: Vec<Word<'t>> = match text.trim_start().starts_with('[') {
        // The JSON form: each string is a word, or a script.
        true => text
            .split('"')
            .skip(1)
            .step_by(2)
            .map(|word| whole(word, start + (word.as_ptr() as usize - base)))
            .collect(),
        false => vec![whole(text, start)],
    };
    let owner = instruction.keyword.clone();
    let mut found: Vec<Literal<'t>> = Vec::new();
    for credential in credentials(&words) {
        found.push(Literal {
            carrier,
            name: credential.name,
            value: credential.value.into(),
            span: credential.span,
            container: None,
            owner: owner.clone().into(),
            field: None,
        });
    }
    found
}
