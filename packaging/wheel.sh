#!/usr/bin/env bash
# `packaging/wheel.sh EXECUTABLE FOLDER [MATURIN OPTION...]`: builds the wheel. EXECUTABLE becomes its command; the extension module is compiled
# here. For PyPI: `--profile dist --target TARGET --zig --compatibility manylinux2014`, and for Alpine Linux a musl target and `musllinux_1_2`.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
executable=$(realpath "${1:?usage: packaging/wheel.sh EXECUTABLE FOLDER [MATURIN OPTION...]}") folder=${2:?}
shift 2
mkdir -p "$folder"
folder=$(realpath "$folder")
# By hash: they write what is published.
packages=(--require-hashes --only-binary :all: -r packaging/maturin.txt)
case " $* " in *" --zig "*) packages+=(-r packaging/ziglang.txt) ;; esac
bin=$(tools "${packages[@]}") || skip "no maturin: the wheel"
data=crates/py/keysift.data/scripts
rm -rf crates/py/keysift.data
mkdir -p "$data"
# Also where the executable is of another build: its debug information would make the wheel 100 MB.
case "$executable" in
*.exe) install -m 755 "$executable" "$data/keysift.exe" ;;
*)
    install -m 755 "$executable" "$data/keysift"
    # Not on macOS, where it would break the signature.
    [ "$(uname -s)" != Linux ] || strip "$data/keysift" 2>/dev/null || true
    ;;
esac
cp LICENSE-APACHE LICENSE-MIT crates/py/
trap 'rm -rf crates/py/keysift.data crates/py/LICENSE-*' EXIT
(cd crates/py && PATH="$bin:$PATH" maturin build --locked --out "$folder" "$@") >&2
ls -t "$folder"/keysift-*.whl | head -1
