#!/usr/bin/env bash
# Runs the server on the example catalog, asks it about a Sandbox with two mistakes, as
# kube-apiserver would, and shows what `kubectl apply` would print.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --locked

state=$(mktemp -d)
"${CARGO_TARGET_DIR:-target}/debug/sandbox-admission" serve --catalog examples/catalog --cert-dir "$state" \
    --bind-address 127.0.0.1:9443 --health-probe-bind-address 127.0.0.1:8081 \
    --metrics-bind-address 127.0.0.1:8080 --shutdown-delay 0 2>"$state/log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -r "$state"' EXIT

for _ in $(seq 100); do
    kill -0 "$server" 2>/dev/null || { cat "$state/log" >&2; exit 1; }
    curl --silent --fail --output /dev/null http://127.0.0.1:8081/readyz && break
    sleep 0.1
done
curl --silent --show-error --fail --cacert "$state/ca.crt" \
    --header 'Content-Type: application/json' --data-binary @examples/reviews/create-sandbox.json \
    https://127.0.0.1:9443/validate >"$state/answer"
python3 - "$state/answer" <<'PYTHON' || cat "$state/answer"
import json, sys

status = json.load(open(sys.argv[1]))["response"]["status"]
print(f'The {status["details"]["kind"]} "{status["details"]["name"]}" is invalid:')
for cause in status["details"]["causes"]:
    print(f'* {cause["field"]}: {cause["message"]}')
PYTHON
