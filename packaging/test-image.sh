#!/usr/bin/env bash
# `packaging/test-image.sh FILE`: the image has one layer with one file, runs (with podman, or unpacked where containers cannot be started), and
# keysift finds nothing in it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
file=$(realpath "${1:?usage: packaging/test-image.sh FILE}")
scratch
plant "$work/tree"
chmod -R a+rX "$work"
podman=(podman --root "$work/store" --runroot "$work/run" --storage-driver vfs)
if command -v podman >/dev/null && "${podman[@]}" load --quiet --input "$file" >"$work/log" 2>&1; then
    image=$(sed 's/^Loaded image[^:]*: *//' "$work/log" | tail -1)
    run=("${podman[@]}" run --rm --network none --cgroups disabled --ulimit host --volume "$work/tree:/work:ro" "$image")
    if "${run[@]}" --version >"$work/log" 2>&1; then
        expect_finding . "${run[@]}"
        echo "$(basename "$file"): $(stat -c %s "$file") bytes, podman runs it"
        exit 0
    fi
    echo "SKIPPED: podman cannot start a container here: $(tail -1 "$work/log")"
fi
command -v umoci >/dev/null || skip "no umoci: the unpacked image"
mkdir "$work/layout"
tar -xf "$file" -C "$work/layout"
tag=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"])' "$work/layout/index.json")
# umoci has no tags with a colon.
python3 - "$work/layout/index.json" <<'PYTHON'
import json, sys
index = json.load(open(sys.argv[1]))
index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] = "test"
json.dump(index, open(sys.argv[1], "w"))
PYTHON
umoci unpack --rootless --image "$work/layout:test" "$work/bundle" >/dev/null 2>&1 || fail "umoci cannot unpack $tag"
cp "$work/tree/app.env" "$work/bundle/rootfs/work/"
[ "$(id -u)" = 0 ] || skip "not root: the unpacked image"
expect_finding /work chroot --userspec 65532:65532 "$work/bundle/rootfs" /keysift
echo "$(basename "$file"): $(stat -c %s "$file") bytes, runs unpacked, as another user"
