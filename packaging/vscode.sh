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
# The folder is packed: logs are kept beside it.
mkdir "$work/extension"
cp -r editors/vscode/. "$work/extension"
rm -rf "$work/extension/node_modules" "$work/extension/dist"
cd "$work/extension"
npm ci --silent --no-audit --no-fund --ignore-scripts || skip "the npm registry does not answer: the extension"
npm run --silent build >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
# The licenses of what is bundled want to go with it.
npm ls --omit=dev --all --parseable | tail -n +2 | LC_ALL=C sort -u | while read -r package; do
    license=$(find "$package" -maxdepth 1 -iname 'licen[cs]e*' -print -quit)
    printf '%s\n\n%s\n\n' "${package##*/node_modules/}" "$(cat "${license:-$package/package.json}")"
done >THIRD-PARTY.txt
chmod -R u=rwX,go=rX .
# The times in a zip are local.
TZ=UTC npx --offline vsce package --no-dependencies --out "$folder" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
ls "$folder"/keysift-*.vsix
