#!/usr/bin/env bash
# `packaging/check-version.sh [TAG]`: one version everywhere: the workspace, its crates, the hook's wheel, the extension, the changelog; and the tag.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
version=$(version)
[ -n "$version" ] || fail "no version in Cargo.toml"
[ "${1:-v$version}" = "v$version" ] || fail "the tag is $1, and the version is $version"
! grep -n '^keysift-.* version = "' Cargo.toml | grep -v "version = \"$version\"" || fail "crates of another version in Cargo.toml"
grep -q "\"keysift==$version\"" pyproject.toml || fail "pyproject.toml, which pre-commit installs, names another version"
grep -q "\"version\": \"$version\"" editors/vscode/package.json || fail "editors/vscode/package.json has another version"
grep -q "^## \[$version\]" CHANGELOG.md || fail "CHANGELOG.md has no section [$version]"
if [ -n "${1:-}" ]; then
    grep -Eq "^## \[$version\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$" CHANGELOG.md || fail "CHANGELOG.md has no date for $version"
fi
echo "version $version everywhere"
