//! Renders the configuration and history of an image as a Dockerfile, so that checks and rules for
//! Dockerfiles apply.
//!
//! Everything is included, also values that a later instruction overwrote, and fields that the specification
//! does not define.

use std::{collections::HashSet, fmt::Write};

use serde_json::Value;

use super::json::leaves;

/// The lines of the Dockerfile being written.
struct Lines {
    text: String,
    /// Settings that were written: `ENV` or `LABEL`, and the pair.
    written: HashSet<(&'static str, String)>,
}

impl Lines {
    fn line(&mut self, text: &str) {
        self.text.push_str(&text.replace(['\n', '\r'], " "));
        self.text.push('\n');
    }

    /// Writes a setting, unless it was written before.
    fn set(&mut self, word: &'static str, name: &str, value: &str) {
        let escaped = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('$', "\\$");
        if self.written.insert((word, format!("{name}={value}"))) {
            let name = name.replace(|char: char| char.is_whitespace() || "\"'\\=".contains(char), "_");
            self.line(&format!("{word} {name}=\"{escaped}\""));
        }
    }
}

/// Renders a configuration.
pub(crate) fn dockerfile(config: &Value) -> String {
    let mut out = Lines {
        text: "# what the image's configuration and history say\n".to_owned(),
        written: HashSet::new(),
    };
    settings(&config["config"], &mut out);
    for (key, word) in [("Entrypoint", "ENTRYPOINT"), ("Cmd", "CMD")] {
        match &config["config"][key] {
            Value::Null => {}
            value => out.line(&format!("{word} {value}")),
        }
    }
    match &config["config"]["Healthcheck"]["Test"] {
        Value::Null => {}
        test => out.line(&format!("HEALTHCHECK CMD {test}")),
    }
    for entry in texts(&config["config"]["OnBuild"]) {
        out.line(&format!("ONBUILD {entry}"));
    }
    let history = || config["history"].as_array().into_iter().flatten();
    for entry in history() {
        ran(entry["created_by"].as_str().unwrap_or_default(), &mut out);
        for key in ["author", "comment"] {
            if let Some(text) = entry[key]
                .as_str()
                .filter(|text| !text.is_empty() && *text != "buildkit.dockerfile.v0")
            {
                out.line(&format!("# {key}: {text}"));
            }
        }
    }
    // The last step of the build, as stored by older tools.
    settings(&config["container_config"], &mut out);
    let created_by: HashSet<&str> = history()
        .filter_map(|entry| entry["created_by"].as_str())
        .collect();
    let last = texts(&config["container_config"]["Cmd"])
        .collect::<Vec<_>>()
        .join(" ");
    let repeated = created_by.contains(last.as_str());
    leaves(
        config,
        &|path, value| is_written(path, value) || repeated && path == "container_config.Cmd",
        &mut |path, text| out.set("LABEL", path, text),
    );
    out.text
}

/// Renders annotations and unknown fields of a manifest or index; empty if there are none.
pub(crate) fn annotations(manifest: &Value) -> String {
    let mut out = Lines {
        text: String::new(),
        written: HashSet::new(),
    };
    let known = |path: &str, value: &Value| {
        let digest = value.as_str().is_some_and(|text| {
            text.strip_prefix("sha256:")
                .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        });
        let name = path.rsplit('.').next().unwrap_or(path);
        let field = !path.contains("annotations") && !value.is_object();
        digest
            || field && matches!(name, "mediaType" | "digest" | "size" | "schemaVersion")
            || field && value.is_string() && matches!(name, "architecture" | "os" | "variant" | "Config")
            || field && matches!(name, "RepoTags" | "Layers") && path.matches('.').count() == 1
    };
    leaves(manifest, &known, &mut |path, text| {
        let name = path.rsplit_once("annotations.").map_or(path, |(_, name)| name);
        out.set("LABEL", name, text);
    });
    match out.text.is_empty() {
        true => out.text,
        false => format!("# what the image's manifest says\n{}", out.text),
    }
}

/// Writes variables and labels.
fn settings(config: &Value, out: &mut Lines) {
    for text in texts(&config["Env"]) {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        out.set("ENV", name, value);
    }
    for (name, value) in config["Labels"].as_object().into_iter().flatten() {
        match value.as_str() {
            Some(text) => out.set("LABEL", name, text),
            None => out.set("LABEL", name, &value.to_string()),
        }
    }
}

/// Returns whether a field has an instruction of its own, or contains nothing that the author wrote.
fn is_written(path: &str, value: &Value) -> bool {
    let strings = || {
        value
            .as_array()
            .is_some_and(|all| all.iter().all(Value::is_string))
    };
    let path = path.strip_prefix("container_").unwrap_or(path);
    match path {
        "rootfs.diff_ids" | "config.Env" | "config.OnBuild" => strings(),
        "config.Labels" => value.is_object(),
        "config.Entrypoint" | "config.Cmd" | "config.Healthcheck.Test" => true,
        "rootfs.type" | "architecture" | "os" | "variant" | "created" | "config.Image" => value.is_string(),
        _ => {
            let field = path
                .strip_prefix("history.")
                .and_then(|rest| rest.split_once('.'))
                .map(|(_, field)| field);
            matches!(field, Some("created" | "created_by" | "author" | "comment")) && value.is_string()
        }
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Writes a line of the history: a setting, or a command with its build arguments.
fn ran(created_by: &str, out: &mut Lines) {
    let text = instruction(created_by);
    for word in ["ENV", "LABEL"] {
        if let Some(rest) = text.strip_prefix(word).and_then(|rest| rest.strip_prefix(' ')) {
            pairs(rest, |name, value| out.set(word, name, value));
            return;
        }
    }
    // `|2 NAME=value OTHER=value /bin/sh -c …`
    let mut command = text.as_str();
    if let Some((count, rest)) = text.strip_prefix("RUN |").and_then(|rest| rest.split_once(' ')) {
        command = rest;
        for _ in 0..count.parse().unwrap_or(0) {
            // The count can exceed the number of arguments.
            if command.is_empty() {
                break;
            }
            let (pair, behind) = command.split_once(' ').unwrap_or((command, ""));
            out.line(&format!("ARG {pair}"));
            command = behind;
        }
    }
    if !command.is_empty() {
        let run = if command.len() < text.len() { "RUN " } else { "" };
        out.line(&format!("{run}{command}"));
    }
}

/// Splits an `ENV` or `LABEL` of the history into pairs. Values are not quoted there, so a word with a name
/// and `=` begins the next pair.
fn pairs<'t>(text: &'t str, mut on_pair: impl FnMut(&'t str, &'t str)) {
    let begins = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte))
        })
    };
    let mut pair = |text: &'t str| {
        let text = text.trim();
        // `ENV NAME value` is the older syntax.
        if let Some((name, value)) = text.split_once('=').or_else(|| text.split_once(' ')) {
            on_pair(name, value);
        } else if !text.is_empty() {
            on_pair(text, "");
        }
    };
    let (mut start, mut at) = (0, 0);
    for word in text.split(' ') {
        if begins(word) && at > start && begins(text[start..].split(' ').next().unwrap_or_default()) {
            pair(&text[start..at]);
            start = at;
        }
        at += word.len() + 1;
    }
    pair(&text[start..]);
}

