#!/usr/bin/env bash
# Puts a small Debian with systemd into a folder, for tests that boot one: debootstrap's smallest variant, from the archive that this system
# uses. An existing one is kept. Prints the folder.
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
  # The system goes into a temporary folder and is moved when it is complete. So an interrupted run leaves no half-filled folder.
  new=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  # A Node.js that does not come from Debian needs libstdc++6.
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,sudo,libstdc++6 "$suite" "$new" "$archive" >&2
  chmod 0755 "$new"
  mv "$new" "$folder"
fi
echo "$folder"
