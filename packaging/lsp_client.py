"""Editing sessions with `keysift lsp`, by pygls, and messages that are none. `test-lsp.sh` runs this."""

import asyncio
import json
import pathlib
import subprocess
import sys
import tempfile

from lsprotocol import types
from pygls.lsp.client import LanguageClient

EXECUTABLE = sys.argv[1]
# Reversed, so that nothing here looks like a password.
VALUE = "Xk7qL2mW9rTbZ4vN"[::-1]
LINE = f"DB_PASSWORD={VALUE}\n"


class Editor(LanguageClient):
    def __init__(self) -> None:
        super().__init__("test", "1")
        self.published: asyncio.Queue = asyncio.Queue()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(parameters: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(parameters)

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)
        def _(parameters: types.RegistrationParams) -> None:
            self.registered = parameters

    async def diagnostics(self) -> list:
        published = await asyncio.wait_for(self.published.get(), 30)
        return list(published.diagnostics)


async def session(folder: pathlib.Path) -> None:
    (folder / ".git").mkdir()
    editor = Editor()
    await editor.start_io(EXECUTABLE, "lsp", "--stdio")
    workspace = types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(
            document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
        ),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    )
    answer = await editor.initialize_async(
        types.InitializeParams(capabilities=types.ClientCapabilities(workspace=workspace), root_uri=folder.as_uri())
    )
    assert answer.server_info and answer.server_info.name == "keysift", answer
    assert answer.capabilities.hover_provider and answer.capabilities.code_action_provider
    editor.initialized(types.InitializedParams())

    file = folder / "app settings.env"
    uri = file.as_uri()
    text = f"# first\n{LINE}"
    item = types.TextDocumentItem(uri=uri, language_id="dotenv", version=1, text=text)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    (found,) = await editor.diagnostics()
    assert (found.range.start.line, found.range.start.character, found.source) == (1, 12, "keysift"), found
    assert found.severity in (types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Warning)

    named = types.TextDocumentIdentifier(uri=uri)
    hover = await editor.text_document_hover_async(types.HoverParams(text_document=named, position=found.range.start))
    assert hover and isinstance(hover.contents, types.MarkupContent) and found.code in hover.contents.value, hover

    actions = await editor.text_document_code_action_async(
        types.CodeActionParams(text_document=named, range=found.range, context=types.CodeActionContext(diagnostics=[found]))
    )
    titles = [action.title for action in actions or []]
    assert any(title.startswith("Suppress") for title in titles) and any(title.startswith("Allow") for title in titles), titles
    suppress = next(action for action in actions if action.title.startswith("Suppress"))
    (change,) = suppress.edit.document_changes
    (edit,) = change.edits
    lines = text.splitlines(keepends=True)
    lines.insert(edit.range.start.line, edit.new_text)

    def changed(version: int, new: str) -> types.DidChangeTextDocumentParams:
        return types.DidChangeTextDocumentParams(
            text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=version),
            content_changes=[types.TextDocumentContentChangeWholeDocument(text=new)],
        )

    editor.text_document_did_change(changed(2, "".join(lines)))
    assert await editor.diagnostics() == []
    editor.text_document_did_change(changed(3, text))
    assert len(await editor.diagnostics()) == 1
    editor.text_document_did_close(types.DidCloseTextDocumentParams(text_document=named))
    assert await editor.diagnostics() == []
    assert [one.method for one in editor.registered.registrations] == ["workspace/didChangeWatchedFiles"]

    await editor.shutdown_async(None)
    editor.exit(None)
    await editor.stop()
    assert editor._server.returncode == 0, editor._server.returncode


