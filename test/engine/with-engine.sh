#!/usr/bin/env bash
# Runs a command with a Docker engine: the one of this machine, or else a private one. The private engine comes from Debian
# packages and ends with the command. It has its own namespaces: processes, mounts, network and images. Everything that the
# command starts is inside, so that one signal ends all of it and nothing is left behind.
#
#   test/engine/with-engine.sh docker compose up -d --wait
#   test/engine/with-engine.sh bash
#
# A private engine needs root, and on Debian: apt-get install busybox-static iproute2 iptables runc slirp4netns tini
set -euo pipefail
cd "$(dirname "$0")/../.."
newer=$PWD/.cache/newer

# The second part runs in the first process of the new namespaces, when the network is up.
if [[ ${1:-} == --inside ]]; then
  folder=$2
  shift 2
  mount --make-rshared /
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755 tmpfs /run
  # It may be a link into /run, which is empty here.
  resolver=$(readlink -m /etc/resolv.conf)
  [[ -e $resolver ]] || { mkdir -p "${resolver%/*}" && touch "$resolver"; }
  mount --bind "$folder/resolv.conf" "$resolver"
  ip link set lo up
  read -r -n 1 <"$folder/network" || { echo 'with-engine.sh: slirp4netns gives no network' >&2; exit 1; }

  export PATH=$newer/usr/bin:$newer/usr/sbin:/usr/sbin:/sbin:$PATH DOCKER_CONFIG=$folder/config TMPDIR=$folder/tmp
  unset DOCKER_HOST DOCKER_CONTEXT
  dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" -H unix:///run/docker.sock \
    --cgroup-parent="/${folder##*/}" --init-path=/usr/bin/tini-static >"$folder/log" 2>&1 &
  tries=0
  until docker info >/dev/null 2>&1; do
    if ((++tries > 300)) || ! kill -0 $! 2>/dev/null; then
      tail -n 30 "$folder/log" >&2
      echo 'with-engine.sh: the private engine does not start' >&2
      exit 1
    fi
    sleep 0.1
  done
  test/engine/import-images.sh
  status=0
  "$@" || status=$?
  exit "$status"
fi

(($# > 0)) || { echo 'usage: with-engine.sh COMMAND ...' >&2; exit 2; }
if docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then exec "$@"; fi

((UID == 0)) || { echo 'with-engine.sh: no Docker engine answers, and a private one can be started by root only' >&2; exit 1; }
for program in busybox ip iptables runc slirp4netns tini-static; do
  PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null ||
    { echo "with-engine.sh: $program is missing: apt-get install busybox-static iproute2 iptables runc slirp4netns tini" >&2; exit 1; }
done
scripts/newer-programs.sh docker.io docker-cli docker-compose docker-buildx containerd prometheus promtool prometheus-alertmanager
scripts/newer-node.sh >/dev/null

folder=$(mktemp -d /var/tmp/engine.XXXXXX)
chmod 755 "$folder"
end() {
  local status=$?
  # The end of the first process ends all others of the engine, and removes its mounts and network.
  kill -KILL "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  find /sys/fs/cgroup -depth -path "*/${folder##*/}*" -type d -exec rmdir {} + 2>/dev/null || true
  rm -rf "$folder"
  exit "$status"
}
pids=()
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir -p "$folder/config/cli-plugins"
mkdir -m 1777 "$folder/tmp"
ln -s "$newer"/usr/libexec/docker/cli-plugins/* "$folder/config/cli-plugins/"
echo 'nameserver 10.0.2.3' >"$folder/resolv.conf"
mkfifo "$folder/network"

# If this script is killed, the kernel signals its children.
setpriv --pdeathsig KILL unshare -m -n -p -u -i --propagation private --fork --kill-child \
  tini-static -- bash "$PWD/test/engine/with-engine.sh" --inside "$folder" "$@" &
machine=$!
pids+=("$machine")
until first=$(pgrep -P "$machine"); do kill -0 "$machine"; sleep 0.05; done
setpriv --pdeathsig KILL slirp4netns --configure --mtu=1400 --disable-host-loopback --ready-fd=3 "$first" tap0 3>"$folder/network" >/dev/null 2>&1 &
pids+=($!)
wait "$machine"
