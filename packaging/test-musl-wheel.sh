#!/usr/bin/env bash
# `packaging/test-musl-wheel.sh WHEEL`: a wheel for Alpine Linux needs the C library of musl and nothing else; with docker it is installed there, and
# its tests run.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
wheel=$(realpath "${1:?usage: packaging/test-musl-wheel.sh WHEEL}")
case "$wheel" in *-abi3-musllinux_*.whl) ;; *) fail "$wheel is for another system" ;; esac
scratch
(cd "$work" && python3 -m zipfile -e "$wheel" .)
needed=$(readelf -dW "$work/keysift/_native.abi3.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ "$needed" = libc.so ] || fail "the module needs more than the C library: $needed"
echo "$(basename "$wheel"): $(stat -c %s "$wheel") bytes, needs the C library of musl only"
docker info >/dev/null 2>&1 || skip "no docker that runs: the wheel on Alpine Linux"
plant "$work/tree"
cp "$wheel" "$work/"
cp -r crates/py/tests "$work/tests"
chmod -R a+rX "$work"
expect_finding tree docker run --rm --network none --volume "$work:/w" --workdir /w python:3.13-alpine \
    sh -ec 'pip install --quiet --no-index --no-deps --root-user-action ignore /w/*.whl >&2 && (cd tests && python -m unittest >&2) && keysift "$@"' sh
echo "$(basename "$wheel"): installs and finds on Alpine Linux"
