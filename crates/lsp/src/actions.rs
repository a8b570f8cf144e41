//! Quick fixes: the fix of a finding, an inline suppression, an entry in `keysift.toml`.

use std::{fs, path::Path};

use keysift_policy::Settings;
use keysift_syntax::Language;
use serde_json::{Value, json};

use crate::{
    diagnostics::Found,
    lines::Lines,
    project,
    protocol::{CodeAction, Position, Range, TextEdit},
    uri,
};

/// A document that quick fixes change.
#[derive(Debug)]
pub(crate) struct Document<'d> {
    pub(crate) uri: &'d str,
    pub(crate) path: &'d Path,
    pub(crate) text: &'d str,
    pub(crate) version: Option<i64>,
}

/// The quick fixes of a finding, the best first. `can_create` is whether the editor can create files.
pub(crate) fn of(found: &Found, document: &Document<'_>, can_create: bool) -> Vec<CodeAction> {
    let mut actions = Vec::new();
    if let Some((edit, safe)) = &found.fix {
        let title = match safe {
            true => format!("Fix {}", found.rule.id),
            false => format!(
                "Replace the value of {} (move it to a secret store first)",
                found.rule.id
            ),
        };
        actions.push(action(found, title, *safe, in_document(document, edit.clone())));
    }
    if let Some(edit) = suppression(found, document) {
        let title = format!("Suppress {} on this line", found.rule.id);
        actions.push(action(found, title, false, in_document(document, edit)));
    }
    if let Some(edit) = allow(found, document, can_create) {
        let title = format!("Allow this finding of {} in {}", found.rule.id, Settings::FILE);
        actions.push(action(found, title, false, edit));
    }
    actions
}

fn action(found: &Found, title: String, is_preferred: bool, edit: Value) -> CodeAction {
    CodeAction {
        title,
        kind: "quickfix",
        diagnostics: vec![found.diagnostic.clone()],
        is_preferred,
        edit,
    }
}

fn in_document(document: &Document<'_>, edit: TextEdit) -> Value {
    json!({"documentChanges": [{
        "textDocument": {"uri": document.uri, "version": document.version},
        "edits": [edit],
    }]})
}

/// A comment on the line above: in many formats (`.properties`, Dockerfiles) a comment after a value is part
/// of the value.
fn suppression(found: &Found, document: &Document<'_>) -> Option<TextEdit> {
    let (open, close) = comment(document.path)?;
    let line = found.diagnostic.range.start.line;
    let text = Lines::new(document.text).line(line);
    let indentation = &text[..text.len() - text.trim_start().len()];
    let at = Position { line, character: 0 };
    Some(TextEdit {
        range: Range { start: at, end: at },
        new_text: format!(
            "{indentation}{open} keysift:ignore {} -- reason{close}\n",
            found.rule.id
        ),
    })
}

/// The start and end of a comment line; `None` if the file type has no comments that suppress a finding:
/// JSON, prose.
fn comment(path: &Path) -> Option<(&'static str, &'static str)> {
    /// The prefixes that `policy` accepts.
    const OPENINGS: &[&str] = &["#", "//", "--", "<!--", ";"];
    let Some(language) = Language::of(&path.to_string_lossy()) else {
        return Some(("#", ""));
    };
    let mut own = language.comments.iter().map(|comment| comment.trim());
    let open = own.find_map(|comment| OPENINGS.iter().find(|open| **open == comment))?;
    Some((open, if *open == "<!--" { " -->" } else { "" }))
}

/// Adds an entry to `keysift.toml`, which is created at the root of the repository if it does not exist.
fn allow(found: &Found, document: &Document<'_>, can_create: bool) -> Option<Value> {
    let entry = format!(
        "[[allow]]\nreason = \"why this is no secret ({})\"\nfingerprints = [\"{}\"]\n",
        found.rule.id, found.fingerprint
    );
    let existing = project::settings_file(document.path);
    let file = match &existing {
        Some(file) => file.clone(),
        None => project::top(document.path).join(Settings::FILE),
    };
    let uri = uri::of_path(&file);
    let text = match existing {
        Some(file) => fs::read_to_string(file).ok()?,
        None => String::new(),
    };
    let end = Lines::new(&text).end();
    let separator = match text.is_empty() {
        true => "",
        false if text.ends_with('\n') => "\n",
        false => "\n\n",
    };
    let edit = json!({
        "textDocument": {"uri": uri, "version": null},
        "edits": [{"range": {"start": end, "end": end}, "newText": format!("{separator}{entry}")}],
    });
    if file.is_file() {
        return Some(json!({"documentChanges": [edit]}));
    }
    let create = json!({"kind": "create", "uri": uri, "options": {"ignoreIfExists": true}});
    can_create.then(|| json!({"documentChanges": [create, edit]}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_by_language() {
        for (path, wanted) in [
            ("a.py", Some(("#", ""))),
            ("a.go", Some(("//", ""))),
            ("a.sql", Some(("--", ""))),
            ("a.html", Some(("<!--", " -->"))),
            (".env", Some(("#", ""))),
            ("Dockerfile", Some(("#", ""))),
            ("a.json", None),
            ("README.md", None),
        ] {
            assert_eq!(comment(Path::new(path)), wanted, "{path}");
        }
    }
}
