//! `ci-secret-logged`.

use keysift_finding::{Confidence, Severity, Span};

use crate::{
    Check, File, Found, Language,
    shell::{Command, commands},
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
    /// All secrets of the run at once: `toJSON(secrets)`.
    Every,
    /// All variables.
    All,
}

impl Printed {
    fn message(self) -> &'static str {
        match self {
            Self::Expression | Self::Variable => "A secret is printed to the build log",
            Self::Every => "All secrets of the run are printed at once",
            Self::All => "All environment variables are printed to the build log",
        }
    }
}

/// Whether a text has an expression that is a secret and nothing else: `secrets.X != ''` asks whether it is there.
fn has_expression(text: &str) -> bool {
    expressions(text).any(|inside| inside.starts_with("secrets.") && !inside.contains(['=', '&', ' ']))
}

/// The expressions of GitHub in a text.
fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("${{")
        .skip(1)
        .map(|rest| rest.split("}}").next().unwrap_or_default().trim())
}

/// Whether a command prints all variables: `env`, `printenv`, `export -p`.
fn prints_all(command: &Command<'_>) -> bool {
    let words: Vec<&str> = command.words.iter().map(|word| word.text).collect();
    matches!(
        words[..],
        ["env" | "printenv"] | ["export" | "declare", "-p" | "-x"]
    )
}

/// Whether a parenthesis closes behind one word: `$(name)`.
fn is_macro(rest: &str) -> bool {
    let word = rest.split(')').next().unwrap_or_default();
    word.len() < rest.len()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// Whether a text has a variable that is a secret by its name, as it is: `${#X}`, `${X:+set}` and `${X:0:3}` print something else.
fn has_variable(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let escaped = rest[..at].ends_with('\\');
        rest = &rest[at + 1..];
        // `$(X)` is a variable in Azure Pipelines; a command is seldom one capital word.
        let macros = rest.strip_prefix('(').filter(|rest| is_macro(rest));
        let braced = rest.strip_prefix('{').or(macros);
        let inner = braced.or_else(|| rest.strip_prefix("env:")).unwrap_or(rest);
        let end = inner.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let name = &inner[..end.unwrap_or(inner.len())];
        let whole = braced.is_none() || inner[name.len()..].starts_with(['}', ')']);
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
    // Sorted or filtered, it is printed all the same.
    if command.writes.is_empty() && prints_all(command) && !command.piped {
        return Some(Printed::All);
    }
    if !elsewhere
        && expressions(text).any(|inside| inside.to_ascii_lowercase().replace(' ', "") == "tojson(secrets)")
    {
        return Some(Printed::Every);
    }
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
        for (_, scalar) in super::scalars(file.tree)
            .iter()
            .filter(|(key, _)| SCRIPTS.contains(key))
        {
            for (span, how) in printed(file.tree.raw(scalar.span)) {
                let span = Span::new(scalar.span.start + span.start, scalar.span.start + span.end);
                let detail = found.at(span, how.message());
                if how == Printed::Variable {
                    detail.doubt(
                        Confidence::Medium,
                        "only the name of the variable suggests a secret",
                    );
                } else if how == Printed::All {
                    detail
                        .severity(
                            Severity::Low,
                            "values that the service knows as secrets are masked",
                        )
                        .doubt(Confidence::Medium, "there may be no secret among the variables");
                }
            }
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
            "echo $(API_TOKEN)",
            "env",
            "make; printenv",
            "echo '${{ toJSON(secrets) }}'",
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
            "echo $(password_of db)",
            "env FOO=bar make",
            "env > file",
            "env | grep FOO",
        ] {
            assert_eq!(printed(script), [], "{script}");
        }
    }
}
