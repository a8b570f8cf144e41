//! A page for each rule file, and an index: the documentation of the rules, from the files themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use crate::{Recipe, Spec, Validator};

/// The pages of rule files, by their file names: one for each of `files`, whose names come without an extension, and `README.md` with the
/// numbers and a list.
pub fn pages(files: &BTreeMap<String, Vec<Spec>>) -> BTreeMap<String, String> {
    let mut pages: BTreeMap<String, String> = files
        .iter()
        .map(|(stem, specs)| (format!("{stem}.md"), page(stem, specs)))
        .collect();
    pages.insert("README.md".to_owned(), index(files));
    pages
}

fn has_proof(spec: &Spec) -> bool {
    spec.validate.iter().any(Validator::is_structural)
}

fn index(files: &BTreeMap<String, Vec<Spec>>) -> String {
    let mut text = String::from(
        "# Pattern rules\n\n\
         Written by `keysift rules docs patterns` from the files in `patterns/`; a test compares.\n\n\
         Tier 1 stands nearly everywhere, tier 2 in many places, tier 3 seldom. *Proof*: an offline validator that knows the inside of the\n\
         format: a checksum, an encoding, a structure.\n\n\
         | tier | rules | providers | rules with a proof |\n|---|---|---|---|\n",
    );
    let all = || files.values().flatten();
    let mut row = |title: &str, keep: &dyn Fn(&&Spec) -> bool| {
        let providers: BTreeSet<_> = all().filter(keep).map(|spec| &spec.provider).collect();
        let (rules, proofs) = (
            all().filter(keep).count(),
            all().filter(keep).filter(|spec| has_proof(spec)).count(),
        );
        let _ = writeln!(text, "| {title} | {rules} | {} | {proofs} |", providers.len());
    };
    for tier in 1..=3 {
        row(&tier.to_string(), &|spec| spec.tier == tier);
    }
    row("all", &|_| true);
    text.push_str("\n| provider | rules |\n|---|---|\n");
    for (stem, specs) in files {
        let provider = specs.first().map_or(stem.as_str(), |spec| spec.provider.as_str());
        let ids: Vec<_> = specs
            .iter()
            .map(|spec| format!("[{0}]({stem}.md#{0})", spec.id))
            .collect();
        let _ = writeln!(text, "| {provider} | {} |", ids.join(", "));
    }
    text
}

fn page(stem: &str, specs: &[Spec]) -> String {
    let provider = specs.first().map_or(stem, |spec| spec.provider.as_str());
    let mut text = format!("# {provider}\n\nWritten from `patterns/{stem}.yaml`.\n");
    for spec in specs {
        rule(spec, &mut text);
    }
    text
}

fn rule(spec: &Spec, text: &mut String) {
    let proof = if has_proof(spec) { "yes" } else { "no" };
    let _ = write!(
        text,
        "\n## {}\n\n{}. Severity {}, confidence {}, tier {}, since {}, offline proof: {proof}.\n\n{}\n\n**Fix.** {}\n",
        spec.id, spec.name, spec.severity, spec.confidence, spec.tier, spec.since, spec.why, spec.fix
    );
    steps(spec, text);
    if let Some(pair) = &spec.pair {
        let others: Vec<_> = pair
            .rules
            .iter()
            .chain(&pair.texts)
            .map(|other| format!("`{other}`"))
            .collect();
        let _ = write!(
            text,
            "\nNear {} both are one finding, one step graver.\n",
            others.join(" or ")
        );
    }
    let outline = Recipe::parse(&spec.secret)
        .map(|recipe| recipe.outline())
        .unwrap_or_default();
    let shown = |example: &str| {
        let example = example.replace("{{secret}}", &outline);
        Recipe::parse(&example).map_or(example.clone(), |recipe| recipe.outline())
    };
    text.push_str("\nFound in\n\n");
    spec.examples
        .iter()
        .for_each(|example| block(&shown(example), text));
    if !spec.counterexamples.is_empty() {
        text.push_str("Not found in\n\n");
    }
    for counter in &spec.counterexamples {
        block(&shown(&counter.text), text);
        let _ = write!(text, "({})\n\n", counter.why);
    }
    let references: Vec<_> = spec.references.iter().map(|page| format!("<{page}>")).collect();
    let _ = writeln!(text, "References: {}", references.join(", "));
}

/// How to see whether the secret is live, and how to replace it.
fn steps(spec: &Spec, text: &mut String) {
    if !spec.check.is_empty() {
        text.push_str("\n**Is it live?** A read-only command; `read -rs SECRET` keeps the secret out of the shell's history.\n\n");
        block(&spec.check, text);
    }
    if spec.rotate.is_empty() {
        return;
    }
    let gap = if spec.check.is_empty() { "\n" } else { "" };
    let _ = write!(text, "{gap}**Rotate.**\n\n");
    for (number, step) in (1..).zip(&spec.rotate) {
        let _ = writeln!(text, "{number}. {step}");
    }
}

/// An indented block, which needs no escaping.
fn block(example: &str, text: &mut String) {
    for line in example.trim_end().lines() {
        let _ = writeln!(text, "{}", format!("    {line}").trim_end());
    }
    text.push('\n');
}
