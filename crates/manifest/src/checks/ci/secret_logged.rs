//! `ci-secret-logged`.

use keysift_finding::{Confidence, Span};

use crate::{
    Check, File, Found, Language,
    shell::{Command, commands},
    yaml::Node,
};

/// `ci-secret-logged`.
pub(crate) struct CiLogged;

/// Keys of the scripts of GitHub, GitLab, Azure, CircleCI, Bitbucket, Drone and Woodpecker.
const SCRIPTS: &[&str] = &[
    "run",
    "script",
    "before_script",
    "after_script",
    "command",
    "commands",
    "bash",
    "pwsh",
    "powershell",
];
const PRINTS: &[&str] = &[
    "echo",
    "printf",
    "Write-Host",
    "Write-Output",
    "Write-host",
    "print",
];

/// How a command prints a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Printed {
    /// An expression of the pipeline, `${{ secrets.X }}`.
    Expression,
    /// A variable whose name is that of a secret.
    Variable,
}

/// Whether a text has an expression that is a secret and nothing else: `secrets.X != ''` asks whether it is there.
fn has_expression(text: &str) -> bool {
    let mut expressions = text.split("${{").skip(1);
    expressions.any(|rest| {
        let inside = rest.split("}}").next().unwrap_or_default().trim();
        inside.starts_with("secrets.") && !inside.contains(['=', '&', ' '])
    })
}

/// Whether a text has a variable that is a secret by its name, as it is: `${#X}`, `${X:+set}` and `${X:0:3}` print something else.
fn has_variable(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let escaped = rest[..at].ends_with('\\');
        rest = &rest[at + 1..];
        let braced = rest.strip_prefix('{');
        let inner = braced.or_else(|| rest.strip_prefix("env:")).unwrap_or(rest);
        let end = inner.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let name = &inner[..end.unwrap_or(inner.len())];
        let whole = braced.is_none() || inner[name.len()..].starts_with('}');
        if !escaped
            && whole
            && !name.is_empty()
            && keysift_judge::name(name) == keysift_judge::Name::Sensitive
        {
            return true;
        }
    }
    false
}

/// Whether a command prints a secret into the log; what is piped, kept or masked is not shown.
fn prints(command: &Command<'_>, text: &str) -> Option<Printed> {
    let elsewhere = command.piped
        || !command.writes.is_empty()
        || ["::add-mask::", "setvariable", "base64"]
            .iter()
            .any(|word| text.contains(word));
    if elsewhere || !PRINTS.contains(&command.program()) {
        return None;
    }
    if has_expression(text) {
        return Some(Printed::Expression);
    }
    // In single quotes a variable is its name.
    let quoted = |start: usize| start > 0 && text.as_bytes().get(start - 1) == Some(&b'\'');
    let base = command.words.first().map_or(0, |word| word.start);
    let mut words = command.words.iter().filter(|word| !quoted(word.start - base));
    words
        .any(|word| has_variable(word.text))
        .then_some(Printed::Variable)
}

/// Where in a script a secret is printed.
fn printed(script: &str) -> Vec<(Span, Printed)> {
    let mut found = Vec::new();
    for command in commands(script) {
        let (Some(first), Some(last)) = (command.words.first(), command.words.last()) else {
            continue;
        };
        let end = last.start + last.text.len();
        // The quote behind the last word belongs to it.
        let end = end + usize::from(script[end..].starts_with(['"', '\'']));
        let span = Span::new(first.start, end);
        if let Some(how) = prints(&command, &script[span.start..span.end]) {
            found.push((span, how));
        }
    }
    found
}

impl Check for CiLogged {
    fn page(&self) -> &'static str {
        include_str!("secret_logged.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Pipeline {
            return;
        }
        let tree = file.tree;
        let mut walk = tree.walk(tree.documents.iter().copied(), ());
        while let Some((node, ())) = walk.next() {
            if let Node::Mapping(entries) = tree.node(node) {
                for (key, value) in entries {
                    if !tree
                        .scalar(*key)
                        .is_some_and(|key| SCRIPTS.contains(&key.text.as_str()))
                    {
                        continue;
                    }
                    let value = tree.at(*value);
                    for scalar in value
                        .scalar()
                        .into_iter()
                        .chain(value.items().filter_map(|item| item.scalar()))
                    {
                        for (span, how) in printed(tree.raw(scalar.span)) {
                            let span =
                                Span::new(scalar.span.start + span.start, scalar.span.start + span.end);
                            let detail = found.at(span, "a secret is printed to the build log");
                            if how == Printed::Variable {
                                detail.doubt(
                                    Confidence::Medium,
                                    "only the name of the variable suggests a secret",
                                );
                            }
                        }
                    }
                }
            }
            walk.below(node, ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_and_what_is_not() {
        for script in [
            "echo ${{ secrets.TOKEN }}",
            "make && echo \"token: ${{ secrets.TOKEN }}\"",
            "echo \"$DB_PASSWORD\"",
            "printf '%s' ${API_TOKEN}",
        ] {
            assert_eq!(printed(script).len(), 1, "{script}");
        }
        for script in [
            "echo '$DB_PASSWORD'",
            "echo ${#DB_PASSWORD} ${DB_PASSWORD:+set}",
            "echo \"$DB_PASSWORD\" | docker login --password-stdin",
            "echo \"$DB_PASSWORD\" > file",
            "echo \"::add-mask::${{ secrets.TOKEN }}\"",
            "echo ${{ secrets.TOKEN != '' }}",
            "deploy $DB_PASSWORD; echo done",
            "echo $HOME",
        ] {
            assert_eq!(printed(script), [], "{script}");
        }
    }
}
