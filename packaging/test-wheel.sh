#!/usr/bin/env bash
# `packaging/test-wheel.sh WHEEL`: installs the wheel in a fresh environment, and tests the command, the module and its types.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
wheel=$(realpath "${1:?usage: packaging/test-wheel.sh WHEEL}")
scratch
python3 -m venv "$work/venv"
python=$work/venv/$scripts/python
"$python" -m pip install --quiet --no-index --no-deps "$wheel"
plant "$work/tree"
(
    cd "$work"
    expect_finding tree "$work/venv/$scripts/keysift"
    expect_finding tree "$python" -m keysift
)
cp -r crates/py/tests "$work/tests"
(cd "$work/tests" && "$python" -m unittest -v 2>&1)
if bin=$(tools mypy); then
    (cd "$work" && "$bin/mypy" --strict --python-executable "$python" tests/typed.py)
    "$bin/mypy" --strict --config-file crates/py/pyproject.toml --no-incremental crates/py/python/keysift
else
    echo "SKIPPED: no mypy: the types of the module"
fi
"$python" -m pip uninstall --quiet --yes keysift
[ ! -e "$work/venv/$scripts/keysift" ] && [ ! -e "$work/venv/$scripts/keysift.exe" ] || fail "pip uninstall leaves the command"
