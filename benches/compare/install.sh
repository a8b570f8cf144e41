#!/usr/bin/env bash
# Installs the other scanners into FOLDER (default: target/compare). Those that cannot be installed are printed and left out.
set -uo pipefail
folder=$(realpath -m "${1:-$(dirname "$0")/../../target/compare}")
mkdir -p "$folder/bin"
got() { command -v "$folder/bin/$1" >/dev/null && echo "have $1"; }

if command -v python3 >/dev/null; then
    [ -d "$folder/venv" ] || python3 -m venv "$folder/venv"
    for package in kingfisher-bin detect-secrets credsweeper pybetterleaks; do
        "$folder/venv/bin/pip" install -q "$package" || echo "NOT THERE: $package (PyPI)"
    done
    for tool in kingfisher detect-secrets credsweeper; do
        [ -x "$folder/venv/bin/$tool" ] && ln -sf "$folder/venv/bin/$tool" "$folder/bin/$tool"
    done
    if "$folder/venv/bin/python" -c 'import pybetterleaks' 2>/dev/null; then
        printf '#!/bin/sh\nexec %s -c "import sys, pybetterleaks; pybetterleaks.scan_dir(sys.argv[1])" "$1"\n' "$folder/venv/bin/python" >"$folder/bin/pybetterleaks"
        chmod +x "$folder/bin/pybetterleaks"
    fi
fi
got ripsecrets || cargo install -q ripsecrets --root "$folder" || echo "NOT THERE: ripsecrets (crates.io)"
if command -v go >/dev/null; then
    got gitleaks || GOBIN="$folder/bin" go install github.com/zricethezav/gitleaks/v8@latest 2>/dev/null || echo "NOT THERE: gitleaks (Go)"
fi
if command -v npm >/dev/null; then
    npm install -s --prefix "$folder" secretlint @secretlint/secretlint-rule-preset-recommend >/dev/null 2>&1 || echo "NOT THERE: secretlint (npm)"
    echo '{"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}' >"$folder/bin/secretlintrc.json"
    [ -x "$folder/node_modules/.bin/secretlint" ] && ln -sf "$folder/node_modules/.bin/secretlint" "$folder/bin/secretlint"
fi
ls "$folder/bin"
