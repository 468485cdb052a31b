#!/bin/sh
# Sets the password of Grafana's user admin. It is the given one, or else a random one that is generated at the first start and kept. The
# script prints where the password is, and never the password.
#
#   grafana-password.sh GIVEN_FILE KEPT_FILE
set -eu
given=$1
kept=$2

refuse() {
  echo "grafana-password: $1" >&2
  exit 1
}

keep() {
  temporary="$kept.$$"
  # Grafana's group may read it. Nobody may write it.
  { (umask 0337 && cat >"$temporary") && mv -f "$temporary" "$kept"; } || refuse "$kept cannot be written by user $(id -u): remove the volume grafana-admin, so that it is made anew"
}

folder=$(dirname "$given")
# If this user cannot enter the folder, the file seems to be missing. The script would then ignore a given password.
[ -x "$folder" ] || refuse "$folder cannot be entered by user $(id -u): chmod 755 it, and chown 65534 the files in it"

if [ -e "$given" ]; then
  [ -f "$given" ] || refuse "$given is not a file: put the password into one, or remove it and a random one is made"
  [ -r "$given" ] || refuse "$given cannot be read by user $(id -u): chown 65534 it, or chmod 644"
  grep -q '[^[:space:]]' "$given" || refuse "$given is empty: put the password into it, or remove it and a random one is made"
  if [ -e "$kept" ] && ! cmp -s "$given" "$kept"; then
    echo "grafana-password: the password has changed, but Grafana keeps the one of its first start; docs/docker.md, \"Passwords and secrets\", tells how to set it"
  fi
  keep <"$given"
elif [ ! -s "$kept" ]; then
  head -c 24 /dev/urandom | base64 | tr '+/' '-_' | keep
  echo "grafana-password: made a password for Grafana's user admin; read it with: docker compose exec grafana cat /run/grafana-admin/password"
fi
