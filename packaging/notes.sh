#!/usr/bin/env bash
# `packaging/notes.sh VERSION`: prints the section of a version in CHANGELOG.md, and how to verify what was downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?usage: packaging/notes.sh VERSION}
notes=$(awk -v head="## [$version]" 'index($0, head) == 1 { found = 1; next } /^## / { found = 0 } found' CHANGELOG.md)
[ -n "$notes" ] || { echo "CHANGELOG.md has no section [$version]" >&2; exit 1; }
echo "$notes"
cat <<'NOTES'

## Verify

```sh
sha256sum --check --ignore-missing SHA256SUMS
gh attestation verify FILE --repo keysift/keysift
```
NOTES
