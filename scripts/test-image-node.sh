#!/usr/bin/env bash
# Runs the exporter's own tests on the Node.js of the image. Measures start-up and memory on that Node.js and on the Node.js of this
# machine. The tests must be compiled.
set -euo pipefail
cd "$(dirname "$0")/.."

measure() {
  node --version
  node .build/bench/main.js --quick --only startup
}
measure
folder=$(scripts/newer-node.sh)
# With this PATH the programs that a test starts run on the same Node.js.
PATH=$folder/bin:$PATH
measure
# Not with tap's runner: it may write files of tap again, and the tests of Docker, which CI runs at the same time, would miss them.
for name in app build cli/serve cli/signals cli/check http/server; do
  TAP_TIMEOUT=120 node --enable-source-maps ".build/test/$name.test.js"
done
