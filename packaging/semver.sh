#!/usr/bin/env bash
# `packaging/semver.sh [REVISION]`: fails if public items of the crates changed since REVISION in a way that the version does not tell. Default: the
# last tag before this commit.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
before=${1:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' HEAD^ 2>/dev/null || true)}
if [ -z "$before" ]; then
    echo "no release before this one: no public item can have changed"
    exit 0
fi
command -v cargo-semver-checks >/dev/null || skip "no cargo-semver-checks (cargo install --locked cargo-semver-checks)"
cargo semver-checks --workspace --exclude keysift-py --baseline-rev "$before"
