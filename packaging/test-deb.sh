#!/usr/bin/env bash
# `packaging/test-deb.sh FILE`: installs the Debian package, runs the command, and removes it without a trace. Needs root on Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
file=$(realpath "${1:?usage: packaging/test-deb.sh FILE}")
command -v dpkg >/dev/null || skip "no dpkg: the Debian package"
[ "$(id -u)" = 0 ] || skip "not root: the Debian package"
! dpkg -s keysift >/dev/null 2>&1 || fail "keysift is installed already: this test would remove it"
scratch
plant "$work/tree"
dpkg -i "$file" >"$work/log" || fail "dpkg -i: $(cat "$work/log")"
trap 'dpkg -P keysift >/dev/null 2>&1; rm -rf "$work"' EXIT
(cd "$work" && expect_finding tree /usr/bin/keysift)
dpkg -V keysift || fail "files differ from their sums"
# Containers of Debian leave manuals out.
listed=$(dpkg -L keysift)
for path in /usr/share/doc/keysift/copyright /usr/share/bash-completion/completions/keysift; do
    grep -qx "$path" <<<"$listed" || fail "no $path"
done
grep -q '/man1/keysift-scan.1.gz' <<<"$listed" || fail "no man pages"
files=$(grep -E '/[^/]*keysift[^/]*$' <<<"$listed")
dpkg -P keysift >"$work/log" || fail "dpkg -P: $(cat "$work/log")"
for path in $files; do
    [ ! -e "$path" ] || fail "$path is left after removal"
done
echo "$(basename "$file"): $(stat -c %s "$file") bytes, installs, finds, and is removed without a trace"
