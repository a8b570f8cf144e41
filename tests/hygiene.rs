//! Precision of the rule library: patterns and recipes agree in both directions, rules do not match each
//! other's secrets, sizes are bounded, and texts full of random characters have no findings.

use std::collections::HashSet;

use keysift_rules::{Generality, Random, Recipe, Rule, RuleKind};
use keysift_scan::{Options, Scanner};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::{
    common::{builtin_rules, corpus},
    patterns::shown,
};

/// Writes a text that an expression matches. Missing or large bounds are limited.
fn write(hir: &Hir, random: &mut Random, out: &mut Vec<u8>) {
    /// Maximum number of repetitions beyond the minimum.
    const MORE: u32 = 60;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(Class::Bytes(class)) => {
            let bytes: Vec<u8> = class
                .ranges()
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .filter(u8::is_ascii)
                .collect();
            out.push(bytes[random.below(bytes.len())]);
        }
        // Only ASCII classes; others do not compile without Unicode.
        HirKind::Class(Class::Unicode(class)) => {
            let ascii = |range: &regex_syntax::hir::ClassUnicodeRange| {
                (u32::from(range.start())..=u32::from(range.end()).min(0x7F)).collect::<Vec<_>>()
            };
            let chars: Vec<u32> = class.ranges().iter().flat_map(ascii).collect();
            out.push(chars[random.below(chars.len())] as u8);
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX).min(repetition.min + MORE);
            for _ in 0..random.between(repetition.min as usize, most as usize) {
                write(&repetition.sub, random, out);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, random, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, random, out)),
        HirKind::Alternation(parts) => write(&parts[random.below(parts.len())], random, out),
    }
}

/// Returns the group `secret` of an expression.
fn secret(hir: &Hir) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some("secret") => Some(&capture.sub),
        HirKind::Capture(capture) => secret(&capture.sub),
        HirKind::Repetition(repetition) => secret(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(secret),
        _ => None,
    }
}

/// Rules whose patterns intentionally match more than their recipes write: optional padding, variable
/// lengths, a second form. The list may only shrink.
const WIDER: &str = include_str!("wider.txt");

