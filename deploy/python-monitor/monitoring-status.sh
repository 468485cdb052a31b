#!/usr/bin/env bash
# The same name as the script of AI-CRM's Python monitor. Shows the state of exporter, Prometheus, Alertmanager and Grafana. Flags and exit
# codes are those of "status".
set -euo pipefail
main=$(cd "$(dirname "$0")/../.." && pwd)/dist/main.js
[[ ! -f $main ]] || exec node "$main" status "$@"
if ! command -v ai-crm-exporter >/dev/null; then
  echo "${0##*/}: ai-crm-exporter is not here: in a clone, build it with: npm ci && node build.js; or install it: docs/systemd.md" >&2
  exit 3
fi
exec ai-crm-exporter status "$@"
