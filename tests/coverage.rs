//! Coverage of other services' lists of token types: for each type the rule that finds it, or the reason why
//! none does.

use std::{fmt::Write, fs, path::Path};

use keysift_rules::{Rule, RuleKind};

use crate::common::builtin_rules;

const GITHUB: &str = include_str!("../crates/rules/tables/github-types.tsv");
const GITLAB: &str = include_str!("../crates/rules/tables/gitlab-types.tsv");

/// A token type in a list.
struct Type<'t> {
    provider: &'t str,
    name: &'t str,
    /// Whether the service blocks pushes with such a token.
    blocks: bool,
    rule: &'t str,
    reason: &'t str,
}

fn types(table: &str) -> Vec<Type<'_>> {
    let rows = table.lines().skip(1);
    rows.map(|row| {
        let cells: Vec<_> = row.split('\t').collect();
        match cells[..] {
            [provider, name, blocks, rule, reason] => Type {
                provider,
                name,
                blocks: blocks == "yes",
                rule,
                reason,
            },
            [name, rule, reason] => Type {
                provider: "",
                name,
                blocks: true,
                rule,
                reason,
            },
            _ => panic!("not three or five cells: {row}"),
        }
    })
    .collect()
}

/// Returns how a rule recognizes its secrets.
fn how(rule: &Rule) -> &'static str {
    match rule.spec().kind {
        RuleKind::Near { .. } => "format and a word nearby",
        _ => "format",
    }
}

/// Returns the page for a list, and the share of its blocking types that have a rule, in tenths of a percent.
fn page(title: &str, source: &str, types: &[Type<'_>], rules: &[Rule]) -> (String, usize) {
    let (mut found, mut by_word, mut all) = (0, 0, 0);
    let (mut with, mut without) = (String::new(), String::new());
    for one in types {
        let place = if one.provider.is_empty() {
            String::new()
        } else {
            format!("{}: ", one.provider)
        };
        let rule = rules.iter().find(|rule| rule.meta().id == one.rule);
        assert!(
            rule.is_some() || one.rule.is_empty(),
            "{}: there is no rule `{}`",
            one.name,
            one.rule
        );
        assert!(
            one.rule.is_empty() != one.reason.is_empty(),
            "{}: a rule, or a reason",
            one.name
        );
        let blocks = if one.blocks { "yes" } else { "no" };
        all += usize::from(one.blocks);
        match rule {
            Some(rule) => {
                let how = how(rule);
                found += usize::from(one.blocks);
                by_word += usize::from(one.blocks && how != "format");
                let _ = writeln!(
                    with,
                    "| {place}{} | {blocks} | `{}` | {how} |",
                    one.name, one.rule
                );
            }
            None => {
                let _ = writeln!(without, "| {place}{} | {blocks} | {} |", one.name, one.reason);
            }
        }
    }
    let share = found * 1000 / all;
    let page = format!(
        "# {title}\n\nWritten by a test from `crates/rules/tables` and the rules: {source}\n\n\
         Of {all} types that block a push a rule finds {found} ({}.{} %): {} by their format alone, {by_word} by their format \
         together with a word nearby that says whose they are. A rule that exists proves no more than that: a format may have kinds that nobody published.\n\n\
         ## Found\n\n| type | blocks a push | rule | known by |\n|---|---|---|---|\n{with}\n\
         ## Left out\n\n| type | blocks a push | why |\n|---|---|---|\n{without}",
        share / 10,
        share % 10,
        found - by_word
    );
    (page, share)
}

fn holds(file: &str, title: &str, source: &str, table: &str, least: usize) {
    let (text, share) = page(title, source, &types(table), &builtin_rules());
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/rules")
        .join(file);
    if std::env::var_os("KEYSIFT_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(
        fs::read_to_string(&path).is_ok_and(|page| page == text),
        "{file} is not what the table says: KEYSIFT_BLESS=1 cargo test coverage"
    );
    assert!(share >= least, "{file}: {share} of 1000");
}

#[test]
fn the_page_about_githubs_list_is_computed_from_its_types() {
    holds(
        "github-coverage.md",
        "The types of GitHub's secret scanning",
        "names as in <https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns>.",
        GITHUB,
        900,
    );
}

#[test]
fn the_page_about_gitlabs_list_is_computed_from_its_types() {
    holds(
        "gitlab-coverage.md",
        "The types of GitLab's secret detection",
        "names as in <https://docs.gitlab.com/user/application_security/secret_detection/detected_secrets/>.",
        GITLAB,
        950,
    );
}

#[test]
fn a_type_without_rule_and_reason_is_refused() {
    let table = "type\trule\treason\nX token\tno-such-rule\t\n";
    assert!(std::panic::catch_unwind(|| page("", "", &types(table), &builtin_rules())).is_err());
    let table = "type\trule\treason\nX token\t\t\n";
    assert!(std::panic::catch_unwind(|| page("", "", &types(table), &builtin_rules())).is_err());
}
