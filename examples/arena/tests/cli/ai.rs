//! `arena peer` with an AI provider that hangs: how long a request takes by the real clock, over real sockets.

use crate::support::{arena, free_addresses, json, udp_peer};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Stdio};

/// The whole budget of a request, in milliseconds and frames.
const BUDGET_MS: u64 = 3_000;
const BUDGET_FRAMES: u64 = 180;
/// Until the request is confirmed, and from the offer to the commit: on loopback a few frames, and room for a machine that is busy.
const LEAD_FRAMES: u64 = 45;

fn peer(player: usize, addresses: [SocketAddr; 2], provider: SocketAddr, more: &[&str]) -> Child {
    // No template knows the prompt, so the provider is asked.
    let usual = ["--json", "--prompt", "my grandmother's sadness"];
    let mut command = arena(&udp_peer(player, addresses, &[&usual, more].concat()));
    command
        .env("OPENAI_BASE_URL", format!("http://{provider}/v1"))
        .env("OPENAI_MODEL", "one-that-hangs")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

/// How often it was called.
fn calls(provider: &TcpListener) -> usize {
    provider.set_nonblocking(true).expect("a setting");
    std::iter::from_fn(|| provider.accept().ok()).count()
}

#[test]
fn nobody_is_asked_for_a_weapon_that_the_guest_would_refuse() {
    let provider = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = provider.local_addr().expect("an address");
    let addresses = free_addresses();
    let tastes: [&[&str]; 2] = [&[], &["--refuse-ai-weapons"]];
    let peers = [0, 1].map(|player| {
        peer(
            player,
            addresses,
            address,
            &[&["--frames", "600"], tastes[player]].concat(),
        )
    });
    let reports = peers.map(|peer| json(&peer.wait_with_output().expect("it ends")));
    assert_eq!(calls(&provider), 0, "{}", reports[0]);
    assert_eq!(reports[0]["checksum"], reports[1]["checksum"]);
    let forged = ["weapons_committed", "weapons_fallback"].map(|key| reports[0][key].as_u64().unwrap_or(0));
    assert!(
        forged.iter().sum::<u64>() >= 1 && reports[0]["in_sync"] == true,
        "{}",
        reports[0]
    );
}

#[test]
fn a_weapon_is_usable_in_time_by_the_real_clock_though_the_provider_never_answers() {
    // It takes connections and never reads or answers.
    let provider = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = provider.local_addr().expect("an address");
    let addresses = free_addresses();
    let peers = [0, 1].map(|player| peer(player, addresses, address, &["--frames", "900"]));
    let reports = peers.map(|peer| json(&peer.wait_with_output().expect("it ends")));
    let calls = calls(&provider);
    assert!(calls >= 2, "the host asked the provider {calls} times");
    let figure = |key: &str| reports[0][key].as_u64().unwrap_or_else(|| panic!("{}", reports[0]));
    let (frames, ms) = (figure("forge_frames_max"), figure("forge_ms_max"));
    println!("from request to weapon: {frames} frames at most, {ms} ms at most in the forge, {calls} calls");
    assert!(ms >= BUDGET_MS / 2, "it waited for the provider: {ms} ms");
    assert!(frames <= BUDGET_FRAMES + LEAD_FRAMES, "{frames} frames");
    let forged = figure("weapons_committed") + figure("weapons_fallback");
    assert!(forged >= 2 && reports[0]["in_sync"] == true, "{}", reports[0]);
    assert_eq!(reports[0]["checksum"], reports[1]["checksum"]);
}
