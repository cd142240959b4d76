#!/usr/bin/env bash
# Instructions per step of the two load scenes, counted by callgrind, against their limits.
# Counts depend on the compiler and not on the machine or its load, so they gate; times are for `versus`.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never
FRAMES=240
declare -A LIMIT=([A]=${LIMIT_A:-25000} [B]=${LIMIT_B:-500000})

command -v valgrind >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends valgrind; } >/dev/null
CARGO_PROFILE_RELEASE_DEBUG=1 cargo build -q --release -p pvp-sim --bin instructions --target-dir target/instructions
LOG=$(mktemp)
trap 'rm -f "$LOG" "$LOG.out"' EXIT
failed=0
for scene in A B; do
    # Only what runs inside `measured_step` counts: the scene's own work of firing again does not.
    valgrind --tool=callgrind --callgrind-out-file="$LOG.out" --toggle-collect='*measured_step*' \
        target/instructions/release/instructions "$scene" "$FRAMES" >"$LOG" 2>&1 || { cat "$LOG"; exit 1; }
    total=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$LOG")
    [ "${total:-0}" -gt 0 ] || { cat "$LOG"; echo "nothing was counted"; exit 1; }
    each=$((total / FRAMES))
    verdict=ok
    [ "$each" -le "${LIMIT[$scene]}" ] || { verdict=TOO-MANY failed=1; }
    printf 'scene %s: %d instructions per step, limit %d: %s\n' "$scene" "$each" "${LIMIT[$scene]}" "$verdict"
done
exit $failed
