#!/usr/bin/env bash
# `packaging/npm.sh FOLDER [TARGET=EXECUTABLE...]`: writes npm packages to FOLDER: `keysift`, which has a launcher only, and one for each target.
# npm installs the one that fits (`os`, `cpu`); no script runs at installation.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
folder=${1:?usage: packaging/npm.sh FOLDER [TARGET=EXECUTABLE...]}
shift
command -v npm >/dev/null || skip "no npm: the npm packages"
mkdir -p "$folder"
folder=$(realpath "$folder")
scratch
version=$(version)
names=()
for pair in "$@"; do
    target=${pair%%=*} executable=${pair#*=}
    case "$target" in
    x86_64-*linux*) os=linux cpu=x64 ;;
    aarch64-*linux*) os=linux cpu=arm64 ;;
    x86_64-*darwin) os=darwin cpu=x64 ;;
    aarch64-*darwin) os=darwin cpu=arm64 ;;
    x86_64-*windows*) os=win32 cpu=x64 ;;
    *) fail "no npm platform for $target" ;;
    esac
    package=$work/$os-$cpu
    mkdir -p "$package/bin"
    install -m 755 "$executable" "$package/bin/keysift$([ $os = win32 ] && echo .exe)"
    cp LICENSE-APACHE LICENSE-MIT "$package"
    cat >"$package/package.json" <<JSON
{
  "name": "@keysift/$os-$cpu",
  "version": "$version",
  "description": "The executable of keysift for $os on $cpu. Install the package keysift instead",
  "license": "MIT OR Apache-2.0",
  "repository": {"type": "git", "url": "git+https://github.com/keysift/keysift.git"},
  "os": ["$os"],
  "cpu": ["$cpu"],
  "preferUnplugged": true
}
JSON
    echo "# @keysift/$os-$cpu

The executable of [keysift](https://github.com/keysift/keysift) for $os on $cpu. Install the package \`keysift\` instead." >"$package/README.md"
    names+=("@keysift/$os-$cpu")
    chmod -R u=rwX,go=rX "$package"
    (cd "$package" && npm pack --silent --pack-destination "$folder" >/dev/null)
done
package=$work/keysift
mkdir -p "$package/bin"
install -m 755 packaging/npm/keysift.js "$package/bin/keysift.js"
cp README.md LICENSE-APACHE LICENSE-MIT "$package"
python3 - "$version" "$package/package.json" "${names[@]}" <<'PYTHON'
import json, sys
version, out, *names = sys.argv[1:]
package = json.load(open("packaging/npm/package.json"))
package["version"] = version
package["optionalDependencies"] = {name: version for name in names}
json.dump(package, open(out, "w"), indent=2)
PYTHON
chmod -R u=rwX,go=rX "$package"
(cd "$package" && npm pack --silent --pack-destination "$folder" >/dev/null)
ls "$folder"/*.tgz
