#!/usr/bin/env bash
# Installs, updates or removes the systemd service ai-crm-exporter. A second run changes only files that differ. It never changes an
# existing configuration. With DESTDIR it only writes files below that folder, for packagers and tests. It then needs neither root nor
# systemd.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: install.sh [--from DIR|TARBALL] [--prefix DIR] [--node FILE] [--no-start]
       install.sh --uninstall [--purge] [--prefix DIR]

  --from      the program: a folder (npm package, or a clone in which "node build.js" has run) or the tarball of "npm pack";
              default: the one that this script belongs to
  --prefix    where it goes, into lib/ and bin/; default /usr/local
  --node      Node.js to run it with; default: the one on PATH
  --no-start  leave the service as it is; default: it is enabled and started, or restarted if anything has changed
  --uninstall stop the service and remove what was installed; the configuration stays
  --purge     with --uninstall: remove the configuration with its secrets, and reports of jobs, too
TEXT
}

name=ai-crm-exporter
from=
prefix=/usr/local
node=
action=install
purge=no
start=yes
root=${DESTDIR:-}
root=${root%/}
scratch=

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$@" >&2
  exit 1
}
misuse() {
  printf 'install.sh: %s\n' "$1" >&2
  usage >&2
  exit 2
}
tidy() { if [[ -n $scratch ]]; then rm -rf -- "$scratch"; fi; }
trap tidy EXIT

while (($# > 0)); do
  case $1 in
    --from | --prefix | --node)
      (($# > 1)) || misuse "$1 needs a value"
      case $1 in
        --from) from=$2 ;;
        --prefix) prefix=$2 ;;
        --node) node=$2 ;;
      esac
      shift
      ;;
    --no-start) start=no ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) misuse "unknown option $1" ;;
  esac
  shift
