#!/usr/bin/env bash
# `packaging/measure.sh RELEASE NPM [ROOT]`: measures the table of docs/install.md: seconds from a downloaded file to the first finding. The executable
# and the image start in an empty root; packages are installed in copies of ROOT, a bare Debian without a toolchain:
#   debootstrap --variant=minbase --include=python3-venv,libstdc++6,libatomic1,git bookworm ROOT
# Node.js is that of this machine, copied there. Needs root.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
release=$(realpath "${1:?usage: packaging/measure.sh RELEASE NPM [ROOT]}") npm=$(realpath "${2:?}") root=${3:-}
[ "$(id -u)" = 0 ] || skip "not root"
scratch
version=$(version)
plant "$work/tree"

# Runs a command, wants exit code 1 (a finding), and prints a row: `row WAY SIZE COMMAND...`.
row() {
    local way=$1 size=$2 code=0 started ended
    shift 2
    started=$EPOCHREALTIME
    "$@" >"$work/log" 2>&1 || code=$?
    ended=$EPOCHREALTIME
    if [ "$code" = 1 ] && grep -q 'app\.env' "$work/log"; then
        awk -v way="$way" -v size="$size" -v a="$started" -v b="$ended" 'BEGIN { printf "| %s | %.2f | %.1f MB |\n", way, b - a, size / 1e6 }'
    else
        echo "| $way | failed: exit $code: $(tail -1 "$work/log") | |"
    fi
}
size() { cat "$@" | wc -c; }

archive=$release/keysift-$version-x86_64-unknown-linux-musl.tar.gz
mkdir "$work/empty" && cp -r "$work/tree" "$work/empty/tree"
executable() { tar -xzf "$archive" -C "$work/empty" --strip-components 1 && chroot "$work/empty" /keysift scan /tree; }
row "executable, in an empty root" "$(size "$archive")" executable

image=$release/keysift-image-amd64.tar
if [ -e "$image" ] && command -v umoci >/dev/null; then
    unpacked() {
        mkdir "$work/layout" && tar -xf "$image" -C "$work/layout" &&
            sed -i 's/"org.opencontainers.image.ref.name":"[^"]*"/"org.opencontainers.image.ref.name":"test"/' "$work/layout/index.json" &&
            umoci unpack --image "$work/layout:test" "$work/bundle" && cp -r "$work/tree" "$work/bundle/rootfs/work/" &&
            chroot --userspec 65532:65532 "$work/bundle/rootfs" /keysift scan /work/tree
    }
    row "image, unpacked" "$(size "$image")" unpacked
fi
[ -n "$root" ] || exit 0

# A fresh copy of the bare root with what is installed there.
fresh() { # FILE...
    rm -rf "$work/root"
    cp -a "$root" "$work/root"
    cp -r "$work/tree" "$work/root/tree"
    mkdir "$work/root/packages"
    cp "$@" "$work/root/packages"
    mount --bind /dev "$work/root/dev" 2>/dev/null || true
}
clean() { umount "$work/root/dev" 2>/dev/null || true; }
inside() { chroot "$work/root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C.UTF-8 sh -ec "$1"; }

! chroot "$root" sh -c 'command -v cargo || command -v cc' || fail "$root has a toolchain"
deb=$(ls "$release"/keysift_*_amd64.deb)
fresh "$deb"
row "Debian package" "$(size "$deb")" inside 'dpkg -i /packages/*.deb && keysift scan /tree'
clean
wheel=$(ls "$release"/keysift-*.whl 2>/dev/null | head -1 || true)
if [ -n "$wheel" ]; then
    fresh "$wheel"
    row "wheel, new venv" "$(size "$wheel")" inside 'python3 -m venv /v && /v/bin/pip install -q --no-index /packages/*.whl && /v/bin/keysift scan /tree'
    row "wheel, into an existing venv" "$(size "$wheel")" inside '/v/bin/pip install -q --no-index --force-reinstall /packages/*.whl && /v/bin/keysift scan /tree'
    clean
fi
fresh "$npm"/keysift-[0-9]*.tgz "$npm"/*linux-x64*.tgz
cp "$(readlink -f "$(command -v node)")" "$work/root/usr/local/bin/node"
cp -r "$(npm root -g)/npm" "$work/root/usr/local/lib/npm"
ln -s ../lib/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm" && ln -s ../lib/npm/bin/npx-cli.js "$work/root/usr/local/bin/npx"
row "npm package" "$(size "$npm"/*linux-x64*.tgz)" inside 'cd /tree && echo "{}" >package.json && npm install --offline --no-audit --no-fund --silent /packages/*.tgz && npx --offline keysift scan /tree'
clean
