//! Samples of every rule in the texts that secrets stand in: found once, by their own rule, and completely.

use std::{collections::HashSet, fmt::Write};

use keysift_finding::{Blob, Confidence, Location, Origin, Span};
use keysift_rules::{Generality, Rule, RuleKind};
use keysift_scan::{Options, Scanner};

use crate::common::{builtin_rules, corpus};

/// A surrounding: its name, the file's path, and the text with `@` for the secret and `NAME` for a name.
type Surrounding = (&'static str, &'static str, &'static str);

/// Surroundings in which a secret is written as it is.
const PLAIN: &[Surrounding] = &[
    ("bare line", "notes.txt", "@\n"),
    ("YAML", "app.yaml", "app:\n  NAME: \"@\"\n  debug: false\n"),
    ("YAML, not quoted", "app.yml", "app:\n  NAME: @\n  debug: false\n"),
    (
        "JSON",
        "app.json",
        "{\n  \"NAME\": \"@\",\n  \"debug\": false\n}\n",
    ),
    ("TOML", "app.toml", "[app]\nNAME = \"@\"\ndebug = false\n"),
    (".env", ".env", "DEBUG=0\nNAME=@\nPORT=80\n"),
    ("properties", "app.properties", "debug=false\nNAME=@\nport=80\n"),
    ("XML attribute", "app.config", "<add key=\"NAME\" value=\"@\"/>\n"),
    ("XML element", "app.xml", "<app>\n  <NAME>@</NAME>\n</app>\n"),
    ("export", "run.sh", "set -e\nexport NAME='@'\n./run\n"),
    (
        "Dockerfile",
        "Dockerfile",
        "FROM alpine\nENV NAME=@\nCMD [\"/run\"]\n",
    ),
    ("markdown", "README.md", "Set NAME to `@` first.\n"),
    (
        "call, comma",
        "app.py",
        "client = Client(\n    NAME=\"@\",\n    debug=False,\n)\n",
    ),
    ("semicolon", "app.ts", "const NAME = '@';\nrun(NAME);\n"),
    (
        "C string, escaped line break",
        "app.c",
        "static const char *NAME = \"@\\n\";\n",
    ),
    ("minified", "app.min.js", "var e={debug:!1,NAME:\"@\",n:3};t(e)\n"),
    (
        "log line",
        "app.log",
        "2026-11-26T10:00:00Z INFO start NAME=@ user=ann port=80\n",
    ),
];

/// Surroundings of secrets that need no name.
const NAMELESS: &[Surrounding] = &[
    (
        "curl header",
        "run.sh",
        "curl -fsS -H \"Authorization: Bearer @\" https://api.example.com/v1/me\n",
    ),
    (
        "SQL",
        "seed.sql",
        "INSERT INTO settings (id, label, body) VALUES (7, 'x', '@');\n",
    ),
    ("tab before", "app.c", "puts(\"a:\\t@\\n\");\n"),
];

/// Known failures: a rule and a surrounding. The last part of Adyen's keys may contain `&`, so nothing says
/// where it ends in a URL.
const OPEN: &[(&str, &str)] = &[
    ("adyen-api-key", "URL query"),
    ("adyen-api-key", "percent-encoded URL"),
];

/// A rule's sample and the name that it needs; an empty name if it needs none.
struct Sample<'r> {
    rule: &'r Rule,
    secret: String,
    name: String,
}

/// A finding: its rule and those that found the same, and its span.
type Found = (Vec<String>, Span);

fn scan(scanner: &Scanner, path: &str, text: &str) -> Vec<Found> {
    let mut buffer = text.as_bytes().to_vec();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let origin = Origin::File(Location::named(path));
    let findings = scanner.scan(&Blob::whole(&origin, &buffer, text.len())).findings;
    findings
        .into_iter()
        .filter(|finding| finding.confidence > Confidence::Low)
        .map(|finding| {
            let rules = [vec![finding.rule.id.clone()], finding.also].concat();
            (rules, finding.secret.unwrap_or(finding.span))
        })
        .collect()
}

/// Writes the bytes that are not unreserved in URLs as `%` and two hex digits.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
    }
    out
}

/// Names under which a rule may find its secret.
fn names(rule: &Rule) -> Vec<String> {
    let mut names = Vec::new();
    for literal in &rule.spec().literals {
        let word = literal.trim_matches(|char: char| !char.is_ascii_alphanumeric());
        let word: String = word
            .chars()
            .map(|char| if char.is_ascii_alphanumeric() { char } else { '_' })
            .collect();
        if word.starts_with(|char: char| char.is_ascii_alphabetic()) {
            let noun = rule.spec().id.rsplit('-').next();
            let noun = noun
                .filter(|noun| ["token", "secret", "password"].contains(noun))
                .unwrap_or("key");
            names.push(word.clone());
            names.push(format!("{word}_{noun}"));
            names.push(format!("{word}_api_{noun}"));
        }
    }
    names
}

/// Returns the sample of a rule, or `None` if the secret is not found in a line of its own nor after a name.
fn sample<'r>(scanner: &Scanner, rule: &'r Rule, seed: u64) -> Option<Sample<'r>> {
    let secret = corpus::secret(rule, seed);
    if !secret
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\"'`\\<>&$#{}()[],;@".contains(&byte))
    {
        return None;
    }
    let own = |text: String| {
        scan(scanner, "a.txt", &text)
            .iter()
            .any(|(ids, _)| ids[0] == rule.meta().id)
    };
    let name = if matches!(rule.spec().kind, RuleKind::Near { .. }) || !own(format!("{secret}\n")) {
        names(rule)
            .into_iter()
            .find(|name| own(format!("{name}={secret}\n")))?
    } else {
        String::new()
    };
    Some(Sample { rule, secret, name })
}

