#!/usr/bin/env bash
# `packaging/ci.sh EXECUTABLE`: what of a release can be tested in minutes, from the executable of the tests: every package is made and installed.
# It is no static one: build.sh, test-binary.sh and image.sh run where a release is made.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
scratch
target=x86_64-unknown-linux-musl
[ "$(uname -m)" = x86_64 ] || target=aarch64-unknown-linux-musl
install -m 755 "${1:?usage: packaging/ci.sh EXECUTABLE}" "$work/keysift"
strip "$work/keysift"
step() {
    echo "-- $*"
    local started=$SECONDS
    "$@"
    echo "   $((SECONDS - started)) s"
}
step packaging/check-version.sh
step packaging/lint.sh
step packaging/test-lsp.sh "$work/keysift"
step packaging/archive.sh $target "$work/keysift" "$work/release"
step packaging/deb.sh "$work/keysift" "$(dpkg --print-architecture 2>/dev/null || echo amd64)" "$work/release"
step packaging/test-deb.sh "$work"/release/*.deb
step packaging/checksums.sh "$work/release"
step packaging/formulas.sh "$work/release"
step packaging/test-formulas.sh "$work/release"
step packaging/test-install.sh "$work/release"
step packaging/npm.sh "$work/npm" "$target=$work/keysift"
step packaging/test-npm.sh "$work/npm"
step packaging/sbom.sh $target "$work/release/keysift.cdx.json"
step packaging/test-sbom.sh "$work/release/keysift.cdx.json"
step packaging/test-vscode.sh "$work/keysift"
step packaging/reproducible.sh "$work/keysift"
# The dependencies of the extension module are those that the tests compiled.
step packaging/wheel.sh "$work/keysift" "$work/release" --profile dev
if ls "$work"/release/*.whl >/dev/null 2>&1; then
    step packaging/test-wheel.sh "$work"/release/*.whl
    step packaging/test-fleet.sh "$work"/release/*.whl
    step packaging/test-precommit.sh "$work"/release/*.whl
fi
step packaging/crates.sh
