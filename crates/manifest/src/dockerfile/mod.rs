//! Dockerfiles and Containerfiles: instructions with the places of their words.

mod split;
mod words;

use std::path::Path;

use keysift_finding::Span;

use crate::{Facts, FieldKind, Literal, Outcome, check::Found, checks};

/// A file, as a list of instructions. There is no error: what is not understood is an instruction with an unknown keyword.
#[derive(Clone, Debug)]
pub struct Dockerfile<'t> {
    /// The instructions in their order.
    pub instructions: Vec<Instruction<'t>>,
}

/// One instruction. `ONBUILD X` is the instruction X.
#[derive(Clone, Debug)]
pub struct Instruction<'t> {
    /// The keyword, upper case.
    pub keyword: String,
    /// The place of the keyword.
    pub keyword_span: Span,
    /// Whether it runs in the builds that start from this image.
    pub onbuild: bool,
    /// The bodies of here-documents.
    pub heredocs: Vec<Span>,
    text: &'t [u8],
    /// What stands behind the keyword: the places of its bytes, in order, without continuation marks, comments and line ends.
    places: Vec<usize>,
    escape: u8,
}

/// A text with its place: quotes removed, escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The span of the text, without its quotes.
    pub span: Span,
}

/// `NAME=value`, or a name alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The place of the name.
    pub name_span: Span,
    /// The value, if there is one.
    pub value: Option<Text>,
}

impl<'t> Dockerfile<'t> {
    /// Reads a file as BuildKit does (moby/buildkit, `frontend/dockerfile/parser`): directives, continuation lines, comments inside
    /// them, here-documents.
    pub fn parse(text: &'t [u8]) -> Self {
        Self {
            instructions: split::split(text),
        }
    }
}

impl<'t> Instruction<'t> {
    /// What stands behind the keyword, as it stands in the file, with the bodies of here-documents; and where it begins.
    pub(crate) fn arguments(&self) -> (&'t str, usize) {
        let (Some(first), Some(last)) = (self.places.first(), self.places.last()) else {
            return ("", 0);
        };
        let end = self
            .heredocs
            .last()
            .map_or(last + 1, |body| body.end.max(last + 1));
        (
            std::str::from_utf8(&self.text[*first..end]).unwrap_or_default(),
            *first,
        )
    }

    /// The pairs of `ENV`, `ARG` and `LABEL`: `NAME=value …`; `ENV NAME the rest of the line`; for `ARG` names without a value too.
    pub fn pairs(&self) -> Vec<Pair> {
        words::pairs(self.text, &self.places, self.escape, self.keyword == "ARG")
    }
}

/// Runs the checks of Dockerfiles.
pub(crate) fn check(path: &Path, text: &[u8]) -> Outcome {
    let file = Dockerfile::parse(text);
    let mut outcome = Outcome::default();
    let mut literals = Vec::new();
    for instruction in &file.instructions {
        let carrier = match instruction.keyword.as_str() {
            "ENV" => FieldKind::DockerEnv,
            "ARG" => FieldKind::DockerArg,
            "LABEL" => FieldKind::DockerLabel,
            _ => {
                literals.extend(checks::docker_literals(instruction));
                continue;
            }
        };
        literals.extend(instruction.pairs().into_iter().filter_map(|pair| {
            let value = pair.value?;
            let owner = format!("{} {}", instruction.keyword, pair.name);
            Some(Literal::new(carrier, pair.name, value.text, value.span, owner))
        }));
    }
    crate::judge(&literals, &mut outcome.findings);
    for (check, meta) in checks::CHECKS.iter().zip(checks::METAS.iter()) {
        let mut found = Found::new(meta, &mut outcome.findings);
        for instruction in &file.instructions {
            check.instruction(instruction, &mut found);
        }
        check.dockerfile(&file, &mut found);
    }
    let copies = file
        .instructions
        .iter()
        .flat_map(checks::docker_sources)
        .collect();
    outcome.facts = Facts {
        path: path.to_string_lossy().replace('\\', "/"),
        copies,
        ..Facts::default()
    }
    .finish(text);
    outcome
}

/// Whether a text without a name begins like a Dockerfile: its first instruction is `FROM`, or `ARG` and then `FROM`.
pub(crate) fn starts_like_one(text: &[u8]) -> bool {
    let head = &text[..text.len().min(4096)];
    let mut keywords = split::split(head)
        .into_iter()
        .map(|instruction| instruction.keyword)
        .filter(|keyword| keyword != "ARG");
    keywords.next().is_some_and(|keyword| keyword == "FROM")
}
