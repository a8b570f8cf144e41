#!/usr/bin/env bash
# Downloads public trees that nobody prepared, from package registries: `trees.sh FOLDER`. What cannot be had is printed and left out.
# For the packages of Debian, apt needs a source of the kind `deb-src`.
set -uo pipefail
folder=$(realpath -m "${1:?usage: benches/compare/trees.sh FOLDER}")
mkdir -p "$folder/archives"
cd "$folder/archives" || exit 1

unpacked() { # NAME ARCHIVE
    mkdir -p "$folder/$1" && tar -xf "$2" -C "$folder/$1" --strip-components 1 && echo "$1: $(basename "$2")" | tee -a "$folder/versions.txt"
}
: >"$folder/versions.txt"
for package in linux kubernetes docker.io rails golang-1.19; do
    if apt-get source -q --download-only "$package" >/dev/null 2>&1; then
        for archive in "$package"_*.orig.tar.*z*; do
            case "$archive" in *.asc) ;; *) unpacked "$package" "$archive" ;; esac
        done
    else
        echo "NOT THERE: $package (Debian source package)"
    fi
done
if command -v npm >/dev/null && npm pack --silent typescript >/dev/null 2>&1; then
    unpacked typescript typescript-*.tgz
else
    echo "NOT THERE: typescript (npm)"
fi
