//! Tests whole sessions over a connection in memory.

use std::{fs, thread, time::Duration};

use keysift_lsp::serve_on;
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An editor with a folder.
struct Editor {
    connection: Connection,
    server: Option<thread::JoinHandle<()>>,
    folder: TempDir,
    requests: i32,
    answer: Value,
}

impl Editor {
    fn new(options: Value) -> Self {
        let (server, connection) = Connection::memory();
        let server = thread::spawn(move || serve_on(&server).expect("the server ends well"));
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(".git")).expect("a repository");
        let mut editor = Self {
            connection,
            server: Some(server),
            folder,
            requests: 0,
            answer: Value::Null,
        };
        editor.answer = editor.ask(
            "initialize",
            json!({
                "initializationOptions": options,
                "capabilities": {"workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}}},
            }),
        );
        editor.notify("initialized", json!({}));
        editor
    }

    fn uri(&self, name: &str) -> String {
        format!(
            "file://{}/{name}",
            self.folder.path().canonicalize().expect("it is there").display()
        )
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn notify(&self, method: &str, parameters: Value) {
        let message = Notification::new(method.to_owned(), parameters);
        self.connection
            .sender
            .send(message.into())
            .expect("the server reads");
    }

    fn receive(&self) -> Message {
        let wait = Duration::from_secs(60);
        self.connection
            .receiver
            .recv_timeout(wait)
            .expect("the server answers")
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        let request = Request::new(id.clone(), method.to_owned(), parameters);
        self.connection
            .sender
            .send(request.into())
            .expect("the server reads");
        loop {
            if let Message::Response(Response {
                id: of,
                response_result,
            }) = self.receive()
                && of == id
            {
                return response_result.unwrap_or_else(|error| json!({"error": error.message}));
            }
        }
    }

    /// The next diagnostics.
    fn diagnostics(&self) -> Value {
        loop {
            if let Message::Notification(Notification { method, params }) = self.receive()
                && method == "textDocument/publishDiagnostics"
            {
                return params;
            }
        }
    }

    fn open(&self, name: &str, text: &str) -> Value {
        self.notify(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": self.uri(name), "languageId": "x", "version": 1, "text": text}}),
        );
        self.diagnostics()
    }

    fn change(&self, name: &str, text: &str) -> Value {
        self.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": self.uri(name), "version": 2}, "contentChanges": [{"text": text}]}),
        );
        self.diagnostics()
    }

