// Starts `keysift lsp` and shows what it reports. Everything else is in the language server.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function create() {
  const settings = vscode.workspace.getConfiguration("keysift");
  const command = settings.get("path");
  const server = { command, args: ["lsp"] };
  return new LanguageClient("keysift", "keysift", server, {
    // Secrets are in files of every kind.
    documentSelector: [{ scheme: "file" }],
    initializationOptions: {
      minSeverity: settings.get("minSeverity"),
      minConfidence: settings.get("minConfidence"),
      baseline: settings.get("baseline"),
    },
  });
}

async function start() {
  client = create();
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const command = vscode.workspace.getConfiguration("keysift").get("path");
    vscode.window.showErrorMessage(
      `keysift: cannot start "${command} lsp": ${error.message}. Install keysift, or set keysift.path.`,
    );
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running) await running.stop();
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("keysift.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("keysift")) restart();
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
