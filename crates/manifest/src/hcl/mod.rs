//! HCL, the language of Terraform, OpenTofu and Nomad: bodies of attributes and blocks, with positions.
//!
//! Format: <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>. Expressions are read as far as literals are in them: texts,
//! lists, objects and calls. Everything else is an [`Expr::Other`]. A line that cannot be read is skipped, so that one error does not hide
//! the rest of the file.

mod kubernetes;
mod reader;

use std::borrow::Cow;

use keysift_finding::Span;

pub(crate) use kubernetes::{is_object, objects_tree};

/// The attributes and blocks of a file or a block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body<'t> {
    pub(crate) attributes: Vec<Attribute<'t>>,
    pub(crate) blocks: Vec<Block<'t>>,
}

/// `name = value`.
#[derive(Clone, Debug)]
pub(crate) struct Attribute<'t> {
    pub(crate) name: Cow<'t, str>,
    pub(crate) name_span: Span,
    pub(crate) value: Expr<'t>,
}

/// `kind "label" "label" { … }`.
#[derive(Clone, Debug)]
pub(crate) struct Block<'t> {
    pub(crate) kind: &'t str,
    pub(crate) labels: Vec<&'t str>,
    /// From the kind to the last label.
    pub(crate) head: Span,
    pub(crate) body: Body<'t>,
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Expr<'t> {
    /// A quoted text or a here-document, as it is written.
    Text(Text<'t>),
    List(Vec<Expr<'t>>),
    Object(Vec<Attribute<'t>>),
    /// `jsonencode({ … })`.
    Call {
        name: &'t str,
        arguments: Vec<Expr<'t>>,
    },
    /// A number, a reference, an operation: its source.
    Other(&'t str, Span),
}

/// A text as it is written, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'t> {
    pub(crate) raw: &'t str,
    pub(crate) span: Span,
    /// Whether it is a here-document.
    pub(crate) block: bool,
}

impl<'t> Text<'t> {
    /// Whether a part of it is computed: `"${var.x}"`.
    pub(crate) fn is_template(&self) -> bool {
        self.raw.contains("${") || self.raw.contains("%{")
    }
}

impl<'t> Expr<'t> {
    /// The text that it is.
    pub(crate) fn text(&self) -> Option<&Text<'t>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Where it is; of a collection its first expression.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Text(text) => text.span,
            Self::Other(_, span) => *span,
            Self::List(items) => items.first().map_or(Span::default(), Self::span),
            Self::Object(entries) => entries.first().map_or(Span::default(), |entry| entry.name_span),
            Self::Call { arguments, .. } => arguments.first().map_or(Span::default(), Self::span),
        }
    }

    /// Whether it is the word `true`.
    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Self::Other("true", _)) || self.text().is_some_and(|text| text.raw == "true")
    }
}

impl<'t> Body<'t> {
    /// Reads a file. Deeper nesting than 64 levels is left out.
    pub(crate) fn parse(text: &'t str) -> Self {
        reader::Reader::new(text).file()
    }

    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&Expr<'t>> {
        let found = self
            .attributes
            .iter()
            .rev()
            .find(|attribute| attribute.name == name);
        found.map(|attribute| &attribute.value)
    }

    /// The blocks of a kind.
    pub(crate) fn blocks<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Block<'t>> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

impl Block<'_> {
    /// Its kind and labels, as messages name it: `aws_db_instance.main`, `variable.password`.
    pub(crate) fn shown(&self) -> String {
        let labels = self.labels.join(".");
        match self.kind {
            "resource" => format!("resource `{labels}`"),
            kind if labels.is_empty() => format!("`{kind}`"),
            kind => format!("{kind} `{labels}`"),
        }
    }
}
