//! `ansible-no-log-missing`.

use keysift_finding::Severity;

use crate::{
    Check, File, Found, Language,
    ansible::{Task, tasks},
    yaml::Cursor,
};

/// `ansible-no-log-missing`.
pub(crate) struct NoLogMissing;

/// Keys of a task that are no module.
const KEYWORDS: &[&str] = &[
    "name",
    "when",
    "register",
    "tags",
    "changed_when",
    "failed_when",
    "until",
    "loop_control",
    "notify",
    "become",
    "become_user",
    "become_method",
    "delegate_to",
    "vars",
    "no_log",
    "environment",
    "retries",
    "delay",
    "include_tasks",
    "import_tasks",
    "import_role",
    "include_role",
    "import_playbook",
    "check_mode",
    "ignore_errors",
    "run_once",
];

/// Modules that do nothing with what they are handed.
const SILENT: &[&str] = &[
    "assert",
    "fail",
    "meta",
    "include_vars",
    "import_tasks",
    "include_tasks",
    "pause",
];

/// How a task shows a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// In a text that the module prints.
    Text,
    /// As a parameter, which modules hide themselves, but not in loops.
    Parameter,
}

/// The variable of a secret in a template: `{{ db_password }}`.
fn has_secret_variable(text: &str) -> bool {
    let parts = text
        .split("{{")
        .skip(1)
        .filter_map(|part| part.split("}}").next());
    parts.flat_map(|part| part.split('|').next()).any(|expression| {
        // A lookup, or a comparison, is something else.
        let last = expression.trim().rsplit('.').next().unwrap_or_default();
        let plain = last
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        plain && keysift_judge::name(last) == keysift_judge::Name::Sensitive
    })
}

/// The first secret below a module, and how it is shown.
fn secret(node: Cursor<'_>, depth: usize) -> Option<(Shown, String)> {
    if let Some(text) = node.str() {
        return has_secret_variable(text).then(|| (Shown::Text, "a variable".to_owned()));
    }
    if depth == 0 {
        return None;
    }
    for (key, value) in node.entries() {
        let sensitive = keysift_judge::name(&key.text) == keysift_judge::Name::Sensitive;
        if let Some(scalar) = value.scalar().filter(|_| sensitive) {
            let filled = scalar.tagged
                || scalar.text.contains("{{")
                || keysift_judge::value(&scalar.text) == keysift_judge::Value::Literal;
            if filled {
                return Some((Shown::Parameter, format!("`{}`", key.text)));
            }
            continue;
        }
        if let found @ Some(_) = secret(value, depth - 1) {
            return found;
        }
    }
    node.items().find_map(|item| secret(item, depth - 1))
}

impl Check for NoLogMissing {
    fn page(&self) -> &'static str {
        include_str!("no_log_missing.md")
    }

    fn file(&self, file: &File<'_>, found: &mut Found<'_>) {
        if file.language != Language::Ansible {
            return;
        }
        for task in tasks(file.tree).iter().filter(|task| !task.hidden) {
            look(task, found);
        }
    }
}

fn look(task: &Task<'_>, found: &mut Found<'_>) {
    let entries = task.node.entries();
    let looped = entries
        .iter()
        .any(|(key, _)| key.text == "loop" || key.text.starts_with("with_"));
    let modules = entries.iter().filter(|(key, _)| {
        !KEYWORDS.contains(&key.text.as_str()) && key.text != "loop" && !key.text.starts_with("with_")
    });
    for (module, value) in modules {
        let bare = module.text.rsplit('.').next().unwrap_or_default();
        if SILENT.contains(&bare) {
            continue;
        }
        let Some((shown, what)) = secret(*value, 4) else {
            continue;
        };
        let shown = if looped || task.node.get("no_log").exists() {
            Shown::Text
        } else {
            shown
        };
        let span = match task.node.get("no_log") {
            set if set.exists() => set.span(),
            _ => task.node.span(),
        };
        let detail = found.at(
            span,
            format!(
                "A task hands {what} of a secret to `{}` without `no_log`",
                module.text
            ),
        );
        if shown == Shown::Parameter {
            detail.severity(
                Severity::Info,
                "many modules hide such a parameter, but not with `-vvv` and in loops",
            );
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_secrets() {
        for text in [
            "mysql -p{{ db_password }}",
            "{{ vault.api_token }}",
            "{{ token | b64encode }}",
        ] {
            assert!(has_secret_variable(text), "{text}");
        }
        for text in [
            "{{ password_file }}",
            "db_password",
            "{{ lookup('env', 'TOKEN') }}",
            "{{ x }}",
        ] {
            assert!(!has_secret_variable(text), "{text}");
        }
    }
}
