//! `--fix` changes only the bytes of its edits, and only in files inside the scanned folder.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::common::Tree;

/// A manifest with one safe edit: `400` becomes `0400`.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  automountServiceAccountToken: false\n  \
     containers: [{name: c, image: \"a:1\"}]\n  volumes:\n  - name: s\n    secret: {secretName: s, defaultMode: 400}\n";

fn fixed(text: &[u8]) -> Vec<u8> {
    let at = text.windows(5).position(|window| window == b": 400").unwrap();
    [&text[..at], b": 0400", &text[at + 5..]].concat()
}

#[test]
fn no_other_byte_changes() {
    let crlf = POD.replace('\n', "\r\n");
    let files: [(&str, Vec<u8>, bool); 9] = [
        ("plain.yaml", POD.into(), true),
        ("mark.yaml", ["\u{feff}", POD].concat().into(), true),
        ("crlf.yaml", crlf.clone().into(), true),
        ("open.yaml", POD.trim_end().into(), true),
        (
            "escapes.yaml",
            ["# \u{1b}[1mbold\u{1b}[0m é 日\n", POD].concat().into(),
            true,
        ),
        (
            "unicode.yaml",
            ["# \u{202e}\u{200b}\u{85}\n", POD].concat().into(),
            true,
        ),
        ("mixed.yaml", ["# a\r\n# b\n", &crlf].concat().into(), true),
        ("two.yaml", [POD, "---\r\n", POD].concat().into(), false),
        (
            "bytes.yaml",
            [&b"# \xff\xfe\x80\n"[..], POD.as_bytes()].concat(),
            false,
        ),
    ];
    let tree = Tree::new();
    for (name, text, _) in &files {
        fs::set_permissions(tree.file(name, text), fs::Permissions::from_mode(0o640)).unwrap();
    }
    let run = tree.keysift(&["scan", ".", "--fix", "-q"]);
    for (name, text, certain) in &files {
        let path = tree.path().join(name);
        let now = fs::read(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640,
            "{name}"
        );
        let wanted = fixed(text);
        let twice = || fixed(&fixed(text));
        let fine = now == wanted || !certain && (now == *text || now == twice());
        assert!(fine, "{name}: {}\n{}", String::from_utf8_lossy(&now), run.err());
    }
}

#[test]
fn files_that_cannot_be_fixed_are_reported_and_others_are_fixed() {
    let tree = Tree::new();
    let outside = Tree::new();
    let victim = outside.file("victim.yaml", POD);
    tree.file("plain.yaml", POD);
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(POD.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let wide = tree.file("wide.yaml", &utf16);
    std::os::unix::fs::symlink(&victim, tree.path().join("link.yaml")).unwrap();
    let run = tree.keysift(&["scan", ".", "link.yaml", "--fix", "-q"]);
    assert_eq!(fs::read(&victim).unwrap(), POD.as_bytes(), "{}", run.err());
    assert_eq!(fs::read(&wide).unwrap(), utf16);
    assert!(
        run.err().contains("wide.yaml: not fixed: it is UTF-16"),
        "{}",
        run.err()
    );
    assert!(
        run.err().contains("plain.yaml: fixed (1 change)"),
        "{}",
        run.err()
    );
    let plain = fs::read(tree.path().join("plain.yaml")).unwrap();
    assert_eq!(plain, fixed(POD.as_bytes()));
}

#[test]
fn a_dry_run_shows_no_secret_and_changes_nothing() {
    let tree = Tree::new();
    let line = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: a, env: \
        [{name: T, value: \"Zk3mQ9xW2pLs\"}]}], volumes: [{name: s, secret: {secretName: s, defaultMode: 400}}]}}\n";
    let file = tree.file("f\u{1b}[2J.yaml", line);
    let run = tree.keysift(&["scan", ".", "--fix", "--dry-run", "-o", "json=/dev/null"]);
    let out = run.out();
    assert!(out.contains("--- a/f\\x1b[2J.yaml\n"), "{out}");
    assert!(
        out.contains("defaultMode: 400}") && out.contains("defaultMode: 0400}"),
        "{out}"
    );
    assert!(!out.contains("Zk3mQ9") && !out.contains('\u{1b}'), "{out}");
    assert_eq!(fs::read_to_string(file).unwrap(), line);
}

#[test]
fn reports_replace_links_and_do_not_follow_them() {
    let tree = Tree::new();
    let outside = Tree::new();
    let victim = outside.file("victim", "precious");
    tree.file("p.yaml", POD);
    std::os::unix::fs::symlink(&victim, tree.path().join("out.json")).unwrap();
    std::os::unix::fs::symlink("/dev/full", tree.path().join("full.json")).unwrap();
    tree.keysift(&["scan", "p.yaml", "-o", "json=out.json", "-o", "json=full.json"]);
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
    for name in ["out.json", "full.json"] {
        let path = tree.path().join(name);
        assert!(fs::symlink_metadata(&path).unwrap().is_file(), "{name}");
        assert!(fs::read_to_string(&path).unwrap().contains("keysift/1"), "{name}");
        // With the permissions of the umask, not only for the user.
        let own = fs::metadata(tree.file("own", "")).unwrap().permissions().mode();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode(), own, "{name}");
    }
    // No partial file is left.
    let names: Vec<_> = fs::read_dir(tree.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
    let run = tree.keysift(&["scan", "p.yaml", "-o", "json=/dev/stdout"]);
    assert!(run.out().contains("keysift/1"), "{}", run.err());
}
