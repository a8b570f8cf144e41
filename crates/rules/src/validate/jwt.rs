//! Validates and decodes JSON Web Tokens (RFC 7519).

use std::collections::BTreeMap;

use keysift_finding::Step;
use serde_json::{Map, Value};

use super::{Evidence, Rejection, date, encoded::base64};

pub(super) fn check(
    token: &[u8],
    claims: &BTreeMap<String, String>,
    evidence: &mut Evidence,
) -> Result<(), Rejection> {
    let mut parts = token.split(|byte| *byte == b'.');
    let header = object(parts.next(), "header")?;
    let payload = object(parts.next(), "payload")?;
    let signature = parts.next().unwrap_or_default();
    if let Some((name, _)) = claims
        .iter()
        .find(|(name, expected)| !claimed(&payload, name, expected))
    {
        return Err(Rejection::OtherRule(format!(
            "its claim `{name}` is another provider's"
        )));
    }
    let algorithm = header
        .get("alg")
        .and_then(Value::as_str)
        .ok_or("the header names no algorithm")?;
    if algorithm.eq_ignore_ascii_case("none") {
        evidence.apply(Step::OpensLittle, "not signed: no service should accept it");
    } else if signature.is_empty() {
        return Err("the signature is missing".into());
    } else {
        evidence
            .notes
            .push(format!("a JSON Web Token signed with {}", plain(algorithm)));
    }
    if let Some(issuer) = payload.get("iss").and_then(Value::as_str) {
        evidence.notes.push(format!("issued by {}", plain(issuer)));
    }
    if payload.get("sub").and_then(Value::as_str) == Some("1234567890") {
        evidence.apply(
            Step::PublishedSample,
            "the subject of documentation samples, 1234567890",
        );
    }
    match payload.get("role").and_then(Value::as_str) {
        Some("anon") => evidence.apply(Step::OpensLittle, "its role is `anon`: meant to be public"),
        Some(role) => evidence.notes.push(format!("its role is {}", plain(role))),
        None => {}
    }
    if let Some(expiry) = payload.get("exp").and_then(Value::as_i64)
        && let Some(day) = keysift_finding::date::date(expiry)
    {
        match date::past(expiry) {
            true => evidence.apply(Step::OpensLittle, format!("expired on {day}")),
            false => evidence.note(format!("expires on {day}")),
        }
    }
    Ok(())
}

/// Returns whether a claim (a text or a list of texts) has one of the expected values, which are separated by
/// spaces; empty: any.
fn claimed(payload: &Map<String, Value>, name: &str, expected: &str) -> bool {
    let holds = |text: &str| expected.is_empty() || expected.split(' ').any(|part| text.contains(part));
    match payload.get(name) {
        Some(Value::String(text)) => holds(text),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).any(holds),
        Some(Value::Number(_)) => expected.is_empty(),
        _ => false,
    }
}

fn object(part: Option<&[u8]>, which: &str) -> Result<Map<String, Value>, String> {
    let bytes = part
        .and_then(base64)
        .ok_or_else(|| format!("the {which} is not base64url"))?;
    serde_json::from_slice(&bytes).map_err(|_| format!("the {which} is no JSON object"))
}

/// Text from a token, shortened and without control characters, because it is printed on a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(60).collect()
}
