//! The JSON schema of `keysift.toml`, for editors.

use keysift_finding::{Severity, Tests};
use serde_json::{Value, json};

/// The JSON schema of `keysift.toml`.
pub fn schema() -> Value {
    let texts = |what: &str| json!({"type": "array", "items": {"type": "string"}, "description": what});
    let severities = |what: &str| {
        let words: Vec<_> = Severity::ALL.iter().map(|severity| severity.word()).collect();
        json!({"type": "object", "description": what, "additionalProperties": {"enum": words}})
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keysift.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "extends": texts("Settings files to start from, relative to this file."),
            "strict": {"type": "boolean", "description": "Inline suppressions count only if they are keysift's own and name the rule."},
            "tests": {
                "enum": Tests::NAMED.iter().map(|(_, name, _)| name).collect::<Vec<_>>(),
                "description": "Secrets without a format in test code and third-party packages: low confidence (lower, the default), or weighed like all others (show).",
            },
            "exclude": texts("Paths whose findings are suppressed: patterns as in .gitignore, from the top of the repository (without one: from the scanned folder)."),
            "disable": texts("Disabled rules and checks: ids or patterns."),
            "rules": texts("Custom rule files, relative to this file."),
            "baseline": {"type": "string", "description": "The baseline, relative to this file."},
            "severity": severities("Severity overrides by rule."),
            "override": {
                "type": "array",
                "description": "Settings for some paths; of several entries the last has the final word.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["paths"],
                    "properties": {
                        "paths": texts("Patterns of paths, as in .gitignore."),
                        "disable": texts("Rules and checks that are disabled there: ids or patterns."),
                        "severity": severities("Severity overrides there."),
                    },
                },
            },
            "allow": {
                "type": "array",
                "description": "Allowed findings: those that match everything an entry names.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["reason"],
                    "properties": {
                        "reason": {"type": "string", "minLength": 1, "description": "Why."},
                        "paths": texts("Patterns of paths."),
                        "rules": texts("Ids or patterns of rules."),
                        "fingerprints": texts("Fingerprints of findings, as in JSON reports."),
                        "secrets": texts("Regular expressions that match somewhere in the secret."),
                        "until": {"type": "string", "format": "date", "description": "The last day on which it is allowed."},
                    },
                },
            },
        },
    })
}
