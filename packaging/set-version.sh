#!/usr/bin/env bash
# `packaging/set-version.sh VERSION`: writes a version everywhere it has to be. The changelog and the commit remain for a person.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
new=${1:?usage: packaging/set-version.sh VERSION} old=$(version)
sed -i "/^\[workspace\.package\]/,/^\[/s/^version = \"$old\"$/version = \"$new\"/; s/^\(keysift-.* version = \)\"$old\"/\1\"$new\"/" Cargo.toml
sed -i "s/\"keysift==[^\"]*\"/\"keysift==$new\"/" pyproject.toml
(cd editors/vscode && npm version --no-git-tag-version --allow-same-version "$new" >/dev/null)
cargo update --quiet --workspace
# Reports name the version that wrote them.
sed -i "s/\"\(version\|semanticVersion\)\":\"$old\"/\"\1\":\"$new\"/g" tests/snapshots/report.*
packaging/check-version.sh
