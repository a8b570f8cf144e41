#!/usr/bin/env bash
# `packaging/test-windows.sh EXECUTABLE`: runs the executable for Windows under Wine: a scan of a folder, of standard input and of an image archive.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
executable=$(realpath "${1:?usage: packaging/test-windows.sh EXECUTABLE}")
command -v wine >/dev/null || skip "no wine: the executable for Windows"
scratch
cp "$executable" "$work/keysift.exe"
# Wine before 8.13 lacks the random numbers of the C runtime, which every Rust program for Windows asks for.
if command -v x86_64-w64-mingw32-gcc >/dev/null; then
    cat >"$work/prng.c" <<'C'
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return RtlGenRandom(data, (ULONG)length); }
C
    x86_64-w64-mingw32-gcc -shared -o "$work/bcryptprimitives.dll" "$work/prng.c" -ladvapi32
fi
printf '#!/bin/sh\nWINEDEBUG=-all exec wine "$@" 2>/dev/null\n' >"$work/wine"
chmod +x "$work/wine"
packaging/test-binary.sh "$work/keysift.exe" "$work/wine"

plant "$work/tree/sub"
expect() { # CODE TEXT COMMAND...
    local wanted=$1 text=$2 code=0 out
    shift 2
    out=$("$@") || code=$?
    if [ "$code" != "$wanted" ] || ! grep -qF "$text" <<<"$out"; then
        fail "$*: exit $code instead of $wanted with '$text':
$out"
    fi
}
cd "$work"
expect 1 'tree/sub/app.env' ./wine keysift.exe scan tree
expect 1 'DB_PASSWORD' ./wine keysift.exe scan - <tree/sub/app.env
expect 0 '' ./wine keysift.exe scan prng.c
expect 2 '' ./wine keysift.exe scan missing
tar -cf layer.tar tree
printf '[{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["layer.tar"]}]' >manifest.json
echo '{}' >c.json
tar -cf image.tar manifest.json c.json layer.tar
expect 1 'app.env' ./wine keysift.exe scan image.tar
expect 1 '"path":"sub/app.env"' ./wine keysift.exe scan tree --format json
# Settings name paths as on other systems.
printf '[[allow]]\npaths = ["sub/*.env"]\nreason = "a test"\n' >tree/keysift.toml
expect 0 '' ./wine keysift.exe scan tree
echo "keysift.exe: scans a folder, standard input and an image under $(wine --version)"
