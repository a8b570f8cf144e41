#!/usr/bin/env bash
# Times keysift against its neighbours on the same trees, warm, two threads, nothing validated over the network, through hyperfine.
# Usage: run.sh [FOLDER OF TOOLS] > benches/runs/DATE-compare.md
# Every line is one run of hyperfine on one tree: ratios hold within it, and only there. Tools slower than LIMIT seconds are timed once.
set -uo pipefail
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
tools=$(realpath -m "${1:-$root/target/compare}")/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keysift=$root/target/release/keysift
LIMIT=${LIMIT:-300}
RUNS=${RUNS:-5}

[ -x "$keysift" ] || { echo "build first: cargo build --release" >&2; exit 1; }
for need in hyperfine rg python3; do command -v $need >/dev/null || { echo "$need is needed" >&2; exit 1; }; done

# A monorepo with planted secrets: the same on every machine.
python3 "$here/monorepo.py" "$work/monorepo"

# name | command; TREE is the tree. Kingfisher: its default rules, no validation, no archives, no history; two jobs.
commands() {
    echo "rg|rg -j2 -uu -c zzzzqqqq TREE"
    echo "cat|find TREE -type f -print0 | xargs -0 cat"
    echo "keysift|$keysift scan TREE --no-ignore --no-config -j2 --format jsonl"
    have kingfisher "kingfisher scan TREE --no-validate -j2 --no-extract-archives --git-history none --no-update-check --format jsonl"
    have gitleaks "gitleaks dir TREE --no-banner --log-level error"
    have pybetterleaks "pybetterleaks TREE"
    have ripsecrets "ripsecrets TREE"
    # It reads only what lies below the folder it runs in.
    have detect-secrets "detect-secrets -C TREE -c 2 scan --all-files --no-verify --force-use-all-plugins ."
    have credsweeper "credsweeper --path TREE --jobs 2 --log ERROR"
    have secretlint "secretlint TREE/**/*"
}
have() { [ -x "$tools/$1" ] && echo "$1|$tools/$2"; }

table() { # name, tree
    local tree=$2 files bytes
    files=$(find "$tree" -type f | wc -l)
    bytes=$(find "$tree" -type f -printf '%s\n' | awk '{sum += $1} END {printf "%.1f MB", sum / 1e6}')
    printf '\n## %s\n\n%s files, %s.\n\n| tool | seconds | to rg | to keysift |\n|---|---|---|---|\n' "$1" "$files" "$bytes"
    : >"$work/times"
    while IFS='|' read -r name command; do
        command=${command//TREE/$tree}
        # Once to warm up, and to see how long it takes.
        started=$(date +%s.%N)
        timeout "$LIMIT" bash -c "$command" >/dev/null 2>&1
        code=$?
        took=$(awk -v a="$started" -v b="$(date +%s.%N)" 'BEGIN {print b - a}')
        if [ "$code" = 124 ]; then echo "$name > $LIMIT" >>"$work/times"; continue; fi
        if awk -v t="$took" 'BEGIN {exit !(t > 20)}'; then echo "$name $took" >>"$work/times"; continue; fi
        hyperfine -i -N --shell bash -w 1 -r "$RUNS" --export-json "$work/one.json" "$command" >/dev/null 2>&1 ||
            hyperfine -i -w 1 -r "$RUNS" --export-json "$work/one.json" "$command" >/dev/null 2>&1
        echo "$name $(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["results"][0]["median"])' "$work/one.json")" >>"$work/times"
    done < <(commands)
    awk '{time[$1] = $2 == ">" ? $3 : $2; over[$1] = $2 == ">" ? "> " : ""; order[NR] = $1}
        END {for (n = 1; n <= NR; n++) {name = order[n]; printf "| %s | %s%.3f | %s%.2f | %s%.2f |\n", name, over[name], time[name], over[name], time[name] / time["rg"], over[name], time[name] / time["keysift"]}}' "$work/times"
}

echo "# keysift and its neighbours, $(date -u +%F)"
printf '\n`benches/compare/run.sh`, median of %s runs after one to warm up; tools over 20 s were timed once. %s, %s threads of %s.\n' "$RUNS" \
    "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1)" 2 "$(nproc)"
printf 'Versions: keysift %s' "$(git -C "$root" rev-parse --short HEAD)"
for tool in kingfisher gitleaks ripsecrets detect-secrets credsweeper; do
    [ -x "$tools/$tool" ] && printf ', %s %s' "$tool" "$("$tools/$tool" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -1)"
done
printf ', rg %s.\n' "$(rg --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -1)"

table "Generated monorepo with planted secrets" "$work/monorepo"
python=$(python3 -c 'import os; print(os.path.dirname(os.__file__))')
table "Python's standard library" "$python"
registry=$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/* 2>/dev/null | head -1)
[ -n "$registry" ] && table "Sources of the cargo registry" "$registry"
