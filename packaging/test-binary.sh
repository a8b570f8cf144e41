#!/usr/bin/env bash
# `packaging/test-binary.sh EXECUTABLE [RUNNER...]`: an executable is static, at most 15 MB, and starts in an empty root. RUNNER (qemu-aarch64,
# wine) runs those of other systems; an empty root is tested without one only.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
executable=$(realpath "${1:?usage: packaging/test-binary.sh EXECUTABLE [RUNNER...]}")
shift
scratch
size=$(wc -c <"$executable" | tr -d " ")
[ "$size" -le 15000000 ] || fail "$executable has $size bytes, more than 15 MB"
if [ "$(head -c 4 "$executable" | tail -c 3 | tr -d '\0')" = ELF ]; then
    # Kept in a variable: a pipe into `grep -q` ends with the failure of the writer, which `!` would take for "not found".
    headers=$(readelf -ldW "$executable")
    ! grep -q INTERP <<<"$headers" || fail "$executable needs a dynamic loader"
    ! grep -q NEEDED <<<"$headers" || fail "$executable needs shared libraries"
fi
plant "$work/tree"
(cd "$work" && expect_finding tree "$@" "$executable")
echo "$(basename "$executable"): $size bytes, finds"
[ $# = 0 ] && [ "$(uname -s)" = Linux ] || exit 0

# An empty root: no libraries, no /proc, no /dev, no git.
mkdir "$work/root"
cp "$executable" "$work/root/keysift"
cp -r "$work/tree" "$work/root/tree"
if [ "$(id -u)" = 0 ]; then
    in_root=(chroot "$work/root")
elif unshare --user --map-root-user true 2>/dev/null; then
    in_root=(unshare --user --map-root-user chroot "$work/root")
else
    skip "not root, and no user namespaces: the empty root"
fi
expect_finding /tree "${in_root[@]}" /keysift
echo "starts in an empty root: $("${in_root[@]}" /keysift --version)"
