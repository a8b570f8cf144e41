//! Literals in the commands and addresses of a Dockerfile.

use keysift_finding::Span;

use crate::{FieldKind, Instruction, Literal};

/// Where commands and addresses of a Dockerfile carry literals.
pub(crate) fn literals<'t>(instruction: &Instruction<'t>) -> Vec<Literal<'t>> {
    use crate::command::{Word, credentials};
    let (text, start) = instruction.arguments();
    let base = text.as_ptr() as usize;
    let whole = |text: &'t str, start: usize| Word {
        text,
        span: Span::new(start, start + text.len()),
        raw: text,
    };
    let carrier = match instruction.keyword.as_str() {
        "RUN" | "CMD" | "ENTRYPOINT" | "HEALTHCHECK" | "SHELL" => FieldKind::DockerRun,
        "ADD" | "FROM" => FieldKind::DockerAdd,
        _ => return Vec::new(),
    };
    let words: Vec<Word<'t>> = match text.trim_start().starts_with('[') {
        // The JSON form: each string is a word, or a script.
        true => text
            .split('"')
            .skip(1)
            .step_by(2)
            .map(|word| whole(word, start + (word.as_ptr() as usize - base)))
            .collect(),
        false => vec![whole(text, start)],
    };
    let owner = instruction.keyword.clone();
    let mut found: Vec<Literal<'t>> = Vec::new();
    for credential in credentials(&words) {
        found.push(Literal::of_credential(carrier, credential, owner.clone()));
    }
    found
}
