//! Units of systemd: the command lines behind `ExecStart=`, and flags in variables of the environment.

use keysift_finding::Span;

use super::{Component, Settings, Source, Word, flags, of_words};
use crate::shell;

/// Whether a file is a unit, or a part of one, that starts a component; templates of them too.
pub(crate) fn is_unit(name: &str, text: &[u8]) -> bool {
    let name = name
        .strip_suffix(".j2")
        .or_else(|| name.strip_suffix(".tpl"))
        .unwrap_or(name);
    (name.ends_with(".service") || name.ends_with(".conf"))
        && memchr::memmem::find(text, b"[Service]").is_some()
        && [&b"kube"[..], b"etcd", b"k3s", b"rke2"]
            .iter()
            .any(|part| memchr::memmem::find(text, part).is_some())
}

/// What the unit starts.
pub(crate) fn of_unit(text: &str) -> Vec<Settings<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = logical_end(text, at);
        let line = &text[at..end];
        let trimmed = line.trim_start();
        let start = at + line.len() - trimmed.len();
        if let Some(command) = trimmed.strip_prefix("ExecStart=") {
            let from = start + trimmed.len() - command.trim_start_matches(['-', '@', ':', '+', '!']).len();
            found.extend(of_words(&words(text, from, end)));
        } else if let Some(variables) = trimmed.strip_prefix("Environment=") {
            found.extend(of_variables(text, start + trimmed.len() - variables.len(), end));
        }
        at = end + 1;
    }
    found
}

/// Where a line ends that goes on behind each `\\` at its end.
fn logical_end(text: &str, mut at: usize) -> usize {
    loop {
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        if end == text.len() || !text[at..end].trim_end_matches('\r').ends_with('\\') {
            return end;
        }
        at = end + 1;
    }
}

fn words(text: &str, from: usize, end: usize) -> Vec<Word<'_>> {
    let commands = shell::commands(&text[from..end]);
    let words = commands.iter().flat_map(|command| &command.words);
    words
        .map(|word| {
            let start = from + word.start;
            (word.text, Span::new(start, start + word.text.len()), word.text)
        })
        .collect()
}

/// `"KUBELET_EXTRA_ARGS=--k=v --l=w"`.
fn of_variables(text: &str, from: usize, end: usize) -> Option<Settings<'_>> {
    let line = &text[from..end];
    let (name, _) = line.split_once('=')?;
    let component = match name.trim_start_matches(['"', '\'']) {
        name if name.starts_with("KUBELET_") => Component::Kubelet,
        name if name.starts_with("KUBE_API") => Component::ApiServer,
        _ => return None,
    };
    let value = line.trim_end().trim_end_matches(['"', '\'']);
    let start = from + name.len() + 1;
    let words = words(text, start, from + value.len());
    let list = flags(&words);
    let at = words.first().map(|(_, span, _)| *span)?;
    (!list.is_empty()).then_some(Settings {
        component,
        source: Source::Partial,
        list,
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_go_on_over_lines_and_variables() {
        let text = "[Service]\nEnvironment=\"KUBELET_X=--read-only-port=10255 --a\"\nExecStart=-/usr/bin/kubelet \\\n  --anonymous-auth=true \\\n  --authorization-mode Webhook\nRestart=always\n";
        let found = of_unit(text);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].value("read-only-port").map(|found| found.0),
            Some("10255")
        );
        let (value, setting) = found[1].value("anonymous-auth").unwrap();
        assert_eq!(
            (value, &text[setting.span.start..setting.span.end]),
            ("true", "--anonymous-auth=true")
        );
        assert_eq!(
            found[1].value("authorization-mode").map(|found| found.0),
            Some("Webhook")
        );
        assert!(is_unit("kubelet.service.j2", text.as_bytes()) && !is_unit("a.txt", text.as_bytes()));
    }
}