impl Sample<'_> {
    /// Returns the texts in which the sample is to be found, with the span that a finding must have.
    fn texts(&self) -> Vec<(&'static str, &'static str, String, Span)> {
        let name = if self.name.is_empty() {
            "API_KEY"
        } else {
            &self.name
        };
        let nameless: &[Surrounding] = if self.name.is_empty() { NAMELESS } else { &[] };
        let mut texts = Vec::new();
        let mut add = |kind: &'static str, path: &'static str, text: &str, secret: &str| {
            let text = text.replace("NAME", name);
            let start = text.find('@').unwrap();
            texts.push((
                kind,
                path,
                text.replace('@', secret),
                Span::new(start, start + secret.len()),
            ));
        };
        for (kind, path, text) in PLAIN.iter().chain(nameless) {
            let skipped = match *kind {
                "bare line" => !self.name.is_empty(),
                // No setting stands there, and without a format no sentence assigns a value.
                "markdown" => self.is_setting() || self.rule.takes_passwords(),
                "C string, escaped line break" | "Dockerfile" => self.is_setting(),
                _ => false,
            };
            if !skipped {
                add(kind, path, text, &self.secret);
            }
        }
        let encoded = percent(&self.secret);
        if self.name.is_empty() {
            add(
                "URL query",
                "a.txt",
                "GET https://api.example.com/v1/items?page=2&NAME=@&size=5\n",
                &encoded,
            );
            add(
                "percent-encoded URL",
                "a.txt",
                "to=https%3A%2F%2Fapi.example.com%2Fcb%3Fx%3D@%26n%3D1\n",
                &encoded,
            );
            let base64 = data_encoding::BASE64.encode(self.secret.as_bytes());
            add(
                "Kubernetes Secret",
                "secret.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\ndata:\n  NAME: @\n",
                &base64,
            );
        }
        texts
    }

    /// Returns what is wrong with the findings in one text.
    fn problem(&self, text: &str, found: &[Found], place: Span) -> Option<String> {
        let near = |(_, span): &&Found| span.start < place.end && place.start < span.end;
        let here: Vec<_> = found.iter().filter(near).collect();
        let [(rules, span)] = here[..] else {
            return Some(format!("{} findings: {here:?}", here.len()));
        };
        if !rules
            .iter()
            .any(|id| *id == self.rule.meta().id || self.may_be(id))
        {
            return Some(format!("is {rules:?}"));
        }
        // Padding of base64 is no part of the secret; a password may contain a backslash.
        let rest = |from: usize, to: usize| text.get(from.min(to)..to).unwrap_or_default();
        let whole = span.start == place.start
            && (rest(span.end, place.end).trim_end_matches('=').is_empty())
            && matches!(rest(place.end, span.end), "" | "\\n");
        (!whole).then(|| format!("covers {:?}", &text[span.start..span.end]))
    }

    /// Whether another rule may own the sample: outside of a framework's files a name says what its setting
    /// is.
    fn may_be(&self, id: &str) -> bool {
        self.is_setting() && id.starts_with("generic-")
    }

    /// Whether the rule is for a setting in the files of one program.
    fn is_setting(&self) -> bool {
        self.rule.meta().id.starts_with("framework-") || self.rule.meta().id == "wireguard-private-key"
    }
}

/// Returns all problems, one a rule and a surrounding; the rules without a sample; and the number of texts.
fn problems(seeds: u64) -> (Vec<String>, Vec<String>, usize) {
    let rules = builtin_rules();
    let scanner = Scanner::new(rules.clone(), Options::default()).unwrap();
    let (mut wrong, mut without, mut all) = (Vec::new(), Vec::new(), 0);
    for rule in rules.iter() {
        let particular = rule.spec().general == Generality::Particular && rule.spec().kind.has_format();
        if !particular || corpus::is_hidden(rule) {
            continue;
        }
        let samples: Vec<_> = (0..seeds)
            .filter_map(|seed| sample(&scanner, rule, seed))
            .collect();
        if samples.is_empty() {
            without.push(rule.meta().id.clone());
        }
        let of_rule = |open: &&(&str, &'static str)| open.0 == rule.meta().id;
        let mut seen: HashSet<_> = OPEN.iter().filter(of_rule).map(|open| open.1).collect();
        for (sample, (kind, path, text, place)) in samples
            .iter()
            .flat_map(|sample| sample.texts().into_iter().map(move |text| (sample, text)))
        {
            all += 1;
            let found = scan(&scanner, path, &text);
            let problem = sample.problem(&text, &found, place).filter(|_| seen.insert(kind));
            wrong.extend(problem.map(|problem| format!("{}\t{kind}\t{problem}: {text:?}", rule.meta().id)));
        }
    }
    (wrong, without, all)
}

#[test]
fn every_sample_is_found_once_and_whole_in_every_surrounding() {
    let (wrong, without, all) = problems(4);
    eprintln!(
        "{all} texts; {} rules without a sample that stands alone: {}",
        without.len(),
        without.join(" ")
    );
    if let Ok(path) = std::env::var("SURROUNDINGS") {
        std::fs::write(path, wrong.join("\n")).unwrap();
    }
    assert!(all > 50_000 && without.len() < 150, "{all}, {}", without.len());
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
