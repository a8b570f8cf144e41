//! A second opinion on `ENV` and `ARG` from the crate dockerfile-parser, where it can read a file at all.

use dockerfile_parser::{Dockerfile as Theirs, Instruction};
use keysift_manifest::Dockerfile;

/// Names and values as that crate reads them.
fn theirs(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let file = Theirs::parse(text).ok()?;
    let mut pairs = Vec::new();
    for instruction in &file.instructions {
        match instruction {
            Instruction::Env(env) => pairs.extend(
                env.vars
                    .iter()
                    .map(|var| (var.key.content.clone(), Some(var.value.to_string()))),
            ),
            Instruction::Arg(arg) => pairs.push((
                arg.name.content.clone(),
                arg.value.as_ref().map(|value| value.content.clone()),
            )),
            _ => {}
        }
    }
    Some(pairs)
}

fn ours(text: &str) -> Vec<(String, Option<String>)> {
    let file = Dockerfile::parse(text.as_bytes());
    let pairs = file
        .instructions
        .iter()
        .filter(|instruction| matches!(instruction.keyword.as_str(), "ENV" | "ARG"));
    pairs
        .flat_map(|instruction| instruction.pairs())
        .map(|pair| (pair.name, pair.value.map(|value| value.text)))
        .collect()
}

#[test]
fn we_agree_on_what_it_can_read() {
    let names = ["A", "DB_PASSWORD", "x.y", "TOKEN1"];
    let values = [
        "1",
        "abc",
        "\"two words\"",
        "$B",
        "${B}",
        "a=b",
        "/path/to:/x",
        "http://h:1/",
    ];
    let mut read = 0;
    for name in names {
        for value in values {
            for text in [
                format!("FROM a\nENV {name}={value}\n"),
                format!("FROM a\nENV {name} {value}\n"),
                format!("FROM a\nARG {name}={value}\n"),
                format!("FROM a\nENV {name}={value} \\\n    B=2\n"),
                format!("FROM a\nRUN x \\\n # c\n && y\nenv {name}={value}\n"),
                format!("ARG {name}\nFROM a\nENV A=1 {name}={value}\n"),
            ] {
                if let Some(pairs) = theirs(&text) {
                    read += 1;
                    assert_eq!(ours(&text), pairs, "{text}");
                }
            }
        }
    }
    assert!(read > 100, "the other parser read only {read}");
}
