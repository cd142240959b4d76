#!/usr/bin/env bash
# What a match of two processes costs on the wire, all headers included, over encrypted UDP and over WebRTC:
# both play in a network namespace of their own, whose byte counters nobody else moves.
# Needs root (for the namespace) and iproute2. A round trip takes microseconds there and nothing is lost.
# Nothing is subtracted: what is counted are packets of IPv4 with their headers, without those of a link below.
# The signaling server that WebRTC peers meet through is stopped before the counting begins.
set -euo pipefail
cd "$(dirname "$0")/.."
ARENA=$PWD/target/release/arena
SECONDS_PLAYED=${SECONDS_PLAYED:-30}
FRAMES=$((SECONDS_PLAYED * 60))

if [ "${1:-}" != "--inside" ]; then
    cargo build -q --release -p arena
    exec unshare -n "$0" --inside
fi
LOGS=$(mktemp -d)
CHILDREN=()
trap 'for pid in "${CHILDREN[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null || true; done; rm -rf "$LOGS"' EXIT

ip link set lo up
# WebRTC offers the peer no address of the loopback and needs a route for multicast: a cable that is plugged into itself has both.
# What a machine sends to its own address passes the loopback, whichever interface has that address.
ip link add cable0 type veth peer name cable1
ip address add 10.77.0.1/24 dev cable0
ip link set cable0 up
ip link set cable1 up
ip route add 224.0.0.0/4 dev cable0

# The loopback counts packets of IP, without an Ethernet header.
# (`/proc/net/dev` is that of the namespace; sent bytes and packets are its tenth and eleventh word.)
wire_bytes() { sent 10; }
wire_packets() { sent 11; }
sent() { awk -v field="$1" '$1 == "lo:" { print $field }' /proc/net/dev; }

# Usage: fail NAME "WHAT WENT WRONG"
fail() {
    cat "$LOGS"/?.err >&2
    echo "FAILED: $1: $2" >&2
    exit 1
}

# Usage: measure NAME "ARGUMENTS OF A" "ARGUMENTS OF B" [PROCESS THAT ENDS BEFORE THE COUNTING]
# Leaves the bytes per second and peer in `rate`.
measure() {
    local name=$1 a b bytes packets
    # shellcheck disable=SC2086
    timeout 120 "$ARENA" peer $2 --frames $((FRAMES + 600)) --json >"$LOGS/a.json" 2>"$LOGS/a.err" &
    a=$!
    # shellcheck disable=SC2086
    timeout 120 "$ARENA" peer $3 --frames $((FRAMES + 600)) --json >"$LOGS/b.json" 2>"$LOGS/b.err" &
    b=$!
    CHILDREN+=("$a" "$b")
    # The first seconds meet and shake hands.
    sleep 4
    [ -z "${4:-}" ] || { kill "$4" && wait "$4" || true; }
    sleep 1
    bytes=$(wire_bytes) packets=$(wire_packets)
    sleep "$SECONDS_PLAYED"
    bytes=$(($(wire_bytes) - bytes)) packets=$(($(wire_packets) - packets))
    kill -0 "$a" 2>/dev/null && kill -0 "$b" 2>/dev/null || fail "$name" "the match ended before the counting did"
    wait "$a" && wait "$b" || fail "$name" "a peer did not end in sync"
    # Each sends one datagram in each of 60 frames per second, or it was not a whole match that was counted.
    [ "$packets" -ge $((2 * 59 * SECONDS_PLAYED)) ] || fail "$name" "$packets packets in $SECONDS_PLAYED s"
    rate=$((bytes / SECONDS_PLAYED / 2))
    awk -v name="$name" -v bytes="$bytes" -v packets="$packets" -v time="$((2 * SECONDS_PLAYED))" 'BEGIN {
        printf "%-14s %6d B/s %6.1f kbit/s %6.1f packets/s per peer (28 B of IP and UDP in each: %d B/s), round trip below 1 ms, no loss\n",
            name, bytes / time, bytes * 8 / 1000 / time, packets / time, 28 * packets / time }'
}

measure "encrypted UDP" \
    "--bind 127.0.0.1:7001 --remote 127.0.0.1:7002 --player 0 --bot aggressive --room-key measured-here" \
    "--bind 127.0.0.1:7002 --remote 127.0.0.1:7001 --player 1 --bot cautious --room-key measured-here"
udp=$rate

"$ARENA" signal --bind 127.0.0.1:7003 >"$LOGS/signal.out" 2>&1 &
CHILDREN+=("$!")
measure WebRTC "--room ws://127.0.0.1:7003/wire --bot aggressive" "--room ws://127.0.0.1:7003/wire --bot cautious" "$!"
awk -v udp="$udp" -v webrtc="$rate" 'BEGIN { printf "WebRTC costs %.2f times what encrypted UDP costs\n", webrtc / udp }'
