//! The form of `keysift.toml`, for editors.

use keysift_finding::Severity;
use serde_json::{Value, json};

/// The JSON schema of `keysift.toml`.
pub fn schema() -> Value {
    let texts = |what: &str| json!({"type": "array", "items": {"type": "string"}, "description": what});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keysift.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "extends": texts("Files whose settings come before these, relative to this file."),
            "strict": {"type": "boolean", "description": "Remarks in lines count only if they are keysift's own and name the rule."},
            "exclude": texts("Paths whose findings are not shown: patterns, from the top of the repository (without one: from the scanned folder)."),
            "disable": texts("Rules and checks that are off: ids or patterns."),
            "rules": texts("Rule files, relative to this file."),
            "severity": {
                "type": "object",
                "description": "Severities by rule.",
                "additionalProperties": {"enum": Severity::ALL.iter().map(|severity| severity.word()).collect::<Vec<_>>()},
            },
            "allow": {
                "type": "array",
                "description": "Findings that are allowed: those that fit everything an entry names.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["reason"],
                    "properties": {
                        "reason": {"type": "string", "minLength": 1, "description": "Why."},
                        "paths": texts("Patterns of paths."),
                        "rules": texts("Ids or patterns of rules."),
                        "fingerprints": texts("Fingerprints of findings, as reports in JSON have them."),
                        "secrets": texts("Regular expressions that fit somewhere in the secret."),
                        "until": {"type": "string", "format": "date", "description": "The last day on which it is allowed."},
                    },
                },
            },
        },
    })
}
