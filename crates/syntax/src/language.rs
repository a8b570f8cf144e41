//! The table of languages: file extensions, and the properties that all readers share.

use crate::{Kind, readers::Syntax};

/// A language, or a format of files.
#[derive(Debug)]
pub struct Language {
    /// Its file extensions, in lower case.
    pub endings: &'static [&'static str],
    /// Where a value without quotes is a literal.
    pub kind: Kind,
    /// The reader of the format.
    pub syntax: Syntax,
    /// The prefixes of comment lines.
    pub comments: &'static [&'static str],
    /// How literals are concatenated, besides `+`.
    pub joins: Concatenation,
    /// Its grammar, which a build may lack.
    pub grammar: Option<Grammar>,
}

/// How a language concatenates literals, besides `+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concatenation {
    /// Only with `+`.
    No,
    /// Adjacent literals are concatenated.
    Adjacent,
    /// With an operator.
    By(&'static str),
}

/// The grammars of programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "languages have no other names")]
pub enum Grammar {
    Bash,
    C,
    CSharp,
    Cpp,
    Go,
    Hcl,
    Java,
    JavaScript,
    Kotlin,
    Php,
    Python,
    Ruby,
    Rust,
    Scala,
    Swift,
    Tsx,
    TypeScript,
}

const SLASHES: &[&str] = &["//", "/*", "* "];
const HASH: &[&str] = &["#"];
const ANGLES: &[&str] = &["<!--"];
const NONE: &[&str] = &[];

const fn row(
    endings: &'static [&'static str],
    (kind, syntax): (Kind, Syntax),
    comments: &'static [&'static str],
    joins: Concatenation,
    grammar: Option<Grammar>,
) -> Language {
    Language {
        endings,
        kind,
        syntax,
        comments,
        joins,
        grammar,
    }
}

const PROGRAM: (Kind, Syntax) = (Kind::Code, Syntax::Code);

use Concatenation::{Adjacent, By, No};
use Grammar as G;

/// All languages. Each extension is in one row.
#[rustfmt::skip]
const TABLE: &[Language] = &[
    // Programming languages with slash comments.
    row(&["go"], PROGRAM, SLASHES, No, Some(G::Go)),
    row(&["java"], PROGRAM, SLASHES, No, Some(G::Java)),
    row(&["js", "jsx", "mjs", "cjs"], PROGRAM, SLASHES, No, Some(G::JavaScript)),
    row(&["ts", "mts", "cts"], PROGRAM, SLASHES, No, Some(G::TypeScript)),
    row(&["tsx"], PROGRAM, SLASHES, No, Some(G::Tsx)),
    row(&["vue"], PROGRAM, &["//", "/*", "* ", "<!--"], No, None),
    row(&["kt", "kts"], PROGRAM, SLASHES, No, Some(G::Kotlin)),
    row(&["cs"], PROGRAM, SLASHES, No, Some(G::CSharp)),
    row(&["c", "h"], PROGRAM, SLASHES, Adjacent, Some(G::C)),
    row(&["cc", "cpp", "cxx", "hpp"], PROGRAM, SLASHES, Adjacent, Some(G::Cpp)),
    row(&["m"], PROGRAM, SLASHES, No, None),
    row(&["rs"], PROGRAM, SLASHES, No, Some(G::Rust)),
    row(&["scala", "sc"], PROGRAM, SLASHES, No, Some(G::Scala)),
    row(&["swift"], PROGRAM, SLASHES, No, Some(G::Swift)),
    row(&["groovy", "gradle", "dart", "proto", "fs"], PROGRAM, SLASHES, No, None),
    // `#[` begins an attribute.
    row(&["php"], PROGRAM, &["//", "/*", "* ", "# "], By("."), Some(G::Php)),
    // Programming languages with other comments.
    row(&["py", "pyi"], PROGRAM, HASH, Adjacent, Some(G::Python)),
    row(&["pyx"], PROGRAM, HASH, Adjacent, None),
    row(&["rb", "rake", "gemspec"], PROGRAM, HASH, Adjacent, Some(G::Ruby)),
    row(&["pl", "pm"], PROGRAM, HASH, By("."), None),
    row(&["r", "ps1", "psm1"], PROGRAM, HASH, No, None),
    row(&["ex", "exs"], PROGRAM, HASH, By("<>"), None),
    row(&["lua"], PROGRAM, &["--"], By(".."), None),
    row(&["hs", "elm"], PROGRAM, &["--", "{-"], By("++"), None),
    row(&["erl"], PROGRAM, &["%"], Adjacent, None),
    row(&["clj"], PROGRAM, &[";"], No, None),
    row(&["vb", "vbs", "bas"], PROGRAM, &["'"], By("&"), None),
    row(&["jsp", "erb"], PROGRAM, &["<!--", "<%--", "<%#"], No, None),
    row(&["sql", "psql", "pgsql", "ddl"], (Kind::Code, Syntax::Sql), &["--", "/*"], By("||"), None),
    // Data.
    row(&["json", "har", "tfstate", "webmanifest", "postman_collection"], (Kind::Code, Syntax::Json), NONE, No, None),
    row(&["jsonc", "json5"], (Kind::Code, Syntax::Json), SLASHES, No, None),
    row(&["ipynb"], (Kind::Code, Syntax::Notebook), NONE, No, None),
    row(&["toml"], (Kind::Code, Syntax::Toml), HASH, No, None),
    row(&["tf", "hcl"], (Kind::Code, Syntax::Hcl), &["#", "//", "/*"], No, Some(G::Hcl)),
    row(&["nomad"], (Kind::Code, Syntax::Hcl), &["#", "//", "/*"], No, None),
    row(&["tfvars"], (Kind::Config, Syntax::Hcl), &["#", "//", "/*"], No, Some(G::Hcl)),
    row(
        &["xml", "html", "htm", "xhtml", "csproj", "vbproj", "fsproj", "pom", "xaml", "resx", "nuspec", "wsdl", "xsl", "svg"],
        (Kind::Code, Syntax::Xml), ANGLES, No, None,
    ),
    row(&["config", "plist", "props", "targets", "settings"], (Kind::Config, Syntax::Xml), ANGLES, No, None),
    row(&["yml", "yaml"], (Kind::Config, Syntax::Yaml), HASH, No, None),
    row(&["properties"], (Kind::Config, Syntax::Properties), &["#", "!"], No, None),
    row(&["env", "envrc"], (Kind::Config, Syntax::Dotenv), HASH, No, None),
    row(
        &[
            "ini", "cfg", "conf", "cnf", "service", "timer", "socket", "desktop", "npmrc", "pypirc", "gitconfig",
            "editorconfig", "s3cfg", "boto",
        ],
        (Kind::Config, Syntax::Ini), &["#", ";"], No, None,
    ),
    row(&["netrc", "authinfo"], (Kind::Config, Syntax::Netrc), HASH, No, None),
    row(&["rsp", "list"], (Kind::Config, Syntax::Other), HASH, No, None),
    // Scripts.
    row(&["sh", "bash"], (Kind::Config, Syntax::Shell), HASH, No, Some(G::Bash)),
    row(&["zsh", "ksh", "fish", "csh", "tcsh", "profile", "bashrc", "zshrc", "cshrc"], (Kind::Config, Syntax::Shell), HASH, No, None),
    row(&["tcl", "exp", "expect"], (Kind::Code, Syntax::Code), HASH, No, None),
    row(&["bat", "cmd"], (Kind::Config, Syntax::Batch), &["rem ", "REM ", "Rem ", "::"], No, None),
    // Text for people: a line that begins with `#` is a heading.
    row(
        &["md", "markdown", "mdx", "rst", "adoc", "asciidoc", "txt", "text", "org", "eml"],
        (Kind::Prose, Syntax::Prose), NONE, No, None,
    ),
    row(&["csv", "tsv"], (Kind::Prose, Syntax::Csv), NONE, No, None),
    row(&["diff", "patch"], (Kind::Prose, Syntax::Diff), NONE, No, None),
];

