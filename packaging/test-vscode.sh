#!/usr/bin/env bash
# `packaging/test-vscode.sh EXECUTABLE`: the extension as it is published, with the real client library, starts the executable and shows its findings.
# Visual Studio Code itself is a stand-in (`editors/vscode/test/session.js`): it cannot be started everywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
executable=$(realpath "${1:?usage: packaging/test-vscode.sh EXECUTABLE}")
command -v npm >/dev/null || skip "no npm: the extension of Visual Studio Code"
scratch
extension=$(packaging/vscode.sh "$work")
case "$extension" in *.vsix) ;; *) skip "${extension#SKIPPED: }" ;; esac
(cd "$work" && python3 -m zipfile -e "$extension" vsix)
unwanted=$(cd "$work/vsix/extension" && find . -type f | grep -vE '^\./(package\.json|readme\.md|LICENSE\.txt|THIRD-PARTY\.txt|dist/extension\.js)$' || true)
[ -z "$unwanted" ] || fail "the extension has more than it needs: $unwanted"
node editors/vscode/test/session.js "$work/vsix/extension/dist/extension.js" "$executable"
