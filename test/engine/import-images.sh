#!/usr/bin/env bash
# Makes the images of Dockerfile, docker-compose.yml and docs/docker.md from programs of this machine, for an engine without a
# registry:
#
#   node                      busybox instead of Alpine; Node.js and npm from the npm registry, the newest of the same major
#   alpine                    busybox
#   prometheus, alertmanager  programs of a newer Debian, with user, paths and entrypoint of the official images
#   grafana                   a stand-in: grafana-stand-in.js
set -euo pipefail
cd "$(dirname "$0")/../.."
newer=$PWD/.cache/newer/usr
node=$(scripts/newer-node.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# begin NAME: makes a root folder with a shell and the users of the official images. The next steps fill it.
begin() {
  root=$work/$1
  mkdir -p "$root"/{bin,etc,proc,sys,dev,run,root,usr/local/bin,var/lib} "$root"/etc/ssl/certs
  ln -s ../bin "$root/usr/bin"
  mkdir -m 1777 "$root/tmp"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in $(busybox --list); do [[ $applet == busybox ]] || ln -s busybox "$root/bin/$applet"; done
  printf '%s\n' root:x:0:0:root:/root:/bin/sh grafana:x:472:0::/var/lib/grafana:/bin/sh nobody:x:65534:65534:nobody:/:/bin/false >"$root/etc/passwd"
  printf '%s\n' root:x:0: nobody:x:65534: >"$root/etc/group"
}

# program FILE PATH: copies a program with its libraries.
program() {
  cp "$1" "$root$2"
  ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' | while read -r library; do
    mkdir -p "$root${library%/*}"
    cp -L "$library" "$root$library"
  done
}

# folder USER:GROUP MODE PATH
folder() {
  mkdir -p "$root$3"
  chown "$1" "$root$3"
  chmod "$2" "$root$3"
}

# finish IMAGE INSTRUCTION ...
finish() {
  local image=$1 instruction changes=()
  shift
  for instruction in "$@"; do changes+=(--change "$instruction"); done
  tar -c -C "$root" . | docker import "${changes[@]}" - "$image" >/dev/null
  rm -rf "$root"
}

# of NAME: prints the image of that name in docker-compose.yml, with its tag.
of() { sed -nE "s|^ *image: ($1:.*)|\1|p" docker-compose.yml; }

begin node
program "$node/bin/node" /usr/local/bin/node
cp -r "$node/lib" "$root/usr/local/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
# The build uses the package sources and the trusted certificates of this machine.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
finish "$(sed -n 's/^ARG NODE_IMAGE=//p' Dockerfile)" 'ENV PATH=/usr/local/bin:/bin' 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
  "ENV NPM_CONFIG_REGISTRY=$(npm config get registry)" 'CMD ["node"]' &

(
  begin prometheus
  program "$newer/bin/prometheus" /bin/prometheus
  program "$newer/bin/promtool" /bin/promtool
  folder 65534:65534 0777 /prometheus
  folder 0:0 0755 /etc/prometheus
  finish "$(of prom/prometheus)" 'USER nobody' 'WORKDIR /prometheus' 'VOLUME /prometheus' 'ENTRYPOINT ["/bin/prometheus"]' 'EXPOSE 9090'
) &

(
  begin alertmanager
  program "$newer/bin/prometheus-alertmanager" /bin/alertmanager
  program "$newer/bin/amtool" /bin/amtool
  # In the official image these are part of the program.
  mkdir -p "$root/usr/share/prometheus"
  cp -r "$newer/share/prometheus/alertmanager" "$root/usr/share/prometheus/"
  folder 65534:65534 0777 /alertmanager
  folder 0:0 0755 /etc/alertmanager
  echo 'route: {receiver: of the image}' >"$root/etc/alertmanager/alertmanager.yml"
  finish "$(of prom/alertmanager)" 'USER nobody' 'WORKDIR /alertmanager' 'VOLUME /alertmanager' 'ENTRYPOINT ["/bin/alertmanager"]' 'EXPOSE 9093'
) &

(
  begin grafana
  program "$node/bin/node" /usr/local/bin/node
  mkdir -p "$root/usr/share/grafana/bin"
  cp test/engine/grafana-stand-in.js "$root/usr/share/grafana/bin/grafana"
  chmod 755 "$root/usr/share/grafana/bin/grafana"
  folder 472:0 0777 /var/lib/grafana
  finish "$(of grafana/grafana)" 'USER 472' 'WORKDIR /usr/share/grafana' 'ENV PATH=/usr/share/grafana/bin:/usr/local/bin:/bin' \
    'ENTRYPOINT ["grafana", "server"]' 'EXPOSE 3000'
) &

(
  # docs/docker.md uses it for backups.
  begin alpine
  finish "$(grep -oE -m 1 'alpine:[0-9.]+' docs/docker.md)" 'ENV PATH=/bin' 'CMD ["sh"]'
) &
for job in $(jobs -p); do wait "$job"; done
