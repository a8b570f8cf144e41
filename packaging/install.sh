#!/usr/bin/env bash
# `packaging/install.sh VERSION FOLDER`: downloads a released executable to a folder, and verifies its checksum; with the GitHub CLI and a token
# (GH_TOKEN) its provenance too: only that says who built it. The GitHub action runs this. Needs no root; runs nothing in the folder for
# temporary files, which may be mounted noexec. curl reads the proxy from `https_proxy`. KEYSIFT_RELEASES is another place to download from.
set -euo pipefail
stop() {
    echo "keysift: $*" >&2
    exit 2
}
usage="usage: packaging/install.sh VERSION FOLDER"
version=${1:?$usage} folder=${2:?$usage}
version=${version#v}
case $version in *[!0-9A-Za-z.+-]*) stop "\"$version\" is no version" ;; esac
releases=${KEYSIFT_RELEASES:-https://github.com/keysift/keysift/releases/download}
case "$(uname -s)-$(uname -m)" in
Linux-x86_64) target=x86_64-unknown-linux-musl ;;
Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
Darwin-x86_64) target=x86_64-apple-darwin ;;
Darwin-arm64) target=aarch64-apple-darwin ;;
MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-gnu ;;
*) stop "no released executable for $(uname -s) on $(uname -m); docs/install.md says how to compile one" ;;
esac
case "$target" in *windows*) extension=zip name=keysift.exe unpack=unzip ;; *) extension=tar.gz name=keysift unpack=tar ;; esac
for tool in curl "$unpack"; do
    command -v "$tool" >/dev/null || stop "$tool is needed, and is not on PATH"
done
if command -v sha256sum >/dev/null; then digest=(sha256sum); else digest=(shasum -a 256); fi
command -v "${digest[0]}" >/dev/null || stop "sha256sum or shasum is needed, and is not on PATH"

archive=keysift-$version-$target.$extension
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
protocols='=https'
case "$releases" in file:*) protocols='=file' ;; esac
for file in "$archive" SHA256SUMS; do
    code=0
    # A connection that stalls for a minute is given up.
    curl --fail --silent --show-error --location --retry 3 --connect-timeout 30 --speed-limit 1 --speed-time 60 \
        --proto "$protocols" --output "$work/$file" "$releases/v$version/$file" || code=$?
    case $code in
    0) ;;
    # The server answered with an error; no such file.
    22 | 37) stop "there is no $file of version $version in $releases; docs/install.md names other ways" ;;
    *) stop "$releases/v$version/$file cannot be downloaded (curl: $code). The proxy is ${https_proxy:-${HTTPS_PROXY:-not set (https_proxy)}}" ;;
    esac
done
expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/SHA256SUMS")
found=$("${digest[@]}" <"$work/$archive")
found=${found%% *}
if [ -z "$expected" ] || [ "$expected" != "$found" ]; then
    stop "$archive has the checksum $found, and SHA256SUMS wants ${expected:-none}"
fi
verified="checksum verified"
# Files of another place may have been built elsewhere.
if [ -n "${GH_TOKEN:-}" ] && command -v gh >/dev/null && [ -z "${KEYSIFT_RELEASES:-}" ]; then
    gh attestation verify "$work/$archive" --repo keysift/keysift >/dev/null ||
        stop "it cannot be verified that the release workflow of keysift/keysift built $archive"
    verified="checksum and provenance verified"
fi
case "$unpack" in
unzip) unzip -q "$work/$archive" -d "$work" ;;
*) tar -xzf "$work/$archive" -C "$work" ;;
esac
mkdir -p "$folder" || stop "$folder cannot be created"
# In one step: another process may be running the old one.
cp "$work/keysift-$version-$target/$name" "$folder/.$name.new" || stop "$folder cannot be written"
chmod 755 "$folder/.$name.new"
mv -f "$folder/.$name.new" "$folder/$name"
said=$("$folder/$name" --version 2>&1) || stop "$folder/$name does not start (is the folder mounted noexec?): $said"
echo "$said in $folder: $verified"
