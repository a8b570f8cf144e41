# What the scripts share. Sourced from the root of the repository.
# shellcheck shell=bash

# The version of the workspace.
version() { sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml; }

# The time in archives: that of the commit, so that the same commit gives the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

# Ends a test aloud where a tool cannot be had. In the workflow of a release nothing may be skipped: REQUIRE_ALL=1.
skip() {
    echo "SKIPPED: $*"
    [ -z "${REQUIRE_ALL:-}" ] || exit 1
    exit 0
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# A folder that is removed at the end.
scratch() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
}

# Writes a file with a made-up password, so that a scan of its folder has one finding. Nothing committed looks like it.
plant() { # FOLDER
    mkdir -p "$1"
    printf 'DB_PASS%s=%s\n' WORD "$(printf '%s' Xk7qL2mW9rTbZ4vN | rev)" >"$1/app.env"
}

# A scan of a planted folder exits with 1 and names the file: `expect_finding FOLDER COMMAND...`.
expect_finding() {
    local folder=$1 code=0 out
    shift
    out=$("$@" scan "$folder" 2>&1) || code=$?
    if [ "$code" != 1 ] || ! grep -q 'app\.env' <<<"$out" || ! grep -q '1 finding' <<<"$out"; then
        fail "$*: exit $code instead of 1 with a finding in app.env:
$out"
    fi
}

# Where a virtual environment has its programs.
case "$(uname -s)" in MINGW* | MSYS*) scripts=Scripts ;; *) scripts=bin ;; esac

# The programs of a virtual environment with these packages, made once under target/tools. With `-r FILE`, one for each text of the file.
tools() { # PACKAGE...
    local venv previous="" key
    key=$(
        for argument in "$@"; do
            echo "$argument"
            [ "$previous" != -r ] || cat "$argument"
            previous=$argument
        done | cksum
    )
    venv=$PWD/target/tools/${key%% *}
    if [ ! -e "$venv/ready" ]; then
        rm -rf "$venv"
        python3 -m venv "$venv" >&2 && "$venv/$scripts/python" -m pip install --quiet "$@" >&2 && touch "$venv/ready" || return 1
    fi
    echo "$venv/$scripts"
}
