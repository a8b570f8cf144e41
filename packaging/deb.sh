#!/usr/bin/env bash
# `packaging/deb.sh EXECUTABLE ARCHITECTURE FOLDER`: writes the Debian package keysift_VERSION_ARCHITECTURE.deb, with dpkg-deb alone. The
# executable is static: there are no dependencies. KEYSIFT names an executable that runs here.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
executable=$(realpath "${1:?usage: packaging/deb.sh EXECUTABLE ARCHITECTURE FOLDER}") architecture=${2:?} folder=${3:?}
command -v dpkg-deb >/dev/null || skip "no dpkg-deb: the Debian package"
scratch
mkdir -p "$folder"
version=$(version)
bash packaging/tree.sh "$executable" "$work/tree"
root=$work/root share=$work/root/usr/share
install -D -m 755 "$executable" "$root/usr/bin/keysift"
install -d "$share/man/man1" "$share/doc/keysift" "$root/DEBIAN"
install -D -m 644 "$work/tree/completions/keysift.bash" "$share/bash-completion/completions/keysift"
install -D -m 644 "$work/tree/completions/_keysift" "$share/zsh/vendor-completions/_keysift"
install -D -m 644 "$work/tree/completions/keysift.fish" "$share/fish/vendor_completions.d/keysift.fish"
install -m 644 "$work/tree/man/"*.1 "$share/man/man1/"
gzip -9n "$share/man/man1/"*.1
gzip -9nc CHANGELOG.md >"$share/doc/keysift/changelog.gz"
{
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: keysift
Source: https://github.com/keysift/keysift

Files: *
Copyright: the keysift contributors
License: Expat or Apache-2.0

License: Expat"
    sed 's/^$/./; s/^/ /' LICENSE-MIT
    echo "
License: Apache-2.0
 On Debian systems, the full text is in /usr/share/common-licenses/Apache-2.0."
} >"$share/doc/keysift/copyright"
cat >"$root/DEBIAN/control" <<CONTROL
Package: keysift
Version: $version
Architecture: $architecture
Maintainer: the keysift project <https://github.com/keysift/keysift/issues>
Section: devel
Priority: optional
Recommends: git
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Homepage: https://github.com/keysift/keysift
Description: finds hard-coded secrets and insecure secret handling
 keysift scans source code, git history, Kubernetes manifests, Helm charts,
 compose files, CI pipelines, Dockerfiles and container images. It works
 offline and redacts secrets in every report.
CONTROL
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
chmod -R u=rwX,go=rX "$root"
file=$folder/keysift_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$file" >/dev/null
echo "$file"
