#!/usr/bin/env bash
# `packaging/test-npm.sh FOLDER`: installs the packages of a folder as npm would from its registry, without one, and runs the command.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
folder=$(realpath "${1:?usage: packaging/test-npm.sh FOLDER}")
command -v npm >/dev/null || skip "no npm: the npm packages"
scratch
version=$(version)
platform=$(node -p '`${process.platform}-${process.arch}`')
mkdir "$work/project"
cd "$work/project"
echo '{"name": "test", "version": "1.0.0", "private": true}' >package.json
install=(npm install --offline --no-audit --no-fund --silent --ignore-scripts)
"${install[@]}" "$folder/keysift-$platform-$version.tgz" "$folder/keysift-$version.tgz" 2>/dev/null ||
    "${install[@]}" --omit=optional "$folder/keysift-$platform-$version.tgz" "$folder/keysift-$version.tgz"
plant tree
expect_finding tree npx --offline keysift
code=0
npx --offline keysift scan none >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || fail "the launcher loses the exit code: $code"
# Without the package of the platform the launcher exits with 2 and names it.
rm -r "node_modules/@keysift"
code=0
said=$(npx --offline keysift --version 2>&1) || code=$?
[ "$code" = 2 ] && grep -q "@keysift/$platform" <<<"$said" || fail "without its platform: exit $code, $said"
echo "npx keysift: finds, keeps exit codes"
