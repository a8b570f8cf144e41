//! Images in registries: a real registry, and a test server that requires tokens and redirects.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use data_encoding::BASE64;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    common::{Run, Tree, builtin_rules, command, sample},
    image::{archive, gzip, have, run, states},
};

fn digest(bytes: &[u8]) -> String {
    format!(
        "sha256:{}",
        Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    )
}

/// A process that is killed at the end of the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_image_in_a_real_registry_is_read_like_its_archive() {
    if !have("docker-registry") || !have("skopeo") {
        return;
    }
    let tree = Tree::new();
    let secret = format!("token={}\n", sample(&builtin_rules(), "github-pat-classic", 21));
    let layers = [
        archive(&[("app/a.env", secret.as_bytes()), ("b.env", secret.as_bytes())]),
        archive(&[("app/.wh.a.env", b"")]),
    ];
    // skopeo requires correct digests.
    let ids: Vec<String> = layers.iter().map(|layer| digest(layer)).collect();
    let config =
        json!({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ids}});
    tree.file("image.tar", crate::image::image(&layers, config));
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let config = format!(
        "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}/data}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n",
        tree.path().display()
    );
    tree.file("config.yml", config);
    let mut registry = Command::new("docker-registry");
    registry
        .arg("serve")
        .arg(tree.path().join("config.yml"))
        .stderr(Stdio::null())
        .stdout(Stdio::null());
    let _server = Server(registry.spawn().unwrap());
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let name = format!("docker://127.0.0.1:{port}/team/app:1");
    run(
        tree.path(),
        &format!("skopeo copy -q --insecure-policy --dest-tls-verify=false docker-archive:image.tar {name}"),
    );
    let file = states(&tree, &["image.tar"], 1);
    assert_eq!(file.len(), 2, "{file:?}");
    assert_eq!(states(&tree, &[&name], 1), file);
    let missing = tree.keysift(&["scan", &name.replace(":1", ":2")]).expect(2);
    assert!(
        missing.err().contains("not found in the registry: manifests/2")
            || missing.out().contains("not found in the registry: manifests/2")
    );
}

type Log = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// An HTTP response: status, more headers, body.
type Answer = (u16, String, Vec<u8>);

/// Starts a server whose answer depends on the path and the `Authorization` header. Returns its port and the
/// log of requests.
fn serve(answer: impl Fn(u16, &str, Option<&str>) -> Answer + Send + 'static) -> (u16, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, log) = (listener.local_addr().unwrap().port(), Log::default());
    let seen = Arc::clone(&log);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut path, mut authorization) = (String::new(), None);
            for line in BufReader::new(stream.try_clone().unwrap())
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
            {
                match line.split_once(": ") {
                    Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                        authorization = Some(value.to_owned())
                    }
                    _ if path.is_empty() => path = line.split(' ').nth(1).unwrap_or_default().to_owned(),
                    _ => {}
                }
            }
            let (status, headers, body) = answer(port, &path, authorization.as_deref());
            seen.lock().unwrap().push((path, authorization));
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
                body.len()
            );
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body));
        }
    });
    (port, log)
}