async def workspace(folder: pathlib.Path) -> None:
    """Two projects with settings of their own; one document is renamed, one is long, the settings of the editor change."""
    for name in ("one", "two"):
        (folder / name / ".git").mkdir(parents=True)
    (folder / "one" / "keysift.toml").write_text('exclude = ["app.env"]\n')
    editor = Editor()
    await editor.start_io(EXECUTABLE, "lsp")
    folders = [types.WorkspaceFolder(uri=(folder / name).as_uri(), name=name) for name in ("one", "two")]
    await editor.initialize_async(types.InitializeParams(capabilities=types.ClientCapabilities(), workspace_folders=folders))
    editor.initialized(types.InitializedParams())

    def opened(file: pathlib.Path, text: str) -> None:
        item = types.TextDocumentItem(uri=file.as_uri(), language_id="plaintext", version=1, text=text)
        editor.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def closed(file: pathlib.Path) -> None:
        named = types.TextDocumentIdentifier(uri=file.as_uri())
        editor.text_document_did_close(types.DidCloseTextDocumentParams(text_document=named))

    opened(folder / "one" / "app.env", LINE)
    assert await editor.diagnostics() == []
    # Never saved, in characters of two UTF-16 units.
    opened(folder / "two" / "app.env", f"# \U0001f600\nA='\U0001f600' {LINE}")
    (found,) = await editor.diagnostics()
    assert (found.range.start.line, found.range.start.character) == (1, 19), found
    # A rename closes one document and opens another. The settings exclude the old name only.
    closed(folder / "one" / "app.env")
    assert await editor.diagnostics() == []
    opened(folder / "one" / "new.env", LINE)
    assert len(await editor.diagnostics()) == 1
    closed(folder / "one" / "new.env")
    assert await editor.diagnostics() == []
    settings = {"keysift": {"minSeverity": "critical"}}
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=settings))
    assert await editor.diagnostics() == []
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings={"keysift": {}}))
    assert len(await editor.diagnostics()) == 1
    opened(folder / "two" / "long.env", LINE + "x = 1\n" * (9 << 20 >> 2))
    (long,) = await editor.diagnostics()
    assert long.code == "not-scanned", long

    await editor.shutdown_async(None)
    # As vscode-languageclient does it.
    editor.set_trace(types.SetTraceParams(value=types.TraceValue.Off))
    editor.exit(None)
    await editor.stop()
    assert editor._server.returncode == 0, editor._server.returncode


def malformed() -> None:
    """What is no message is answered, and the session goes on; half of an emoji is no reason to end."""

    def framed(body: bytes) -> bytes:
        return b"Content-Length: %d\r\n\r\n" % len(body) + body

    def message(method: str, parameters: object = None, number: int | None = None) -> bytes:
        return framed(json.dumps({"jsonrpc": "2.0", "method": method, "params": parameters} | ({"id": number} if number else {})).encode())

    def run(*parts: bytes) -> tuple[int, str]:
        start = message("initialize", {"capabilities": {}}, 1) + message("initialized", {})
        done = subprocess.run([EXECUTABLE, "lsp"], input=start + b"".join(parts), capture_output=True, timeout=60)
        return done.returncode, (done.stdout + done.stderr).decode()

    ending = message("shutdown", None, 2) + message("exit")
    item = {"uri": "file:///keysift-test/app.env", "languageId": "x", "version": 1, "text": f"# \ud83d\n{LINE}"}
    for bad in (b"{nonsense", b"[]", b"[" * 100_000, b'{"method":1}'):
        code, said = run(framed(bad), message("textDocument/didOpen", {"textDocument": item}), message("x/y", {}, 3), ending)
        assert code == 0 and "-32700" in said and '"character":12,"line":1' in said, (bad[:20], code, said)
    for bad in (b"Content-Length: 99999999999999\r\n\r\n{}", b"hello\r\n\r\n", message("exit"), b""):
        code, said = run(bad)
        assert code == 2 and "panicked" not in said and "keysift: " in said, (bad[:20], code, said)


for one in (session, workspace):
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(one(pathlib.Path(folder).resolve()))
malformed()
print("keysift lsp: two sessions with pygls, and messages that are none")
