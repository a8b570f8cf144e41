//! Compares each reader with an independent parser of its format.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails; what is skipped is told"
)]

mod formats;

use std::{
    io::Write,
    process::{Command, Stdio},
};

use formats::{FORMATS, REFERENCES, password, written};
use keysift_finding::Span;
use keysift_syntax::readers::{Reading, Syntax, logins, read};
use keysift_syntax::{Kind, assignment};

/// The number of passwords for each format.
const PASSWORDS: u64 = 300;

/// The values that Python's parsers read in these texts; `None` without Python.
fn reference(asked: &[(String, String)]) -> Option<Vec<Option<String>>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference.py");
    let child = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: no python3: the readers without a second opinion");
        return None;
    };
    let lines: String = asked
        .iter()
        .map(|pair| serde_json::to_string(pair).unwrap() + "\n")
        .collect();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    Some(
        output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

/// The value that the reader reads at the first word of a password's name.
fn own(file: &str, text: &str) -> Option<(String, Span)> {
    if let [entry] = &logins(text.as_bytes(), file)[..] {
        return Some((String::from_utf8(entry.text.to_vec()).unwrap(), entry.value));
    }
    let lower = text.to_ascii_lowercase();
    let at = ["mysql -", "sshpass", "passw"]
        .iter()
        .find_map(|word| lower.find(word))?;
    let syntax = Syntax::of(file, text.as_bytes());
    match read(text.as_bytes(), Span::new(at, at + 3), syntax) {
        Reading::Entries(entries) => {
            let [entry] = &entries[..] else { return None };
            Some((String::from_utf8(entry.text.to_vec()).unwrap(), entry.value))
        }
        // Names and literals of a program, for which no format has a reader.
        Reading::Unknown => assignment(text.as_bytes(), Span::new(at, at + 3), Kind::of(file)).map(|found| {
            let text = found.value.of(text.as_bytes()).to_vec();
            (String::from_utf8(text).unwrap(), found.value)
        }),
        _ => None,
    }
}

#[test]
fn the_readers_agree_with_other_parsers() {
    let mut asked = Vec::new();
    let mut ours = Vec::new();
    for (name, parser) in REFERENCES {
        let format = FORMATS
            .iter()
            .find(|format| format.0 == *name)
            .unwrap_or_else(|| panic!("no format {name}"));
        for seed in 0..PASSWORDS {
            if let Some((text, place)) = written(format, &password(seed)) {
                ours.push((*name, place, own(format.1, &text), text.clone()));
                asked.push(((*parser).to_owned(), text));
            }
        }
    }
    assert!(asked.len() > 5000, "{} texts", asked.len());
    let Some(theirs) = reference(&asked) else { return };
    assert_eq!(theirs.len(), ours.len());
    let (mut wrong, mut compared, mut refused) = (Vec::new(), 0, std::collections::BTreeMap::new());
    for ((name, place, own, text), theirs) in ours.iter().zip(&theirs) {
        let Some(theirs) = theirs else {
            *refused.entry(*name).or_insert(0) += 1;
            continue;
        };
        compared += 1;
        // The line break at the end of a block scalar is not part of a password.
        let theirs = theirs.trim_end_matches('\n');
        let same = own
            .as_ref()
            .is_some_and(|(read, span)| read == theirs && (span.start, span.end) == *place);
        if !same {
            wrong.push(format!("{name}: {text:?}: {own:?}, {theirs:?}"));
        }
    }
    eprintln!(
        "{compared} compared, {} refused by the other parser",
        refused.len()
    );
    wrong.truncate(40);
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        refused.values().sum::<usize>() < compared / 4,
        "the writers are wrong: {refused:?}"
    );
}
