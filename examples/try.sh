#!/usr/bin/env bash
# Runs the server on the example catalog, sends it the AdmissionReview of a Sandbox with a mistake, as
# kube-apiserver would, and shows the answer.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --locked # minutes, the first time

state=$(mktemp -d)
"${CARGO_TARGET_DIR:-target}/debug/sandbox-admission" serve --catalog examples/catalog --cert-dir "$state" \
    --bind-address 127.0.0.1:0 --health-probe-bind-address 127.0.0.1:0 \
    --metrics-bind-address 127.0.0.1:0 --shutdown-delay 0 2>"$state/log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -r "$state"' EXIT

# Port 0 is any free port. The log names the one that the server got, once it listens.
address=
until [ -n "$address" ]; do
    kill -0 "$server" 2>/dev/null || { cat "$state/log" >&2; exit 1; }
    sleep 0.1
    address=$(sed -n 's/.* answering admission reviews address=\([^ ]*\).*/\1/p' "$state/log")
done

printf '\nCREATE of the Sandbox team-a/billing-agent (examples/sandbox.yaml), which says\n\n'
sed -n '/^  suspensionStrategy:/,$p' examples/sandbox.yaml
curl --silent --show-error --fail --cacert "$state/ca.crt" \
    --header 'Content-Type: application/json' --data-binary @examples/reviews/create-sandbox.json \
    "https://$address/validate" >"$state/answer"

# One line per cause in the answer; `review` prints all of it.
printf '\nThe answer: denied, because of\n'
grep -oE '"message":"([^"\\]|\\.)*","field":"[^"]*"' "$state/answer" |
    sed -E 's/^"message":"(.*)","field":"(.*)"$/* \2: \1/; s/\\"/"/g'
