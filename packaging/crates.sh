#!/usr/bin/env bash
# `packaging/crates.sh [--verify]`: packages every crate as for the registry; with --verify each is built from its package. The documentation builds
# without a warning.
set -euo pipefail
cd "$(dirname "$0")/.."
# Not published: the wheel's extension module.
options=(--workspace --exclude keysift-py --locked --allow-dirty)
[ "${1:-}" = --verify ] || options+=(--no-verify)
cargo package --quiet "${options[@]}"
folder=${CARGO_TARGET_DIR:-target}/package
version=$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
count=0
for crate in "$folder"/keysift*-"$version".crate; do
    size=$(stat -c %s "$crate")
    # The registry's limit is 10 MB.
    [ "$size" -lt 10000000 ] || { echo "FAILED: $crate has $size bytes" >&2; exit 1; }
    count=$((count + 1))
done
python3 packaging/crates.py "$folder"/keysift*-"$version".crate
echo "$count crates packaged, with all files that they embed"
RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --locked --no-deps
echo "the documentation builds without a warning"
