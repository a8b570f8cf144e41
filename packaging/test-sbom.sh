#!/usr/bin/env bash
# `packaging/test-sbom.sh FILE`: the bill of materials is valid CycloneDX 1.5, and has a license and a checksum for every crate of a registry.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
file=${1:?usage: packaging/test-sbom.sh FILE}
python3 - "$file" <<'PYTHON'
import json, sys
bom = json.load(open(sys.argv[1]))
ours = [c["name"] for c in bom["components"] if c["name"].startswith("keysift")]
others = [c for c in bom["components"] if not c["name"].startswith("keysift")]
bare = [c["name"] for c in others if not (c.get("licenses") and c.get("hashes"))]
assert len(ours) >= 10 and len(others) > 50 and not bare, (ours, len(others), bare)
print(f"{len(others)} crates of others, all with license and checksum")
PYTHON
if bin=$(tools 'cyclonedx-python-lib[json-validation]'); then
    "$bin/python" - "$file" <<'PYTHON'
import pathlib, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(pathlib.Path(sys.argv[1]).read_text())
sys.exit(f"not CycloneDX: {error}" if error else None)
PYTHON
    echo "valid CycloneDX 1.5"
else
    echo "SKIPPED: no validator of CycloneDX"
fi
