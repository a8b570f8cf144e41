#!/usr/bin/env bash
# `packaging/test-fleet.sh WHEEL`: installs the wheel with Ray and pyarrow in a fresh environment, and tests `keysift.fleet`: without Ray, on a
# cluster of two nodes, and the examples of its page. 3 minutes on two idle cores.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packaging/lib.sh
. packaging/lib.sh
wheel=$(realpath "${1:?usage: packaging/test-fleet.sh WHEEL}")
scratch
python3 -m venv "$work/venv"
python=$work/venv/$scripts/python
if ! "$python" -m pip install --quiet "$wheel" ray pyarrow duckdb; then
    skip "no ray or no pyarrow: the tests of keysift.fleet"
fi
# The example of Spark: 450 MB to download, and a minute. The workflow of a release has it.
if [ -z "${SPARK:-}${REQUIRE_ALL:-}" ] || ! "$python" -m pip install --quiet pyspark pandas; then
    echo "SKIPPED: no pyspark (SPARK=1 installs it): the example of Spark"
fi
cp -r crates/py/tests/fleet "$work/tests"
export KEYSIFT_FLEET_PAGE=$PWD/docs/fleet.md
(cd "$work/tests" && for part in test_parts test_run test_examples test_ray; do
    echo "-- $part"
    timeout 600 "$python" -m unittest "$part" 2>&1
done)
if command -v kubectl >/dev/null; then
    for set in job ray; do
        kubectl kustomize "packaging/fleet/$set" >"$work/$set.yaml"
        "$work/venv/$scripts/keysift" scan "$work/$set.yaml"
    done
else
    echo "SKIPPED: no kubectl: rendering packaging/fleet"
fi