done
[[ $purge == no || $action == uninstall ]] || misuse '--purge goes with --uninstall'
# The prefix becomes part of a unit file and of a script, so it must not contain characters with a special meaning there.
[[ $prefix =~ ^/[A-Za-z0-9._/+-]+$ ]] || misuse "--prefix must be an absolute path of letters, digits and . _ + -, not \"$prefix\""
prefix=${prefix%/}
[[ -z $root || $root == /* ]] || misuse "DESTDIR must be an absolute path, not \"$root\""

program=$prefix/lib/$name
command=$prefix/bin/$name
unit=/etc/systemd/system/$name.service
configuration=/etc/$name
environment=/etc/default/$name

# True for a path that the service's user cannot read.
at_home() { [[ $1 == /root/* || $1 == /home/* ]]; }

check_system() {
  [[ -z $root ]] || return 0
  local problems=()
  ((EUID == 0)) || problems+=('must be run by root: sudo deploy/systemd/install.sh')
  if ! command -v systemctl >/dev/null; then
    problems+=('there is no systemctl: this system has no systemd. Run the program by other means, for instance in a container')
  elif [[ ! -d /run/systemd/system ]]; then
    problems+=('systemd is installed, but does not run this system. Run the program by other means, for instance in a container')
  fi
  ((${#problems[@]} == 0)) || fail "${problems[@]}"
}

find_node() {
  if [[ -z $node ]]; then
    node=$(command -v node) || fail 'there is no node on PATH: install Node.js 20.18 or newer, or name one with --node'
  fi
  [[ $node =~ ^/[A-Za-z0-9._/+-]+$ && -x $node ]] || fail "$node is not the absolute path of a program: name Node.js with --node"
  local version
  version=$("$node" --version 2>/dev/null) || fail "$node does not run"
  [[ $version =~ ^v([0-9]+)\.([0-9]+)\. ]] || fail "$node says its version is \"$version\": is it Node.js?"
  local major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]}
  if ((major < 20 || (major == 20 && minor < 18))); then
    fail "$node is Node.js ${version#v}, and 20.18 or newer is needed: install one, or name another with --node"
  fi
  [[ -z $root ]] || return 0
  if at_home "$(readlink -f -- "$node")"; then
    fail "$node is in a home directory, where the service cannot reach it: install Node.js for the whole system, or name another with --node"
  fi
  if at_home "$prefix/"; then fail "$prefix is in a home directory, where the service cannot reach it: choose another --prefix"; fi
}

# Sets `from` to the folder of a package. A tarball is unpacked first.
find_package() {
  if [[ -z $from ]]; then from=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd); fi
  if [[ -f $from ]]; then
    scratch=$(mktemp -d)
    tar -xzf "$from" -C "$scratch" || fail "$from cannot be unpacked: is it the tarball of \"npm pack\"?"
    from=$scratch/package
  fi
  grep -qs "\"name\": \"$name\"" "$from/package.json" || fail "$from is not $name: there is no package.json of it"
  [[ -f $from/dist/main.js ]] || fail "$from/dist/main.js is missing: in a clone, build it first with: npm ci && node build.js"
  [[ $(readlink -f -- "$from") != $(readlink -f -- "$root$program") ]] || fail "$from is where it is to be installed: run this script from a new package or clone, or say --from"
}

has_changed=no

# install_file MODE SOURCE TARGET: prints what it did. Prints nothing if the target is already the same.
install_file() {
  if cmp -s -- "$2" "$root$3" && [[ $(stat -c %a -- "$root$3") == "${1#0}" ]]; then return 0; fi
  local did=written
  if [[ -e $root$3 ]]; then did=replaced; fi
  install -D -m "$1" -- "$2" "$root$3.new"
  mv -f -- "$root$3.new" "$root$3"
  has_changed=yes
  say "$did $3"
}

# keep_or_install MODE SOURCE TARGET: for files that the user may have changed. An existing file is kept.
keep_or_install() {
  if [[ -e $root$3 ]]; then
    say "kept $3"
  else
    install -D -m "$1" -- "$2" "$root$3"
    say "written $3"
  fi
}

install_program() {
  local staged=$root$program.new file
  rm -rf -- "$staged"
  install -d -m 0755 "$staged"
  # The files of the npm package. A clone contains more.
  for file in package.json README.md LICENSE CHANGELOG.md dist alertmanager/alertmanager.yml alertmanager/templates deploy/systemd docs \
    grafana/dashboards grafana/grafana.ini grafana/provisioning prometheus/prometheus.yml prometheus/rules prometheus/targets \
    src/config/reference.yml src/config/monitoring.schema.json; do
    [[ -e $from/$file ]] || continue
    install -d -m 0755 "$staged/$(dirname -- "$file")"
    cp -R -- "$from/$file" "$staged/$file"
  done
  # Only a clone contains these. Source maps need the sources, and the images are for readers.
  find "$staged/dist" -name '*.map' -delete
  rm -rf -- "$staged/docs/images"
  # The service's user must read the files, whatever the umask was at build time.
  chmod -R u=rwX,go=rX "$staged"
  if [[ -d $root$program ]] && diff -rq -- "$staged" "$root$program" >/dev/null; then
    rm -rf -- "$staged"
    return 0
  fi
  local did=written
  if [[ -d $root$program ]]; then did=replaced; fi
  rm -rf -- "$root${program:?}.old"
  [[ ! -d $root$program ]] || mv -- "$root$program" "$root$program.old"
  mv -- "$staged" "$root$program"
  rm -rf -- "$root${program:?}.old"
  has_changed=yes
  say "$did $program"
}

install_all() {
  check_system
  find_node
  find_package
  if [[ -z $scratch ]]; then scratch=$(mktemp -d); fi
  local version
  version=$("$node" "$from/dist/main.js" --version) || fail "$from/dist/main.js does not run with $node"
  say "$version with $node into $prefix${root:+, below $root}"

  install_program
  printf '#!/bin/sh\nexec %s %s/dist/main.js "$@"\n' "$node" "$program" >"$scratch/command"
  install_file 0755 "$scratch/command" "$command"
  sed -e "s#/usr/bin/node#$node#; s#/usr/local/lib/$name#$program#" "$from/deploy/systemd/$name.service" >"$scratch/unit"
  install_file 0644 "$scratch/unit" "$unit"
  install -d -m 0755 "$root$configuration"
  sed -e "s#/usr/local/lib/$name#$program#" "$from/deploy/systemd/monitoring.yml" >"$scratch/monitoring.yml"
  keep_or_install 0644 "$scratch/monitoring.yml" "$configuration/monitoring.yml"
  [[ -d $root$configuration/secrets ]] || install -d -m 0700 "$root$configuration/secrets"
  keep_or_install 0600 "$from/deploy/systemd/environment" "$environment"
  if [[ $has_changed == no ]]; then say 'nothing has changed'; fi
  if [[ -n $root || $start == no ]]; then return 0; fi
  start_service
}

start_service() {
  systemctl daemon-reload
  systemctl enable --quiet "$name"
  if [[ $has_changed == yes ]] && systemctl is-active --quiet "$name"; then
    systemctl restart "$name" || fail "$name does not start: journalctl -u $name says why"
    say "restarted $name; \"systemctl status $name\" says how it is"
  elif ! systemctl is-active --quiet "$name"; then
    systemctl start "$name" || fail "$name does not start: journalctl -u $name says why"
    say "started $name; \"systemctl status $name\" says how it is, http://localhost:10059/ how AI-CRM is"
  fi
}

remove() {
  [[ -e $root$1 || -L $root$1 ]] || return 0
  rm -rf -- "$root${1:?}"
  has_changed=yes
  say "removed $1"
}

uninstall_all() {
  if [[ -d $root$program ]] && ! grep -qs "\"name\": \"$name\"" "$root$program/package.json"; then
    fail "$program is not an installed $name: remove it by hand"
  fi
  if [[ -e $root$unit ]] && ! grep -qF " $program/dist/main.js " "$root$unit"; then
    fail "$unit starts a program elsewhere: say with --prefix where it was installed"
  fi
  if [[ -z $root ]]; then
    check_system
    if [[ -e $unit ]]; then systemctl disable --quiet --now "$name"; fi
  fi
  remove "$unit"
  remove "$command"
  remove "$program"
  # For a service with a dynamic user systemd makes a link and a folder.
  remove "/var/cache/$name"
  remove "/var/cache/private/$name"
  if [[ $purge == yes ]]; then
    remove "$unit.d"
    remove "$configuration"
    remove "$environment"
    remove "/var/lib/$name"
    remove "/var/lib/private/$name"
  elif [[ -e $root$configuration ]]; then
    say "kept $configuration, $environment and drop-ins: --uninstall --purge removes them"
  fi
  if [[ $has_changed == no ]]; then say 'nothing to remove'; fi
  if [[ -z $root ]]; then systemctl daemon-reload; fi
}

"${action}_all"
