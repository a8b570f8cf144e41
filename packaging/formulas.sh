#!/usr/bin/env bash
# `packaging/formulas.sh FOLDER`: writes the Homebrew formula (keysift.rb) and the Nix expression (keysift.nix) for the archives in a folder, with
# the hashes of its SHA256SUMS.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
folder=${1:?usage: packaging/formulas.sh FOLDER}
python3 packaging/formulas.py "$(version)" "$folder"
