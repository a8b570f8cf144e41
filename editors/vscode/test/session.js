// `node session.js EXTENSION EXECUTABLE`: the built extension starts the language server and shows what it reports. What it calls of Visual Studio
// Code, which cannot be started here, is a stand-in: events, documents, collections of diagnostics. The client library is the real one.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");
const url = require("node:url");

const [extension, executable] = process.argv.slice(2).map((file) => path.resolve(file));
const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "keysift-vscode-")));
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
fs.mkdirSync(path.join(folder, ".git"));

class EventEmitter {
  listeners = new Set();
  event = (listener, self) => {
    const bound = listener.bind(self);
    this.listeners.add(bound);
    return new Disposable(() => this.listeners.delete(bound));
  };
  fire = (value) => [...this.listeners].map((listener) => listener(value));
  dispose() {}
}
class Disposable {
  constructor(dispose) {
    this.dispose = dispose;
  }
}
class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}
class Range {
  constructor(start, end, ...rest) {
    [this.start, this.end] = rest.length === 2 ? [new Position(start, end), new Position(...rest)] : [start, end];
  }
}
class Uri {
  constructor(text) {
    this.text = text;
    const parsed = new URL(text);
    Object.assign(this, { scheme: parsed.protocol.slice(0, -1), path: decodeURIComponent(parsed.pathname), authority: "" });
    this.fsPath = this.path;
  }
  static parse = (text) => new Uri(text);
  static file = (file) => new Uri(url.pathToFileURL(file).href);
  toString = () => this.text;
}
class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}
class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: new EventEmitter().event };
  cancel() {}
  dispose() {}
}

// Everything else that is a class or an enumeration.
const other = (name) => {
  const values = [];
  return new Proxy(class {}, {
    get: (target, key) => {
      if (key in target || typeof key !== "string") return target[key];
      if (!values.includes(key)) values.push(key);
      return values.indexOf(key);
    },
  });
};
const events = {};
const api = (own) =>
  new Proxy(own, {
    get: (target, key) => {
      if (key in target || typeof key !== "string") return target[key];
      if (key.startsWith("on")) return (events[key] ??= new EventEmitter()).event;
      if (/^[A-Z]/.test(key)) return (target[key] = other(key));
      if (key.startsWith("register") || key.startsWith("create")) return () => new Proxy(new Disposable(() => {}), {
        get: (disposable, name) => (name.startsWith?.("on") ? new EventEmitter().event : disposable[name] ?? (() => {})),
      });
      return undefined;
    },
  });

const settings = { path: executable, minSeverity: "info", minConfidence: "medium", baseline: ".keysift-baseline" };
const commands = {};
const shown = [];
const published = new EventEmitter();
const documents = [];
const providers = {};
const log = [];
const vscode = api({
  EventEmitter, Disposable, Position, Range, Uri, Diagnostic, CancellationTokenSource,
  version: "1.99.0",
  env: { appName: "test", language: "en" },
  workspace: api({
    getConfiguration: () => ({ get: (key, otherwise) => settings[key] ?? otherwise }),
    textDocuments: documents,
    workspaceFolders: [{ uri: Uri.file(folder), name: "test", index: 0 }],
    getWorkspaceFolder: () => ({ uri: Uri.file(folder) }),
  }),
  window: api({
    createOutputChannel: () => ({ append: (text) => log.push(text), appendLine: (text) => log.push(text), dispose: () => {}, show: () => {} }),
    showErrorMessage: async (text) => void shown.push(text), visibleTextEditors: [] }),
  commands: api({ registerCommand: (name, run) => ((commands[name] = run), new Disposable(() => {})) }),
  languages: api({
    match: (selector, document) => (selector.scheme ?? selector[0]?.scheme) === document.uri.scheme ? 10 : 0,
    createDiagnosticCollection: () => ({
      set: (uri, all) => published.fire([uri.toString(), all]),
      delete: () => {}, clear: () => {}, dispose: () => {},
    }),
    registerHoverProvider: (_, provider) => ((providers.hover = provider), new Disposable(() => {})),
    registerCodeActionsProvider: (_, provider) => ((providers.actions = provider), new Disposable(() => {})),
  }),
});
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));

const document = (name, text) => ({
  uri: Uri.file(path.join(folder, name)), languageId: "plaintext", version: 1, getText: () => text, fileName: name, isClosed: false,
});
const next = () =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no diagnostics in 30 s; shown: ${shown}; ${log.join("\n")}`)), 30000);
    const listener = published.event((value) => (clearTimeout(timer), listener.dispose(), resolve(value)));
  });

async function main() {
  const { activate, deactivate } = require(extension);
  // Reversed, so that nothing here looks like a password.
  const line = `DB_PASSWORD=${[..."Xk7qL2mW9rTbZ4vN"].reverse().join("")}\n`;
  const open = document("app.env", line);
  documents.push(open);
  let waiting = next();
  await activate({ subscriptions: [] });
  assert.deepEqual(shown, []);
  let [uri, found] = await waiting;
  assert.equal(uri, open.uri.toString());
  assert.equal(found.length, 1);
  assert.equal(found[0].source, "keysift");
  assert.deepEqual({ ...found[0].range.start }, { line: 0, character: 12 });
  assert(providers.hover && providers.actions, "hover and quick fixes are registered");
  // A setting changes: the server starts again with it.
  settings.minSeverity = "critical";
  waiting = next();
  events.onDidChangeConfiguration.fire({ affectsConfiguration: (section) => section === "keysift" });
  while (((([uri, found] = await waiting)), found.length)) waiting = next();
  await deactivate();
  // An executable that is not there is reported, and nothing is thrown.
  settings.path = path.join(folder, "none");
  await commands["keysift.restart"]();
  // The client library adds one of its own.
  assert(shown.some((text) => /cannot start.*none lsp/.test(text)), shown.join());
  console.log("the extension: starts the server, shows findings, starts it again after a setting changed, reports a missing executable");
}
main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
