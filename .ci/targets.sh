#!/usr/bin/env bash
# Golden traces on five targets: x86_64, aarch64, i686, s390x (big-endian) under qemu, and wasm32 under node.
#
#   .ci/targets.sh [--weapons | --stress | --lint] [--profile release|dev|both] [TARGET...]
#
# With --weapons it compares the golden weapons of weapon-gen instead of the traces of pvp-sim,
# with --stress it rolls a duel back in every frame (pvp-net) and compares the checksum at the end,
# with --lint it runs nothing and lints what only a page compiles: the browser's half of the WebRTC transport.
# A target that rustup has installed is built with the active toolchain.
# Otherwise Debian's compiler builds it together with the standard library (RUSTC_BOOTSTRAP, -Zbuild-std);
# on Debian, missing packages are installed when the script runs as root.
# There the standard library is built once per target, without optimization, and serves both profiles:
# "release" and "dev" then say how our own crates and what they compute with are built, checks of overflow included.
# The builds stay in target/targets, so that a second run takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=target/targets
# An abort needs no unwinder from the target.
export CARGO_PROFILE_DEV_PANIC=abort CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_DEV_DEBUG=0
TIMEFORMAT='%R s, %U s of processor'
# What computes a trace. Everything else is the standard library around it.
CRATES=(pvp-sim fixed xxhash-rust bytemuck)
unset RUSTC_WRAPPER || true

ALL=(x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu i686-unknown-linux-gnu s390x-unknown-linux-gnu wasm32-unknown-unknown)
PROFILES=(release dev)
GOLDEN=(-p pvp-sim --bin golden)
TARGETS=()
LINT=
while [ $# -gt 0 ]; do
    case "$1" in
        --weapons) GOLDEN=(-p weapon-gen --bin weapon-golden) CRATES+=(weapon-gen blake3 rustrict png) ;;
        --stress) GOLDEN=(-p pvp-net --bin duel-stress --no-default-features --features sim) CRATES+=(pvp-net) ;;
        --profile) case "$2" in both) ;; *) PROFILES=("$2") ;; esac; shift ;;
        --lint) LINT=1 ;;
        -*) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 2 ;;
        *) TARGETS+=("$1") ;;
    esac
    shift
done
BARE=()
[ ${#TARGETS[@]} -gt 0 ] || {
    TARGETS=("${ALL[@]}")
    [ "${GOLDEN[1]}" != pvp-sim ] || BARE=(wasm32-unknown-unknown thumbv7em-none-eabi)
}

LOG=$(mktemp)
trap 'rm -f "$LOG"' EXIT
HOST=$(rustc -vV | sed -n 's/^host: //p')

packages_for() {
    case "$1" in
        aarch64-*) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ;;
        s390x-*) echo gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user ;;
        i686-*) echo gcc-i686-linux-gnu libc6-dev-i386-cross qemu-user ;;
        wasm32-*) echo nodejs lld ;;
    esac
}

installed_by_rustup() {
    [ "$1" = "$HOST" ] || { command -v rustup >/dev/null && rustup target list --installed 2>/dev/null | grep -qx "$1"; }
}

install_packages() {
    local missing=()
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" != 0 ]; then
        echo "missing packages, install them as root: ${missing[*]}" >&2
        return 1
    fi
    apt-get update -qq >"$LOG" 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$LOG" 2>&1 ||
        { tail -20 "$LOG" >&2; return 1; }
}

# The linker and the program that runs the result, for one target.
set_tools() {
    local name=${1//-/_} linker runner
    case "$1" in
        aarch64-*) linker=aarch64-linux-gnu-gcc runner="qemu-aarch64 -L /usr/aarch64-linux-gnu" ;;
        s390x-*) linker=s390x-linux-gnu-gcc runner="qemu-s390x -L /usr/s390x-linux-gnu" ;;
        i686-*) linker=i686-linux-gnu-gcc runner="qemu-i386 -L /usr/i686-linux-gnu" ;;
        wasm32-*) linker=wasm-ld runner="node .ci/golden.mjs" ;;
        *) return 0 ;;
    esac
    export "CARGO_TARGET_${name^^}_LINKER=$linker" "CARGO_TARGET_${name^^}_RUNNER=$runner"
}

