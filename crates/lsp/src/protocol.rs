//! The messages of the language server protocol that keysift reads and writes (version 3.17).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A position between two characters: line and UTF-16 code units, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) character: u32,
}

/// A half-open range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

impl Range {
    /// Returns whether the ranges overlap or touch; an empty range is a cursor.
    pub(crate) fn touches(self, other: Range) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

/// A range in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Location {
    pub(crate) uri: String,
    pub(crate) range: Range,
}

/// A related location of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RelatedInformation {
    pub(crate) location: Location,
    pub(crate) message: String,
}

/// A finding in the editor.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Diagnostic {
    pub(crate) range: Range,
    /// 1 is an error, 2 a warning, 3 information, 4 a hint.
    pub(crate) severity: u8,
    pub(crate) code: String,
    pub(crate) source: &'static str,
    pub(crate) message: String,
    pub(crate) related_information: Vec<RelatedInformation>,
}

impl Diagnostic {
    /// Says that a document is too long.
    pub(crate) fn not_scanned() -> Self {
        Self {
            range: Range::default(),
            severity: 3,
            code: "not-scanned".to_owned(),
            source: "keysift",
            message: "not scanned: longer than 8 MiB; `keysift scan` reads it".to_owned(),
            related_information: Vec::new(),
        }
    }
}

/// `textDocument/publishDiagnostics`.
#[derive(Debug, Serialize)]
pub(crate) struct Published {
    pub(crate) uri: String,
    pub(crate) version: Option<i64>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// An edit of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TextEdit {
    pub(crate) range: Range,
    pub(crate) new_text: String,
}

/// A quick fix.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CodeAction {
    pub(crate) title: String,
    pub(crate) kind: &'static str,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) is_preferred: bool,
    /// A `WorkspaceEdit`.
    pub(crate) edit: Value,
}

/// A document identifier, as in most requests.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) uri: String,
    pub(crate) version: Option<i64>,
}

/// A document with its text.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) uri: String,
    pub(crate) version: Option<i64>,
    pub(crate) text: String,
}

/// `textDocument/didOpen`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Opened {
    pub(crate) text_document: Item,
}

/// `textDocument/didChange`, with the whole text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Changed {
    pub(crate) text_document: Named,
    pub(crate) content_changes: Vec<Whole>,
}

/// The new text of a document, or of a range of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Whole {
    pub(crate) text: String,
    pub(crate) range: Option<Range>,
}

/// `textDocument/didClose` and `didSave`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfDocument {
    pub(crate) text_document: Named,
}

/// `textDocument/hover`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AtPosition {
    pub(crate) text_document: Named,
    pub(crate) position: Position,
}

/// `textDocument/codeAction`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AtRange {
    pub(crate) text_document: Named,
    pub(crate) range: Range,
}
