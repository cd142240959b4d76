#!/usr/bin/env bash
# Shows that the determinism guards outside `cargo test` can fail: plants a fault in a copy of pvp-sim, expects a refusal.
# (The guards inside `cargo test` have their planted faults beside them: tests/tidy/planted.rs, tests/guards.)
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
export CARGO_TARGET_DIR="$PWD/target/planted"
COPY=$(mktemp -d)
trap 'rm -rf "$COPY"' EXIT
failed=0

copy_crate() {
    rm -rf "$COPY/pvp-sim"
    cp -r pvp-sim "$COPY/"
    sed 's/^members = .*/members = ["pvp-sim"]/; /^default-members/d' Cargo.toml >"$COPY/Cargo.toml"
    cp Cargo.lock CHANGELOG.md "$COPY/"
}

# Usage: plant NAME EXPECTED_TEXT COMMAND... ; the fault is read from standard input and appended to src/rng.rs.
plant() {
    local name=$1 expected=$2
    shift 2
    copy_crate
    cat >>"$COPY/pvp-sim/src/rng.rs"
    if (cd "$COPY" && "$@") >"$COPY/log" 2>&1; then
        echo "$name: NOT caught by: $*"
        failed=1
    elif ! grep -q "$expected" "$COPY/log"; then
        echo "$name: failed for another reason than \"$expected\":"
        grep -E '^error' -A5 "$COPY/log" | head -20
        failed=1
    else
        echo "$name: caught (\"$expected\")"
    fi
}

CLIPPY=(cargo clippy -q -p pvp-sim --lib)

# Without a fault the copy must pass, or the refusals below would prove nothing.
copy_crate
(cd "$COPY" && "${CLIPPY[@]}" && cargo check -q -p pvp-sim --no-default-features --lib)

plant "a float type" "use of a disallowed type" "${CLIPPY[@]}" <<'RUST'
/// Planted.
pub fn planted(value: f32) -> i32 {
    value as i32
}
RUST

plant "float arithmetic" "floating-point arithmetic detected" "${CLIPPY[@]}" <<'RUST'
/// Planted.
pub fn planted(value: i32) -> i32 {
    (1.5 * value as f64) as i32
}
RUST

plant "a hash map" "cannot find module or crate \`std\`\|unlinked crate" cargo check -q -p pvp-sim --no-default-features --lib <<'RUST'
/// Planted.
pub fn planted() -> std::collections::HashMap<u32, u32> {
    std::collections::HashMap::new()
}
RUST

plant "padding in plain data" "derive(Pod) was applied to a type with padding" cargo check -q -p pvp-sim --lib <<'RUST'
/// Planted.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Planted {
    small: u8,
    large: u32,
}
RUST

plant "unsafe code" "usage of an \`unsafe\` block" cargo check -q -p pvp-sim --lib <<'RUST'
/// Planted.
pub fn planted(word: &u32) -> u32 {
    unsafe { *(word as *const u32) }
}
RUST

# The order in which projectiles meet the world decides who is hit first: the golden traces notice when it turns round.
plant_order() {
    copy_crate
    local file="$COPY/pvp-sim/src/step/projectiles.rs"
    sed -i 's/let bit = slow.trailing_zeros() as usize;/let bit = 31 - slow.leading_zeros() as usize;/; s/slow &= slow - 1;/slow \&= !(1 << bit);/' "$file"
    cmp -s "$file" pvp-sim/src/step/projectiles.rs && { echo "the iteration order: nothing was planted"; failed=1; return; }
    if (cd "$COPY" && cargo run -q -p pvp-sim --bin golden) >"$COPY/log" 2>&1; then
        echo "the iteration order: NOT caught by the golden traces"
        failed=1
    else
        echo "the iteration order: caught (\"$(grep -m1 expected "$COPY/log")\")"
    fi
}
plant_order
exit $failed