    fn actions(&mut self, name: &str, range: &Value) -> Vec<Value> {
        let asked =
            json!({"textDocument": {"uri": self.uri(name)}, "range": range, "context": {"diagnostics": []}});
        let actions = self.ask("textDocument/codeAction", asked);
        actions.as_array().expect("a list").clone()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        self.ask("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        let server = self.server.take().expect("it runs");
        server.join().expect("the server ends well");
    }
}

/// A line with a generated password.
fn line() -> String {
    let password: String = "Xk7qL2mW9rTbZ4vN".chars().rev().collect();
    format!("DB_PASSWORD={password}\n")
}

/// The text after an edit, in ASCII.
fn applied(text: &str, edit: &Value) -> String {
    let offset = |place: &Value| {
        let line = place["line"].as_u64().expect("a number") as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start + place["character"].as_u64().expect("a number") as usize
    };
    let (start, end) = (offset(&edit["range"]["start"]), offset(&edit["range"]["end"]));
    let new = edit["newText"].as_str().expect("a text");
    format!("{}{new}{}", &text[..start], &text[end..])
}

#[test]
fn diagnostics_follow_the_text() {
    let editor = Editor::new(Value::Null);
    assert_eq!(editor.answer["serverInfo"]["name"], "keysift");
    let found = editor.open("app.env", &format!("# 😀\n{}", line()));
    assert_eq!(
        (&found["uri"], &found["version"]),
        (&json!(editor.uri("app.env")), &json!(1))
    );
    let diagnostics = found["diagnostics"].as_array().expect("a list");
    assert_eq!(diagnostics.len(), 1, "{found}");
    assert_eq!(
        (&diagnostics[0]["range"]["start"], &diagnostics[0]["source"]),
        (&json!({"line": 1, "character": 12}), &json!("keysift"))
    );
    let secret = line().trim().split('=').next_back().expect("a value").to_owned();
    assert!(!found.to_string().contains(&secret), "redacted");
    assert_eq!(
        editor.change("app.env", "DB_PASSWORD=\n")["diagnostics"],
        json!([])
    );
    assert_eq!(
        editor.change("app.env", &line())["diagnostics"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    editor.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": editor.uri("app.env")}}),
    );
    assert_eq!(editor.diagnostics()["diagnostics"], json!([]));
}

#[test]
fn a_column_counts_utf16() {
    let editor = Editor::new(Value::Null);
    let found = editor.open(
        "a.yaml",
        &format!("{{x: \"😀é\", {}}}\n", line().trim().replace('=', ": ")),
    );
    // A character of two code units precedes it.
    assert_eq!(
        found["diagnostics"][0]["range"]["start"]["character"], 24,
        "{found}"
    );
}

#[test]
fn quick_fixes_make_the_finding_go_away() {
    let mut editor = Editor::new(Value::Null);
    let text = format!("a=1\n{}", line());
    let found = editor.open("app.env", &text);
    let actions = editor.actions("app.env", &found["diagnostics"][0]["range"]);
    let titled = |word: &str| {
        let mut all = actions.iter();
        all.find(|action| {
            action["title"]
                .as_str()
                .is_some_and(|title| title.starts_with(word))
        })
        .expect(word)
        .clone()
    };
    // The inline suppression.
    let edit = titled("Suppress")["edit"]["documentChanges"][0]["edits"][0].clone();
    let suppressed = applied(&text, &edit);
    assert!(suppressed.contains("\n# keysift:ignore "), "{suppressed}");
    assert_eq!(editor.change("app.env", &suppressed)["diagnostics"], json!([]));
    assert_eq!(
        editor.change("app.env", &text)["diagnostics"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    // The entry in a file that does not exist yet.
    let changes = titled("Allow")["edit"]["documentChanges"].clone();
    assert_eq!(
        (&changes[0]["kind"], &changes[0]["uri"]),
        (&json!("create"), &json!(editor.uri("keysift.toml")))
    );
    editor.file("keysift.toml", &applied("", &changes[1]["edits"][0]));
    editor.notify("workspace/didChangeWatchedFiles", json!({"changes": []}));
    assert_eq!(editor.diagnostics()["diagnostics"], json!([]));
    // The entry in a file that exists.
    editor.file("keysift.toml", "exclude = [\"old/\"]");
    editor.notify(
        "textDocument/didSave",
        json!({"textDocument": {"uri": editor.uri("keysift.toml")}}),
    );
    let found = editor.diagnostics();
    let actions = editor.actions("app.env", &found["diagnostics"][0]["range"]);
    let allow = actions.last().expect("an entry")["edit"]["documentChanges"].clone();
    assert_eq!(allow.as_array().map(Vec::len), Some(1));
    let settings = applied("exclude = [\"old/\"]", &allow[0]["edits"][0]);
    editor.file("keysift.toml", &settings);
    editor.notify("workspace/didChangeWatchedFiles", json!({"changes": []}));
    assert_eq!(editor.diagnostics()["diagnostics"], json!([]), "{settings}");
}

#[test]
fn a_safe_fix_is_offered_first() {
    let mut editor = Editor::new(json!({"minConfidence": "low"}));
    let pod = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: b}
spec:
  containers:
    - name: a
      image: b:1
      volumeMounts: [{name: s, mountPath: /s}]
  volumes:
    - name: s
      secret: {secretName: s, defaultMode: 400}
";
    let found = editor.open("pod.yaml", pod);
    let diagnostics = found["diagnostics"].as_array().expect("a list").clone();
    let mode = diagnostics
        .iter()
        .find(|one| one["code"] == "k8s-secret-volume-mode")
        .expect("the mode is found");
    let actions = editor.actions("pod.yaml", &mode["range"]);
    let fix = &actions[0];
    assert!(
        fix["title"]
            .as_str()
            .is_some_and(|title| title.starts_with("Fix")),
        "{actions:?}"
    );
    assert_eq!(fix["isPreferred"], true);
    let fixed = applied(pod, &fix["edit"]["documentChanges"][0]["edits"][0]);
    let left = editor.change("pod.yaml", &fixed);
    let left = left["diagnostics"].as_array().expect("a list");
    assert!(
        left.iter().all(|one| one["code"] != "k8s-secret-volume-mode"),
        "{fixed}"
    );
}

#[test]
fn a_hover_is_the_page_of_the_rule() {
    let mut editor = Editor::new(Value::Null);
    let found = editor.open("app.env", &line());
    let place = found["diagnostics"][0]["range"]["start"].clone();
    let named = json!({"uri": editor.uri("app.env")});
    let hover = editor.ask(
        "textDocument/hover",
        json!({"textDocument": named, "position": place}),
    );
    let page = hover["contents"]["value"].as_str().expect("a page");
    let code = found["diagnostics"][0]["code"].as_str().expect("an id");
    assert!(page.contains(code) && page.contains("**Fix:**"), "{page}");
    let nowhere = editor.ask(
        "textDocument/hover",
        json!({"textDocument": named, "position": {"line": 1, "character": 0}}),
    );
    assert_eq!(nowhere, Value::Null);
}

#[test]
fn settings_ignore_files_and_baselines_are_those_of_a_scan() {
    let editor = Editor::new(Value::Null);
    editor.file("keysift.toml", "exclude = [\"old/\"]\n");
    editor.file(".gitignore", "local.env\n");
    editor.file("local.env", &line());
    assert_eq!(editor.open("old/app.env", &line())["diagnostics"], json!([]));
    assert_eq!(
        editor.open("local.env", &line())["diagnostics"],
        json!([]),
        "git ignores it"
    );
    assert_eq!(
        editor.open("app.env", &line())["diagnostics"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn malformed_settings_are_reported_and_not_used() {
    let editor = Editor::new(Value::Null);
    editor.file("keysift.toml", "nonsense = 1\n");
    let named = json!({"uri": editor.uri("app.env"), "languageId": "x", "version": 1, "text": line()});
    editor.notify("textDocument/didOpen", json!({"textDocument": named}));
    let Message::Notification(shown) = editor.receive() else {
        panic!("a message first")
    };
    assert_eq!(shown.method, "window/showMessage");
    assert!(
        shown.params["message"]
            .as_str()
            .is_some_and(|text| text.contains("nonsense")),
        "{shown:?}"
    );
    assert_eq!(
        editor.diagnostics()["diagnostics"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn unknown_messages_do_not_end_the_server() {
    let mut editor = Editor::new(Value::Null);
    assert!(
        editor.ask("textDocument/rename", json!({}))["error"]
            .as_str()
            .is_some_and(|why| why.contains("rename"))
    );
    assert!(editor.ask("textDocument/hover", json!({"position": 1}))["error"].is_string());
    editor.notify("textDocument/didOpen", json!({"textDocument": 1}));
    editor.notify("$/cancelRequest", json!({"id": 1}));
    let named = json!({"uri": "untitled:Untitled-1", "languageId": "x", "version": 1, "text": line()});
    editor.notify("textDocument/didOpen", json!({"textDocument": named}));
    assert_eq!(
        editor.open("app.env", &line())["diagnostics"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn malformed_options_are_reported_and_not_used() {
    let editor = Editor::new(json!({"minSeverity": "enormous"}));
    let Message::Notification(shown) = editor.receive() else {
        panic!("a message first")
    };
    assert!(shown.params.to_string().contains("enormous"), "{shown:?}");
    assert_eq!(
        editor.open("app.env", &line())["diagnostics"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn options_change_while_a_document_is_open() {
    let editor = Editor::new(Value::Null);
    let count = |published: &Value| published["diagnostics"].as_array().map(Vec::len);
    assert_eq!(count(&editor.open("app.env", &line())), Some(1));
    for (settings, wanted) in [
        (json!({"keysift": {"minSeverity": "critical"}}), 0),
        (json!({"keysift": {"minSeverity": "info"}}), 1),
        // Of others: nothing changes.
        (json!({"python": {}}), 1),
        (Value::Null, 1),
    ] {
        editor.notify("workspace/didChangeConfiguration", json!({"settings": settings}));
        assert_eq!(count(&editor.diagnostics()), Some(wanted), "{settings}");
    }
}

#[test]
fn each_folder_of_a_workspace_has_its_own_settings() {
    let editor = Editor::new(Value::Null);
    for project in ["one", "two"] {
        editor.file(&format!("{project}/.git/HEAD"), "ref: refs/heads/main\n");
    }
    editor.file("one/keysift.toml", "exclude = [\"app.env\"]\n");
    assert_eq!(editor.open("one/app.env", &line())["diagnostics"], json!([]));
    let two = editor.open("two/app.env", &line());
    assert_eq!(two["diagnostics"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_document_that_is_too_long_is_reported() {
    let mut editor = Editor::new(Value::Null);
    let long = line() + &"a = 1\n".repeat((8 << 20) / 6 + 1);
    let found = editor.open("app.env", &long);
    assert_eq!(found["diagnostics"][0]["code"], "not-scanned");
    assert_eq!(found["diagnostics"].as_array().map(Vec::len), Some(1));
    let range = found["diagnostics"][0]["range"].clone();
    assert_eq!(
        editor.actions("app.env", &range),
        Vec::<Value>::new(),
        "nothing to fix"
    );
    let found = editor.change("app.env", &line());
    assert_ne!(found["diagnostics"][0]["code"], "not-scanned");
}

#[test]
fn a_part_of_a_text_is_not_taken_for_the_whole() {
    let mut editor = Editor::new(Value::Null);
    editor.open("app.env", &line());
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}});
    editor.notify(
        "textDocument/didChange",
        json!({
            "textDocument": {"uri": editor.uri("app.env"), "version": 2},
            "contentChanges": [{"range": range, "text": ""}],
        }),
    );
    let named = json!({"uri": editor.uri("app.env")});
    let hover = editor.ask(
        "textDocument/hover",
        json!({"textDocument": named, "position": {"line": 0, "character": 14}}),
    );
    assert!(hover["contents"].is_object(), "{hover}");
}

#[test]
fn after_shutdown_only_exit_counts() {
    let mut editor = Editor::new(Value::Null);
    editor.ask("shutdown", Value::Null);
    let refused = editor.ask("textDocument/hover", json!({}));
    assert!(
        refused["error"]
            .as_str()
            .is_some_and(|why| why.contains("shutdown")),
        "{refused}"
    );
    editor.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": editor.uri("a")}}),
    );
    // Dropping the editor asks for the second time, and sends `exit`.
}
