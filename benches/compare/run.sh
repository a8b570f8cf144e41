#!/usr/bin/env bash
# Compares the run time of keysift and other scanners on the same trees with hyperfine: warm cache, two threads, no validation over the network.
# Usage: run.sh [FOLDER OF TOOLS] > benches/runs/DATE-compare.md; TREES="monorepo python registry history image" selects some of the trees.
# Each table is one run of hyperfine on one tree: compare ratios only within it. A run longer than LIMIT seconds is stopped.
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

# A monorepo with planted secrets, identical on every machine.
python3 "$here/monorepo.py" "$work/monorepo"

# name | command; TREE is replaced. Kingfisher: default rules, two jobs, no validation, archives or history.
commands() {
    echo "rg|rg -j2 -uu -c zzzzqqqq TREE"
    echo "cat|find TREE -type f -print0 | xargs -0 cat"
    echo "keysift|$keysift scan TREE --no-ignore --no-config -j2 --format jsonl"
    have kingfisher "kingfisher scan TREE --no-validate -j2 --no-extract-archives --git-history none --no-update-check --format jsonl"
    have gitleaks "gitleaks dir TREE --no-banner --log-level error"
    have pybetterleaks "pybetterleaks TREE"
    have ripsecrets "ripsecrets TREE"
    # It reads only files below its working directory.
    have detect-secrets "detect-secrets -C TREE -c 2 scan --all-files --no-verify --force-use-all-plugins ."
    have credsweeper "credsweeper --path TREE --jobs 2 --log ERROR"
    have secretlint "secretlint --secretlintrc $tools/secretlintrc.json \"TREE/**/*\""
}

# The whole git history.
histories() {
    echo "git log -p|git -C TREE log -p --all"
    echo "keysift|$keysift scan TREE --history --no-config -j2 --format jsonl"
    have kingfisher "kingfisher scan TREE --no-validate -j2 --git-history full --no-update-check --format jsonl"
    have gitleaks "gitleaks git TREE --no-banner --log-level error"
}

# An image of two layers. The lower bound is to decompress and discard them.
images() {
    echo "tar and gzip|for layer in 1 2; do tar -xOf TREE \$layer/layer.tar | gzip -dc; done"
    echo "keysift|$keysift scan TREE --no-config -j2 --format jsonl"
    have kingfisher "kingfisher scan TREE --no-validate -j2 --git-history none --no-update-check --format jsonl"
}
have() { [ -x "$tools/$1" ] && echo "$1|$tools/$2"; }

table() { # name, tree, function that prints the commands
    local tree=$2 files bytes
    files=$(find "$tree" -type f | wc -l)
    bytes=$(find "$tree" -type f -printf '%s\n' | awk '{sum += $1} END {printf "%.1f MB", sum / 1e6}')
    printf '\n## %s\n\n%s files, %s.\n\n| tool | seconds | to the first | to keysift |\n|---|---|---|---|\n' "$1" "$files" "$bytes"
    : >"$work/times"
    while IFS='|' read -r name command; do
        command=${command//TREE/$tree}
        # One run to warm up and to measure the duration.
        started=$(date +%s.%N)
        timeout "$LIMIT" bash -c "$command" >/dev/null 2>&1
        code=$?
        took=$(awk -v a="$started" -v b="$(date +%s.%N)" 'BEGIN {print b - a}')
        if [ "$code" = 124 ]; then printf '%s\t> \t%s\n' "$name" "$LIMIT" >>"$work/times"; continue; fi
        if awk -v t="$took" 'BEGIN {exit !(t > 20)}'; then printf '%s\t\t%s\n' "$name" "$took" >>"$work/times"; continue; fi
        hyperfine -i -N --shell bash -w 1 -r "$RUNS" --export-json "$work/one.json" "$command" >/dev/null 2>&1 ||
            hyperfine -i -w 1 -r "$RUNS" --export-json "$work/one.json" "$command" >/dev/null 2>&1
        printf '%s\t\t%s\n' "$name" "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["results"][0]["median"])' "$work/one.json")" >>"$work/times"
    done < <("${3:-commands}")
    awk -F'\t' '{time[$1] = $3; over[$1] = $2; order[NR] = $1}
        END {for (n = 1; n <= NR; n++) {name = order[n]; printf "| %s | %s%.3f | %s%.2f | %s%.2f |\n", name, over[name], time[name], over[name], time[name] / time[order[1]], over[name], time[name] / time["keysift"]}}' "$work/times"
}

echo "# Comparison with other scanners, $(date -u +%F)"
printf '\n`benches/compare/run.sh`, median of %s runs after one to warm up; tools over 20 s were timed once. %s, %s threads of %s.\n' "$RUNS" \
    "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1)" 2 "$(nproc)"
printf 'Versions: keysift %s' "$(git -C "$root" rev-parse --short HEAD)"
for tool in kingfisher gitleaks ripsecrets detect-secrets credsweeper; do
    [ -x "$tools/$tool" ] && printf ', %s %s' "$tool" "$("$tools/$tool" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -1)"
done
printf ', rg %s.\n' "$(rg --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -1)"

wants() { case " ${TREES:-all} " in *" all "* | *" $1 "*) ;; *) false ;; esac; }
wants monorepo && table "Generated monorepo with planted secrets" "$work/monorepo"
python=$(python3 -c 'import os; print(os.path.dirname(os.__file__))')
wants python && table "Python's standard library" "$python"
registry=$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/* 2>/dev/null | head -1)
wants registry && [ -n "$registry" ] && table "Sources of the cargo registry" "$registry"

wants history && git clone -q "$root" "$work/history" && table "The history of this repository" "$work/history" histories
wants image || exit 0
mkdir "$work/image" "$work/image/1" "$work/image/2"
tar -C "$python" -czf "$work/image/1/layer.tar" . && tar -C "$work/monorepo" -czf "$work/image/2/layer.tar" .
echo '[{"Config": "c.json", "RepoTags": ["app:1"], "Layers": ["1/layer.tar", "2/layer.tar"]}]' >"$work/image/manifest.json"
echo '{}' >"$work/image/c.json"
tar -C "$work/image" -cf "$work/image.tar" manifest.json c.json 1/layer.tar 2/layer.tar
table "An image: Python's library and the monorepo as two layers" "$work/image.tar" images
