#!/usr/bin/env bash
# What a match of two processes costs on the wire over encrypted UDP, all headers included:
# both play on the loopback of a network namespace of their own, whose byte counters nobody else moves.
# Needs root (for the namespace) and iproute2. A round trip takes microseconds there and nothing is lost.
set -euo pipefail
cd "$(dirname "$0")/.."
ARENA=$PWD/target/release/arena
SECONDS_PLAYED=${SECONDS_PLAYED:-30}
FRAMES=$((SECONDS_PLAYED * 60))

if [ "${1:-}" != "--inside" ]; then
    cargo build -q --release -p arena
    exec unshare -n "$0" --inside
fi
ip link set lo up
LOGS=$(mktemp -d)
CHILDREN=()
trap 'for pid in "${CHILDREN[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null || true; done; rm -rf "$LOGS"' EXIT

# The loopback counts packets of IP, without an Ethernet header.
# (`/proc/net/dev` is that of the namespace; sent bytes and packets are its tenth and eleventh word.)
wire_bytes() { sent 10; }
wire_packets() { sent 11; }
sent() { awk -v field="$1" '$1 == "lo:" { print $field }' /proc/net/dev; }

# Usage: measure NAME "ARGUMENTS OF A" "ARGUMENTS OF B"
measure() {
    local bytes packets
    # shellcheck disable=SC2086
    timeout 120 "$ARENA" peer $2 --frames $((FRAMES + 600)) --json >"$LOGS/a.json" 2>"$LOGS/a.err" &
    local a=$!
    # shellcheck disable=SC2086
    timeout 120 "$ARENA" peer $3 --frames $((FRAMES + 600)) --json >"$LOGS/b.json" 2>"$LOGS/b.err" &
    local b=$!
    CHILDREN+=("$a" "$b")
    # The first seconds meet and shake hands.
    sleep 5
    bytes=$(wire_bytes) packets=$(wire_packets)
    sleep "$SECONDS_PLAYED"
    bytes=$(($(wire_bytes) - bytes)) packets=$(($(wire_packets) - packets))
    wait "$a" && wait "$b" || { cat "$LOGS"/?.err; echo "FAILED: $1"; exit 1; }
    printf '%-14s %6d B/s %6.1f kbit/s %6.1f packets/s per peer, round trip below 1 ms, no loss\n' "$1" \
        $((bytes / SECONDS_PLAYED / 2)) "$(echo "$bytes $SECONDS_PLAYED" | awk '{ print $1 * 8 / 2000 / $2 }')" \
        "$(echo "$packets $SECONDS_PLAYED" | awk '{ print $1 / 2 / $2 }')"
}

measure "encrypted UDP" \
    "--bind 127.0.0.1:7001 --remote 127.0.0.1:7002 --player 0 --bot aggressive --room-key measured-here" \
    "--bind 127.0.0.1:7002 --remote 127.0.0.1:7001 --player 1 --bot cautious --room-key measured-here"
