#!/usr/bin/env bash
# Checks rules with pint, https://cloudflare.github.io/pint: scripts/pint.sh lint prometheus/rules
# Its version and those of all that it is made of are pinned in scripts/pint. It is built once, into .cache, which takes Go and a
# minute or two; with --build that is all that happens.
set -euo pipefail
cd "$(dirname "$0")/.."

pinned=$(cat scripts/pint/go.mod scripts/pint/go.sum | sha256sum | cut -c 1-12)
pint=$PWD/.cache/pint/pint-$pinned
if [[ ! -x $pint ]]; then
  mkdir -p .cache/pint
  # Not optimised: it runs for a second, and compiling takes a third less.
  GOTOOLCHAIN=local CGO_ENABLED=0 go -C scripts/pint build -mod=readonly -gcflags=all='-N -l' -ldflags='-s -w' -o "$pint.new" github.com/cloudflare/pint/cmd/pint
  mv "$pint.new" "$pint"
fi
[[ ${1:-} == --build ]] || exec "$pint" "$@"
