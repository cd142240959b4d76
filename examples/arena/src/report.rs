//! Owns what is said about a finished match: the JSON object of `--json` and the summary for people.
//! Must not print: it makes text.

use pvp_net::Comparison;
use serde::Serialize;
use std::fmt::Write;

/// What comparing the last frame of a match came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compared {
    /// Both sides had the same state.
    Equal,
    /// They had not.
    Different,
    /// One side did not hear the other about it.
    #[serde(rename = "not compared")]
    NotCompared,
}

impl From<Comparison> for Compared {
    fn from(comparison: Comparison) -> Compared {
        match comparison {
            Comparison::Equal => Compared::Equal,
            Comparison::Different => Compared::Different,
            _ => Compared::NotCompared,
        }
    }
}

impl Compared {
    /// What two sides know together.
    #[must_use]
    pub fn with(self, other: Compared) -> Compared {
        match (self, other) {
            (Compared::Equal, Compared::Equal) => Compared::Equal,
            (Compared::Different, _) | (_, Compared::Different) => Compared::Different,
            _ => Compared::NotCompared,
        }
    }

    fn verdict(self) -> &'static str {
        match self {
            Compared::Equal => "in sync",
            Compared::Different => "OUT OF SYNC",
            Compared::NotCompared => "NOT COMPARED",
        }
    }
}

/// The result of `arena demo`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the keys of the JSON object")]
pub struct DemoReport {
    pub frames: u32,
    pub seed: u64,
    pub confirmed_frame: u32,
    pub checksum_a: String,
    pub checksum_b: String,
    pub compared: Compared,
    pub in_sync: bool,
    pub void_frame: Option<u32>,
    pub desyncs: u64,
    pub rollbacks: u64,
    pub rollback_depth_max: u32,
    pub stalled_frames: u64,
    pub bytes_per_second_a: f64,
    pub bytes_per_second_b: f64,
    pub packets_per_second_a: f64,
    pub packets_per_second_b: f64,
    pub weapons_committed: u32,
    pub weapons_by_provider: u32,
    pub weapons_fallback: u32,
    pub offers_refused: u32,
    pub requests_refused: [u32; 2],
    pub forge_frames_max: u32,
    pub rounds_won: [u32; 2],
    pub winner: Option<u8>,
    pub replay_written: Option<bool>,
}

/// The result of `arena peer`.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the fields are the keys of the JSON object")]
pub struct PeerReport {
    pub frames: u32,
    pub seed: u64,
    pub confirmed_frame: u32,
    pub checksum: String,
    pub compared: Compared,
    pub in_sync: bool,
    pub void_frame: Option<u32>,
    pub desyncs: u64,
    pub rollbacks: u64,
    pub rollback_depth_max: u32,
    pub stalled_frames: u64,
    pub bytes_per_second: f64,
    pub packets_per_second: f64,
    pub weapons_committed: u32,
    pub weapons_by_provider: u32,
    pub weapons_fallback: u32,
    pub offers_refused: u32,
    pub requests_refused: [u32; 2],
    pub forge_frames_max: u32,
    pub forge_ms_max: u64,
    pub winner: Option<u8>,
    pub dropped_packets: u64,
    pub replay_written: Option<bool>,
}

/// A checksum as it is printed everywhere.
#[must_use]
pub fn hex(checksum: u64) -> String {
    format!("{checksum:016x}")
}

/// One decimal is what a rate deserves.
#[must_use]
pub fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        (count as f64 / seconds * 10.0).round() / 10.0
    } else {
        0.0
    }
}

fn decision(winner: Option<u8>) -> String {
    match winner {
        Some(player) => format!("player {} won the match", player + 1),
        None => "no winner yet".to_owned(),
    }
}

fn void(text: &mut String, frame: Option<u32>) {
    if let Some(frame) = frame {
        let _ = writeln!(
            text,
            "void        both sides agree up to frame {frame}; nothing after it counts"
        );
    }
}

fn weapons(text: &mut String, committed: u32, fallback: u32) {
    let _ = writeln!(
        text,
        "weapons     {committed} forged from prompts and committed, {fallback} fallbacks"
    );
}

impl DemoReport {
    /// The summary for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = String::new();
        let verdict = self.compared.verdict();
        let _ = writeln!(
            text,
            "{verdict}: {} frames ({} s of play), seed {}",
            self.frames,
            self.frames / 60,
            self.seed
        );
        let _ = writeln!(
            text,
            "checksum    {} and {} at frame {}",
            self.checksum_a, self.checksum_b, self.confirmed_frame
        );
        void(&mut text, self.void_frame);
        let _ = writeln!(
            text,
            "rollbacks   {}, deepest {} frames",
            self.rollbacks, self.rollback_depth_max
        );
        let _ = writeln!(
            text,
            "stalls      {} frames, desyncs {}",
            self.stalled_frames, self.desyncs
        );
        let _ = writeln!(
            text,
            "network     {:.0} and {:.0} B/s, {:.0} and {:.0} packets/s (with 28 bytes of UDP/IP each)",
            self.bytes_per_second_a, self.bytes_per_second_b, self.packets_per_second_a, self.packets_per_second_b
        );
        weapons(&mut text, self.weapons_committed, self.weapons_fallback);
        let _ = writeln!(
            text,
            "forge       at most {} frames from request to weapon",
            self.forge_frames_max
        );
        let [first, second] = self.rounds_won;
        let _ = writeln!(text, "result      {}, rounds {first} : {second}", decision(self.winner));
        if self.winner.is_none() {
            let _ = writeln!(text, "            --frames 9000 plays most matches to their end");
        }
        text
    }
}

impl PeerReport {
    /// The summary for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = String::new();
        let verdict = self.compared.verdict();
        let _ = writeln!(text, "{verdict}: {} frames, match seed {}", self.frames, self.seed);
        let _ = writeln!(text, "checksum    {} at frame {}", self.checksum, self.confirmed_frame);
        void(&mut text, self.void_frame);
        let _ = writeln!(
            text,
            "rollbacks   {}, deepest {} frames",
            self.rollbacks, self.rollback_depth_max
        );
        let _ = writeln!(
            text,
            "stalls      {} frames, desyncs {}",
            self.stalled_frames, self.desyncs
        );
        let _ = writeln!(
            text,
            "network     {:.0} B/s, {:.0} packets/s, {} packets dropped",
            self.bytes_per_second, self.packets_per_second, self.dropped_packets
        );
        weapons(&mut text, self.weapons_committed, self.weapons_fallback);
        let _ = writeln!(
            text,
            "forge       at most {} frames from request to weapon, {} ms of them at the forge; {} by AI, {} offers refused",
            self.forge_frames_max, self.forge_ms_max, self.weapons_by_provider, self.offers_refused
        );
        let _ = writeln!(text, "result      {}", decision(self.winner));
        text
    }
}
