#!/usr/bin/env bash
# Real windows under a virtual screen, driven by keys and mouse: from the menu to a won round against a bot,
# and two windows that play each other by room code.
#
#   .ci/window.sh [FOLDER]      keeps the screenshots in FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
ARENA=target/release/arena
HOME_FOLDER=$(mktemp -d)
SHOTS=${1:-$HOME_FOLDER/shots}
mkdir -p "$SHOTS"
CHILDREN=()
finish() {
    local status=$?
    for pid in "${CHILDREN[@]:-}"; do
        [ -n "$pid" ] && kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    [ $status -eq 0 ] || for log in "$HOME_FOLDER"/*.log; do echo "== $log"; grep -v places "$log" | tail -n 12; done
    rm -rf "$HOME_FOLDER"
    exit $status
}
trap finish EXIT

# Waits until a pattern stands in a log. Usage: expect LOG PATTERN SECONDS
expect() {
    for _ in $(seq 1 $(($3 * 10))); do
        grep -q "$2" "$HOME_FOLDER/$1.log" && { echo "$1: $2"; return; }
        sleep 0.1
    done
    echo "FAILED: not seen within $3 s: $1: $2"
    exit 1
}

# Starts a window and waits for it. Usage: open NAME LEVEL ARGUMENTS...; sets PID and WINDOW.
open() {
    local name=$1 level=$2
    shift 2
    [ -e "$HOME_FOLDER/$name.json" ] || [ "$name" = first ] || echo '{}' >"$HOME_FOLDER/$name.json"
    RUST_LOG="arena=$level,error" NO_COLOR=1 "$ARENA" "$@" --settings "$HOME_FOLDER/$name.json" \
        --replay "$HOME_FOLDER/$name.replay" >"$HOME_FOLDER/$name.log" 2>&1 &
    PID=$!
    CHILDREN+=("$PID")
    WINDOW=$(timeout 30 xdotool search --sync --onlyvisible --pid "$PID" | head -1 || true)
    [ -n "$WINDOW" ] || { echo "FAILED: no window opened"; exit 1; }
    xdotool windowfocus --sync "$WINDOW"
    away
}

# The mouse over a menu would choose there.
away() { xdotool mousemove 1279 799; }

ends() {
    for _ in $(seq 1 50); do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
    wait "$1" || { echo "FAILED: the window ended with $?"; exit 1; }
}

keys() { for key in "$@"; do xdotool key "$key"; sleep 0.15; done; }

shot() { import -window "$WINDOW" "$SHOTS/$1.png"; }

# Aims at the other player where the log says they are, keeps away from them and fires, until a round is won.
# A lost match is played again.
win_a_round() {
    local line mine theirs lost=0 now
    xdotool mousedown 1
    for turn in $(seq 1 1500); do
        line=$(tail -n 40 "$HOME_FOLDER/bot.log" | grep places | tail -1)
        mine=$(sed -E 's/.*left=\(([0-9-]+), .*/\1/' <<<"$line")
        theirs=$(sed -E 's/.*right=\(([0-9-]+), ([0-9-]+)\).*/\1 \2/' <<<"$line")
        read -r x y <<<"$theirs"
        [ -n "$mine" ] && [ -n "$x" ] || continue
        xdotool mousemove --window "$WINDOW" $((x * 2)) $((y * 2))
        if [ $((x - mine)) -gt 200 ]; then xdotool keyup a keydown d
        elif [ $((mine - x)) -gt 200 ]; then xdotool keyup d keydown a
        else xdotool keyup a keyup d; fi
        [ $((turn % 7)) -eq 0 ] && xdotool key w
        # The weapon is soon empty: the next one is asked for whenever the forge may be ready.
        if [ $((turn % 60)) -eq 0 ]; then
            xdotool mouseup 1 keyup a keyup d key Return
            xdotool type --delay 12 "homing rocket launcher"
            xdotool key Return mousedown 1
        fi
        [ -e "$SHOTS/fight.png" ] || { [ "$turn" -gt 20 ] && shot fight; } || true
        grep -q 'round over winner=Some(0)' "$HOME_FOLDER/bot.log" && break
        now=$(grep -c 'round over' "$HOME_FOLDER/bot.log" || true)
        if [ "$now" -ge $((lost + 4)) ]; then
            lost=$now
            sleep 2
            xdotool mouseup 1 key r
            sleep 1
            forge
            xdotool mousedown 1
        fi
    done
    xdotool mouseup 1 keyup a keyup d
    away
    expect bot 'round over winner=Some(0)' 1
}

# Opens the prompt and asks for a weapon that finds its own way.
forge() {
    keys Return
    xdotool type --delay 40 "homing rocket launcher"
    shot prompt
    keys Return
}

[ -x "$ARENA" ] || cargo build --release -p arena
# The screen chooses a free number itself and tells it.
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$HOME_FOLDER/number" 2>/dev/null &
CHILDREN+=("$!")
for _ in $(seq 1 100); do [ -s "$HOME_FOLDER/number" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$HOME_FOLDER/number")
export DISPLAY

away

# The very first start is a match at once.
open first info play
expect first 'fight!' 20
keys Escape Down Down Return
ends "$PID"

# Menu, match, prompt, weapon, a round won, pause, menu, practice, replay, out.
open bot debug play
sleep 1
shot menu
keys Return
expect bot 'fight!' 20
forge
expect bot 'you hold: homing rocket launcher' 20
win_a_round
keys F3 Tab
shot overlays
keys Tab F3 Escape
shot pause
keys Down Return
expect bot 'screen go=Main' 5
keys Down Down Down Down Down Down Return
expect bot 'screen go=Practice' 5
sleep 1
shot practice
keys Escape Up Return
keys Down Down Down Down Down Down Down Return
expect bot 'screen go=Watch' 5
sleep 2
keys i h
shot replay
keys Escape
keys Up Up Return
expect bot 'screen go=Settings' 5
shot settings
keys Escape Up Return
ends "$PID"

# Two windows by room code; whoever opens the room serves it.
PORT=$(perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die; print $s->sockport')
open host info host FORGE7 --signal "ws://127.0.0.1:$PORT"
HOST=$PID HOST_WINDOW=$WINDOW
sleep 1
shot room
open guest info join forge7 --signal "ws://127.0.0.1:$PORT"
expect host 'you play against player' 30
expect guest 'you play against player' 30
sleep 1
keys Return
xdotool type --delay 40 "golden hammer"
keys Return
expect guest 'you hold: golden hammer' 30
expect host 'player holds: golden hammer' 30
keys F3
shot online
keys F3
# A game that stands still is waited for, and goes on.
kill -STOP "$PID"
sleep 4
WINDOW=$HOST_WINDOW
xdotool windowraise "$WINDOW"
sleep 0.5
shot waiting
kill -CONT "$PID"
expect host 'the match goes on' 20
expect guest 'the match goes on' 20
# Ctrl-C says goodbye.
kill -INT "$PID"
ends "$PID"
expect host 'player left the match' 10
xdotool windowfocus --sync "$WINDOW"
shot left
keys Escape
shot after
keys Down Down Return
ends "$HOST"

# Four fighters, and two persons at one machine.
open crowd info practice --fighters 4
sleep 3
shot crowd
keys Escape Up Return Up Return
ends "$PID"
open versus info play --versus
sleep 1
shot versus
keys Escape Down Down Return
ends "$PID"

COLORS=$(identify -format %k "$SHOTS/fight.png")
[ "$COLORS" -ge 12 ] || { echo "FAILED: the picture of the fight has $COLORS colors"; exit 1; }
echo "the windows did as they were told; $COLORS colors in the fight"