#[test]
fn recipes_can_write_what_patterns_match() {
    let mut wrong = Vec::new();
    let mut wider: HashSet<&str> = WIDER.lines().collect();
    for rule in builtin_rules().iter() {
        let recipe = Recipe::parse(&rule.spec().secret).unwrap();
        if recipe.is_open() || !rule.spec().kind.has_format() {
            // A password, a key block, a checksum, or no format: the examples test the other direction.
            continue;
        }
        let language = regex::bytes::Regex::new(&format!("(?-u)^(?:{})$", recipe.language())).unwrap();
        let hir = rule.hir();
        let group = secret(&hir).unwrap();
        let problem = (0..60).find_map(|seed| {
            let mut text = Vec::new();
            write(group, &mut Random::new(seed), &mut text);
            (!language.is_match(&text))
                .then(|| format!("{}: {}", rule.meta().id, String::from_utf8_lossy(&text)))
        });
        if problem.is_none() || !wider.remove(rule.meta().id.as_str()) {
            wrong.extend(problem);
        }
    }
    assert!(
        wider.is_empty(),
        "no longer wider: take them out of the list: {wider:?}"
    );
    assert!(
        wrong.is_empty(),
        "{} patterns match what their recipes never write:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn no_rule_matches_another_providers_secret_without_an_overlap() {
    let rules = builtin_rules();
    let scanner = Scanner::new(rules.clone(), Options::default()).unwrap();
    let particular = |id: &str| {
        rules
            .iter()
            .find(|rule| rule.meta().id == id && rule.spec().general == Generality::Particular)
            .map(|rule| rule.meta().provider.clone())
    };
    let named = |one: &Rule, other: &str| {
        one.spec().overlaps.iter().any(|id| id == other)
            || rules
                .iter()
                .any(|rule| rule.meta().id == other && rule.spec().overlaps.contains(&one.meta().id))
    };
    let mut wrong = HashSet::new();
    for rule in rules.iter() {
        for number in 0..rule.spec().examples.len() {
            for seed in 0..10 {
                let (text, ..) = corpus::example(rule, number, seed);
                for other in also(&scanner, &text) {
                    if particular(&other).is_some_and(|other| other != rule.meta().provider)
                        && !named(rule, &other)
                    {
                        wrong.insert(format!("{} is also {other}", rule.meta().id));
                    }
                }
            }
        }
    }
    let mut wrong: Vec<_> = wrong.into_iter().collect();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn also(scanner: &Scanner, text: &str) -> Vec<String> {
    let mut buffer = text.as_bytes().to_vec();
    buffer.resize(text.len() + keysift_finding::Blob::PADDING, 0);
    let origin = keysift_finding::Origin::Stdin;
    let findings = scanner
        .scan(&keysift_finding::Blob::whole(&origin, &buffer, text.len()))
        .findings;
    findings.into_iter().flat_map(|finding| finding.also).collect()
}

/// Returns the rules, with those without a provider's format under neutral ids and providers.
fn renamed(rules: &[Rule]) -> std::sync::Arc<[Rule]> {
    let generic =
        |rule: &&Rule| !rule.spec().kind.has_format() || rule.spec().general != Generality::Particular;
    let ids: std::collections::HashMap<String, String> = (0..)
        .zip(rules.iter().filter(generic))
        .map(|(number, rule)| (rule.meta().id.clone(), format!("renamed-{number}")))
        .collect();
    assert!(ids.len() > 8, "{ids:?}");
    let new = |id: &mut String| {
        if let Some(new) = ids.get(id) {
            id.clone_from(new);
        }
    };
    let each = rules.iter().map(|rule| {
        let mut spec = rule.spec().clone();
        if ids.contains_key(&spec.id) {
            "Renamed".clone_into(&mut spec.provider);
        }
        new(&mut spec.id);
        spec.overlaps.iter_mut().for_each(new);
        spec.pair
            .iter_mut()
            .flat_map(|pair| &mut pair.rules)
            .for_each(new);
        Rule::new(spec)
    });
    each.collect()
}

/// Returns the findings in a text without rule names, because of equal findings the first by id is reported.
fn found(scanner: &Scanner, path: &str, text: &str) -> Vec<String> {
    let mut buffer = text.as_bytes().to_vec();
    buffer.resize(text.len() + keysift_finding::Blob::PADDING, 0);
    let origin = keysift_finding::Origin::File(keysift_finding::Location::named(path));
    let findings = scanner
        .scan(&keysift_finding::Blob::whole(&origin, &buffer, text.len()))
        .findings;
    let each = findings
        .iter()
        .map(|finding| format!("{:?} {:?}", finding.span, finding.confidence));
    each.collect()
}

#[test]
fn ids_do_not_influence_results() {
    let rules = builtin_rules();
    let scanner = |rules| {
        let options = Options {
            low_confidence: true,
            ..Options::default()
        };
        Scanner::new(rules, options).unwrap()
    };
    let (usual, other) = (scanner(rules.clone()), scanner(renamed(&rules)));
    let mut all = 0;
    for rule in rules.iter() {
        for number in 0..rule.spec().examples.len() {
            let (text, start, end) = corpus::example(rule, number, 1);
            let secret = &text[start..end];
            // After a name, as documentation, in code outside of literals, and after a name of the other
            // class.
            let program = format!(
                "\"\"\"\n{text}\n\"\"\"\npassword = \"{secret}\"\nrun(auth_token, user=\"{secret}\")\nx = \"{secret}\"\n"
            );
            for (path, text) in [("a.conf", &text), ("a.py", &program)] {
                let known = found(&usual, path, text);
                assert_eq!(found(&other, path, text), known, "{} in {path}", rule.meta().id);
                all += known.len();
            }
        }
    }
    assert!(all > 2 * rules.len(), "{all}");
}

#[test]
fn overlaps_and_pairs_name_rules_that_exist() {
    let rules = builtin_rules();
    let ids: HashSet<_> = rules.iter().map(|rule| rule.meta().id.as_str()).collect();
    for rule in rules.iter() {
        let pairs = rule.spec().pair.iter().flat_map(|pair| &pair.rules);
        for other in rule.spec().overlaps.iter().chain(pairs) {
            assert!(ids.contains(other.as_str()), "{} names `{other}`", rule.meta().id);
        }
    }
}

#[test]
fn no_pattern_is_large_when_compiled() {
    // 2 MB: some patterns count up to 8,000 characters, and a run compiles only a few of them.
    for rule in builtin_rules().iter() {
        let built = regex::bytes::RegexBuilder::new(&rule.expanded())
            .unicode(false)
            .size_limit(2 << 20)
            .build();
        assert!(built.is_ok(), "{}", rule.meta().id);
    }
}

/// Literals of rules, as package names.
fn packages() -> Vec<String> {
    let word = |literal: &String| {
        literal
            .to_ascii_lowercase()
            .replace(|char: char| !char.is_ascii_alphanumeric() && char != '-', "-")
    };
    let rules = builtin_rules();
    let literals = rules
        .iter()
        .filter(|rule| matches!(rule.spec().kind, RuleKind::Near { .. }))
        .flat_map(|rule| &rule.spec().literals)
        .map(word);
    let mut packages: Vec<_> = literals.collect();
    packages.sort();
    packages.dedup();
    packages
}

fn sample(recipe: &str, random: &mut Random) -> String {
    Recipe::parse(recipe).unwrap().write(random, "").0
}

/// Texts full of random characters without secrets, one of each kind.
fn clean_texts() -> Vec<(&'static str, String)> {
    let mut random = Random::new(20_261_121);
    let mut each = |recipe: &str| -> String {
        packages()
            .iter()
            .map(|name| sample(&recipe.replace("NAME", name), &mut random))
            .collect()
    };
    let mut texts = vec![
        (
            "package-lock.json",
            each(
                "    \"node_modules/NAME\": {\n      \"version\": \"{{digits 1}}.{{digits 2}}.0\",\n      \"resolved\": \
                 \"https://registry.npmjs.org/NAME/-/NAME-1.0.0.tgz\",\n      \"integrity\": \"sha512-{{base64 86}}==\"\n    },\n",
            ),
        ),
        (
            "Cargo.lock",
            each(
                "[[package]]\nname = \"NAME\"\nversion = \"1.{{digits 1}}.0\"\nsource = \
                 \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{{hex 64}}\"\n\n",
            ),
        ),
        (
            "go.sum",
            each(
                "github.com/NAME/NAME-go v1.{{digits 1}}.0 h1:{{base64 43}}=\ngithub.com/NAME/NAME-go v1.2.0/go.mod h1:{{base64 43}}=\n",
            ),
        ),
        (
            "yarn.lock",
            each(
                "NAME@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.yarnpkg.com/NAME/-/NAME-1.0.0.tgz#{{hex 40}}\"\n  integrity \
                 sha512-{{base64 86}}==\n\n",
            ),
        ),
        (
            "pnpm-lock.yaml",
            each("  /NAME@1.0.0:\n    resolution: {integrity: sha512-{{base64 86}}==}\n    dev: false\n\n"),
        ),
        (
            "requirements.txt",
            each("NAME==1.0.0 \\\n    --hash=sha256:{{hex 64}} \\\n    --hash=sha256:{{hex 64}}\n"),
        ),
        ("words.txt", each("NAME\nNAME's\nNAMEed\n")),
        (
            "app.min.js",
            each(
                "function {{lower 1}}(e,t,n){var r=e.NAME||{};return t&&(r.{{alnum 2}}=n[{{digits 3}}]),r.id=\"{{hex 20}}\",e.h(\"{{hex 32}}\",r)}\
                 var {{lower 2}}={token:1,key:\"NAME\",hash:\"{{hex 40}}\",v:\"{{uuid}}\"};",
            ),
        ),
    ];
    let lines = |random: &mut Random, count: usize| {
        (0..count)
            .map(|_| sample("{{base64 64}}\n", random))
            .collect::<String>()
    };
    let certificates = (0..30).map(|_| {
        format!(
            "-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n",
            lines(&mut random, 24)
        )
    });
    texts.push(("ca-certificates.crt", certificates.collect()));
    let images = (0..20).map(|_| {
        format!(
            "<img src=\"data:image/png;base64,iVBORw0KGgo{}\">\n",
            lines(&mut random, 300).replace('\n', "")
        )
    });
    texts.push(("page.html", images.collect()));
    let hashes = (0..5000).map(|_| sample("{{hex 40}} {{hex 64}} {{uuid}} {{base64 44}}\n", &mut random));
    texts.push(("hashes.txt", hashes.collect()));
    texts
}

#[test]
fn lockfiles_certificates_images_and_minified_scripts_have_no_findings() {
    let scanner = Scanner::new(builtin_rules(), Options::default()).unwrap();
    let mut wrong = Vec::new();
    for (name, text) in clean_texts() {
        assert!(text.len() > 10_000, "{name}");
        let found = shown(&scanner, &text);
        wrong.extend(found.iter().take(5).map(|(id, start, _)| {
            format!(
                "{name}: {id}: {}",
                text[start.saturating_sub(60)..]
                    .chars()
                    .take(140)
                    .collect::<String>()
            )
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
