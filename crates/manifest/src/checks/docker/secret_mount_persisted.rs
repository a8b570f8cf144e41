//! `docker-secret-mount-persisted`.

use std::collections::HashSet;

use keysift_finding::Span;

use crate::{
    Check, Found, Instruction,
    shell::{Command, commands},
};

/// `docker-secret-mount-persisted`.
pub(crate) struct MountPersisted;

/// What the mounts of an instruction make known to its commands: paths of files, and variables.
#[derive(Debug, Default)]
struct Mounted<'t> {
    paths: Vec<&'t str>,
    variables: HashSet<&'t str>,
}

impl<'t> Mounted<'t> {
    /// Reads `--mount=type=secret,id=x,target=/y,env=Z`.
    fn add(&mut self, mount: &'t str) {
        let options = || mount.split(',').filter_map(|option| option.split_once('='));
        if !options().any(|option| option == ("type", "secret")) {
            return;
        }
        for (key, value) in options() {
            match key {
                "target" | "dst" | "destination" => self.paths.push(value),
                "env" => drop(self.variables.insert(value)),
                _ => {}
            }
        }
    }

    /// Whether a text has the secret in it: its path, or a variable that was given its content.
    fn is_in(&self, text: &str) -> bool {
        if text.contains("/run/secrets/") || self.paths.iter().any(|path| text.contains(path)) {
            return true;
        }
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            rest = rest[at + 1..].trim_start_matches('{');
            let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
            if self.variables.contains(&rest[..end.unwrap_or(rest.len())]) {
                return true;
            }
        }
        false
    }

    /// Variables that a command gives the secret: `X=$(cat /run/secrets/x)`.
    fn assign(&mut self, command: &Command<'t>) {
        for word in &command.words {
            if let Some((name, value)) = word.text.split_once('=')
                && !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && self.is_in(value)
            {
                self.variables.insert(name);
            }
        }
    }
}

/// Whether a path is kept in the layer.
fn is_kept(path: &str) -> bool {
    !path.is_empty()
        && !["/run/", "/dev/", "/tmp/", "&"]
            .iter()
            .any(|place| path.starts_with(place))
}

/// The file to which a command writes what it reads, or nothing where it only changes settings.
fn written<'t>(command: &Command<'t>) -> Option<Option<&'t str>> {
    let words: Vec<&str> = command.words.iter().map(|word| word.text).collect();
    let last = words.last().copied().filter(|_| words.len() > 1);
    let target = match command.program() {
        "cp" | "mv" | "install" => last,
        "tee" => words.iter().skip(1).find(|word| !word.starts_with('-')).copied(),
        // What others write is made with the secret, and is not the secret.
        "echo" | "printf" | "cat" | "sed" | "awk" | "envsubst" | "base64" | "tr" | "cut" | "jq" | "gpg"
        | "openssl" => command.writes.first().map(|word| word.text),
        _ => None,
    };
    if let Some(target) = target.filter(|target| is_kept(target)) {
        return Some(Some(target));
    }
    let line = words.join(" ");
    [
        "npm config set",
        "git config",
        "pip config set",
        "yarn config set",
    ]
    .iter()
    .any(|what| line.starts_with(what))
    .then_some(None)
}

impl Check for MountPersisted {
    fn page(&self) -> &'static str {
        include_str!("secret_mount_persisted.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        let (text, start) = instruction.arguments();
        if instruction.keyword != "RUN" || !text.contains("type=secret") {
            return;
        }
        let mut mounted = Mounted::default();
        let mut all = commands(text);
        let starts: Vec<usize> = all
            .iter()
            .map(|command| command.words.first().map_or(0, |word| word.start))
            .collect();
        for command in &mut all {
            command
                .words
                .retain(|word| match word.text.strip_prefix("--mount=") {
                    Some(mount) => {
                        mounted.add(mount);
                        false
                    }
                    None => true,
                });
        }
        let removed: HashSet<&str> = all
            .iter()
            .filter(|command| command.program() == "rm")
            .flat_map(|command| &command.words)
            .map(|word| word.text)
            .collect();
        let mut piped = false;
        for (command, from) in all.iter().zip(starts) {
            mounted.assign(command);
            let reads = piped || command.words.iter().any(|word| mounted.is_in(word.text));
            piped = reads && command.piped;
            if let Some(target) = written(command).filter(|_| reads)
                && target.is_none_or(|target| !removed.contains(target))
                && let Some(last) = command.words.last()
            {
                let end = last.start + last.text.len();
                found.at(
                    Span::new(start + from, start + end),
                    "The mounted secret is written to the image layer",
                );
            }
        }
    }
}