# Sets `cargo`: the command that builds for a target, and `flags`: those of a profile.
choose_cargo() {
    local target=$1 profile=$2 std=$3 crate
    cargo=(cargo) flags=()
    if installed_by_rustup "$target"; then
        [ "$profile" = dev ] || flags=(--release)
        return
    fi
    install_packages rustc-web cargo-web rust-web-src || return 1
    cargo=(env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 /usr/bin/cargo)
    flags=(--release "-Zbuild-std=$std" -Zbuild-std-features=)
    for crate in "${CRATES[@]}"; do
        crate=profile.release.package.$crate
        case "$profile" in
            release) flags+=(--config "$crate.opt-level=3") ;;
            dev) flags+=(--config "$crate.opt-level=2" --config "$crate.overflow-checks=true" --config "$crate.debug-assertions=true") ;;
        esac
    done
}

run_golden() {
    local target=$1 profile=$2 cargo flags
    choose_cargo "$target" "$profile" std,panic_abort || return 1
    "${cargo[@]}" run -q "${GOLDEN[@]}" --target "$target" "${flags[@]}"
}

# The library alone, without features and without the standard library, as a user on a bare machine builds it.
check_no_std() {
    local target=$1 cargo flags
    choose_cargo "$target" release core || return 1
    "${cargo[@]}" build -q -p pvp-sim --lib --no-default-features --target "$target" "${flags[@]}"
}

# The transport as a page has it, held to the lints that hold everywhere.
lint_page() {
    local cargo=(cargo) flags=()
    if ! installed_by_rustup wasm32-unknown-unknown; then
        install_packages rustc-web cargo-web rust-web-src rust-web-clippy || return 1
        # Its path and its place are said, as `cargo clippy` finds those of rustup.
        cargo=(env CARGO=/usr/bin/cargo SYSROOT=/usr RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo-clippy)
        flags=(-Zbuild-std=std,panic_abort -Zbuild-std-features=)
    fi
    "${cargo[@]}" clippy -q -p pvp-net --lib --no-default-features --features sim,webrtc \
        --target wasm32-unknown-unknown "${flags[@]}" -- -D warnings
}

# Usage: report TARGET PROFILE "WORDS WHEN IT PASSES" "WORDS WHEN IT FAILS" COMMAND...
report() {
    local target=$1 profile=$2 passes=$3 fails=$4 word spent
    shift 4
    spent=$({ time "$@" >"$LOG" 2>&1; } 2>&1) && word=$passes || { word=$fails failed=1; }
    printf '%-28s %-8s %s  %s (%s)\n' "$target" "$profile" "$word" "$(tail -1 "$LOG")" "$spent"
    [ "$word" = "$passes" ] || tail -40 "$LOG" | sed 's/^/    /'
}

failed=0
if [ -n "$LINT" ]; then
    report wasm32-unknown-unknown lint "no warning in pvp-net with WebRTC" "WARNINGS in pvp-net with WebRTC" lint_page
    exit $failed
fi
for target in "${TARGETS[@]}"; do
    # shellcheck disable=SC2046
    [ "$target" = "$HOST" ] || install_packages $(packages_for "$target")
    [ "$target" = "$HOST" ] || set_tools "$target"
    for profile in "${PROFILES[@]}"; do
        report "$target" "$profile" equal DIFFERS run_golden "$target" "$profile"
    done
done
for target in "${BARE[@]}"; do
    report "$target" release "builds without std" "FAILS to build without std" check_no_std "$target"
done
echo "$SECONDS s in all"
exit $failed
