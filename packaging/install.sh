#!/usr/bin/env bash
# `packaging/install.sh VERSION FOLDER`: downloads a released executable to a folder, and verifies its checksum; with the GitHub CLI and a token
# (GH_TOKEN) its provenance too. The GitHub action runs this. KEYSIFT_RELEASES is another place to download from, for tests.
set -euo pipefail
version=${1:?usage: packaging/install.sh VERSION FOLDER} folder=${2:?}
releases=${KEYSIFT_RELEASES:-https://github.com/keysift/keysift/releases/download}
case "$(uname -s)-$(uname -m)" in
Linux-x86_64) target=x86_64-unknown-linux-musl ;;
Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
Darwin-x86_64) target=x86_64-apple-darwin ;;
Darwin-arm64) target=aarch64-apple-darwin ;;
MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-gnu ;;
*)
    echo "keysift: no released executable for $(uname -s) on $(uname -m)" >&2
    exit 2
    ;;
esac
case "$target" in *windows*) extension=zip name=keysift.exe ;; *) extension=tar.gz name=keysift ;; esac
archive=keysift-$version-$target.$extension
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
protocols='=https'
case "$releases" in file:*) protocols='=file' ;; esac
for file in "$archive" SHA256SUMS; do
    curl --fail --silent --show-error --location --retry 3 --proto "$protocols" --output "$work/$file" "$releases/v$version/$file" || {
        echo "keysift: there is no $file of version $version; see docs/install.md for other ways" >&2
        exit 2
    }
done
expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/SHA256SUMS")
if command -v sha256sum >/dev/null; then found=$(sha256sum <"$work/$archive"); else found=$(shasum -a 256 <"$work/$archive"); fi
if [ -z "$expected" ] || [ "$expected" != "${found%% *}" ]; then
    echo "keysift: $archive has the checksum ${found%% *}, and SHA256SUMS wants ${expected:-none}" >&2
    exit 2
fi
if [ -n "${GH_TOKEN:-}" ] && command -v gh >/dev/null && [ -z "${KEYSIFT_RELEASES:-}" ]; then
    gh attestation verify "$work/$archive" --repo keysift/keysift >/dev/null || {
        echo "keysift: $archive was not built by the release workflow of keysift/keysift" >&2
        exit 2
    }
fi
case "$extension" in
zip) unzip -q "$work/$archive" -d "$work" ;;
*) tar -xzf "$work/$archive" -C "$work" ;;
esac
mkdir -p "$folder"
mv "$work/keysift-$version-$target/$name" "$folder/$name"
"$folder/$name" --version
