#!/usr/bin/env bash
# Runs every fuzz target for the given number of seconds (default 60), starting from fixtures of the
# repository: `bash fuzz/smoke.sh 10`.
# A thorough run takes half an hour for each target: `bash fuzz/smoke.sh 1800`. Needs cargo-fuzz and a nightly
# compiler.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}

# Safe Rust needs no sanitizer and is twice as fast without; only the matcher has unsafe code.
cargo +nightly fuzz build --sanitizer none
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
python3 seeds.py "$seeds"
for target in $(cargo +nightly fuzz list); do
    [ "$target" != matcher ] || continue
    mkdir -p "$seeds/$target"
    echo "-- $target"
    cargo +nightly fuzz run --sanitizer none "$target" "$seeds/$target" -- -max_total_time="$seconds" -timeout=60 -rss_limit_mb=3000 -max_len=8192 -verbosity=0
done
echo "-- matcher, with the address sanitizer"
cargo +nightly fuzz run matcher -- -max_total_time="$seconds" -timeout=60 -verbosity=0
