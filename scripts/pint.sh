#!/usr/bin/env bash
# Checks rules with pint, https://cloudflare.github.io/pint: scripts/pint.sh lint prometheus/rules
# scripts/pint pins its version and those of its dependencies. It is built once, into .cache: this needs Go and takes a minute or two. With
# --build the script only builds.
set -euo pipefail
cd "$(dirname "$0")/.."

pinned=$(cat scripts/pint/go.mod scripts/pint/go.sum | sha256sum | cut -c 1-12)
pint=$PWD/.cache/pint/pint-$pinned
if [[ ! -x $pint ]]; then
  mkdir -p .cache/pint
  # Without optimisation, because pint runs for only a second, and compiling then takes a third less time.
  GOTOOLCHAIN=local CGO_ENABLED=0 go -C scripts/pint build -mod=readonly -gcflags=all='-N -l' -ldflags='-s -w' -o "$pint.new" github.com/cloudflare/pint/cmd/pint
  mv "$pint.new" "$pint"
fi
[[ ${1:-} == --build ]] || exec "$pint" "$@"
