#!/usr/bin/env bash
# `packaging/test-install.sh FOLDER`: what the action does, with the archives of a folder: an executable is installed, and one with another
# checksum is not; each way to fail ends with exit code 2 and says why.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
folder=$(realpath "${1:?usage: packaging/test-install.sh FOLDER}")
command -v curl >/dev/null || skip "no curl: the installation of a release"
scratch
version=$(version)
mkdir -p "$work/releases"
cp -r "$folder" "$work/releases/v$version"
export KEYSIFT_RELEASES=file://$work/releases
unset GH_TOKEN
bash packaging/install.sh "$version" "$work/bin"
plant "$work/tree"
(cd "$work" && expect_finding tree "$work/bin/keysift")
# Again, over the old one; the tag is understood too.
bash packaging/install.sh "v$version" "$work/bin" >/dev/null

# Fails with exit code 2, says a word, and leaves no executable: `refuses WORD [ENVIRONMENT...] -- VERSION FOLDER`.
refuses() {
    local word=$1 environment=() code=0 said
    shift
    while [ "$1" != -- ]; do environment+=("$1"); shift; done
    shift
    said=$(env "${environment[@]}" /bin/bash packaging/install.sh "$@" 2>&1) || code=$?
    [ "$code" = 2 ] || fail "exit $code instead of 2: $said"
    grep -q "$word" <<<"$said" || fail "no word of \"$word\": $said"
    [ -n "${2:-}" ] && [ ! -e "$2/keysift" ] || fail "an executable is left in ${2:-}"
}
refuses 'no keysift-0.0.0-' -- 0.0.0 "$work/other"
refuses 'is no version' -- "../$version" "$work/other"
# Nobody listens there: as with a proxy that is down.
refuses 'proxy is http://127.0.0.1:9' KEYSIFT_RELEASES=https://keysift.invalid https_proxy=http://127.0.0.1:9 -- "$version" "$work/other"
refuses 'cannot be downloaded' KEYSIFT_RELEASES=http://127.0.0.1:9 -- "$version" "$work/other"
mkdir "$work/few"
for tool in uname env; do ln -s "$(command -v "$tool")" "$work/few/$tool"; done
refuses 'curl is needed' PATH="$work/few" -- "$version" "$work/other"
touch "$work/file"
refuses 'cannot be created' -- "$version" "$work/file/bin"
if mkdir "$work/noexec" && mount -t tmpfs -o noexec,size=64m tmpfs "$work/noexec" 2>/dev/null; then
    trap 'umount "$work/noexec"; rm -rf "$work"' EXIT
    # Temporary files may be there, the executable may not.
    TMPDIR=$work/noexec bash packaging/install.sh "$version" "$work/third" >/dev/null
    code=0
    said=$(bash packaging/install.sh "$version" "$work/noexec/bin" 2>&1) || code=$?
    [ "$code" = 2 ] && grep -q 'mounted noexec' <<<"$said" || fail "exit $code: $said"
else
    echo "SKIPPED: no file system can be mounted: folders without permission to execute"
fi
for archive in "$work/releases/v$version/keysift-$version-"*.{tar.gz,zip}; do
    [ ! -e "$archive" ] || echo x >>"$archive"
done
refuses checksum -- "$version" "$work/other"
: >"$work/releases/v$version/SHA256SUMS"
refuses 'wants none' -- "$version" "$work/other"
echo "install.sh: installs, and says why it does not"
