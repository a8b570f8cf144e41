//! The main loop of the server. One thread suffices, because a document takes milliseconds.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use keysift_policy::Settings;
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    actions::{self, Document},
    diagnostics::{Found, found},
    hover,
    lines::Lines,
    project::{Options, Projects, top},
    protocol::{AtPosition, AtRange, Changed, Diagnostic, OfDocument, Opened, Published, Range, Whole},
    transport::Transport,
    uri,
};

/// The delay after the last keystroke before a document is scanned.
const PAUSE: Duration = Duration::from_millis(150);

/// Longer documents are not scanned while they are edited, in bytes; a diagnostic reports it.
const LONGEST: usize = 8 << 20;

/// The error that ends the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The editor violates the protocol, or closes the connection without `exit`.
    #[error("language server protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// A message cannot be sent.
    #[error("the editor closed the connection")]
    Closed,
    /// Standard input or output failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The built-in rules cannot be used.
    #[error(transparent)]
    Engine(#[from] keysift::Error),
}

/// Serves an editor on standard input and output until it sends `exit`.
///
/// # Errors
/// If the editor violates the protocol, or closes the connection without `exit`.
pub fn serve() -> Result<(), Error> {
    let (connection, transport) = Transport::stdio()?;
    let served = serve_on(&connection);
    drop(connection);
    let ended = transport.finish();
    match served {
        // The reason is that of the reader, if it had one.
        Err(Error::Closed) => Err(ended.map_or_else(Error::Io, |()| Error::Closed)),
        Err(error) => Err(error),
        Ok(()) => Ok(ended?),
    }
}

/// Serves an editor on a connection.
///
/// # Errors
/// As [`serve`].
pub fn serve_on(connection: &Connection) -> Result<(), Error> {
    let (id, parameters) = connection.initialize_start().map_err(protocol)?;
    let answer = json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": {"openClose": true, "change": 1, "save": {}},
            "hoverProvider": true,
            "codeActionProvider": {"codeActionKinds": ["quickfix"]},
        },
        "serverInfo": {"name": "keysift", "version": env!("CARGO_PKG_VERSION")},
    });
    connection.initialize_finish(id, answer).map_err(protocol)?;
    let mut server = Server::new(connection, &parameters)?;
    server.watch_settings(&parameters)?;
    server.run()
}

fn protocol(error: ProtocolError) -> Error {
    match error.channel_is_disconnected() {
        true => Error::Closed,
        false => Error::Protocol(error),
    }
}

/// A document that is open in the editor.
#[derive(Debug)]
struct Open {
    path: PathBuf,
    text: String,
    version: Option<i64>,
    /// Whether ignore files exclude it from scans.
    ignored: bool,
    found: Vec<Found>,
}

struct Server<'c> {
    connection: &'c Connection,
    projects: Projects,
    /// By URI.
    open: BTreeMap<String, Open>,
    /// Documents to scan, with the time to do so.
    due: BTreeSet<String>,
    at: Option<Instant>,
    can_create: bool,
    /// After `shutdown`: only `exit` counts.
    is_ending: bool,
}

impl<'c> Server<'c> {
    fn new(connection: &'c Connection, parameters: &Value) -> Result<Self, Error> {
        let operations = &parameters["capabilities"]["workspace"]["workspaceEdit"]["resourceOperations"];
        let mut server = Self {
            connection,
            projects: Projects::new(Options::default()),
            open: BTreeMap::new(),
            due: BTreeSet::new(),
            at: None,
            is_ending: false,
            can_create: operations
                .as_array()
                .is_some_and(|all| all.contains(&json!("create"))),
        };
        server.configure("initializationOptions", &parameters["initializationOptions"])?;
        Ok(server)
    }

    /// Takes the options of the editor. Malformed ones are reported and not used: a server that ends would be started again and again.
    fn configure(&mut self, source: &str, options: &Value) -> Result<(), Error> {
        if options.is_null() {
            return Ok(());
        }
        match serde_json::from_value(options.clone()) {
            Ok(options) => self.projects = Projects::new(options),
            Err(why) => self.show(&format!("{source} of the editor are not used: {why}"))?,
        }
        Ok(())
    }

