#!/usr/bin/env bash
# `packaging/lint.sh`: the workflow and the action (zizmor, actionlint), and the scripts (shellcheck).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
if bin=$(tools zizmor); then
    "$bin/zizmor" --offline --quiet --pedantic --min-severity low .github/workflows/*.yml action.yml
    echo "zizmor: no findings"
else
    echo "SKIPPED: no zizmor"
fi
actionlint=$(command -v actionlint || true)
if [ -z "$actionlint" ] && command -v go >/dev/null; then
    actionlint=$PWD/target/tools/actionlint
    [ -x "$actionlint" ] || GOBIN=$PWD/target/tools GOFLAGS=-mod=mod go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 || actionlint=""
fi
if [ -n "$actionlint" ]; then
    "$actionlint" .github/workflows/*.yml
    echo "actionlint: no findings"
else
    echo "SKIPPED: no actionlint, and no Go to build it"
fi
if command -v shellcheck >/dev/null; then
    shellcheck -x --severity=warning packaging/*.sh fuzz/*.sh .ci/run
    echo "shellcheck: no findings"
else
    echo "SKIPPED: no shellcheck"
fi
