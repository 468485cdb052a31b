#!/usr/bin/env bash
# Puts packages of a newer Debian suite into a folder, for tests. The programs run on this Debian without changes, and the system does not
# change. Their dependencies are not installed. An existing package is kept.
#
#   scripts/newer-programs.sh prometheus promtool prometheus-alertmanager    # into .cache/newer/usr/bin
set -euo pipefail
cd "$(dirname "$0")/.."

suite=forky
folder=$PWD/.cache/newer
apt=$PWD/.cache/apt

(($# > 0)) || { echo 'usage: newer-programs.sh PACKAGE ...' >&2; exit 2; }

missing=()
for package in "$@"; do
  [[ -e $folder/.packages/$package ]] || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

# The archive that this system uses for its own packages.
# shellcheck disable=SC2016 # apt-get fills it in.
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
[[ -n $archive ]] || { echo 'newer-programs.sh: no Debian archive among the package sources: run apt-get update first' >&2; exit 1; }

mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$folder/.packages"
cat >"$apt/newer.sources" <<TEXT
Types: deb
URIs: $archive
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
TEXT
# Separate lists and cache, so that other apt commands do not see this suite.
options=(-q -o "Dir::Etc::sourcelist=$apt/newer.sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache"
  -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false)
apt-get "${options[@]}" update
for package in "${missing[@]}"; do
  rm -rf "$apt/download"
  mkdir "$apt/download"
  (cd "$apt/download" && apt-get "${options[@]}" download "$package")
  dpkg -x "$apt/download/"*.deb "$folder"
  (cd "$apt/download" && ls ./*.deb) >"$folder/.packages/$package"
done
rm -rf "$apt/download"
