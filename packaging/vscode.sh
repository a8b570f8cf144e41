#!/usr/bin/env bash
# `packaging/vscode.sh FOLDER`: builds the extension of Visual Studio Code, keysift-VERSION.vsix.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
folder=${1:?usage: packaging/vscode.sh FOLDER}
command -v npm >/dev/null || skip "no npm: the extension of Visual Studio Code"
mkdir -p "$folder"
folder=$(realpath "$folder")
scratch
cp -r editors/vscode/. "$work"
rm -rf "$work/node_modules" "$work/dist"
cd "$work"
npm ci --silent --no-audit --no-fund --ignore-scripts || skip "the npm registry does not answer: the extension"
npm run --silent build
npx vsce package --no-dependencies --out "$folder" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
ls "$folder"/keysift-*.vsix
