//! Measures precision and recall of the name classifier on names labelled by hand (`names.tsv`).

use keysift_judge::{Name, name};

#[test]
fn precision_and_recall_on_labelled_names() {
    let (mut found, mut missed, mut false_alarms) = (Vec::new(), Vec::new(), Vec::new());
    for line in include_str!("names.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
    {
        let (text, label) = line.split_once('\t').expect("name and label");
        match (label, name(text) == Name::Sensitive) {
            ("secret", true) => found.push(text),
            ("secret", false) => missed.push(text),
            ("not", true) => false_alarms.push(text),
            _ => {}
        }
    }
    let precision = found.len() as f64 / (found.len() + false_alarms.len()) as f64;
    let recall = found.len() as f64 / (found.len() + missed.len()) as f64;
    assert!(found.len() > 100, "the file is read");
    assert!(
        precision >= 0.97 && recall >= 0.97,
        "precision {precision:.3} {false_alarms:?}, recall {recall:.3} {missed:?}"
    );
}

#[test]
fn anti_csrf_tokens_are_not_secrets() {
    for text in [
        "csrf_token",
        "csrfToken",
        "X-XSRF-TOKEN",
        "authenticity_token",
        "form_authenticity_token",
        "csrfmiddlewaretoken",
    ] {
        assert_ne!(name(text), Name::Sensitive, "{text}");
    }
    for text in ["CSRF_SECRET", "csrf_token_secret", "auth_token", "access_token"] {
        assert_eq!(name(text), Name::Sensitive, "{text}");
    }
}
