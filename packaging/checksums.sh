#!/usr/bin/env bash
# `packaging/checksums.sh FOLDER`: writes SHA256SUMS of the files in a folder, sorted by name. `sha256sum --check SHA256SUMS` verifies them.
set -euo pipefail
cd "${1:?usage: packaging/checksums.sh FOLDER}"
rm -f SHA256SUMS
find . -maxdepth 1 -type f ! -name '*.sigstore*' ! -name 'SHA256SUMS*' -printf '%f\n' | LC_ALL=C sort | xargs -d '\n' sha256sum >SHA256SUMS.new
mv SHA256SUMS.new SHA256SUMS
sha256sum --check --quiet SHA256SUMS
echo "$(wc -l <SHA256SUMS) files in SHA256SUMS"
