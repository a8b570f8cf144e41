//! `docker-multistage-secret-copy`.

use std::collections::{BTreeSet, HashMap};

use crate::checks::docker::{credential_file, file_name, words};
use crate::{Check, Dockerfile, Found, Instruction};

/// `docker-multistage-secret-copy`.
pub(crate) struct MultistageCopy;

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
        include_str!("multistage_secret_copy.md")
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