    /// Shows an error to the user.
    fn show(&self, message: &str) -> Result<(), Error> {
        let shown = json!({"type": 1, "message": format!("keysift: {message}")});
        self.send(Notification::new("window/showMessage".to_owned(), shown))
    }

    fn send(&self, message: impl Into<Message>) -> Result<(), Error> {
        self.connection
            .sender
            .send(message.into())
            .map_err(|_| Error::Closed)
    }

    /// Requests notifications about changes of settings and ignore files.
    fn watch_settings(&self, parameters: &Value) -> Result<(), Error> {
        let watched = &parameters["capabilities"]["workspace"]["didChangeWatchedFiles"];
        if watched["dynamicRegistration"] != json!(true) {
            return Ok(());
        }
        let names = [
            Settings::FILE,
            ".keysiftignore",
            ".gitignore",
            ".keysift-baseline",
        ];
        let watchers = names.map(|name| json!({"globPattern": format!("**/{name}")}));
        let registration = json!({"registrations": [{
            "id": "settings",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": {"watchers": watchers},
        }]});
        let id = "settings".to_owned().into();
        self.send(Request::new(
            id,
            "client/registerCapability".to_owned(),
            registration,
        ))
    }

    fn run(&mut self) -> Result<(), Error> {
        loop {
            let message = match self.at {
                Some(at) => match self.connection.receiver.recv_deadline(at) {
                    Ok(message) => message,
                    Err(error) if error.is_timeout() => {
                        self.scan_due()?;
                        continue;
                    }
                    Err(_) => return Err(Error::Closed),
                },
                None => self.connection.receiver.recv().map_err(|_| Error::Closed)?,
            };
            match message {
                Message::Request(request) => {
                    let response = self.answer(request)?;
                    self.send(response)?;
                }
                Message::Notification(last) if last.method == "exit" => {
                    return self.is_ending.then_some(()).ok_or(Error::Closed);
                }
                Message::Notification(_) if self.is_ending => {}
                Message::Notification(notification) => self.notified(notification)?,
                Message::Response(_) => {}
            }
        }
    }

    /// Handles a request.
    fn answer(&mut self, request: Request) -> Result<Response, Error> {
        let Request { id, method, params } = request;
        if self.is_ending {
            let why = format!("{method} after shutdown");
            return Ok(Response::new_err(id, ErrorCode::InvalidRequest as i32, why));
        }
        self.scan_due()?; // the answer must match the current text
        let answer = match method.as_str() {
            "textDocument/hover" => read(params).map(|asked: AtPosition| self.hover(&asked)),
            "textDocument/codeAction" => read(params).map(|asked: AtRange| self.actions(&asked)),
            "shutdown" => {
                self.is_ending = true;
                Ok(Value::Null)
            }
            _ => {
                let why = format!("unknown method {method}");
                return Ok(Response::new_err(id, ErrorCode::MethodNotFound as i32, why));
            }
        };
        Ok(match answer {
            Ok(value) => Response::new_ok(id, value),
            Err(why) => Response::new_err(id, ErrorCode::InvalidParams as i32, why),
        })
    }

