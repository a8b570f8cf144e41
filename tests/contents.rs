//! The same content has the same findings, whether it comes from a folder, a named file, a pipe, an archive
//! or an image. For git see `git_contents`.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    archives::zip,
    common::{Run, Tree, builtin_rules, sample},
    image::{archive, gzip, image},
};

/// A file, and its properties.
struct Content {
    name: &'static str,
    bytes: Vec<u8>,
    /// Whether its type is recognized without its name, as needed for a pipe.
    nameless: bool,
}

fn token(seed: u64) -> String {
    sample(&builtin_rules(), "github-pat-classic", seed)
}

/// Encodes a text in UTF-16 or UTF-32, with or without a byte order mark.
fn units(text: &str, width: usize, little: bool, marked: bool) -> Vec<u8> {
    let mark = if marked { "\u{FEFF}" } else { "" };
    let text = format!("{mark}{text}");
    let bytes = |big: &[u8]| {
        let mut bytes = big.to_vec();
        if little {
            bytes.reverse();
        }
        bytes
    };
    match width {
        2 => text
            .encode_utf16()
            .flat_map(|unit| bytes(&unit.to_be_bytes()))
            .collect(),
        _ => text
            .chars()
            .flat_map(|char| bytes(&u32::from(char).to_be_bytes()))
            .collect(),
    }
}

/// Returns lines with a token at the start, at the end, and around every edge of windows of 1 MiB.
fn large(bytes: usize) -> String {
    let mut text = String::new();
    let mut seed = 100;
    let mut edge = 0;
    while text.len() < bytes {
        if text.len() + 40 >= edge {
            writeln!(text, "token = {}", token(seed)).unwrap();
            seed += 1;
            edge += 1 << 20;
        }
        text.push_str("some ordinary line of text that holds nothing at all of interest\n");
        // The last lines before an edge are short, so that a token crosses it.
        while text.len() + 100 >= edge && text.len() + 40 < edge {
            text.push_str("- -\n");
        }
    }
    writeln!(text, "token = {}", token(seed)).unwrap();
    text
}

fn manifest(bytes: usize) -> Vec<u8> {
    let mut text = "apiVersion: v1\nkind: List\nitems:\n".to_owned();
    let mut number = 0;
    while text.len() < bytes {
        let value = if number % 1000 == 0 { "swordfish" } else { "$(X)" };
        write!(
            text,
            "- apiVersion: v1\n  kind: Pod\n  metadata: {{name: p{number}}}\n  spec:\n    automountServiceAccountToken: false\n    \
             containers:\n    - name: c\n      image: a\n      env:\n      - name: DB_PASSWORD\n        value: {value}\n"
        )
        .unwrap();
        number += 1;
    }
    text.into_bytes()
}

fn contents() -> Vec<Content> {
    let text = format!("# a file of settings\ntoken = {}\n", token(1));
    let big = large(9 << 20);
    let plain = |name, bytes: Vec<u8>| Content {
        name,
        bytes,
        nameless: true,
    };
    let named = |name, bytes: Vec<u8>| Content {
        name,
        bytes,
        nameless: false,
    };
    let pod = manifest(300);
    vec![
        plain("text.txt", text.clone().into_bytes()),
        plain("bom.txt", format!("\u{FEFF}{text}").into_bytes()),
        plain("utf16le.txt", units(&text, 2, true, true)),
        plain("utf16be.txt", units(&text, 2, false, true)),
        plain("utf16le-unmarked.txt", units(&text, 2, true, false)),
        plain("utf16be-unmarked.txt", units(&text, 2, false, false)),
        plain("utf32le.txt", units(&text, 4, true, true)),
        plain("utf32be.txt", units(&text, 4, false, true)),
        plain("utf32le-unmarked.txt", units(&text, 4, true, false)),
        plain("large.txt", big.clone().into_bytes()),
        plain("large-utf16.txt", units(&big, 2, true, true)),
        plain(
            "large-utf32.txt",
            units(big[..3 << 20].rsplit_once('\n').unwrap().0, 4, false, true),
        ),
        plain("pod.yaml", pod.clone()),
        plain("pod-bom.yaml", [b"\xEF\xBB\xBF", &pod[..]].concat()),
        plain(
            "pod-utf16.yaml",
            units(&String::from_utf8(pod).unwrap(), 2, true, true),
        ),
        plain("large.yaml", manifest(3 << 19)),
        plain(
            "store.jks",
            b"\xFE\xED\xFE\xED\0\0\0\x02\0\0\0\x01aaaaaaaaaaaaaaaa".to_vec(),
        ),
        plain("inner.zip", zip(&[("x.txt", text.as_bytes())])),
        plain("inner.gz", gzip(text.as_bytes())),
        plain("Dockerfile", b"FROM a:1\nENV DB_PASSWORD=swordfish\n".to_vec()),
        named(
            ".env",
            format!("DB_PASSWORD={}\n", ["Xk7q2LmW", "9rTbZ4vN"].concat()).into_bytes(),
        ),
        named("values.yaml", b"db:\n  password: swordfish4\n".to_vec()),
        named(
            "compose.yaml",
            b"services:\n  a:\n    image: b:1\n    environment: {DB_PASSWORD: swordfish4}\n".to_vec(),
        ),
    ]
}

