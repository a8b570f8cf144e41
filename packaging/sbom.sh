#!/usr/bin/env bash
# `packaging/sbom.sh TARGET FILE`: writes the software bill of materials of the executable for a target: every crate in it, with version, license,
# checksum and what it depends on (CycloneDX 1.5).
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?usage: packaging/sbom.sh TARGET FILE} file=${2:?}
cargo metadata --locked --format-version 1 --filter-platform "$target" | python3 packaging/sbom.py "$target" >"$file"
echo "$file"
