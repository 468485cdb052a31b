#!/usr/bin/env bash
# Puts a small Debian with systemd into a folder, for tests that boot one: debootstrap's smallest variant, from where this system
# has its own packages. One that is there already is kept. Prints the folder.
#
#   scripts/small-debian.sh           # this system's suite: .cache/debian-bookworm
#   scripts/small-debian.sh trixie    # .cache/debian-trixie
set -euo pipefail
cd "$(dirname "$0")/.."

suite=${1:-$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)}
[[ $suite =~ ^[a-z]+$ ]] || { echo 'usage: small-debian.sh [SUITE]' >&2; exit 2; }
folder=$PWD/.cache/debian-$suite

if [[ ! -d $folder ]]; then
  # shellcheck disable=SC2016 # apt-get fills it in.
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
  [[ -n $archive ]] || { echo 'small-debian.sh: no Debian archive among the package sources: run apt-get update first' >&2; exit 1; }
  mkdir -p .cache
  # Beside the folder, and moved into place when it is whole: an interrupted run leaves nothing that looks like one.
  new=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  # libstdc++6 is for a Node.js from elsewhere.
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,sudo,libstdc++6 "$suite" "$new" "$archive" >&2
  chmod 0755 "$new"
  mv "$new" "$folder"
fi
echo "$folder"
