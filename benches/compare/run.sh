#!/usr/bin/env bash
# Compares the run time of keysift and other scanners on the same trees: warm cache, two threads, no validation over the network.
# Usage: run.sh [FOLDER OF TOOLS] > benches/runs/DATE-compare.md; TREES="monorepo python registry history image public" selects some of the trees.
# PUBLIC is the folder that trees.sh filled. TOOLS="kingfisher" selects some of the other scanners.
# The commands of a table run in turn: compare ratios only within it. A run longer than LIMIT seconds is stopped.
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
for need in rg python3; do command -v $need >/dev/null || { echo "$need is needed" >&2; exit 1; }; done

# A monorepo with planted secrets, identical on every machine.
python3 "$here/monorepo.py" "$work/monorepo"

# name | command; TREE is replaced. Kingfisher: default rules, two jobs, no validation, archives or history.
commands() {
    echo "rg|rg -j2 -uuu -a -c zzzzqqqq TREE"
    echo "keysift|$keysift scan TREE --no-ignore --no-config -j2 --format jsonl"
    # Most machines have no AVX-512.
    grep -qw avx512bw /proc/cpuinfo &&
        echo "keysift, AVX2|KEYSIFT_MATCHER_KERNEL=avx2 $keysift scan TREE --no-ignore --no-config -j2 --format jsonl"
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
have() {
    case " ${TOOLS:-all} " in *" all "* | *" $1 "*) ;; *) return ;; esac
    if [ -x "$tools/$1" ]; then echo "$1|$tools/$2"; fi
}

table() { # name, tree, function that prints the commands
    local tree=$2 files bytes
    files=$(find "$tree" -type f | wc -l)
    bytes=$(find "$tree" -type f -printf '%s\n' | awk '{sum += $1} END {printf "%.1f MB", sum / 1e6}')
    printf '\n## %s\n\n%s files, %s.\n\n' "$1" "$files" "$bytes"
    "${3:-commands}" | sed "s|TREE|$tree|g" | python3 "$here/measure.py" "$RUNS" "$LIMIT"
}

echo "# Comparison with other scanners, $(date -u +%F)"
kernel="the SSE or NEON kernel"
! grep -qw avx2 /proc/cpuinfo || kernel="the AVX2 kernel"
! grep -qw avx512_vbmi /proc/cpuinfo && ! grep -qw avx512vbmi /proc/cpuinfo || kernel="the AVX-512 kernel, and the AVX2 one where it says so"
printf '\n`benches/compare/run.sh`, medians of %s runs in turn after one to warm up; tools over 20 s ran once. %s, %s threads of %s, %s.\n' "$RUNS" \
    "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1)" 2 "$(nproc)" "$kernel"
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

if wants public && [ -d "${PUBLIC:-}" ]; then
    for tree in "$PUBLIC"/*/; do
        case "$tree" in */archives/) continue ;; esac
        table "$(basename "$tree"), as its registry has it ($(sed -n "s/^$(basename "$tree"): //p" "$PUBLIC/versions.txt" 2>/dev/null))" "${tree%/}"
    done
fi

wants history && git clone -q "$root" "$work/history" && table "The history of this repository" "$work/history" histories
wants image || exit 0
mkdir "$work/image" "$work/image/1" "$work/image/2"
tar -C "$python" -czf "$work/image/1/layer.tar" . && tar -C "$work/monorepo" -czf "$work/image/2/layer.tar" .
echo '[{"Config": "c.json", "RepoTags": ["app:1"], "Layers": ["1/layer.tar", "2/layer.tar"]}]' >"$work/image/manifest.json"
echo '{}' >"$work/image/c.json"
tar -C "$work/image" -cf "$work/image.tar" manifest.json c.json 1/layer.tar 2/layer.tar
table "An image: Python's library and the monorepo as two layers" "$work/image.tar" images
