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
node_modules/.bin/tap --jobs=2 .build/test/{app,build}.test.js .build/test/cli/{serve,signals,check}.test.js .build/test/http/server.test.js
