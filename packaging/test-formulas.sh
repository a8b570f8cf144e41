#!/usr/bin/env bash
# `packaging/test-formulas.sh FOLDER`: the formula and the expression parse, and their hashes are those of the archives. Neither brew nor a Nix
# store is used.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
folder=${1:?usage: packaging/test-formulas.sh FOLDER}
python3 - "$folder" <<'PYTHON'
import base64, hashlib, pathlib, re, sys
folder = pathlib.Path(sys.argv[1])
def digest(url):
    return hashlib.sha256((folder / url.rsplit("/", 1)[1]).read_bytes())
ruby = (folder / "keysift.rb").read_text()
pairs = re.findall(r'url "([^"]+)"\s+sha256 "([0-9a-f]{64})"', ruby)
assert pairs and all(digest(url).hexdigest() == sha for url, sha in pairs), pairs
nix = (folder / "keysift.nix").read_text()
pairs = re.findall(r'url = "([^"]+)";\s+hash = "sha256-([^"]+)"', nix)
assert pairs and all(base64.b64encode(digest(url).digest()).decode() == sha for url, sha in pairs), pairs
print(f"{len(pairs)} hashes are those of the archives")
PYTHON
if command -v ruby >/dev/null; then ruby -c "$folder/keysift.rb"; else echo "SKIPPED: no ruby: the syntax of keysift.rb"; fi
if command -v nix-instantiate >/dev/null; then
    nix-instantiate --parse "$folder/keysift.nix" >/dev/null && echo "keysift.nix parses"
else
    echo "SKIPPED: no nix-instantiate: the syntax of keysift.nix"
fi