/// Starts a registry that requires a token, issues one for a password, and redirects layers to another
/// server.
fn registry(layer: Vec<u8>, config: Vec<u8>, architecture: &str, password: &str) -> (u16, Log) {
    let ok = |body: Vec<u8>| (200, String::new(), body);
    let (layer_digest, config_digest) = (digest(&layer), digest(&config));
    let manifest = json!({"config": {"digest": config_digest}, "layers": [{"digest": layer_digest}]})
        .to_string()
        .into_bytes();
    let platform = |architecture: &str| json!({"os": "linux", "architecture": architecture});
    let index = json!({"manifests": [
        {"digest": digest(&manifest), "platform": platform(architecture)},
        {"digest": format!("sha256:{}", "0".repeat(64)), "platform": platform("s390x")},
    ]});
    let (store, stored) = serve(move |_, _, _| ok(layer.clone()));
    let blobs = HashMap::from([
        ("/v2/app/manifests/1".to_owned(), index.to_string().into_bytes()),
        (format!("/v2/app/manifests/{}", digest(&manifest)), manifest),
        (format!("/v2/app/blobs/{config_digest}"), config),
    ]);
    let (basic, layer) = (
        format!("Basic {}", BASE64.encode(password.as_bytes())),
        format!("/v2/app/blobs/{layer_digest}"),
    );
    let (port, _) = serve(move |port, path, authorization| match authorization {
        Some(found) if path.starts_with("/token?") && found == basic => ok(br#"{"token": "T"}"#.to_vec()),
        _ if path.starts_with("/token?") => (401, String::new(), Vec::new()),
        Some("Bearer T") if path == layer => (
            307,
            format!("Location: http://127.0.0.1:{store}/blob\r\n"),
            Vec::new(),
        ),
        Some("Bearer T") => blobs
            .get(path)
            .cloned()
            .map_or((404, String::new(), Vec::new()), ok),
        _ => {
            let challenge = format!(
                "Bearer realm=\"http://127.0.0.1:{port}/token\",service=\"s\",scope=\"repository:app:pull\""
            );
            (401, format!("WWW-Authenticate: {challenge}\r\n"), Vec::new())
        }
    });
    (port, stored)
}

#[test]
fn tokens_are_requested_and_not_sent_to_other_hosts() {
    let secret = format!("token={}\n", sample(&builtin_rules(), "github-pat-classic", 21));
    let config = json!({"os": "linux", "architecture": "arm64"})
        .to_string()
        .into_bytes();
    let (port, stored) = registry(
        gzip(&archive(&[("a.env", secret.as_bytes())])),
        config,
        "arm64",
        "me:pass",
    );
    let name = format!("docker://127.0.0.1:{port}/app:1");
    let tree = Tree::new();
    let scan = |login: &str, platform: &str| {
        let auths =
            json!({"auths": {format!("127.0.0.1:{port}"): {"auth": BASE64.encode(login.as_bytes())}}});
        tree.file("docker/config.json", auths.to_string());
        let mut scan = command(&["scan", &name, "--format", "jsonl", "--platform", platform]);
        scan.env("DOCKER_CONFIG", tree.path().join("docker"))
            .env_remove("REGISTRY_AUTH_FILE")
            .env_remove("XDG_RUNTIME_DIR");
        Run::of(scan.output().unwrap())
    };
    let (findings, _) = scan("me:pass", "linux/arm64").expect(1).jsonl();
    assert_eq!(
        (
            findings.len(),
            &findings[0]["path"],
            &findings[0]["origin"]["state"]
        ),
        (1, &json!("a.env"), &json!("live"))
    );
    assert_eq!(
        *stored.lock().unwrap(),
        [("/blob".to_owned(), None)],
        "another host sees no token"
    );
    let unread = |run: Run| {
        run.expect(2).jsonl().1["coverage"]["unread"][0]["why"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(unread(scan("me:wrong", "linux/arm64")).contains("denied a token to me: 401"));
    assert!(unread(scan("me:pass", "windows/amd64")).contains("has no image for windows/amd64"));
}

#[test]
fn a_truncated_or_wrong_layer_is_reported() {
    let secret = format!("token={}\n", sample(&builtin_rules(), "github-pat-classic", 21));
    let layer = archive(&[("a.env", secret.as_bytes())]);
    let promised = digest(b"something else");
    let manifest = json!({"config": {"digest": digest(b"{}")}, "layers": [{"digest": promised}]})
        .to_string()
        .into_bytes();
    for cut in [false, true] {
        let (layer, manifest, promised) = (layer.clone(), manifest.clone(), promised.clone());
        let (port, _) = serve(move |_, path, _| match path.rsplit('/').next() {
            Some("1") => (200, String::new(), manifest.clone()),
            Some(name) if name == promised && cut => (200, String::new(), layer[..540].to_vec()),
            Some(name) if name == promised => (200, String::new(), layer.clone()),
            _ => (200, String::new(), b"{}".to_vec()),
        });
        let name = format!("docker://127.0.0.1:{port}/app:1");
        let run = Tree::new()
            .keysift(&["scan", &name, "--format", "jsonl"])
            .expect(2);
        let (findings, summary) = run.jsonl();
        // Content before the break is read.
        assert_eq!(findings.len(), 1);
        let why = summary["coverage"]["unread"][0]["why"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            why.contains(if cut {
                "unexpected end of file"
            } else {
                "digest mismatch"
            }),
            "{why}"
        );
    }
}
