#!/usr/bin/env bash
# Runs the exporter's own tests on the Node.js of the image, and measures its start and memory there and on the Node.js of this
# machine. The tests are compiled already.
set -euo pipefail
cd "$(dirname "$0")/.."

measure() {
  node --version
  node .build/bench/main.js --quick --only startup
}
measure
folder=$(scripts/newer-node.sh)
# Whatever a test starts runs on the Node.js that runs the test.
PATH=$folder/bin:$PATH
measure
node_modules/.bin/tap --jobs=2 .build/test/{app,build}.test.js .build/test/cli/{serve,signals,check}.test.js .build/test/http/server.test.js
