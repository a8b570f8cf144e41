#!/usr/bin/env bash
# `packaging/tree.sh EXECUTABLE FOLDER`: lays out what archives and packages hold. KEYSIFT names an executable that runs here, where the
# packaged one does not (man pages and completions are written by the program).
set -euo pipefail
cd "$(dirname "$0")/.."
executable=${1:?usage: packaging/tree.sh EXECUTABLE FOLDER} folder=${2:?}
here=${KEYSIFT:-$executable}
mkdir -p "$folder/man" "$folder/completions"
case "$executable" in *.exe) name=keysift.exe ;; *) name=keysift ;; esac
install -m 755 "$executable" "$folder/$name"
install -m 644 README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$folder/"
"$here" man "$folder/man" >/dev/null
"$here" completions bash >"$folder/completions/keysift.bash"
"$here" completions zsh >"$folder/completions/_keysift"
"$here" completions fish >"$folder/completions/keysift.fish"
"$here" completions powershell >"$folder/completions/keysift.ps1"
chmod -R u=rwX,go=rX "$folder"
