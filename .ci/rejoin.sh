#!/usr/bin/env bash
# How long a process that was killed in the middle of a match and started again takes until it plays again,
# over UDP on loopback or over WebRTC on one machine.
# Host and guest are killed in turns; every match must end in one state. Times are milliseconds of the clock on the wall.
#
#   .ci/rejoin.sh [RUNS] [PAUSE] [udp|webrtc]
#
# RUNS is 20 if it is not said; PAUSE seconds lie between the end of the process and its next start, 1 if it is not said.
# (For the first half second after its last packet the survivor keeps the place of the process that was killed.)
set -euo pipefail
cd "$(dirname "$0")/.."
ARENA=target/release/arena
RUNS=${1:-20} PAUSE=${2:-1} TRANSPORT=${3:-udp}
cargo build -q --release -p arena
LOGS=$(mktemp -d)
CHILDREN=()
trap 'for pid in "${CHILDREN[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null || true; done; rm -rf "$LOGS"' EXIT

free_udp_port() {
    # The kernel hands out an unused port; it is free again at once.
    perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1") or die; print $s->sockport'
}

# Usage: begin NAME PLAYER; leaves the process in `begun`.
begin() {
    local path=(--bind "127.0.0.1:${PORTS[$2]}" --remote "127.0.0.1:${PORTS[1 - $2]}" --player "$2" --room-key rejoin)
    [ "$TRANSPORT" = udp ] || path=(--room "ws://$SERVER/$run")
    # What the run before said must not be taken for this one's.
    rm -f "$LOGS/$1.err"
    "$ARENA" peer "${path[@]}" --frames 600 >"$LOGS/$1.out" 2>"$LOGS/$1.err" &
    begun=$!
    CHILDREN+=("$begun")
}

# Usage: await NAME WORDS; until the process has said them.
await() {
    local turns=0
    until grep -qs "$2" "$LOGS/$1.err"; do
        [ $((turns += 1)) -lt 15000 ] || fail "$1 never said '$2'"
        sleep 0.002
    done
}

fail() {
    tail -n +1 "$LOGS"/* >&2
    echo "FAILED: $*" >&2
    exit 1
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# `arena signal` on a port of its choice; leaves its address in `SERVER`.
open_rooms() {
    "$ARENA" signal --bind 127.0.0.1:0 >"$LOGS/signal.err" 2>&1 &
    CHILDREN+=("$!")
    await signal /ROOM
    SERVER=$(grep -oE '127\.0\.0\.1:[0-9]+' "$LOGS/signal.err" | head -1)
}

[ "$TRANSPORT" = udp ] || open_rooms
for run in $(seq "$RUNS"); do
    victim=$((run % 2))
    PORTS=("$(free_udp_port)" "$(free_udp_port)")
    begin survivor $((1 - victim))
    survivor=$begun
    begin victim "$victim"
    await victim "plays against"
    sleep 2
    kill -KILL "$begun"
    wait "$begun" 2>/dev/null || true
    sleep "$PAUSE"
    started=$(milliseconds)
    begin returned "$victim"
    await returned "the match goes on"
    echo $(($(milliseconds) - started)) >>"$LOGS/times"
    wait "$begun" && wait "$survivor" || fail "run $run did not end in sync"
done
read -r load _ </proc/loadavg
sort -n "$LOGS/times" | awk -v load="$load" -v cores="$(nproc)" '{ time[NR] = $1 } END {
    middle = (time[int((NR + 1) / 2)] + time[int(NR / 2) + 1]) / 2
    printf "%d runs: %.0f ms (%d to %d) from the start of the process, load %s on %d cores\n", NR, middle, time[1], time[NR], load, cores }'
