#!/usr/bin/env bash
# `packaging/image.sh EXECUTABLE ARCHITECTURE FILE`: writes a container image, an OCI archive, from scratch: the static executable and nothing
# else. Without a daemon. It has no git: the git modes need the executable, not the image.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
executable=$(realpath "${1:?usage: packaging/image.sh EXECUTABLE ARCHITECTURE FILE}") architecture=${2:?} file=$(realpath -m "${3:?}")
command -v buildah >/dev/null || skip "no buildah: the container image"
scratch
mkdir -p "$(dirname "$file")"
version=$(version)
# A store of its own: nothing of the machine is touched, and no file system has to be mounted.
buildah=(buildah --root "$work/store" --runroot "$work/run" --storage-driver vfs)
container=$("${buildah[@]}" from --arch "$architecture" scratch)
mkdir -p "$work/tree/work"
install -m 755 "$executable" "$work/tree/keysift"
chmod -R u=rwX,go=rX "$work/tree"
"${buildah[@]}" copy --quiet --chown 0:0 "$container" "$work/tree" / >/dev/null
"${buildah[@]}" config --arch "$architecture" --os linux --user 65532:65532 --workingdir /work \
    --entrypoint '["/keysift"]' --cmd '["scan", "."]' --env PATH=/ \
    --label org.opencontainers.image.title=keysift \
    --label "org.opencontainers.image.version=$version" \
    --label org.opencontainers.image.source=https://github.com/keysift/keysift \
    --label "org.opencontainers.image.licenses=MIT OR Apache-2.0" "$container" 2>/dev/null
image=$("${buildah[@]}" commit --quiet --format oci --timestamp "$SOURCE_DATE_EPOCH" "$container")
"${buildah[@]}" push --quiet --compression-format gzip "$image" "oci-archive:$work/image.tar:keysift:$version" >/dev/null
"${buildah[@]}" rm "$container" >/dev/null
# Once more, with the time of the commit: the archive has that of its making.
mkdir "$work/layout"
tar -xf "$work/image.tar" -C "$work/layout"
chmod -R u=rwX,go=rX "$work/layout"
(cd "$work/layout" && tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf "$file" -- *)
echo "$file"
