//! Container images: written by the tests, and by real tools.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::common::{Run, Tree, builtin_rules, command, sample};

const BLOCK: usize = 512;

fn token() -> String {
    sample(&builtin_rules(), "github-pat-classic", 21)
}

/// A tar entry.
fn entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    claimed(name, kind, content.len() as u64, content)
}

/// A tar entry with the given size in its header.
fn claimed(name: &str, kind: u8, size: u64, content: &[u8]) -> Vec<u8> {
    let mut block = vec![0u8; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    if size < 1 << 33 {
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    } else {
        block[124] = 0x80;
        block[128..136].copy_from_slice(&size.to_be_bytes());
    }
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    block[148..156].fill(b' ');
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    block[154] = 0;
    block.extend_from_slice(content);
    block.resize(block.len().next_multiple_of(BLOCK), 0);
    block
}

pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all: Vec<u8> = files
        .iter()
        .flat_map(|(name, content)| entry(name, b'0', content))
        .collect();
    all.extend_from_slice(&[0; 2 * BLOCK]);
    all
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An image in the format of `docker save`: a manifest, a configuration, a folder for each layer.
pub(crate) fn image(layers: &[Vec<u8>], config: Value) -> Vec<u8> {
    let names: Vec<String> = (1..=layers.len())
        .map(|number| format!("layer{number}/layer.tar"))
        .collect();
    let manifest = json!([{"Config": "config.json", "RepoTags": ["app:1"], "Layers": names}]).to_string();
    let config = config.to_string();
    let mut files: Vec<(&str, &[u8])> = names
        .iter()
        .map(String::as_str)
        .zip(layers.iter().map(Vec::as_slice))
        .collect();
    files.extend([
        ("config.json", config.as_bytes()),
        ("manifest.json", manifest.as_bytes()),
    ]);
    archive(&files)
}

/// Returns path and state of each finding in a layer.
pub(crate) fn states(tree: &Tree, args: &[&str], code: i32) -> BTreeMap<String, String> {
    let args: Vec<&str> = ["scan", "--format", "jsonl"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    let (findings, _) = tree.keysift(&args).expect(code).jsonl();
    let layers = findings
        .iter()
        .filter(|finding| finding["origin"]["kind"] == "layer");
    layers
        .map(|finding| {
            let origin = &finding["origin"];
            let by = origin["by_layer"]
                .as_u64()
                .map_or(String::new(), |by| format!(" {by}"));
            (
                finding["path"].as_str().unwrap().to_owned(),
                format!("{} {}{by}", origin["layer"], origin["state"].as_str().unwrap()),
            )
        })
        .collect()
}

#[test]
fn every_file_has_its_state() {
    let secret = format!("token={}\n", token());
    let secret = secret.as_bytes();
    let below = archive(&[
        ("etc/live.conf", secret),
        ("etc/over.conf", secret),
        ("app/deleted.env", secret),
        ("app/sub/deep.env", secret),
        ("old/hidden.env", secret),
        ("data/replaced/x.env", secret),
        ("back/again.env", secret),
    ]);
    let middle = archive(&[
        ("app/.wh.deleted.env", b""),
        ("app/.wh.sub", b""),
        ("old/.wh..wh..opq", b""),
        ("etc/over.conf", b"x\n"),
        ("back/.wh.again.env", b""),
    ]);
    let above = [
        archive(&[("back/again.env", secret), ("./late.env", secret)]),
        entry("data/replaced", b'2', b""),
    ]
    .concat();
    let tree = Tree::new();
    tree.file("image.tar", image(&[below, gzip(&middle), above], json!({})));
    let expected = [
        ("etc/live.conf", "1 live"),
        ("etc/over.conf", "1 overwritten 2"),
        ("app/deleted.env", "1 deleted 2"),
        ("app/sub/deep.env", "1 deleted 2"),
        ("old/hidden.env", "1 deleted 2"),
        ("data/replaced/x.env", "1 deleted 3"),
        // In the first layer deleted by the second, and live in the third: two findings, of which the map
        // keeps the later one.
        ("back/again.env", "3 live"),
        ("late.env", "3 live"),
    ];
    assert_eq!(
        states(&tree, &["image.tar"], 1),
        expected
            .iter()
            .map(|(path, verdict)| ((*path).to_owned(), (*verdict).to_owned()))
            .collect()
    );
    let text = tree.keysift(&["scan", "image.tar"]).expect(1).out();
    assert!(
        text.contains("deleted in layer 2, but still in the image"),
        "{text}"
    );
}

#[test]
fn configuration_and_history_are_read_as_instructions() {
    let password = ["Gr33n!", "Elephant7"].concat();
    let tree = Tree::new();
    let config = json!({
        "os": "linux", "architecture": "amd64",
        "config": {"Env": ["PATH=/usr/bin", format!("DB_PASSWORD={password}")], "Labels": {"note": format!("token {}", token())}},
        "history": [
            {"created_by": format!("|1 NPM_TOKEN={} /bin/sh -c npm ci", token()), "empty_layer": true},
            {"created_by": "/bin/sh -c #(nop) COPY . /app"},
        ],
    });
    tree.file(
        "image.tar",
        image(
            &[archive(&[("a", format!("x={}\n", token()).as_bytes())])],
            config,
        ),
    );
    let (findings, _) = tree
        .keysift(&["scan", "image.tar", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    let rules: Vec<_> = findings
        .iter()
        .filter(|finding| finding["origin"]["kind"] == "config")
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    assert_eq!(
        rules,
        ["docker-env-secret", "github-pat-classic", "github-pat-classic"]
    );
    let layer = findings
        .iter()
        .find(|finding| finding["origin"]["kind"] == "layer")
        .unwrap();
    assert_eq!(
        (&layer["origin"]["created_by"], &layer["origin"]["platform"]),
        (&json!("COPY . /app"), &json!("linux/amd64"))
    );
}

#[test]
fn damaged_images_are_reported_and_the_rest_is_scanned() {
    let secret = format!("token={}\n", token());
    let good = archive(&[("good.env", secret.as_bytes())]);
    let cut = |bytes: Vec<u8>, keep: usize| bytes[..keep].to_vec();
    for (what, layers, why) in [
        (
            "truncated",
            vec![
                good.clone(),
                cut(
                    archive(&[("first.env", secret.as_bytes()), ("b", &[b'x'; 5000])]),
                    2000,
                ),
            ],
            "unexpected end of file",
        ),
        (
            "cut gzip",
            vec![
                good.clone(),
                cut(gzip(&archive(&[("b", &vec![b'x'; 90_000])])), 60),
            ],
            "incomplete deflate stream",
        ),
        (
            "cut xz",
            vec![good.clone(), b"\xFD7zXZ\0rest".to_vec()],
            "unexpected end of file",
        ),
        ("checksum", vec![good.clone(), vec![b'x'; 2048]], "wrong checksum"),
        (
            "claims",
            vec![good.clone(), claimed("huge", b'0', 100 << 30, b"x")],
            "end of file",
        ),
        (
            "long name",
            vec![good.clone(), claimed("././@LongLink", b'L', 100 << 30, b"x")],
            "end of file",
        ),
    ] {
        let tree = Tree::new();
        tree.file("image.tar", image(&layers, json!({})));
        let run = tree
            .keysift(&["scan", "image.tar", "--format", "jsonl"])
            .expect(2);
        let (findings, summary) = run.jsonl();
        assert!(
            findings.iter().any(|finding| finding["path"] == "good.env"),
            "{what}: {findings:?}"
        );
        let unread = summary["coverage"]["unread"].to_string();
        assert!(
            unread.contains("image.tar[layer 2]") && unread.contains(why),
            "{what}: {unread}"
        );
    }
    // A blob with a digest that does not match its name.
    let tree = Tree::new();
    let blob = format!("blobs/sha256/{}", "0".repeat(64));
    let manifest = json!([{"Config": "config.json", "Layers": [blob]}]).to_string();
    tree.file(
        "image.tar",
        archive(&[
            ("manifest.json", manifest.as_bytes()),
            ("config.json", b"{}"),
            (&blob, &good),
        ]),
    );
    let (findings, summary) = tree
        .keysift(&["scan", "image.tar", "--format", "jsonl"])
        .expect(2)
        .jsonl();
    let unread = summary["coverage"]["unread"].to_string();
    assert!(
        findings.len() == 1 && unread.contains("digest mismatch"),
        "{unread}"
    );
    // A layer that is missing in the archive.
    let manifest = json!([{"Config": "config.json", "Layers": ["there.tar", "gone.tar"]}]).to_string();
    let tree = Tree::new();
    tree.file(
        "image.tar",
        archive(&[
            ("manifest.json", manifest.as_bytes()),
            ("config.json", b"{}"),
            ("there.tar", &good),
        ]),
    );
    let run = tree.keysift(&["scan", "image.tar"]).expect(2);
    assert!(
        run.out()
            .contains("image.tar[gone.tar]: referenced by the image, but missing in the archive")
            && run.out().contains("good.env"),
        "{}",
        run.out()
    );
}

#[test]
fn odd_archives_are_bounded() {
    let secret = format!("token={}\n", token());
    let long = "d/".repeat(120) + "long.env";
    let traversal = [
        entry("../../etc/passwd.env", b'0', secret.as_bytes()),
        entry("/abs.env", b'0', secret.as_bytes()),
        entry("link", b'2', b""),
        entry("hard", b'1', b""),
        entry("dev", b'3', b""),
        entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
        entry("short", b'0', secret.as_bytes()),
        entry("twice.env", b'0', secret.as_bytes()),
        entry("twice.env", b'0', b"y\n"),
        entry("binary", b'0', b"\0\x01\x02"),
    ]
    .concat();
    let bomb = gzip(&archive(&[("zeros.txt", &vec![b' '; 80 << 20])]));
    assert!(bomb.len() < 1 << 20);
    let tree = Tree::new();
    tree.file(
        "image.tar",
        image(
            &[traversal, bomb, archive(&[])],
            json!({"history": null, "config": null}),
        ),
    );
    let (findings, summary) = tree
        .keysift(&["scan", "image.tar", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    let paths: Vec<_> = findings
        .iter()
        .map(|finding| finding["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["../../etc/passwd.env", "abs.env", &long, "twice.env"]);
    assert_eq!(
        summary["coverage"]["skipped"],
        json!({"binary": 1, "too-large": 1})
    );
}

/// Returns a digest in the form of blob names.
fn hex(bytes: &[u8]) -> String {
    use sha2::Digest;

    sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// An OCI layout of blobs and an index.
fn layout(blobs: &[&[u8]], index: &Value) -> Vec<u8> {
    let index = index.to_string();
    let names: Vec<String> = blobs
        .iter()
        .map(|blob| format!("blobs/sha256/{}", hex(blob)))
        .collect();
    let mut files: Vec<(&str, &[u8])> = vec![
        ("oci-layout", br#"{"imageLayoutVersion": "1.0.0"}"#),
        ("index.json", index.as_bytes()),
    ];
    files.extend(names.iter().map(String::as_str).zip(blobs.iter().copied()));
    archive(&files)
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(bytes))
}

/// Returns paths and origins of the findings.
fn kinds(tree: &Tree, path: &str, code: i32) -> (Vec<String>, Value) {
    let (findings, summary) = tree
        .keysift(&["scan", path, "--format", "jsonl"])
        .expect(code)
        .jsonl();
    let mut kinds: Vec<String> = findings
        .iter()
        .map(|finding| {
            format!(
                "{} {}",
                finding["origin"]["kind"].as_str().unwrap(),
                finding["path"].as_str().unwrap()
            )
        })
        .collect();
    kinds.sort();
    (kinds, summary["coverage"].clone())
}

/// The configuration keeps only the last value of a variable; the history has all of them.
#[test]
fn overwritten_variables_are_found() {
    let tree = Tree::new();
    let config = json!({
        "config": {"Env": ["NPM_TOKEN="], "Labels": {"a": "b"}},
        "history": [
            {"created_by": format!("ENV NPM_TOKEN={}", token()), "empty_layer": true},
            {"created_by": "ENV NPM_TOKEN=", "empty_layer": true},
        ],
    });
    tree.file("image.tar", image(&[archive(&[("a", b"x")])], config));
    assert_eq!(kinds(&tree, "image.tar", 1).0, ["config Dockerfile"]);
}

#[test]
fn annotations_and_unreferenced_files_are_read() {
    let secret = format!("token={}\n", token());
    let chart = gzip(&archive(&[("chart/values.env", secret.as_bytes())]));
    let (config, text) = (b"{}", secret.as_bytes());
    let first = json!({"config": {"digest": digest(config)}, "layers": [
        {"mediaType": "application/vnd.example.text", "digest": digest(text), "annotations": {"org.opencontainers.image.title": "notes.env"}},
    ], "annotations": {"key": secret.trim()}})
    .to_string();
    // The empty configuration of artifacts, which the first one uses too.
    let second = json!({"config": {"digest": digest(config)}, "layers": [
        {"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "digest": digest(&chart)},
    ]})
    .to_string();
    let loose = format!("{secret}# a file that nobody names\n");
    let index =
        json!({"manifests": [{"digest": digest(first.as_bytes())}, {"digest": digest(second.as_bytes())}]});
    let blobs = [
        config,
        text,
        &chart,
        first.as_bytes(),
        second.as_bytes(),
        loose.as_bytes(),
    ];
    let tree = Tree::new();
    tree.file("oci.tar", layout(&blobs, &index));
    tree.file("oci.tar.gz", gzip(&layout(&blobs, &index)));
    for name in ["oci.tar", "oci.tar.gz"] {
        let (kinds, _) = kinds(&tree, name, 1);
        let loose = format!("file {name}!/blobs/sha256/{}", hex(loose.as_bytes()));
        let expected = [
            "config Dockerfile",
            &loose,
            "layer chart/values.env",
            "layer notes.env",
        ];
        assert_eq!(kinds, expected, "{name}");
    }
}

#[test]
fn invalid_manifests_are_reported_and_scanned() {
    let secret = format!("token={}\n", token());
    let tree = Tree::new();
    let broken = format!("{{\"config\": {secret}");
    let index = json!({"manifests": [{"digest": digest(broken.as_bytes())}, {"digest": "sha256:gone"}]});
    tree.file("oci.tar", layout(&[broken.as_bytes()], &index));
    let (kinds, coverage) = kinds(&tree, "oci.tar", 2);
    assert_eq!(kinds.len(), 1, "{kinds:?}");
    let unread = coverage["unread"].to_string();
    assert!(
        unread.contains("but not JSON") && unread.contains("missing in the archive"),
        "{unread}"
    );
}

/// Four levels of indexes that reference the next one 200 times would be 1,600,000,000 visits; each document
/// is read once.
#[test]
fn a_document_is_read_once_however_often_it_is_referenced() {
    let secret = format!("token={}\n", token());
    let layer = archive(&[("a.env", secret.as_bytes())]);
    let config = b"{}".to_vec();
    let manifest = json!({"config": {"digest": digest(&config)}, "layers": [{"digest": digest(&layer)}]});
    let mut blobs = vec![config, layer, manifest.to_string().into_bytes()];
    for level in 0..6 {
        let named = vec![json!({"digest": digest(blobs.last().unwrap())}); 200];
        blobs.push(
            json!({"manifests": named, "level": level})
                .to_string()
                .into_bytes(),
        );
    }
    let index = json!({"manifests": [{"digest": digest(blobs.last().unwrap())}]});
    let blobs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
    let tree = Tree::new();
    tree.file("oci.tar", layout(&blobs, &index));
    assert_eq!(kinds(&tree, "oci.tar", 1).0, ["layer a.env"]);
    // 200 entries reference one configuration: it is read once, and so is its layer.
    let entry = |number: usize| json!({"Config": "config.json", "RepoTags": [format!("a:{number}")], "Layers": ["layer.tar"]});
    let manifest = Value::Array((0..200).map(entry).collect()).to_string();
    let config = json!({"config": {"Env": [format!("NPM_TOKEN={}", token())]}}).to_string();
    let layer = archive(&[("a.txt", b"nothing")]);
    tree.file(
        "image.tar",
        archive(&[
            ("manifest.json", manifest.as_bytes()),
            ("config.json", config.as_bytes()),
            ("layer.tar", &layer),
        ]),
    );
    let (kinds, coverage) = kinds(&tree, "image.tar", 1);
    assert_eq!((kinds.len(), &coverage["files"]), (1, &json!(2)));
}

/// A link instead of a layer, as old versions of `docker save` wrote repeated layers.
fn link(name: &str, target: &str) -> Vec<u8> {
    let mut block = entry(name, b'2', b"");
    block[157..157 + target.len()].copy_from_slice(target.as_bytes());
    block[148..156].fill(b' ');
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    block[154] = 0;
    block
}

#[test]
fn links_between_layers_are_followed_inside_the_archive() {
    let secret = format!("token={}\n", token());
    let layer = archive(&[("a.env", secret.as_bytes())]);
    let names = ["one/layer.tar", "two/layer.tar", "./three/../one/layer.tar"];
    let manifest = json!([{"Config": "config.json", "Layers": names}]).to_string();
    let whole = |target: &str| {
        [
            entry("one/layer.tar", b'0', &layer),
            link("two/layer.tar", target),
            entry("config.json", b'0', b"{}"),
            entry("manifest.json", b'0', manifest.as_bytes()),
        ]
        .concat()
    };
    let tree = Tree::new();
    tree.file("outside/layer.tar", &layer);
    tree.file("good.tar", whole("../one/layer.tar"));
    assert_eq!(kinds(&tree, "good.tar", 1).0, ["layer a.env"]);
    for target in ["../../outside/layer.tar", "outside/layer.tar", "two/layer.tar"] {
        tree.file("bad.tar", whole(target));
        let (_, coverage) = kinds(&tree, "bad.tar", 2);
        assert!(
            coverage["unread"].to_string().contains("bad.tar[two/layer.tar]"),
            "{target}: {coverage}"
        );
    }
}

#[test]
fn a_layer_without_padding_is_read_completely() {
    let secret = format!("token={}\n", token());
    let secret = secret.as_bytes();
    let all = [
        entry("lib/apk/db/installed", b'0', secret),
        entry("app/.wh.gone", b'0', secret),
        entry("twice", b'0', secret),
        entry("twice", b'0', b"x"),
        entry("last.env", b'0', secret),
    ]
    .concat();
    // It ends where the last content does.
    let cut = all.len() - BLOCK + secret.len();
    let tree = Tree::new();
    tree.file("image.tar", image(&[all[..cut].to_vec()], json!({})));
    assert_eq!(
        kinds(&tree, "image.tar", 1).0,
        [
            "layer app/.wh.gone",
            "layer last.env",
            "layer lib/apk/db/installed",
            "layer twice"
        ]
    );
    // A name that occurs twice in the archive.
    let layer = archive(&[("a.env", secret)]);
    let manifest = json!([{"Config": "config.json", "Layers": ["layer.tar"]}]).to_string();
    let twice = archive(&[
        ("layer.tar", secret),
        ("config.json", b"{}"),
        ("manifest.json", manifest.as_bytes()),
        ("layer.tar", &layer),
    ]);
    tree.file("twice.tar", twice);
    assert_eq!(
        kinds(&tree, "twice.tar", 1).0,
        ["file twice.tar!/layer.tar", "layer a.env"]
    );
}

/// The folder of an image's archive is not its build context.
#[test]
fn an_image_has_no_build_context() {
    let tree = Tree::new();
    let password = ["Xk7q2LmW", "9rTbZ4vN"].concat();
    tree.file(".env", format!("DB_PASSWORD={password}\n"));
    let dockerfile = b"FROM a:1\nCOPY . /app\n";
    let config = json!({"config": {}, "history": [{"created_by": "COPY . /app # buildkit"}]});
    tree.file(
        "image.tar",
        image(&[archive(&[("Dockerfile", dockerfile)])], config),
    );
    assert_eq!(kinds(&tree, "image.tar", 0).0, [""; 0]);
    tree.file("a.tar", archive(&[("Dockerfile", dockerfile)]));
    assert_eq!(kinds(&tree, "a.tar", 0).0, [""; 0]);
    tree.keysift_with(&["scan", "-"], dockerfile).expect(0);
    // A Dockerfile in that folder has it.
    tree.file("Dockerfile", dockerfile);
    assert_eq!(kinds(&tree, "Dockerfile", 1).0, ["file Dockerfile"]);
}

#[test]
fn several_images_share_layers_and_an_archive_without_a_manifest_is_not_an_image() {
    let secret = format!("token={}\n", token());
    let base = archive(&[("base.env", secret.as_bytes())]);
    let manifest = json!([
        {"Config": "one.json", "RepoTags": ["one:1"], "Layers": ["base.tar"]},
        {"Config": "two.json", "RepoTags": ["two:1"], "Layers": ["base.tar", "top.tar"]},
    ]);
    let manifest = manifest.to_string();
    let top = archive(&[("top.env", secret.as_bytes())]);
    let tree = Tree::new();
    let files: [(&str, &[u8]); 5] = [
        ("manifest.json", manifest.as_bytes()),
        ("one.json", b"{}"),
        ("two.json", b"{}"),
        ("base.tar", &base),
        ("top.tar", &top),
    ];
    tree.file("image.tar", archive(&files));
    assert_eq!(states(&tree, &["image.tar"], 1).len(), 2);
    tree.file("plain.tar", archive(&[("a.env", secret.as_bytes())]));
    // It is scanned like other archives.
    let (findings, _) = tree
        .keysift(&["scan", "plain.tar", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert_eq!(
        (findings.len(), &findings[0]["path"]),
        (1, &json!("plain.tar!/a.env"))
    );
}

/// Regression test: the state of a file in the first image was reported for all images.
#[test]
fn files_of_a_shared_layer_have_a_state_for_each_image() {
    let secret = format!("token={}\n", token());
    let base = archive(&[("a.env", secret.as_bytes()), ("b.env", secret.as_bytes())]);
    let gone = archive(&[(".wh.a.env", b"")]);
    let manifest = json!([
        {"Config": "one.json", "RepoTags": ["one:1"], "Layers": ["base.tar"]},
        {"Config": "two.json", "RepoTags": ["two:1"], "Layers": ["base.tar", "gone.tar"]},
    ]);
    let manifest = manifest.to_string();
    let config = br#"{"os": "linux", "architecture": "amd64"}"#;
    let files: [(&str, &[u8]); 5] = [
        ("manifest.json", manifest.as_bytes()),
        ("one.json", config),
        ("two.json", config),
        ("base.tar", &base),
        ("gone.tar", &gone),
    ];
    let tree = Tree::new();
    tree.file("image.tar", archive(&files));
    // The same through a pipe, and as a compressed archive, which is read in one pass.
    tree.file("image.tar.gz", gzip(&archive(&files)));
    let text = tree.keysift(&["scan", "image.tar"]).expect(1).out();
    assert!(
        text.contains("in two:1 (linux/amd64): deleted in layer 2, but still in the image"),
        "{text}"
    );
    for args in [
        &["scan", "image.tar", "--format", "jsonl"][..],
        &["scan", "image.tar.gz", "--format", "jsonl"],
    ] {
        let (findings, _) = tree.keysift(args).expect(1).jsonl();
        let others: Vec<_> = findings
            .iter()
            .map(|finding| {
                (
                    finding["path"].as_str().unwrap(),
                    &finding["origin"]["state"],
                    &finding["origin"]["others"],
                )
            })
            .collect();
        let deleted = json!([{"tag": "two:1 (linux/amd64)", "state": "deleted", "by_layer": 2}]);
        assert_eq!(
            others,
            [
                ("a.env", &json!("live"), &deleted),
                ("b.env", &json!("live"), &Value::Null)
            ]
        );
    }
}

/// Regression test: a digest with `..`, and a link instead of a blob, were followed out of the folder.
#[cfg(unix)]
#[test]
fn nothing_outside_of_a_layout_is_read() {
    let tree = Tree::new();
    tree.file(
        "outside.tar",
        archive(&[("a.env", format!("token={}\n", token()).as_bytes())]),
    );
    tree.file("oci/oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#);
    let layers = json!([{"digest": "../../outside.tar"}, {"digest": "sha256:link"}]);
    tree.file(
        "oci/blobs/sha256/manifest",
        json!({"config": {"digest": "sha256:config"}, "layers": layers}).to_string(),
    );
    tree.file("oci/blobs/sha256/config", "{}");
    tree.file(
        "oci/index.json",
        json!({"manifests": [{"digest": "sha256:manifest"}]}).to_string(),
    );
    std::os::unix::fs::symlink("../../../outside.tar", tree.path().join("oci/blobs/sha256/link")).unwrap();
    let (findings, summary) = tree
        .keysift(&["scan", "oci", "--format", "jsonl"])
        .expect(2)
        .jsonl();
    assert_eq!(findings.len(), 0);
    let unread = summary["coverage"]["unread"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unread| unread["what"].as_str().unwrap().to_owned());
    assert_eq!(
        unread.collect::<Vec<_>>(),
        ["oci[blobs/../../outside.tar]", "oci[blobs/sha256/link]"]
    );
}

#[test]
fn an_image_from_a_pipe_is_read_like_a_file() {
    let secret = format!("token={}\n", token());
    let layers = [
        archive(&[("app/a.env", secret.as_bytes())]),
        archive(&[("app/.wh.a.env", b"")]),
    ];
    let tree = Tree::new();
    let temporary = tree.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let image = image(&layers, json!({}));
    for bytes in [image.clone(), gzip(&image)] {
        let mut child = command(&["scan", "-", "--format", "jsonl"])
            .env("TMPDIR", &temporary)
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        let run = Run::of(child.wait_with_output().unwrap()).expect(1);
        let (findings, _) = run.jsonl();
        assert_eq!(
            (
                findings.len(),
                &findings[0]["path"],
                &findings[0]["origin"]["image"]
            ),
            (1, &json!("app/a.env"), &json!("-"))
        );
        assert_eq!(findings[0]["origin"]["state"], "deleted");
    }
    // Another archive, and a text.
    for (bytes, path) in [
        (archive(&[("x.env", secret.as_bytes())]), "-!/x.env"),
        (gzip(secret.as_bytes()), "-"),
        (secret.clone().into_bytes(), "-"),
    ] {
        let mut child = command(&["scan", "-", "--format", "jsonl"])
            .env("TMPDIR", &temporary)
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        assert_eq!(
            Run::of(child.wait_with_output().unwrap()).expect(1).jsonl().0[0]["path"],
            path
        );
    }
    assert_eq!(
        fs::read_dir(&temporary).unwrap().count(),
        0,
        "nothing is left on disk"
    );
}

/// The default build opens no connection, and its error names an alternative.
#[cfg(not(feature = "registry"))]
#[test]
fn an_image_in_a_registry_needs_another_build() {
    let run = Tree::new()
        .keysift(&["scan", "docker://ghcr.io/team/app:1"])
        .expect(2);
    assert!(
        run.out().contains("--features registry") || run.err().contains("--features registry"),
        "{}{}",
        run.out(),
        run.err()
    );
}

#[test]
fn files_of_rpm_packages_are_recognized() {
    if !have("rpmbuild") || !have("rpm") {
        return;
    }
    let tree = Tree::new();
    let password = ["db_pass", "word = \"kq7zr2Vw", "9pLx4Tn8\"\n"].concat();
    // 3,000 files: a header that overflows into other pages.
    let spec = "Name: pkg\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\nBuildArch: noarch\n%description\nx\n%install\n\
                mkdir -p %{buildroot}/usr/lib/many\nfor n in $(seq 3000); do echo $n > %{buildroot}/usr/lib/many/$n.py; done\n\
                %files\n/usr/lib/many\n";
    tree.file("pkg.spec", spec);
    run(
        tree.path(),
        "rpmbuild -bb --quiet --define \"_topdir $PWD/top\" --define '_build_id_links none' pkg.spec >/dev/null 2>&1
         rpm --root $PWD/root --initdb
         rpm --root $PWD/root -i --justdb --nodeps --nosignature top/RPMS/noarch/*.rpm",
    );
    let find = Command::new("find")
        .arg(tree.path().join("root"))
        .args(["-name", "rpmdb.sqlite"])
        .output()
        .unwrap();
    let database = fs::read(String::from_utf8(find.stdout).unwrap().trim()).unwrap();
    let layer = archive(&[
        ("usr/lib/many/2999.py", password.as_bytes()),
        ("usr/lib/own.py", password.as_bytes()),
        ("var/lib/rpm/rpmdb.sqlite", &database),
    ]);
    tree.file("image.tar", image(&[layer], json!({})));
    assert_eq!(
        states(&tree, &["image.tar"], 1).into_keys().collect::<Vec<_>>(),
        ["usr/lib/own.py"]
    );
    let all = tree
        .keysift(&["scan", "image.tar", "--min-confidence", "low", "--show", "all"])
        .expect(1)
        .out();
    assert!(
        all.contains("part of the package pkg, which everyone can download"),
        "{all}"
    );
}

#[test]
fn configuration_of_the_base_image_is_not_reported() {
    let password = ["Gr33n!", "Elephant7"].concat();
    let own = ["Gr33n!", "Elephant8"].concat();
    let layer = archive(&[("x", b"y\n")]);
    let env = |pairs: &[String]| json!({"config": {"Env": pairs}});
    let tree = Tree::new();
    let inherited = format!("DB_PASSWORD={password}");
    tree.file(
        "base.tar",
        image(
            std::slice::from_ref(&layer),
            env(std::slice::from_ref(&inherited)),
        ),
    );
    tree.file(
        "image.tar",
        image(&[layer], env(&[inherited, format!("API_PASSWORD={own}")])),
    );
    let found = |args: &[&str]| {
        let (findings, _) = tree.keysift(args).expect(1).jsonl();
        findings
            .iter()
            .filter(|finding| finding["rule"] == "docker-env-secret")
            .count()
    };
    assert_eq!(found(&["scan", "image.tar", "--format", "jsonl"]), 2);
    assert_eq!(
        found(&["scan", "image.tar", "--format", "jsonl", "--base", "base.tar"]),
        1
    );
}

#[test]
fn a_layer_of_200_000_entries_is_read_to_its_end() {
    let mut layer: Vec<u8> = Vec::with_capacity(120 << 20);
    for number in 0..200_000 {
        layer.extend(entry(&format!("usr/share/{}/{number}", number % 500), b'5', b""));
    }
    layer.extend(entry("last.env", b'0', format!("token={}\n", token()).as_bytes()));
    let tree = Tree::new();
    tree.file("image.tar", image(&[gzip(&layer)], json!({})));
    assert_eq!(
        states(&tree, &["image.tar"], 1)
            .get("last.env")
            .map(String::as_str),
        Some("1 live")
    );
}

pub(crate) fn have(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        eprintln!("SKIPPED: {program} is not installed; .ci/run installs it");
    }
    found
}

pub(crate) fn run(folder: &Path, command: &str) {
    let output = Command::new("sh")
        .args(["-euc", command])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn images_of_real_tools_have_the_same_states_in_every_format() {
    if !have("umoci") || !have("skopeo") {
        return;
    }
    let tree = Tree::new();
    let secret = format!("token={}\n", token());
    run(
        tree.path(),
        "umoci init --layout oci && umoci new --image oci:app",
    );
    let step = |number: u32, change: &dyn Fn(&Path)| {
        run(tree.path(), "umoci unpack --rootless --image oci:app bundle");
        change(&tree.path().join("bundle/rootfs"));
        run(
            tree.path(),
            &format!(
                "umoci repack --image oci:app --history.created_by '/bin/sh -c step {number}' bundle && rm -rf bundle"
            ),
        );
    };
    step(1, &|root| {
        for path in ["app/deleted.env", "etc/live.conf", "etc/over.conf"] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), &secret).unwrap();
        }
    });
    step(2, &|root| {
        fs::write(root.join("etc/over.conf"), "nothing\n").unwrap()
    });
    step(3, &|root| fs::remove_dir_all(root.join("app")).unwrap());
    run(
        tree.path(),
        "skopeo copy -q oci:oci:app docker-archive:docker.tar:example.com/app:1 && skopeo copy -q oci:oci:app oci-archive:oci.tar:app && \
         skopeo copy -q --dest-compress-format zstd oci:oci:app oci:zstd:app && tar -C zstd -cf zstd.tar . && gzip -k docker.tar",
    );
    let expected: BTreeMap<String, String> = [
        ("app/deleted.env", "1 deleted 3"),
        ("etc/live.conf", "1 live"),
        ("etc/over.conf", "1 overwritten 2"),
    ]
    .map(|(path, verdict)| (path.to_owned(), verdict.to_owned()))
    .into();
    for format in [
        "oci",
        "docker.tar",
        "oci.tar",
        "zstd",
        "zstd.tar",
        "docker.tar.gz",
    ] {
        assert_eq!(states(&tree, &[format], 1), expected, "{format}");
    }
}

/// Creates a folder with a Dockerfile that copies a secret, and another file over it.
fn context(tree: &Tree) {
    let secret = format!("token={}\n", token());
    let password = ["gr33n-", "Elephant-7"].concat();
    tree.file("context/a.env", &secret);
    tree.file("context/b.env", &secret);
    tree.file("context/none", "nothing\n");
    tree.file(
        "policy.json",
        r#"{"default": [{"type": "insecureAcceptAnything"}]}"#,
    );
    tree.file(
        "context/Dockerfile",
        format!("FROM scratch\nENV DB_PASSWORD={password}\nCOPY a.env b.env /app/\nCOPY none /app/b.env\n"),
    );
}

fn expect_states(tree: &Tree, archive: &str) {
    let expected = [("app/a.env", "1 live"), ("app/b.env", "1 overwritten 2")];
    let expected = expected
        .map(|(path, verdict)| (path.to_owned(), verdict.to_owned()))
        .into();
    assert_eq!(states(tree, &[archive], 1), expected, "{archive}");
    let (findings, _) = tree
        .keysift(&["scan", archive, "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert!(
        findings
            .iter()
            .any(|finding| finding["rule"] == "docker-env-secret"),
        "{archive}"
    );
}

#[test]
fn images_of_podman_are_read_in_both_formats() {
    if !have("podman") {
        return;
    }
    let tree = Tree::new();
    context(&tree);
    let podman = "podman --root $PWD/root --runroot $PWD/run --storage-driver vfs";
    run(
        tree.path(),
        &format!(
            "{podman} build -q --signature-policy policy.json --isolation chroot --layers -t localhost/app:1 context"
        ),
    );
    for format in ["docker-archive", "oci-archive"] {
        run(
            tree.path(),
            &format!("{podman} save -q --format {format} -o {format}.tar localhost/app:1"),
        );
        expect_states(&tree, &format!("{format}.tar"));
    }
}

#[test]
fn images_of_buildah_are_read_in_both_formats() {
    if !have("buildah") {
        return;
    }
    let tree = Tree::new();
    context(&tree);
    let buildah = "buildah --root $PWD/root --runroot $PWD/run --storage-driver vfs";
    run(
        tree.path(),
        &format!(
            "{buildah} bud -q --signature-policy policy.json --isolation chroot --layers -t app:1 context"
        ),
    );
    for format in ["docker-archive", "oci-archive"] {
        run(
            tree.path(),
            &format!(
                "{buildah} push -q --signature-policy policy.json app:1 {format}:$PWD/{format}.tar:app:1"
            ),
        );
        expect_states(&tree, &format!("{format}.tar"));
    }
}
