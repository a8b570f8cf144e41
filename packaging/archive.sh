#!/usr/bin/env bash
# `packaging/archive.sh TARGET EXECUTABLE FOLDER`: writes keysift-VERSION-TARGET.tar.gz (.zip for Windows) with the executable, licenses,
# man pages and completions. KEYSIFT names an executable that runs here, where the packaged one does not.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
target=${1:?usage: packaging/archive.sh TARGET EXECUTABLE FOLDER} executable=$(realpath "${2:?}") folder=${3:?}
scratch
mkdir -p "$folder"
name=keysift-$(version)-$target
bash packaging/tree.sh "$executable" "$work/$name"
case "$target" in
*windows*)
    # In order and with one time, as tar does it below.
    python3 - "$work" "$name" "$folder/$name.zip" <<'PYTHON'
import pathlib, sys, time, os, zipfile
work, name, out = sys.argv[1:]
when = max(time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6], (1980, 1, 1, 0, 0, 0))
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for path in sorted(pathlib.Path(work, name).rglob("*")):
        if path.is_file():
            info = zipfile.ZipInfo(str(path.relative_to(work)), when)
            info.external_attr = (0o100755 if path.suffix == ".exe" else 0o100644) << 16
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
PYTHON
    echo "$folder/$name.zip"
    ;;
*)
    # macOS has bsdtar; GNU tar is gtar there.
    tar=$(command -v gtar || command -v tar)
    "$tar" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$work" -cf - "$name" | gzip -9n >"$folder/$name.tar.gz"
    echo "$folder/$name.tar.gz"
    ;;
esac