impl Language {
    /// The language of a file by its name; `None` if the name is unknown.
    pub fn of(path: &str) -> Option<&'static Self> {
        let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let ending = file.rsplit('.').next().unwrap_or_default();
        Self::of_ending(&ending.to_ascii_lowercase())
    }

    /// The language with this file extension, in lower case and without the dot.
    pub(crate) fn of_ending(ending: &str) -> Option<&'static Self> {
        TABLE.iter().find(|language| language.endings.contains(&ending))
    }

    /// Returns whether a line is a comment in this language. In a file of unknown language, `#` begins a
    /// comment.
    pub(crate) fn is_comment(language: Option<&Self>, line: &[u8]) -> bool {
        let marks = language.map_or(HASH, |language| language.comments);
        marks.iter().any(|mark| line.starts_with(mark.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use keysift_finding::Span;

    use super::*;
    use crate::{Place, place};

    #[test]
    fn an_extension_is_in_one_row() {
        let mut seen = HashSet::new();
        for ending in TABLE.iter().flat_map(|language| language.endings) {
            assert!(seen.insert(ending), "{ending} twice");
            assert_eq!(*ending, ending.to_ascii_lowercase());
        }
    }

    #[test]
    fn all_readers_agree_on_each_row() {
        for language in TABLE {
            for ending in language.endings {
                let path = format!("folder.d/NAME.{}", ending.to_uppercase());
                assert_eq!(Kind::of(&path), language.kind, "{path}");
                assert_eq!(Syntax::of(&path, b""), language.syntax, "{path}");
                let by_line = |line: &str| {
                    let at = line.find('@').unwrap();
                    place(line.as_bytes(), Span::new(at, at + 1), &path, None)
                };
                for mark in language.comments {
                    assert_eq!(
                        by_line(&format!("x\n  {mark} password = @")),
                        Place::Comment,
                        "{path} {mark}"
                    );
                    assert_eq!(
                        by_line(&format!("x = 1 {mark} password = @")),
                        Place::Literal,
                        "{path} {mark}"
                    );
                }
                let no_mark = !language.comments.iter().any(|mark| mark.starts_with('#'));
                if no_mark {
                    assert_eq!(by_line("# password = @"), Place::Literal, "{path}");
                }
            }
        }
    }

    #[test]
    fn literals_are_joined_in_programs_only() {
        for language in TABLE.iter().filter(|language| language.joins != No) {
            assert_eq!(language.kind, Kind::Code, "{:?}", language.endings);
        }
    }

    #[test]
    fn names_that_say_nothing() {
        assert!(Language::of("a.unheardof").is_none());
        assert_eq!(
            ["Makefile", "a.unheardof", ".env.md", "Dockerfile.prod"].map(Kind::of),
            [Kind::Config, Kind::Prose, Kind::Config, Kind::Config]
        );
    }
}
