//! Reads images with invalid layers: arbitrary names, types, links and compressions, wrong sizes, and flipped
//! bytes. Must not panic or read endlessly.
#![no_main]

mod common;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Entry {
    name: u8,
    own_name: Option<Vec<u8>>,
    kind: u8,
    content: Vec<u8>,
    claims: Option<u64>,
}

#[derive(Arbitrary, Debug)]
struct Input {
    layers: Vec<(u8, Vec<Entry>)>,
    history: Vec<String>,
    oci: bool,
    manifest: Option<Vec<u8>>,
    config: Option<Vec<u8>>,
    flips: Vec<(u16, u8)>,
    cut: u16,
}

const NAMES: &[&str] = &[
    "etc/passwd", "a/b", "a/.wh.b", "a/.wh..wh..opq", "./a/b", "/abs", "../up", "var/lib/dpkg/status", "var/lib/dpkg/info/x.list", "lib/apk/db/installed",
    ".wh.a", "a", "a/b/c", "x.zip", "x.tar.gz", "var/lib/rpm/rpmdb.sqlite",
];

const KINDS: &[u8] = b"01234567xgLKSV\0";

fn entry(tar: &mut Vec<u8>, name: &[u8], kind: u8, content: &[u8], claims: Option<u64>) {
    let mut block = [0u8; 512];
    let name = &name[..name.len().min(100)];
    block[..name.len()].copy_from_slice(name);
    let size = claims.unwrap_or(content.len() as u64);
    if size < 1 << 33 {
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    } else {
        block[124] = 0x80;
        block[128..136].copy_from_slice(&size.to_be_bytes());
    }
    block[156] = kind;
    if matches!(kind, b'1' | b'2') {
        let link = &content[..content.len().min(100)];
        block[157..157 + link.len()].copy_from_slice(link);
    }
    block[257..263].copy_from_slice(b"ustar\0");
    block[148..156].fill(b' ');
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    block[154] = 0;
    tar.extend_from_slice(&block);
    tar.extend_from_slice(content);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn layer(compression: u8, entries: &[Entry]) -> Vec<u8> {
    let mut tar = Vec::new();
    for one in entries {
        let name = one.own_name.as_deref().unwrap_or(NAMES[usize::from(one.name) % NAMES.len()].as_bytes());
        entry(&mut tar, name, KINDS[usize::from(one.kind) % KINDS.len()], &one.content, one.claims);
    }
    if compression % 2 == 0 {
        return tar;
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &tar).expect("memory");
    encoder.finish().expect("memory")
}

fuzz_target!(|input: Input| {
    let mut tar = Vec::new();
    let layers: Vec<Vec<u8>> = input.layers.iter().take(8).map(|(compression, entries)| layer(*compression, entries)).collect();
    let path = |number: usize| if input.oci { format!("blobs/sha256/{number:064x}") } else { format!("{number}/layer.tar") };
    let names: Vec<String> = (0..layers.len()).map(path).collect();
    let history: Vec<serde_json::Value> = input.history.iter().map(|by| serde_json::json!({ "created_by": by })).collect();
    let config = serde_json::json!({ "config": { "Env": input.history }, "history": history, "rootfs": { "type": "layers", "diff_ids": names } });
    let manifest = serde_json::json!([{ "Config": "c.json", "RepoTags": ["a:b"], "Layers": names }]);
    entry(&mut tar, b"manifest.json", b'0', &input.manifest.clone().unwrap_or_else(|| manifest.to_string().into_bytes()), None);
    entry(&mut tar, b"c.json", b'0', &input.config.clone().unwrap_or_else(|| config.to_string().into_bytes()), None);
    for (name, layer) in names.iter().zip(&layers) {
        entry(&mut tar, name.as_bytes(), b'0', layer, None);
    }
    tar.extend_from_slice(&[0; 1024]);
    for (at, byte) in &input.flips {
        let at = usize::from(*at) % tar.len();
        tar[at] ^= byte;
    }
    tar.truncate(tar.len().saturating_sub(usize::from(input.cut) % 2048));
    common::read(&tar);
});