/// Instructions that can begin a line of the history.
const INSTRUCTIONS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Restores the instruction of a line in the history: `/bin/sh -c #(nop)  CMD …` is `CMD …`, other commands
/// are `RUN`.
pub(crate) fn instruction(created_by: &str) -> String {
    let text = created_by.trim_end_matches("# buildkit").trim();
    if let Some((shell, rest)) = text.split_once("#(nop)")
        && matches!(
            shell.trim(),
            "" | "/bin/sh -c" | "cmd /S /C" | "powershell -Command" | "/bin/bash -c"
        )
    {
        return rest.trim().to_owned();
    }
    let first = text.split(' ').next().unwrap_or_default();
    let mut out = String::new();
    if !text.is_empty() && !INSTRUCTIONS.contains(&first) {
        out.push_str("RUN ");
    }
    let _ = write!(out, "{text}");
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn overwritten_values_are_included() {
        let text = dockerfile(&json!({
            "config": {"Env": ["A=", "B=two"], "Labels": {"l": "last", "n": 5}, "User": "root"},
            "history": [
                {"created_by": "ENV A=first and more B=two"},
                {"created_by": "/bin/sh -c #(nop)  ENV A=second"},
                {"created_by": "LABEL l=earlier"},
                {"created_by": "ENV A="},
                {"created_by": "echo x #(nop) y", "odd": "z"},
            ],
            "container_config": {"Env": ["A=third"], "Cmd": ["echo x", "#(nop) y"]},
        }));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "ENV A=\"\"",
                "ENV B=\"two\"",
                "LABEL l=\"last\"",
                "LABEL n=\"5\"",
                "ENV A=\"first and more\"",
                "ENV A=\"second\"",
                "LABEL l=\"earlier\"",
                "RUN echo x #(nop) y",
                "ENV A=\"third\"",
                "LABEL config.User=\"root\"",
                "LABEL history.4.odd=\"z\"",
            ]
        );
    }

    #[test]
    fn a_wrong_count_of_arguments_terminates() {
        let text = dockerfile(&json!({"history": [{"created_by": "|4000000000 A=b /bin/sh"}]}));
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), ["RUN A=b /bin/sh"]);
    }

    #[test]
    fn annotations_are_labels() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let text = annotations(&json!({
            "schemaVersion": 2,
            "annotations": {"a": "b", "digest": "c", "d": digest},
            "layers": [{"mediaType": "m", "digest": digest, "size": 5, "annotations": {"e": "f"}}],
        }));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, ["LABEL a=\"b\"", "LABEL digest=\"c\"", "LABEL e=\"f\""]);
    }
}
