"""An editing session with `keysift lsp`, by pygls: open, edit, hover, quick fix, close. `test-lsp.sh` runs this."""

import asyncio
import pathlib
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


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(session(pathlib.Path(folder).resolve()))
print("keysift lsp: a session with pygls")
