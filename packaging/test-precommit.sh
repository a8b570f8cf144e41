#!/usr/bin/env bash
# `packaging/test-precommit.sh WHEEL`: pre-commit itself installs the hook `keysift` from a tag, with the wheel from a local index, and runs it. Prints
# the seconds of the first and of a warm run. `autoupdate` finds the newest tag.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
wheel=$(realpath "${1:?usage: packaging/test-precommit.sh WHEEL}")
bin=$(tools pre-commit) || skip "no pre-commit"
scratch
export PRE_COMMIT_HOME=$work/cache GIT_CONFIG_GLOBAL=$work/gitconfig
git config --global user.name test && git config --global user.email test@example.invalid && git config --global init.defaultBranch main
git config --global --add safe.directory '*'
# What the hook needs of this repository, as two tags.
mkdir "$work/keysift" "$work/project" "$work/wheels"
cp .pre-commit-hooks.yaml pyproject.toml "$work/keysift"
cp "$wheel" "$work/wheels"
version=$(version)
(
    cd "$work/keysift"
    sed -i "s/keysift==[^\"]*/keysift==$version/" pyproject.toml
    git init -q . && git add -A && git commit -qm old && git tag v0.0.1
    git commit -q --allow-empty -m new && git tag "v$version"
)
cd "$work/project"
git init -q .
printf 'repos:\n  - repo: %s\n    rev: v0.0.1\n    hooks: [{id: keysift}]\n' "$work/keysift" >.pre-commit-config.yaml
"$bin/pre-commit" autoupdate >/dev/null
grep -q "rev: v$version" .pre-commit-config.yaml || fail "autoupdate: $(cat .pre-commit-config.yaml)"
echo nothing >README && git add -A
seconds() { # COMMAND...: prints the seconds that it took
    local started=$EPOCHREALTIME
    "$@" >"$work/log" 2>&1 && code=0 || code=$?
    awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }'
    return "$code"
}
export PIP_FIND_LINKS=$work/wheels
first=$(seconds "$bin/pre-commit" run) || { cat "$work/log"; fail "the first run"; }
warm=$(seconds "$bin/pre-commit" run) || { cat "$work/log"; fail "the warm run"; }
plant . && git add -A
! seconds "$bin/pre-commit" run >/dev/null || fail "a staged secret passes"
grep -q 'app\.env' "$work/log" || fail "$(cat "$work/log")"
echo "pre-commit: first run $first s, warm run $warm s; a staged secret fails the commit"
