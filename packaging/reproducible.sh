#!/usr/bin/env bash
# `packaging/reproducible.sh EXECUTABLE`: makes every package of an executable twice, the second time later, in another time zone, locale and umask: the
# bytes are the same. Not the wheel and the executables themselves, which are compiled.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
executable=$(realpath "${1:?usage: packaging/reproducible.sh EXECUTABLE}")
scratch
target=x86_64-unknown-linux-musl
make() { # FOLDER
    packaging/archive.sh $target "$executable" "$1"
    packaging/deb.sh "$executable" amd64 "$1"
    packaging/npm.sh "$1/npm" "$target=$executable"
    packaging/image.sh "$executable" amd64 "$1/image.tar"
    packaging/sbom.sh $target "$1/keysift.cdx.json"
    packaging/vscode.sh "$1"
    packaging/checksums.sh "$1"
    packaging/formulas.sh "$1"
}
cp "$executable" "$work/keysift.exe"
(umask 022 && make "$work/first" && KEYSIFT=$executable packaging/archive.sh x86_64-pc-windows-gnu "$work/keysift.exe" "$work/first") >"$work/log"
sleep 2
(
    umask 077
    export TZ=Pacific/Auckland LC_ALL=C LANG=
    make "$work/second" && KEYSIFT=$executable packaging/archive.sh x86_64-pc-windows-gnu "$work/keysift.exe" "$work/second"
) >"$work/log2"
grep -h SKIPPED "$work/log" || true
diff -r "$work/first" "$work/second" || fail "the second time, packages differ"
echo "the same bytes twice: $(cd "$work/first" && find . -type f -printf '%P ' | tr ' ' '\n' | LC_ALL=C sort | xargs)"
