//! The table and the JSON of the comparison, and the goals it is held against.
//!
//! It must not judge absolute times: they depend on the machine, and on what else it does.

use std::fmt::Write;

use serde::Serialize;

use super::arena::EndFigures;

/// All contenders under one condition.
#[derive(Clone, Debug, Serialize)]
pub struct Condition {
    /// Its name: round trip, loss, jitter.
    pub name: &'static str,
    /// Ours first.
    pub rows: Vec<Row>,
}

/// One contender: the mean of both ends, recoveries of both.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The library.
    pub name: &'static str,
    /// Bytes per second and peer, with 28 bytes for UDP and IP each.
    pub wire_bytes_per_second: f64,
    /// The same without them.
    pub payload_bytes_per_second: f64,
    /// Datagrams per second and peer.
    pub packets_per_second: f64,
    /// The largest datagram, in bytes.
    pub datagram_bytes_max: u64,
    /// Processor time of one frame with its packets: the median, in nanoseconds.
    pub frame_ns: f64,
    /// Heap allocations per frame.
    pub allocations_per_frame: f64,
    /// Frames simulated again per frame.
    pub resimulated_per_frame: f64,
    /// Ticks in which no frame could be played, in percent.
    pub stalled_percent: f64,
    /// Frames played by both ends together.
    pub frames: usize,
    /// From the end of an outage of 300 ms to the first new frame, in milliseconds: mean over all outages and both ends.
    pub recovery_ms_mean: Option<f64>,
    /// The longest of them.
    pub recovery_ms_max: Option<f64>,
}

impl Row {
    pub(super) fn new(name: &'static str, ends: &[EndFigures; 2]) -> Row {
        let mean = |figure: fn(&EndFigures) -> f64| (figure(&ends[0]) + figure(&ends[1])) / 2.0;
        let recoveries: Vec<f64> = ends.iter().flat_map(|end| end.recoveries_ms.iter().copied()).collect();
        let is_measured = !recoveries.is_empty();
        Row {
            name,
            wire_bytes_per_second: mean(|end| end.wire_bytes_per_second),
            payload_bytes_per_second: mean(|end| end.payload_bytes_per_second),
            packets_per_second: mean(|end| end.packets_per_second),
            datagram_bytes_max: ends[0].datagram_bytes_max.max(ends[1].datagram_bytes_max),
            frame_ns: mean(|end| end.tick_ns_median),
            allocations_per_frame: mean(|end| end.allocations_per_frame),
            resimulated_per_frame: mean(|end| end.resimulated_per_frame),
            stalled_percent: mean(|end| end.stalled_percent),
            frames: ends[0].frames + ends[1].frames,
            recovery_ms_mean: is_measured.then(|| recoveries.iter().sum::<f64>() / recoveries.len() as f64),
            recovery_ms_max: recoveries.into_iter().reduce(f64::max),
        }
    }
}

impl Condition {
    /// The condition as a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = format!("{}\n", self.name);
        let _ = writeln!(
            out,
            "  {:<18} {:>9} {:>9} {:>9} {:>8} {:>9} {:>8} {:>7} {:>7} {:>15}",
            "", "wire B/s", "payload", "packets/s", "largest", "ns/frame", "allocs", "resim", "stall%", "recovery ms"
        );
        for row in &self.rows {
            let recovery = match (row.recovery_ms_mean, row.recovery_ms_max) {
                (Some(mean), Some(max)) => format!("{mean:.0} (max {max:.0})"),
                _ => "-".to_owned(),
            };
            let _ = writeln!(
                out,
                "  {:<18} {:>9.0} {:>9.0} {:>9.1} {:>8} {:>9.0} {:>8.1} {:>7.3} {:>7.2} {:>15}",
                row.name,
                row.wire_bytes_per_second,
                row.payload_bytes_per_second,
                row.packets_per_second,
                row.datagram_bytes_max,
                row.frame_ns,
                row.allocations_per_frame,
                row.resimulated_per_frame,
                row.stalled_percent,
                recovery
            );
        }
        out
    }

    /// Goals that were missed: ahead of both peers on bytes, packets and recovery, and within our own bars.
    #[must_use]
    pub fn missed(&self) -> Vec<String> {
        let Some((ours, peers)) = self.rows.split_first() else {
            return Vec::new();
        };
        let mut missed = Vec::new();
        let mut require = |what: &str, figure: f64, limit: f64| {
            if figure > limit {
                missed.push(format!(
                    "{}: {what} {figure:.0}, required at most {limit:.0}",
                    self.name
                ));
            }
        };
        for peer in peers {
            require("wire B/s", ours.wire_bytes_per_second, peer.wire_bytes_per_second);
            require("packets/s", ours.packets_per_second, peer.packets_per_second);
            if let (Some(ours), Some(peer)) = (ours.recovery_ms_mean, peer.recovery_ms_mean) {
                require("mean recovery in ms", ours, peer);
            }
        }
        require("wire bit/s", ours.wire_bytes_per_second * 8.0, 20_000.0);
        require("packets/s", ours.packets_per_second, 62.0);
        if let Some(recovery) = ours.recovery_ms_max {
            // One way of 50 ms, and 50 ms.
            require("longest recovery in ms", recovery, 100.0);
        }
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &'static str, bytes: f64, packets: f64, recovery: f64) -> Row {
        let end = EndFigures {
            wire_bytes_per_second: bytes,
            packets_per_second: packets,
            recoveries_ms: vec![recovery],
            ..EndFigures::default()
        };
        Row::new(name, &[end.clone(), end])
    }

    fn missed(ours: Row) -> Vec<String> {
        let rows = vec![ours, row("peer", 8_000.0, 130.0, 230.0)];
        Condition { name: "test", rows }.missed()
    }

    #[test]
    fn a_goal_that_is_missed_is_named() {
        assert_eq!(missed(row("ours", 2_300.0, 60.0, 60.0)), Vec::<String>::new());
        assert!(missed(row("ours", 2_600.0, 60.0, 60.0))[0].contains("wire bit/s"));
        assert!(missed(row("ours", 2_300.0, 63.0, 60.0))[0].contains("packets/s"));
        assert!(missed(row("ours", 2_300.0, 60.0, 101.0))[0].contains("longest recovery"));
        let worse_than_the_peer = missed(row("ours", 9_000.0, 140.0, 240.0));
        assert_eq!(worse_than_the_peer.len(), 6, "{worse_than_the_peer:?}");
    }
}
