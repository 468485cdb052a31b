#!/usr/bin/env bash
# The same name as the script of AI-CRM's Python monitor. Sets up the monitoring. "setup-monitoring.sh --help" lists the ways.
set -euo pipefail
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  cat <<'TEXT'
usage: setup-monitoring.sh [--docker | --systemd] [FLAG...]

  --docker    exporter, Prometheus, Alertmanager and Grafana; further flags are those of "docker compose up"
  --systemd   the exporter alone, as a service; further flags are those of deploy/systemd/install.sh
              default: with Docker where it is there, else as a service; flags are passed on to either
TEXT
  exit 0
fi
project=$(cd "$(dirname "$0")/../.." && pwd)
case ${1:-} in
  --docker | --systemd)
    way=$1
    shift
    ;;
  '' | -*)
    # The npm package does not contain the compose file.
    if [[ -f $project/docker-compose.yml ]] && docker compose version >/dev/null 2>&1; then way=--docker; else way=--systemd; fi
    ;;
  *)
    echo "${0##*/}: $1 is neither --docker nor --systemd" >&2
    exit 2
    ;;
esac
case $way in
  --docker) run=(docker compose --project-directory "$project" up --detach --wait "$@") ;;
  *) run=("$project/deploy/systemd/install.sh" "$@") ;;
esac
echo "${0##*/}: ${run[*]}" >&2
exec "${run[@]}"
