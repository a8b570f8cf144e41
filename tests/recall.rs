//! Generated passwords in every format, quoted or not, with punctuation anywhere: found with their exact
//! place, and once.

use keysift_finding::{Blob, Confidence, Location, Origin};
use keysift_scan::{Options, Scanner};

use crate::{
    common::builtin_rules,
    formats::{FORMATS, password, written},
};

/// Number of passwords for each format.
const PASSWORDS: u64 = 400;

/// Formats below 99 %, and the recall that they keep, in thousandths. Their values are read whole: a comment on the line of a value lowers
/// its confidence, for a few below what is reported.
const OPEN: &[(&str, usize)] = &[("yaml \"x\"", 975)];

#[test]
fn generated_passwords_are_found_whole_in_every_format() {
    let scanner = Scanner::new(builtin_rules(), Options::default()).unwrap();
    let (mut weak, mut table) = (Vec::new(), String::new());
    for format in FORMATS {
        let (mut tried, mut found, mut misses) = (0, 0, Vec::new());
        for seed in 0..PASSWORDS {
            let Some((text, place)) = written(format, &password(seed)) else {
                continue;
            };
            let mut buffer = text.clone().into_bytes();
            buffer.resize(text.len() + Blob::PADDING, 0);
            let origin = Origin::File(Location::named(format.1));
            let findings = scanner.scan(&Blob::whole(&origin, &buffer, text.len())).findings;
            let shown: Vec<_> = findings
                .iter()
                .filter(|finding| finding.confidence > Confidence::Low)
                .map(|finding| finding.secret.unwrap_or(finding.span))
                .map(|span| (span.start, span.end))
                .filter(|span| span.0 < place.1 && place.0 < span.1)
                .collect();
            tried += 1;
            if shown == [place] {
                found += 1;
            } else {
                let read: Vec<_> = shown.iter().map(|span| &text[span.0..span.1]).collect();
                misses.push(format!("{} -> {read:?}", &text[place.0..place.1]));
            }
        }
        table += &format!("{:22} {found:4} of {tried:4}\n", format.0);
        let known = OPEN.iter().find(|(name, _)| *name == format.0);
        let floor = known.map_or(990, |(_, floor)| *floor);
        if found * 1000 < tried * floor || tried < 20 {
            misses.truncate(8);
            weak.push(format!(
                "{}: {found} of {tried}\n    {}",
                format.0,
                misses.join("\n    ")
            ));
        }
    }
    eprintln!("{table}");
    assert!(
        weak.is_empty(),
        "{} formats below 99 %:\n{}",
        weak.len(),
        weak.join("\n")
    );
}
