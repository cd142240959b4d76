#!/usr/bin/env bash
# Shows that the whole-system simulation of pvp-net can fail: plants a fault in a copy, expects a seed that finds it.
# Then faults that a measurement of `tests/network` must notice: what a match is on the wire, and how late its inputs are.
# (The sessions' other tests have their planted faults beside them, such as `without_guard` in tests/hostile.)
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 CARGO_TARGET_DIR="$PWD/target/planted" PVP_SEEDS="${PVP_SEEDS:-0..200}"
COPY=$(mktemp -d)
trap 'rm -rf "$COPY"' EXIT
failed=0

copy_crates() {
    rm -rf "$COPY/pvp-sim" "$COPY/pvp-net"
    cp -r pvp-sim pvp-net "$COPY/"
    sed 's/^members = .*/members = ["pvp-sim", "pvp-net"]/; /^default-members/d' Cargo.toml >"$COPY/Cargo.toml"
    cp Cargo.lock README.md "$COPY/"
}

# Usage: replace NAME FILE TEXT REPLACEMENT
replace() {
    grep -qF "$3" "$COPY/pvp-net/src/$2" || { echo "$1: the text to replace is gone from $2"; failed=1; return 1; }
    TEXT=$3 NEW=$4 perl -0pi -e 's/\Q$ENV{TEXT}\E/$ENV{NEW}/' "$COPY/pvp-net/src/$2"
}

simulate() { (cd "$COPY" && cargo test --release -p pvp-net --test system) >"$COPY/log" 2>&1; }

# Usage: plant NAME FILE TEXT REPLACEMENT
plant() {
    copy_crates
    replace "$@" || return 0
    if simulate; then
        echo "$1: NOT found in seeds $PVP_SEEDS"
        failed=1
    elif ! grep -q 'again with: PVP_SEED' "$COPY/log"; then
        echo "$1: failed for another reason:"
        grep -E '^error' -A5 "$COPY/log" | head -20
        failed=1
    else
        echo "$1: found, $(grep -m1 -o 'PVP_SEED=[0-9]*' "$COPY/log")"
    fi
}

# Without a fault the copy must pass, or the findings below would prove nothing.
copy_crates
simulate || { tail -20 "$COPY/log"; exit 1; }

plant "a frame confirmed beyond the common one" session/hold.rs \
    'self.run.confirm_limit = target;' ''
plant "an acknowledgement counted one too far" lane.rs \
    'in self.in_flight.iter_mut().skip(1).enumerate()' 'in self.in_flight.iter_mut().skip(2).enumerate()'
plant "a commit before its acknowledgement" content.rs \
    'self.next_offer += 1;' 'self.next_offer += 1; self.committed.push_back(slot);'
plant "inputs forgotten by a resume" session/epoch.rs \
    'self.inputs_before(frame),' '[S::Input::default(); 2],'
plant "content not sent to a restarted process" epoch.rs \
    '.chain(contents)' '.chain(contents.take(0))'
plant "a living process taken for an older one" handshake.rs \
    'self.misdirected += 1;' ''

# Usage: measure NAME TEST ; what was replaced before must make the test of `tests/network` fail.
measure() {
    if (cd "$COPY" && cargo test --release -p pvp-net --test network "$2") >"$COPY/log" 2>&1; then
        echo "$1: NOT noticed by $2"
        failed=1
    elif ! grep -q 'test result: FAILED' "$COPY/log"; then
        echo "$1: failed for another reason:"
        grep -E '^error' -A5 "$COPY/log" | head -20
        failed=1
    else
        echo "$1: noticed by $2"
    fi
}

copy_crates
replace "a transfer without a cap" lane.rs 'self.refill_tokens(now);' 'self.refill_tokens(now); self.tokens = 1 << 30;' &&
    replace "a transfer without a cap" session/run.rs '        self.count_step(has_stepped);' \
        '        for _ in 0..40 { if self.lane.has_due(now, self.lane_resend_after()) { self.transmit(now, None); } }
        self.count_step(has_stepped);' &&
    measure "a transfer without a cap" priority
copy_crates
replace "loss counted too low" liveness.rs 'self.stats.peer_datagrams_received += received;' \
    'self.stats.peer_datagrams_received += received + 1;' && measure "loss counted too low" loss
exit $failed
