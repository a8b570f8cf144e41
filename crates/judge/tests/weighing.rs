//! Properties of the whole model that hold for any weights.

use keysift_judge::{Evidence, Feature, File, Likelihood, Neighbors, Share, credential, terms, weigh};

/// The verdict on a literal in an environment file, near the settings of a database.
fn in_configuration(name: &str, text: &str) -> Option<Likelihood> {
    let near = Neighbors {
        user: true,
        host: true,
        texts: Share::None,
        ..Neighbors::default()
    };
    let file = File {
        texts: Share::None,
        ..File::default()
    };
    weighed(name, text, Feature::Dotenv, file, near)
}

/// The verdict on a literal among the text of a user interface.
fn in_texts(name: &str, text: &str) -> Option<Likelihood> {
    let near = Neighbors {
        texts: Share::Most,
        ..Neighbors::default()
    };
    let file = File {
        language: true,
        texts: Share::Most,
        ..File::default()
    };
    weighed(name, text, Feature::Json, file, near)
}

fn weighed(name: &str, text: &str, format: Feature, file: File, near: Neighbors) -> Option<Likelihood> {
    let evidence = Evidence {
        name,
        text,
        judged: credential(name, text)?,
        format,
        quoted: format == Feature::Json,
        loose: false,
        known: false,
        place: None,
        sample: None,
        file,
        near,
    };
    let verdict = weigh(&evidence);
    let sum: i32 = terms(&evidence).iter().map(|term| term.weight).sum();
    assert!(
        (verdict.0 - sum).abs() < 1000,
        "the terms are those of the sum, but for what holds before"
    );
    assert_eq!(verdict, weigh(&evidence), "the same evidence, another verdict");
    Some(verdict.likelihood())
}

/// Deterministic pseudo-random text.
fn generated(seed: u64, alphabet: &[u8], len: usize) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(alphabet[(state >> 33) as usize % alphabet.len()])
        })
        .collect()
}

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[test]
fn generated_values_in_configuration_are_found() {
    for (name, len) in [
        ("DB_PASSWORD", 12),
        ("DB_PASSWORD", 16),
        ("APP_SECRET", 20),
        ("API_TOKEN", 32),
        ("API_KEY", 40),
    ] {
        let found = (0..200)
            .filter(|seed| {
                in_configuration(name, &generated(*seed, ALPHANUMERIC, len)) >= Some(Likelihood::Likely)
            })
            .count();
        assert!(found >= 195, "{name} {len}: {found} of 200");
    }
}

#[test]
fn the_context_changes_the_verdict() {
    for text in [
        "Wachtwoord",
        "Salasana",
        "Passwort wiederholen",
        "Nouveau mot de passe",
        "Jelszó",
    ] {
        assert!(in_texts("password", text) <= Some(Likelihood::Doubtful), "{text}");
    }
    for text in [
        "Bridge-863-Ocean",
        "iloveMyDog99",
        "Winter2024!",
        "Kaffee-und-Kuchen-1987",
    ] {
        assert!(
            in_configuration("DB_PASSWORD", text) >= Some(Likelihood::Likely),
            "{text}"
        );
    }
}

#[test]
fn inert_values_are_doubtful_everywhere() {
    let base64 = generated(7, ALPHANUMERIC, 300);
    for text in [
        format!("encrypted:{}", &base64[..80]),
        format!("AQICAH{}", &base64[..120]),
        format!("U2FsdGVkX1{}", &base64[..40]),
        format!("AgB{base64}"),
        format!("$2b$12${}", &base64[..53]),
        "ChooseAStrongPassword123!".to_owned(),
        "replace-with-your-password".to_owned(),
        "npm:^4.0.9".to_owned(),
        "xxxxxxxxxxxx".to_owned(),
    ] {
        assert!(
            in_configuration("DB_PASSWORD", &text) <= Some(Likelihood::Doubtful),
            "{}",
            &text[..10]
        );
    }
}

#[test]
fn the_table_is_small_and_well_formed() {
    let table = include_str!("../tables/weights.tsv");
    let lines: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() <= 400, "{}", lines.len());
    for line in &lines[1..] {
        let fields: Vec<&str> = line.split('\t').collect();
        assert!(matches!(fields.len(), 2 | 3) && !fields[1].is_empty(), "{line}");
        assert!(
            fields[1..]
                .iter()
                .all(|feature| Feature::from_text(feature).is_some()),
            "{line}"
        );
        assert!(fields[0].parse::<i32>().is_ok_and(|weight| weight != 0), "{line}");
    }
}
