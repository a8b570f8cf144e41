#!/usr/bin/env bash
# `packaging/test-install.sh FOLDER`: what the action does, with the archives of a folder: an executable is installed, and one with another
# checksum is not.
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
bash packaging/install.sh "$version" "$work/bin"
plant "$work/tree"
(cd "$work" && expect_finding tree "$work/bin/keysift")
echo x >>"$(ls "$work/releases/v$version"/keysift-*-x86_64-unknown-linux-musl.tar.gz)"
! bash packaging/install.sh "$version" "$work/other" 2>"$work/log" || fail "an archive with another checksum is installed"
grep -q checksum "$work/log" || fail "$(cat "$work/log")"
[ ! -e "$work/other/keysift" ] || fail "an archive with another checksum is unpacked"
! bash packaging/install.sh 0.0.0 "$work/other" 2>/dev/null || fail "a version that does not exist is installed"
echo "install.sh: installs, and refuses another checksum"
