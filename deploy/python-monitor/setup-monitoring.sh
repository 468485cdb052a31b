#!/usr/bin/env bash
# By the name that AI-CRM's Python monitor had: sets the monitoring up.
#   setup-monitoring.sh            with Docker where it is there, else as a service of systemd
#   setup-monitoring.sh --docker   exporter, Prometheus, Alertmanager and Grafana; further flags are those of "docker compose up"
#   setup-monitoring.sh --systemd  the exporter alone; further flags are those of deploy/systemd/install.sh
set -euo pipefail
project=$(cd "$(dirname "$0")/../.." && pwd)
way=${1:-}
if [[ -z $way ]]; then
  # The npm package has no compose file.
  if [[ -f $project/docker-compose.yml ]] && docker compose version >/dev/null 2>&1; then way=--docker; else way=--systemd; fi
fi
case $way in
  --docker) run=(docker compose --project-directory "$project" up --detach --wait "${@:2}") ;;
  --systemd) run=("$project/deploy/systemd/install.sh" "${@:2}") ;;
  *)
    echo "${0##*/}: $way is neither --docker nor --systemd" >&2
    exit 2
    ;;
esac
echo "${0##*/}: ${run[*]}" >&2
exec "${run[@]}"
