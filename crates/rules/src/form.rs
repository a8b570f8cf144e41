//! Checks rules without running them on texts.

use crate::{Recipe, Rule, RuleKind, Spec, compile::compile, spec::Part, weak::is_weak};

impl Rule {
    /// Warnings about valid but unwise constructs.
    pub fn warnings(&self) -> Vec<String> {
        match self.runs_everywhere() {
            true => vec![
                "without keywords the pattern runs on every file: name a text that every match contains"
                    .to_owned(),
            ],
            false => Vec::new(),
        }
    }

    /// Literals that are in nearly every file, so that the pattern would run on each. `keysift rules check`
    /// rejects them, except in imported rules and in rules that are selected by runs or names.
    pub fn weak_literals(&self) -> Vec<String> {
        if !matches!(self.spec().kind, RuleKind::Pattern | RuleKind::Near { .. }) {
            return Vec::new();
        }
        let weak = self.spec().literals.iter().filter(|literal| is_weak(literal));
        weak.map(|literal| {
            format!("the literal `{literal}` is in nearly every file, and runs the pattern each time: use a longer one, or set `run` to the number of token characters in a row")
        })
        .collect()
    }

    /// Checks that a pattern compiles.
    pub(crate) fn check_pattern(spec: &Spec) -> Result<(), String> {
        compile(spec)?.pattern.check()
    }

    /// Checks a rule without running it.
    pub(crate) fn check_form(spec: &Spec) -> Result<(), (Part, String)> {
        let rule = |message: &str| Err((Part::Rule, message.to_owned()));
        let word = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
        if !spec.id.chars().all(word)
            || spec.id.starts_with('-')
            || spec.id.ends_with('-')
            || spec.id.is_empty()
        {
            return rule("an id is lower-case words joined by `-`");
        }
        if spec.name.trim().is_empty() || spec.why.is_empty() || spec.fix.is_empty() {
            return rule("`name`, `why` and `fix` must not be empty");
        }
        check_steps(spec).map_err(|message| (Part::Rule, message))?;
        if spec.examples.is_empty() && !spec.secret.is_empty() {
            return rule(
                "a rule needs at least one of `examples`: a text with `{{secret}}` in it, in which it is found",
            );
        }
        check_literals(spec)?;
        check_texts(spec)
    }
}

/// Checks the literals of a rule.
fn check_literals(spec: &Spec) -> Result<(), (Part, String)> {
    if spec.literals.is_empty() && spec.import().is_none() {
        return Err((
            Part::Literals,
            "a rule needs at least one of `literals`: a text that every match contains".to_owned(),
        ));
    }
    let least = if spec.kind.by_run() { 2 } else { 3 };
    if let Some(short) = spec.literals.iter().find(|literal| literal.len() < least) {
        return Err((
            Part::Literals,
            format!("the literal `{short}` is shorter than {least} bytes: it would be in nearly every file"),
        ));
    }
    if spec.kind.by_run() && spec.ignore_case {
        let message = "`run` and `ignore_case` cannot be combined: token formats have one case";
        return Err((Part::Rule, message.to_owned()));
    }
    Ok(())
}

/// Checks the pattern, the recipe and the examples of a rule.
fn check_texts(spec: &Spec) -> Result<(), (Part, String)> {
    let compiled = compile(spec).map_err(|message| (Part::Pattern, message))?;
    (compiled.pattern.check()).map_err(|message| (Part::Pattern, message))?;
    let groups: Vec<_> = compiled.pattern.group_names().flatten().collect();
    if let Some(group) = spec
        .validate
        .iter()
        .flat_map(|validator| validator.groups())
        .find(|group| !groups.contains(group))
    {
        return Err((
            Part::Pattern,
            format!("a validator reads the group `{group}`, which the pattern does not have"),
        ));
    }
    if !spec.secret.is_empty() {
        Recipe::parse(&spec.secret).map_err(|message| (Part::Secret, message))?;
    }
    for text in spec
        .examples
        .iter()
        .chain(spec.counterexamples.iter().map(|counter| &counter.text))
    {
        Recipe::parse(text).map_err(|message| (Part::Rule, format!("in the example `{text}`: {message}")))?;
    }
    match spec
        .examples
        .iter()
        .find(|example| !example.contains("{{secret}}"))
    {
        Some(example) => Err((
            Part::Rule,
            format!("the example `{example}` does not contain `{{{{secret}}}}`"),
        )),
        None => Ok(()),
    }
}

/// Words of requests that change something. The command of `check:` must be read-only, so it has none of
/// them.
const WRITES: &[&str] = &[
    "-X POST",
    "-X PUT",
    "-X PATCH",
    "-X DELETE",
    "--request",
    "--data",
    " -d ",
    " -F ",
    "delete",
    "revoke",
    "create",
];

/// Checks the form of `check:` and `rotate:`.
fn check_steps(spec: &Spec) -> Result<(), String> {
    if !spec.check.is_empty() {
        if spec.check.lines().count() > 1 {
            return Err("`check` is one line: a command that a person can paste".to_owned());
        }
        if !spec.check.contains("$SECRET") {
            return Err("`check` reads the secret from the variable `$SECRET`".to_owned());
        }
        if let Some(word) = WRITES.iter().find(|word| spec.check.contains(**word)) {
            return Err(format!(
                "`check` must be read-only: `{}` may change something",
                word.trim()
            ));
        }
    }
    match spec
        .rotate
        .iter()
        .find(|step| step.trim().is_empty() || !step.ends_with('.'))
    {
        Some(step) => Err(format!("the step `{step}` of `rotate` is not a sentence")),
        None if spec.rotate.len() == 1 => {
            Err("`rotate` needs two steps or more; use `fix` for one".to_owned())
        }
        None => Ok(()),
    }
}
