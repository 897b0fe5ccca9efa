#!/bin/sh
# Runs the README's main job and puts what the terminal shows into README.md, between its two transcript marks.
# Needs a release build: cargo build --release && examples/transcript.sh
set -eu
cd "$(dirname "$0")/.."
seed=${SEED_BINARY:-target/release/seed}
[ -x "$seed" ] || { echo "$seed is missing; build it with: cargo build --release" >&2; exit 1; }
transcript=$(mktemp)
output=$(mktemp)
trap 'rm -f "$transcript" "$output"' EXIT

show() { # runs a command of `seed` and records both its words and its output
    echo "\$ seed $*"
    NO_COLOR=1 "$seed" "$@" >"$output" 2>&1 || { cat "$output" >&2; exit 1; }
    sed 's/[[:space:]]*$//' "$output"
}

{
    echo '```console'
    show --from sqlite:examples/shop.db --to sqlite:target/shop-copy.db --truncate
    echo '```'
} >"$transcript"

awk -v transcript="$transcript" '
    /^<!-- transcript: end/ { inside = 0 }
    !inside { print }
    /^<!-- transcript: begin/ {
        inside = 1
        while ((getline line < transcript) > 0) print line
    }
' README.md >README.md.new
mv README.md.new README.md
