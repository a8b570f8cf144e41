#!/usr/bin/env bash
# Counts the instructions of scans of fixed trees, by valgrind, and fails if a count is more than 5 % above the committed one.
# Instruction counts, unlike times, are the same on a busy machine.
# Usage: run.sh EXECUTABLE [--update]. The executable is that of `cargo test` (target/debug/keysift), which CI builds anyway.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
keysift=$(realpath "$1")
counts=$here/counts.tsv
compiler=$(rustc --version | cut -d' ' -f2)

skip() { echo "SKIPPED: $1: the instruction counts"; exit 0; }
command -v valgrind >/dev/null || skip "no valgrind"
# Valgrind knows no AVX-512, and every machine must run the same kernel.
grep -qw avx2 /proc/cpuinfo || skip "no AVX2"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/../compare/monorepo.py" "$work/all"
mkdir "$work"/{code,manifests,data,start}
find "$work/all" -name '*.[pj][ys]' -print0 | sort -z | sed -zn '1,1200p' | xargs -0 mv -t "$work/code"
find "$work/all" -name '*.yaml' -print0 | sort -z | sed -zn '1,600p' | xargs -0 mv -t "$work/manifests"
find "$work/all" -name '*.json' -print0 | sort -z | sed -zn '1,300p' | xargs -0 mv -t "$work/data"
echo "nothing" >"$work/start/empty.txt"

count() {
    KEYSIFT_MATCHER_KERNEL=avx2 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$keysift" scan "$1" --no-config --no-ignore --no-progress --fail-on never -j1 --format jsonl -o /dev/null 2>&1 |
        sed -n 's/.*I *refs: *//p' | tr -d ,
}

if [ "${2:-}" = --update ]; then
    { printf 'compiler\t%s\n' "$compiler"; for tree in code manifests data start; do printf '%s\t%s\n' $tree "$(count "$work/$tree")"; done; } >"$counts"
    cat "$counts"
    exit
fi
known=$(awk '$1 == "compiler" {print $2}' "$counts")
[ "$known" = "$compiler" ] || skip "counted with Rust $known, this is $compiler"
failed=0
while read -r tree before; do
    [ "$tree" = compiler ] && continue
    now=$(count "$work/$tree")
    awk -v tree="$tree" -v before="$before" -v now="$now" 'BEGIN {
        change = 100 * (now / before - 1)
        printf "%-10s %12d instructions, %+.1f %%\n", tree, now, change
        exit change > 5}' || failed=1
done <"$counts"
[ $failed = 0 ] || { echo "more than 5 % above benches/instructions/counts.tsv; if that is intended: run.sh $1 --update" >&2; exit 1; }
