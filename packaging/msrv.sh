#!/usr/bin/env bash
# `packaging/msrv.sh`: everything that is published compiles with the `rust-version` of Cargo.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
version=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
command -v rustup >/dev/null || skip "no rustup: Rust $version"
grep -q "^$version" <<<"$(rustup toolchain list)" || rustup toolchain install "$version" --profile minimal >&2 || skip "Rust $version cannot be installed"
toolchain=$(rustup toolchain list | sed -n "s/^\(${version}[^ ]*\).*/\1/p" | sed -n 1p)
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/msrv cargo "+$toolchain" check --quiet --locked --workspace
echo "compiles with Rust $version"
