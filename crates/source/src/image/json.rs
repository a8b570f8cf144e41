//! Parses JSON without dropping anything.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Parses a document. A byte order mark is skipped. A repeated key is kept as `KEY#N`; the first keeps its
/// name.
pub(super) fn parse(bytes: &[u8]) -> Option<Value> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    serde_json::from_slice::<Whole>(bytes).ok().map(|whole| whole.0)
}

struct Whole(Value);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(All).map(Self)
    }
}

struct All;

impl<'de> Visitor<'de> for All {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<Whole>()? {
            all.push(item.0);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((key, item)) = items.next_entry::<String, Whole>()? {
            let name = match all.contains_key(&key) {
                // Other parsers keep only the last value, but the first is in the archive too.
                true => format!("{key}#{}", all.len()),
                false => key,
            };
            all.insert(name, item.0);
        }
        Ok(Value::Object(all))
    }
}

/// Calls `on_leaf` for every string and number with its path, except below values for which `known` returns
/// true.
pub(super) fn leaves(
    value: &Value,
    known: &dyn Fn(&str, &Value) -> bool,
    on_leaf: &mut dyn FnMut(&str, &str),
) {
    let mut path = String::new();
    below(value, &mut path, known, on_leaf);
}

fn below(
    value: &Value,
    path: &mut String,
    known: &dyn Fn(&str, &Value) -> bool,
    on_leaf: &mut dyn FnMut(&str, &str),
) {
    let mut step = |name: &str, value: &Value| {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        if !known(path, value) {
            below(value, path, known, on_leaf);
        }
        path.truncate(length);
    };
    match value {
        Value::Object(items) => items.iter().for_each(|(name, value)| step(name, value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, value)| step(&at.to_string(), value)),
        Value::String(text) => on_leaf(path, text),
        Value::Number(number) => on_leaf(path, &number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_dropped() {
        let value =
            parse(b"\xEF\xBB\xBF{\"a\": \"one\", \"a\": [\"two\", 3, null], \"b\": {\"c\": \"four\"}}")
                .unwrap();
        let mut all = Vec::new();
        leaves(&value, &|name, _| name == "b.c", &mut |path, text| {
            all.push(format!("{path}={text}"));
        });
        assert_eq!(all, ["a=one", "a#1.0=two", "a#1.1=3"]);
        assert!(parse(b"{").is_none() && parse(b"{} {}").is_none());
    }
}
