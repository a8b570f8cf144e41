#!/usr/bin/env bash
# `packaging/test-lsp.sh EXECUTABLE`: an editor's side of the protocol by a library of others (pygls) against the real program.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
executable=$(realpath "${1:?usage: packaging/test-lsp.sh EXECUTABLE}")
bin=$(tools 'pygls>=2,<3') || skip "no pygls: the language server with a real client"
"$bin/python" packaging/lsp_client.py "$executable"
