//! What a match costs on every kind of link, as a golden table: a change of behavior shows as a readable difference.
//!
//! `PVP_BLESS=1 cargo test -p pvp-net --test session netsim` rewrites it.

use std::fmt::Write;

use pvp_net::transport::link::LinkConfig;

use crate::duel::Duel;

const GOLDEN: &str = include_str!("netsim.txt");
const RTT_MS: [u32; 6] = [0, 30, 60, 100, 150, 250];
const LOSS_PCT: [u8; 5] = [0, 1, 5, 10, 20];
const SECONDS: u64 = 30;

/// Rollbacks per second, deepest rollback, stalled frames per second, bytes per second: of both peers together, halved.
fn cell(rtt_ms: u32, loss_pct: u8) -> String {
    let mut duel = Duel::over(LinkConfig::new(17, rtt_ms, rtt_ms / 20, loss_pct));
    duel.connect();
    duel.run_ms(2_000);
    let before = duel.peers.each_ref().map(|peer| peer.session.stats());
    duel.run_ms(SECONDS * 1_000);
    duel.assert_in_sync();
    let after = duel.peers.each_ref().map(|peer| peer.session.stats());
    let per_second = |total: u64| total as f64 / (2 * SECONDS) as f64;
    let sum = |figure: fn(&pvp_net::Stats) -> u64| -> u64 {
        after
            .iter()
            .zip(&before)
            .map(|(after, before)| figure(after) - figure(before))
            .sum()
    };
    format!(
        "{:4.1} {:2} {:4.1} {:4.0}",
        per_second(sum(|stats| stats.rollbacks)),
        after[0].rollback_depth_max.max(after[1].rollback_depth_max),
        per_second(sum(|stats| stats.stalled_frames)),
        per_second(sum(|stats| stats.wire_bytes_sent)),
    )
}

fn table() -> String {
    let mut out = String::from(
        "Per peer: rollbacks/s, deepest rollback, stalled frames/s, bytes/s with 28 per datagram.\n\
         30 s of virtual time, input delay 2, prediction window 10, jitter = RTT / 20.\n\n RTT ms",
    );
    for loss_pct in LOSS_PCT {
        let _ = write!(out, " | {:<17}", format!("loss {loss_pct} %"));
    }
    out.push('\n');
    for rtt_ms in RTT_MS {
        let _ = write!(out, "{rtt_ms:7}");
        for loss_pct in LOSS_PCT {
            let _ = write!(out, " | {}", cell(rtt_ms, loss_pct));
        }
        out.push('\n');
    }
    out
}

#[test]
fn the_table_of_links_is_unchanged() {
    let table = table();
    if std::env::var_os("PVP_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/session/netsim.txt");
        std::fs::write(path, &table).expect("the source tree is writable");
        return;
    }
    assert!(table == GOLDEN, "the table is now (PVP_BLESS=1 writes it):\n{table}");
}