    /// Handles a notification; malformed ones are ignored.
    fn notified(&mut self, notification: Notification) -> Result<(), Error> {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                if let Ok(Opened { text_document: item }) = read(params) {
                    self.opened(item.uri, item.text, item.version);
                }
            }
            "textDocument/didChange" => {
                if let Ok(mut changed) = read::<Changed>(params)
                    // Only whole texts were asked for; a part would be taken for the whole.
                    && let Some(Whole { text, range: None }) = changed.content_changes.pop()
                    && let Some(open) = self.open.get_mut(&changed.text_document.uri)
                {
                    (open.text, open.version) = (text, changed.text_document.version);
                    self.schedule(changed.text_document.uri, PAUSE);
                }
            }
            "textDocument/didClose" => {
                if let Ok(OfDocument {
                    text_document: closed,
                }) = read(params)
                    && self.open.remove(&closed.uri).is_some()
                {
                    self.due.remove(&closed.uri);
                    self.publish(&closed.uri, None, &[])?;
                }
            }
            "textDocument/didSave" => {
                if let Ok(OfDocument { text_document: saved }) = read(params)
                    && is_settings(&saved.uri)
                {
                    self.rescan_all();
                }
            }
            "workspace/didChangeConfiguration" => {
                self.configure("settings", &params["settings"]["keysift"])?;
                self.rescan_all();
            }
            "workspace/didChangeWatchedFiles" => self.rescan_all(),
            _ => {}
        }
        Ok(())
    }

    fn opened(&mut self, uri: String, text: String, version: Option<i64>) {
        let Some(path) = uri::to_path(&uri) else { return };
        let open = Open {
            ignored: is_ignored(&path),
            path,
            text,
            version,
            found: Vec::new(),
        };
        self.open.insert(uri.clone(), open);
        self.schedule(uri, Duration::ZERO);
    }

    /// Scans every document again: settings or ignore files changed.
    fn rescan_all(&mut self) {
        self.projects.forget();
        for open in self.open.values_mut() {
            open.ignored = is_ignored(&open.path);
        }
        let all: Vec<_> = self.open.keys().cloned().collect();
        for uri in all {
            self.schedule(uri, Duration::ZERO);
        }
    }

    fn schedule(&mut self, uri: String, pause: Duration) {
        self.due.insert(uri);
        self.at = Some(Instant::now() + pause);
    }

    fn scan_due(&mut self) -> Result<(), Error> {
        self.at = None;
        for uri in std::mem::take(&mut self.due) {
            self.scan(&uri)?;
        }
        Ok(())
    }

    fn scan(&mut self, uri: &str) -> Result<(), Error> {
        let Some(open) = self.open.get_mut(uri) else {
            return Ok(());
        };
        open.found.clear();
        let mut complaint = None;
        if !open.ignored && open.text.len() <= LONGEST {
            let (engine, why) = self.projects.engine(&open.path)?;
            complaint = why;
            let finished = engine.scan_as(&open.path, open.text.clone().into_bytes());
            open.found = found(&finished, uri, &top(&open.path), &Lines::new(&open.text));
        }
        let mut all: Vec<_> = open.found.iter().map(|found| found.diagnostic.clone()).collect();
        if !open.ignored && open.text.len() > LONGEST {
            all.push(Diagnostic::not_scanned());
        }
        let version = open.version;
        if let Some(complaint) = complaint {
            self.show(&format!("the settings are not used: {complaint}"))?;
        }
        self.publish(uri, version, &all)
    }

    fn publish(&self, uri: &str, version: Option<i64>, diagnostics: &[Diagnostic]) -> Result<(), Error> {
        let published = Published {
            uri: uri.to_owned(),
            version,
            diagnostics: diagnostics.to_vec(),
        };
        self.send(Notification::new(
            "textDocument/publishDiagnostics".to_owned(),
            published,
        ))
    }

    fn hover(&self, asked: &AtPosition) -> Value {
        let cursor = Range {
            start: asked.position,
            end: asked.position,
        };
        let open = self.open.get(&asked.text_document.uri);
        let mut all = open.into_iter().flat_map(|open| &open.found);
        all.find(|found| found.diagnostic.range.touches(cursor))
            .map_or(Value::Null, |found| {
                json!({
                    "contents": {"kind": "markdown", "value": hover::page(found)},
                    "range": found.diagnostic.range,
                })
            })
    }

    fn actions(&self, asked: &AtRange) -> Value {
        let uri = &asked.text_document.uri;
        let Some(open) = self.open.get(uri) else {
            return json!([]);
        };
        let document = Document {
            uri,
            path: &open.path,
            text: &open.text,
            version: open.version,
        };
        let touched = open
            .found
            .iter()
            .filter(|found| found.diagnostic.range.touches(asked.range));
        let actions = touched.flat_map(|found| actions::of(found, &document, self.can_create));
        json!(actions.collect::<Vec<_>>())
    }
}

fn read<T: DeserializeOwned>(parameters: Value) -> Result<T, String> {
    serde_json::from_value(parameters).map_err(|error| error.to_string())
}

/// Returns whether a scan of the project skips a file, so that the editor does not report what `keysift scan`
/// does not.
fn is_ignored(path: &Path) -> bool {
    keysift_source::is_ignored(&top(path), path)
}

/// Returns whether saving a document changes the findings of others.
fn is_settings(uri: &str) -> bool {
    let name = uri.rsplit('/').next().unwrap_or_default();
    [
        Settings::FILE,
        ".keysiftignore",
        ".gitignore",
        ".keysift-baseline",
    ]
    .contains(&name)
}
