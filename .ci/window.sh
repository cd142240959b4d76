#!/usr/bin/env bash
# A real window under a virtual screen: it opens, takes keys, and a typed prompt becomes a weapon.
#
#   .ci/window.sh [FOLDER]      keeps the screenshots in FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
ARENA=target/release/arena
SHOTS=${1:-$(mktemp -d)}
mkdir -p "$SHOTS"
LOG=$(mktemp)
CHILDREN=()
finish() {
    local status=$?
    for pid in "${CHILDREN[@]:-}"; do
        [ -n "$pid" ] && kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    [ $status -eq 0 ] || { echo "the window's log:"; tail -20 "$LOG"; }
    rm -f "$LOG"
    exit $status
}
trap finish EXIT

# Waits until a pattern stands in the log. Usage: expect PATTERN SECONDS
expect() {
    for _ in $(seq 1 $(($2 * 10))); do
        grep -q "$1" "$LOG" && { echo "seen: $1"; return; }
        sleep 0.1
    done
    echo "FAILED: not seen within $2 s: $1"
    exit 1
}

[ -x "$ARENA" ] || cargo build --release -p arena
# The screen chooses a free number itself and tells it.
NUMBER=$(mktemp)
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$NUMBER" 2>/dev/null &
CHILDREN+=("$!")
for _ in $(seq 1 100); do [ -s "$NUMBER" ] && break; sleep 0.1; done
export DISPLAY=:$(cat "$NUMBER")
rm -f "$NUMBER"
RUST_LOG=arena=info,error NO_COLOR=1 "$ARENA" play >"$LOG" 2>&1 &
GAME=$!
CHILDREN+=("$GAME")
WINDOW=$(timeout 30 xdotool search --sync --onlyvisible --name "Pixel Forge" | head -1)
[ -n "$WINDOW" ] || { echo "FAILED: no window opened"; exit 1; }
xdotool windowfocus --sync "$WINDOW"
expect "fight!" 20
xdotool key Return
xdotool type --delay 40 "flaming bow"
import -window root "$SHOTS/prompt.png"
xdotool key Return
expect "you hold: flaming bow" 20
xdotool keydown d mousemove 900 400 mousedown 1
sleep 2
import -window root "$SHOTS/fight.png"
xdotool keyup d mouseup 1
# A picture of more than a few colors was drawn.
COLORS=$(identify -format %k "$SHOTS/fight.png")
[ "$COLORS" -ge 12 ] || { echo "FAILED: the picture has $COLORS colors"; exit 1; }
xdotool key Escape
sleep 0.3
import -window root "$SHOTS/pause.png"
xdotool key q
for _ in $(seq 1 50); do kill -0 "$GAME" 2>/dev/null || break; sleep 0.1; done
wait "$GAME" || { echo "FAILED: the window ended with $?"; exit 1; }
echo "the window opened, forged and closed; $COLORS colors"