/// An image as an OCI layout in a tar.
pub(crate) fn oci(layer: &[u8]) -> Vec<u8> {
    let hex = |bytes: &[u8]| -> String {
        Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let config = json!({"rootfs": {"diff_ids": [format!("sha256:{}", hex(layer))]}}).to_string();
    let digest = |bytes: &[u8]| json!({"digest": format!("sha256:{}", hex(bytes)), "size": bytes.len()});
    let manifest = json!({"config": digest(config.as_bytes()), "layers": [digest(layer)]}).to_string();
    let index = json!({"manifests": [digest(manifest.as_bytes())]}).to_string();
    let name = |bytes: &[u8]| format!("blobs/sha256/{}", hex(bytes));
    archive(&[
        ("oci-layout", br#"{"imageLayoutVersion": "1.0.0"}"#),
        ("index.json", index.as_bytes()),
        (&name(config.as_bytes()), config.as_bytes()),
        (&name(manifest.as_bytes()), manifest.as_bytes()),
        (&name(layer), layer),
    ])
}

/// Returns rules and lines of the findings.
fn found(run: Run, what: &str) -> BTreeSet<(String, u64)> {
    let (findings, summary) = run.jsonl();
    assert_eq!(summary["coverage"]["unread"], json!([]), "{what}");
    assert_eq!(summary["coverage"]["partial"], json!([]), "{what}");
    findings
        .iter()
        .map(|finding| {
            let rule = finding["rule"].as_str().unwrap().to_owned();
            (rule, finding["line"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn the_same_content_has_the_same_findings_from_every_source() {
    for content in contents() {
        let (tree, name, bytes) = (Tree::new(), content.name, &content.bytes[..]);
        tree.file(&format!("tree/{name}"), bytes);
        tree.file("a.zip", zip(&[(name, bytes)]));
        let tar = archive(&[(name, bytes)]);
        tree.file("a.tar", &tar);
        tree.file("a.tar.gz", gzip(&tar));
        tree.file("image.tar", image(std::slice::from_ref(&tar), json!({})));
        tree.file("image.tar.gz", gzip(&image(&[gzip(&tar)], json!({}))));
        tree.file("oci.tar", oci(&tar));
        let scan = |path: &str| tree.keysift(&["scan", path, "--archives", "--format", "jsonl"]);
        let expected = found(scan("tree"), name);
        assert!(!expected.is_empty(), "{name}: nothing is found in a folder");
        let file = format!("tree/{name}");
        for path in [
            &file,
            "a.zip",
            "a.tar",
            "a.tar.gz",
            "image.tar",
            "image.tar.gz",
            "oci.tar",
        ] {
            assert_eq!(found(scan(path), path), expected, "{name} in {path}");
        }
        if content.nameless {
            let run = tree.keysift_with(&["scan", "-", "--format", "jsonl"], bytes);
            assert_eq!(found(run, "-"), expected, "{name} from a pipe");
        }
    }
}

/// A file that is too large for checks of manifests is reported, from every source.
#[test]
fn a_manifest_larger_than_a_window_is_reported_from_every_source() {
    let (tree, bytes) = (Tree::new(), manifest(9 << 20));
    let tar = archive(&[("pod.yaml", &bytes)]);
    tree.file("pod.yaml", &bytes);
    tree.file("a.zip", zip(&[("pod.yaml", &bytes)]));
    tree.file("image.tar", image(&[tar], json!({})));
    let broken = |run: Run| run.jsonl().1["coverage"]["partial"][0]["why"].clone();
    for path in ["pod.yaml", "a.zip", "image.tar"] {
        let why = broken(tree.keysift(&["scan", path, "--format", "jsonl"]));
        assert_eq!(why, "too large to be read as a manifest (8 MiB)", "{path}");
    }
    let why = broken(tree.keysift_with(&["scan", "-", "--format", "jsonl"], &bytes));
    assert_eq!(why, "too large to be read as a manifest (8 MiB)");
}
