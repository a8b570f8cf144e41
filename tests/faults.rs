//! Faults of files, threads, memory and the run itself are reported, and everything else is scanned.

use std::{
    fs,
    io::Write,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::common::{Tree, builtin_rules, command, sample};

fn secret(seed: u64) -> String {
    format!("token={}\n", sample(&builtin_rules(), "github-pat-classic", seed))
}

/// Runs keysift in a shell that sets limits first.
fn limited(tree: &Tree, limits: &str, args: &str) -> std::process::Output {
    let script = format!("{limits}; exec '{}' {args}", env!("CARGO_BIN_EXE_keysift"));
    Command::new("sh")
        .args(["-c", &script])
        .current_dir(tree.path())
        .output()
        .unwrap()
}

#[test]
fn a_panic_loses_one_file_and_is_reported() {
    let tree = Tree::new();
    tree.file("a.env", secret(1));
    tree.file("b.env", format!("keysift: fail here\n{}", secret(2)));
    let run = tree.keysift(&["scan", ".", "--format", "jsonl"]).expect(2);
    let (findings, summary) = run.jsonl();
    assert_eq!(findings.len(), 1);
    assert!(
        summary["coverage"]["unread"][0]["why"]
            .as_str()
            .unwrap()
            .starts_with("internal error"),
        "{summary}"
    );
}

#[test]
fn names_of_every_kind_are_read_and_displayed_safely() {
    let tree = Tree::new();
    let odd = [
        &b"new\nline.env"[..],
        b"esc\x1b[2J.env",
        b"not \xFF utf8.env",
        "r\u{202e}tl.env".as_bytes(),
        b"-rf.env",
        b" .env",
    ];
    for (seed, name) in odd.iter().enumerate() {
        fs::write(
            tree.path().join(std::ffi::OsStr::from_bytes(name)),
            secret(seed as u64),
        )
        .unwrap();
    }
    let long = "x".repeat(250);
    let mut deep = tree.path().to_owned();
    for _ in 0..20 {
        deep.push(&long[..180]);
        // The path exceeds the maximum length of a system call.
        if fs::create_dir(&deep).is_err() {
            break;
        }
    }
    for format in [
        "text", "json", "sarif", "github", "junit", "csv", "markdown", "gitlab",
    ] {
        let run = tree.keysift(&["scan", ".", "--format", format]).expect(1);
        assert!(!run.out().contains('\x1b') || format == "csv", "{format}");
    }
    assert_eq!(
        tree.keysift(&["scan", ".", "--format", "jsonl"]).jsonl().0.len(),
        odd.len()
    );
}

#[test]
fn links_and_special_files_are_skipped_and_reported_when_named() {
    let tree = Tree::new();
    tree.file("a.env", secret(1));
    symlink("loop", tree.path().join("loop")).unwrap();
    symlink("/", tree.path().join("root")).unwrap();
    symlink("nowhere", tree.path().join("dangling")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(tree.path().join("socket")).unwrap();
    let (findings, summary) = tree
        .keysift(&["scan", ".", "--format", "jsonl"])
        .expect(1)
        .jsonl();
    assert_eq!(
        (findings.len(), &summary["coverage"]["skipped"]["symbolic-link"]),
        (1, &3.into())
    );
    for (path, why) in [
        ("loop", "too many levels of symbolic links"),
        ("dangling", "no such file"),
        ("socket", "FIFO, socket or device"),
    ] {
        assert!(
            tree.keysift(&["scan", path]).expect(2).out().contains(why),
            "{path}"
        );
    }
    let name = "n".repeat(300);
    assert!(
        tree.keysift(&["scan", &name])
            .expect(2)
            .out()
            .contains("name too long")
    );
    tree.keysift(&["scan", "a.env/b"]).expect(2);
}

#[test]
fn files_that_change_during_the_scan_do_not_stop_it() {
    let tree = Tree::new();
    for number in 0..300 {
        tree.file(
            &format!("d{}/f{number}.env", number % 7),
            format!("{}{}", secret(number), "x\n".repeat(2000)),
        );
    }
    let root = tree.path().to_owned();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let changing = thread::spawn({
        let stop = std::sync::Arc::clone(&stop);
        move || {
            for number in (0..300).cycle() {
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                let path = root.join(format!("d{}/f{number}.env", number % 7));
                match number % 4 {
                    0 => drop(fs::remove_file(&path)),
                    1 => drop(fs::write(&path, "short")),
                    2 => drop(fs::remove_file(&path).and_then(|()| fs::create_dir(&path))),
                    _ => drop(fs::write(&path, "x".repeat(200_000))),
                }
            }
        }
    });
    for _ in 0..5 {
        let code = tree.keysift(&["scan", ".", "--format", "jsonl"]).code();
        assert!((0..=2).contains(&code), "{code}");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    changing.join().unwrap();
}

#[test]
fn scans_of_proc_and_sys_terminate() {
    for folder in ["/proc/self", "/sys/kernel"] {
        if !Path::new(folder).exists() {
            eprintln!("SKIPPED: no {folder}");
            continue;
        }
        let mut keysift = command(&["scan", folder, "--timeout", "20s", "--max-file-size", "1M"]);
        let started = Instant::now();
        let code = keysift.output().unwrap().status.code();
        assert!(
            matches!(code, Some(0..=2)) && started.elapsed() < Duration::from_secs(60),
            "{folder}: {code:?}"
        );
    }
}

#[test]
fn few_files_and_little_memory_are_enough() {
    let tree = Tree::new();
    for number in 0..200 {
        tree.file(&format!("d{}/f{number}.env", number % 20), secret(number));
    }
    tree.file("large.txt", "a line of text\n".repeat(1 << 20));
    for limits in ["ulimit -n 64", "ulimit -v 1500000"] {
        let output = limited(&tree, limits, "scan . --format jsonl -j 4");
        let lines = String::from_utf8_lossy(&output.stdout).lines().count();
        assert_eq!(
            (output.status.code(), lines),
            (Some(1), 201),
            "{limits}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_report_does_not_depend_on_threads() {
    let tree = Tree::new();
    for number in 0..150 {
        tree.file(&format!("d{}/f{number}.env", number % 9), secret(number % 40));
    }
    tree.file(
        "large.log",
        format!("{}{}", "a line of text\n".repeat(900_000), secret(7)),
    );
    let report = |threads: &str| {
        let out = tree
            .keysift(&["scan", ".", "--format", "jsonl", "-j", threads])
            .expect(1)
            .out();
        out.lines()
            .filter(|line| line.contains("\"type\":\"finding\""))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let one = report("1");
    assert_eq!(one.len(), 151);
    for threads in ["64", "2", "64", "3", "64", "2", "64", "5", "64"] {
        assert!(report(threads) == one, "{threads} threads say something else");
    }
}

#[test]
fn an_interrupted_run_is_reported_and_leaves_no_partial_file() {
    let tree = Tree::new();
    tree.file("a.env", secret(1));
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        // Standard input stays open, so the run waits for it after the tree was read.
        let mut keysift = command(&["scan", ".", "-", "--format", "jsonl", "-o", "report.jsonl"]);
        let mut child = keysift
            .current_dir(tree.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"some text\n").unwrap();
        thread::sleep(Duration::from_millis(1500));
        assert!(
            Command::new("kill")
                .args([&format!("-{signal}"), &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        thread::sleep(Duration::from_millis(300));
        drop(input);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let report = fs::read_to_string(tree.path().join("report.jsonl")).unwrap();
        assert!(
            report.contains("github-pat-classic") && report.contains("\"outcome\":\"incomplete\""),
            "{report}"
        );
        fs::remove_file(tree.path().join("report.jsonl")).unwrap();
        let left = fs::read_dir(tree.path()).unwrap().count();
        assert_eq!(left, 1, "something is left");
    }
}

#[test]
fn a_timeout_is_reported() {
    let tree = Tree::new();
    tree.file("a.env", secret(1));
    let run = tree.keysift(&["scan", ".", "--timeout", "0"]).expect(2);
    assert!(
        run.out().contains("not read: the rest: timed out (--timeout)"),
        "{}",
        run.out()
    );
    assert!(
        tree.keysift(&["scan", ".", "--timeout", "5d"])
            .expect(2)
            .err()
            .contains("use s, m or h")
    );
}

/// Waits for a run that must terminate. A run that does not is killed, and its exit code is `None`.
fn ends(mut child: std::process::Child) -> (Option<i32>, String) {
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() && started.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

/// A pipe without data, or that stays open, does not block the run.
#[test]
fn a_silent_pipe_ends_with_the_timeout_and_with_signals() {
    let secret = secret(1);
    for signal in [None, Some("TERM"), Some("INT")] {
        let time: &[&str] = if signal.is_none() {
            &["--timeout", "1s"]
        } else {
            &[]
        };
        let mut child = command(&[&["scan", "-", "--format", "jsonl"], time].concat())
            .spawn()
            .unwrap();
        // The pipe stays open.
        let mut input = child.stdin.take().unwrap();
        input.write_all(secret.as_bytes()).unwrap();
        if let Some(signal) = signal {
            // It has to install its signal handler, and to read the available input.
            thread::sleep(Duration::from_millis(1500));
            let sent = Command::new("kill")
                .args(["-s", signal, &child.id().to_string()])
                .status();
            assert!(sent.unwrap().success());
        }
        let (code, out) = ends(child);
        let expected = match signal {
            None => 2,
            Some("INT") => 130,
            Some(_) => 143,
        };
        assert_eq!(code, Some(expected), "{signal:?}: {out}");
        assert!(out.contains("github-pat-classic"), "what came is read: {out}");
        assert!(
            out.contains("standard input") && out.contains("\"unread\""),
            "{out}"
        );
        drop(input);
    }
}

/// A repository may have anything under the names of settings files.
#[test]
fn settings_that_are_not_files_do_not_block() {
    let fifo = |tree: &Tree, name: &str| {
        let made = Command::new("mkfifo").arg(tree.path().join(name)).status();
        made.is_ok_and(|status| status.success())
    };
    let run = |tree: &Tree| {
        let child = command(&["scan", ".", "--format", "jsonl"])
            .current_dir(tree.path())
            .spawn()
            .unwrap();
        ends(child)
    };
    for name in [".gitignore", ".ignore", ".keysiftignore"] {
        for folder in ["", "below/"] {
            let tree = Tree::new();
            fs::create_dir(tree.path().join(".git")).unwrap();
            tree.file(&format!("{folder}a.env"), secret(1));
            tree.file("b.env", secret(2));
            symlink("/dev/zero", tree.path().join(format!("{folder}{name}"))).unwrap();
            let (code, out) = run(&tree);
            assert_eq!(code, Some(1), "{folder}{name}: {out}");
            assert!(out.contains("a.env") && out.contains("b.env"), "{out}");
            fs::remove_file(tree.path().join(format!("{folder}{name}"))).unwrap();
            if fifo(&tree, &format!("{folder}{name}")) {
                assert_eq!(run(&tree).0, Some(1), "{folder}{name}");
            }
        }
    }
    for (target, why) in [
        ("/dev/zero", "not a regular file"),
        ("pipe", "not a regular file"),
    ] {
        for settings in ["extends = [\"other\"]\n", "rules = [\"other\"]\n"] {
            let tree = Tree::new();
            if target == "pipe" && !fifo(&tree, "pipe") {
                continue;
            }
            tree.file("keysift.toml", settings);
            symlink(target, tree.path().join("other")).unwrap();
            let child = command(&["scan", "."]).current_dir(tree.path()).spawn().unwrap();
            let output = child.wait_with_output().unwrap();
            let err = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{err}");
            assert!(err.contains(why), "{err}");
        }
    }
}

#[test]
fn files_that_extend_each_other_are_read_once() {
    let tree = Tree::new();
    // Eight levels of eight names each are 16,777,216 readings.
    for level in 0..8 {
        let next: Vec<String> = vec![format!("\"{}.toml\"", level + 1); 8];
        tree.file(
            &format!("{level}.toml"),
            format!("extends = [{}]\nexclude = [\"{level}\"]\n", next.join(", ")),
        );
    }
    tree.file("8.toml", "exclude = [\"8\"]\n");
    tree.file("keysift.toml", "extends = [\"1.toml\"]\n");
    let shown = tree.keysift(&["config", "show"]).expect(0).out();
    assert_eq!(shown.lines().count(), 8, "{shown}");
    tree.file("keysift.toml", "extends = [\"a.toml\"]\n");
    tree.file("a.toml", "extends = [\"./keysift.toml\"]\n");
    let run = tree.keysift(&["scan", "."]).expect(2);
    assert!(run.err().contains("extends itself"), "{}", run.err());
}

#[test]
fn threads_are_limited_and_may_be_refused() {
    let tree = Tree::new();
    for number in 0..20 {
        tree.file(&format!("{number}.env"), secret(number));
    }
    let run = tree
        .keysift(&["scan", ".", "-j", "100000", "--format", "jsonl"])
        .expect(1);
    assert!(run.err().contains("four for each core"), "{}", run.err());
    assert_eq!(run.jsonl().0.len(), 20);
    let shim = tree.file(
        "../threads.c",
        "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <errno.h>\n#include <pthread.h>\n#include <stdlib.h>\n#include <stdatomic.h>\n\
         static atomic_int alive;\nstruct call { void *(*f)(void *); void *x; };\n\
         static void *run(void *p) { struct call c = *(struct call *)p; free(p); void *r = c.f(c.x); alive--; return r; }\n\
         int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x) {\n\
         if (alive >= atoi(getenv(\"THREADS\"))) return EAGAIN;\nalive++;\n\
         struct call *c = malloc(sizeof *c); c->f = f; c->x = x;\n\
         return ((int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, \"pthread_create\"))(t, a, run, c);\n}\n",
    );
    let library = shim.with_extension("so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&shim)
        .arg("-ldl")
        .status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no C compiler makes the shim");
        return;
    }
    let large = format!("{}{}", "a line of text\n".repeat(700_000), secret(50));
    tree.file("large.txt", large);
    for threads in ["0", "1", "2", "3"] {
        let output = command(&["scan", ".", "large.txt", "0.env", "-j", "4", "--format", "jsonl"])
            .current_dir(tree.path())
            .env("LD_PRELOAD", &library)
            .env("THREADS", threads)
            .output()
            .unwrap();
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert_eq!(output.status.code(), Some(1), "{threads}: {err}");
        // All files, although two are named twice, and the summary.
        assert_eq!(out.lines().count(), 21 + 1, "{threads}: {out}");
    }
    let _ = (fs::remove_file(&shim), fs::remove_file(&library));
}

#[test]
fn a_disk_error_loses_one_file_and_is_reported() {
    let tree = Tree::new();
    let shim = tree.file(
        "../shim.c",
        "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <errno.h>\n#include <stdio.h>\n#include <string.h>\n#include <unistd.h>\n\
         ssize_t read(int fd, void *buf, size_t n) {\n  char link[64], path[4096];\n  snprintf(link, sizeof link, \"/proc/self/fd/%d\", fd);\n\
         ssize_t len = readlink(link, path, sizeof path - 1);\n  if (len > 0) { path[len] = 0; if (strstr(path, \"bad-disk\")) { errno = EIO; return -1; } }\n\
         return ((ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, \"read\"))(fd, buf, n);\n}\n",
    );
    let library = shim.with_extension("so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&shim)
        .arg("-ldl")
        .status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no C compiler makes the shim");
        return;
    }
    tree.file("bad-disk.env", secret(1));
    tree.file("good.env", secret(2));
    let output = command(&["scan", ".", "--format", "jsonl"])
        .current_dir(tree.path())
        .env("LD_PRELOAD", &library)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    let _ = (fs::remove_file(&shim), fs::remove_file(&library));
    assert_eq!(output.status.code(), Some(2), "{out}");
    assert!(
        out.contains("input/output error") && out.contains("good.env"),
        "{out}"
    );
}

/// A core dump would contain the secrets that were read.
#[cfg(target_os = "linux")]
#[test]
fn no_core_is_dumped() {
    let mut child = command(&["scan", "-"]).spawn().unwrap();
    let process = format!("/proc/{}", child.id());
    let read = |file: &str| fs::read_to_string(format!("{process}/{file}")).unwrap_or_default();
    let prepared = || {
        let limits = read("limits");
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap_or_default();
        core.split_whitespace().nth(4) == Some("0") && !read("status").contains("THP_enabled:\t1")
    };
    // The limit is set first, but the process has to start.
    let soon = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(20));
        prepared()
    });
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(soon, "core dumps are off before anything is read");
}

#[test]
fn nothing_needs_a_network() {
    let tree = Tree::new();
    tree.file("a.env", secret(1));
    let script = format!("exec '{}' scan . --format jsonl", env!("CARGO_BIN_EXE_keysift"));
    let output = Command::new("unshare")
        .args(["-rn", "sh", "-c", &script])
        .current_dir(tree.path())
        .output();
    let Some(output) = output
        .ok()
        .filter(|output| output.status.code() != Some(1) || !output.stdout.is_empty())
    else {
        eprintln!("SKIPPED: this machine gives no network namespace");
        return;
    };
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    if cfg!(feature = "registry") {
        return;
    }
    // The program has no code that could open a connection.
    let program = fs::read(env!("CARGO_BIN_EXE_keysift")).unwrap();
    for name in [&b"getaddrinfo\0"[..], b"gethostbyname\0"] {
        assert!(
            memchr::memmem::find(&program, name).is_none(),
            "{}",
            String::from_utf8_lossy(name)
        );
    }
}
