//! Chooses the reader of a file, by the table of languages and by file names.

use crate::Language;

/// The syntaxes that have a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Windows batch files.
    Batch,
    /// A programming language.
    Code,
    /// CSV with a header.
    Csv,
    /// Diffs of files in other syntaxes.
    Diff,
    /// Dockerfiles.
    Docker,
    /// Environment files.
    Dotenv,
    /// Terraform and other HCL.
    Hcl,
    /// INI files, and configuration of daemons.
    Ini,
    /// JSON, JSON5 and JSON with comments.
    Json,
    /// netrc.
    Netrc,
    /// Jupyter notebooks: programs in JSON.
    Notebook,
    /// Java properties.
    Properties,
    /// Text for people.
    Prose,
    /// POSIX shell scripts.
    Shell,
    /// SQL.
    Sql,
    /// TOML.
    Toml,
    /// XML and HTML.
    Xml,
    /// YAML, also with templates.
    Yaml,
    /// None of them.
    Other,
}

/// File names.
const NAMES: &[(Syntax, &str)] = &[
    (
        Syntax::Ini,
        "credentials config .my.cnf .pgpass odbc.ini .flaskenv",
    ),
    (Syntax::Json, ".dockercfg .dockerconfigjson"),
    (Syntax::Netrc, "_netrc"),
    (
        Syntax::Shell,
        ".profile .bashrc .bash_profile .zshrc .zshenv .bash_history .zsh_history",
    ),
];

/// Extensions that a template or a copy adds to a name.
const ADDED: &[&str] = &[
    "tmpl", "tpl", "j2", "jinja", "jinja2", "erb", "gotmpl", "template", "tftpl", "example", "sample",
    "dist", "bak", "old", "orig", "local", "in",
];

impl Syntax {
    /// The name of the syntax; those that are read alike share one.
    pub fn word(self) -> &'static str {
        match self {
            Syntax::Code | Syntax::Notebook => "code",
            Syntax::Prose => "text",
            Syntax::Csv => "CSV",
            Syntax::Diff => "a diff",
            Syntax::Docker => "a Dockerfile",
            Syntax::Dotenv => "an environment file",
            Syntax::Hcl => "Terraform",
            Syntax::Ini | Syntax::Toml => "an INI file",
            Syntax::Json => "JSON",
            Syntax::Netrc => "a login file",
            Syntax::Properties => "properties",
            Syntax::Shell | Syntax::Batch => "a script",
            Syntax::Sql => "SQL",
            Syntax::Xml => "XML",
            Syntax::Yaml => "YAML",
            Syntax::Other => "a file of unknown grammar",
        }
    }

    /// The syntax of a file, by its name and first line.
    pub fn of(path: &str, text: &[u8]) -> Self {
        let file = file_name(path).to_ascii_lowercase();
        let mut name = file.as_str();
        if name.starts_with(".env") || name.ends_with(".env") || name.contains(".env.") {
            return Syntax::Dotenv;
        }
        if name.starts_with("dockerfile") || name.ends_with("dockerfile") || name.starts_with("containerfile")
        {
            return Syntax::Docker;
        }
        loop {
            if let Some(found) = listed(NAMES, name) {
                return found;
            }
            let Some((before, ending)) = name.rsplit_once('.') else {
                return Self::of_first_line(text);
            };
            match Language::of_ending(ending).map(|language| language.syntax) {
                // `x.yaml.erb` is YAML, `x.erb` is a program.
                Some(found) if !ADDED.contains(&ending) || !before.contains('.') => return found,
                None if !ADDED.contains(&ending) && !before.is_empty() => return Syntax::Other,
                _ => name = before,
            }
        }
    }

    fn of_first_line(text: &[u8]) -> Self {
        let first = &text[..text.len().min(80)];
        let first = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if first.starts_with(b"#!") && first.windows(2).any(|pair| pair == b"sh") {
            Syntax::Shell
        } else if first.starts_with(b"#cloud-config") {
            Syntax::Yaml
        } else if first.strip_prefix(b"{").is_some_and(|rest| {
            let rest = rest.trim_ascii_start();
            rest.is_empty() || rest.starts_with(b"\"")
        }) {
            Syntax::Json
        } else {
            Syntax::Other
        }
    }
}

/// The file name without its folders.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

fn listed(table: &[(Syntax, &str)], name: &str) -> Option<Syntax> {
    table
        .iter()
        .find(|(_, names)| names.split_ascii_whitespace().any(|listed| listed == name))
        .map(|(syntax, _)| *syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_their_names() {
        for (path, syntax) in [
            ("a/.env", Syntax::Dotenv),
            (".env.production", Syntax::Dotenv),
            ("prod.env", Syntax::Dotenv),
            ("values.yaml", Syntax::Yaml),
            ("deploy.yaml.tmpl", Syntax::Yaml),
            ("x.conf.j2", Syntax::Ini),
            ("database.yml.erb", Syntax::Yaml),
            ("index.erb", Syntax::Code),
            (".aws/credentials", Syntax::Ini),
            (".netrc", Syntax::Netrc),
            ("Dockerfile.dev", Syntax::Docker),
            ("web.config", Syntax::Xml),
            ("README.md", Syntax::Prose),
            ("x.unknown", Syntax::Other),
        ] {
            assert_eq!(Syntax::of(path, b""), syntax, "{path}");
        }
        assert_eq!(Syntax::of("run", b"#!/usr/bin/env bash\n"), Syntax::Shell);
        assert_eq!(Syntax::of("run", b"x"), Syntax::Other);
        assert_eq!(Syntax::of("user-data", b"#cloud-config\n"), Syntax::Yaml);
        assert_eq!(Syntax::of(".rc", b"{\n \"a\": 1}"), Syntax::Json);
        assert_eq!(Syntax::of("a.rc", b"{\n \"a\": 1}"), Syntax::Other);
    }
}
