#!/usr/bin/env bash
# Builds the published executable for one target: `packaging/build.sh TARGET [CARGO OPTION...]`. Prints the path of the executable.
# Linux targets are static (musl): they start in an empty container. Missing cross compilers end the script with what to install. PROFILE is
# another profile, where only a test is wanted.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?usage: packaging/build.sh TARGET [CARGO OPTION...]}
shift
profile=${PROFILE:-dist}

need() { # COMMAND PACKAGE
    command -v "$1" >/dev/null || { echo "packaging/build.sh: $target needs $1 ($2)" >&2; exit 3; }
}

build=(build)
suffix=""
case "$target" in
x86_64-unknown-linux-musl)
    need musl-gcc "Debian package musl-tools"
    # Addresses to adjust at the start take .7 MB; packed 10 kB. The musl of Rust 1.93 and later can read them.
    if printf '1.93.0\n%s\n' "$(rustc --version | cut -d' ' -f2)" | sort --version-sort --check=quiet &&
        grep -q pack-relative-relocs <<<"$(ld --help)"; then
        export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="-C link-arg=-Wl,-z,pack-relative-relocs ${CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS:-}"
    fi
    ;;
aarch64-unknown-linux-musl)
    # Debian has no musl compiler for aarch64. zig has, and is a package of PyPI: pip install cargo-zigbuild ziglang.
    [ "$(uname -m)" = aarch64 ] && need musl-gcc "Debian package musl-tools"
    [ "$(uname -m)" = aarch64 ] || { need cargo-zigbuild "pip install cargo-zigbuild ziglang" && build=(zigbuild); }
    ;;
x86_64-pc-windows-gnu) need x86_64-w64-mingw32-gcc "Debian package gcc-mingw-w64-x86-64-win32" && suffix=.exe ;;
*windows*) suffix=.exe ;;
*-apple-darwin) ;;
*) echo "packaging/build.sh: $target is not published; building it all the same" >&2 ;;
esac
if command -v rustup >/dev/null && ! grep -qx "$target" <<<"$(rustup target list --installed)"; then
    rustup target add "$target" >&2 || { echo "packaging/build.sh: the standard library for $target cannot be downloaded" >&2; exit 3; }
fi
cargo "${build[@]}" --locked --profile "$profile" --target "$target" --package keysift --bin keysift "$@" >&2
echo "${CARGO_TARGET_DIR:-target}/$target/${profile/dev/debug}/keysift$suffix"
