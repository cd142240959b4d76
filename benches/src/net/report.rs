//! The table and the JSON of the comparison, and the goals it is held against.
//!
//! It must not judge absolute times: they depend on the machine, and on what else it does.

use std::fmt::Write;

use serde::Serialize;

use super::arena::EndFigures;
use crate::measure::Spread;
use pvp_net::transport::udp::UDP_SEAL_BYTES;

/// All contenders under one condition.
#[derive(Clone, Debug, Serialize)]
pub struct Condition {
    /// Its name: round trip, loss, jitter.
    pub name: &'static str,
    /// Ours first.
    pub rows: Vec<Row>,
}

/// One contender: the mean of both ends, recoveries of both; of several runs the median.
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
    /// Processor time of one frame with its packets: the median of a run's frames, in nanoseconds.
    pub frame_ns: Spread,
    /// Heap allocations per frame; zero unless the program counts them (`--bin allocations`).
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
            frame_ns: Spread::of([mean(|end| end.tick_ns_median)]),
            allocations_per_frame: mean(|end| end.allocations_per_frame),
            resimulated_per_frame: mean(|end| end.resimulated_per_frame),
            stalled_percent: mean(|end| end.stalled_percent),
            frames: ends[0].frames + ends[1].frames,
            recovery_ms_mean: is_measured.then(|| recoveries.iter().sum::<f64>() / recoveries.len() as f64),
            recovery_ms_max: recoveries.into_iter().reduce(f64::max),
        }
    }
}

impl Row {
    /// The same contender in several runs.
    fn median(runs: &[&Row]) -> Option<Row> {
        let of = |figure: fn(&Row) -> f64| Spread::of(runs.iter().map(|row| figure(row))).median;
        let recoveries = || runs.iter().filter_map(|row| row.recovery_ms_mean);
        let has_recovered = recoveries().next().is_some();
        Some(Row {
            name: runs.first()?.name,
            wire_bytes_per_second: of(|row| row.wire_bytes_per_second),
            payload_bytes_per_second: of(|row| row.payload_bytes_per_second),
            packets_per_second: of(|row| row.packets_per_second),
            datagram_bytes_max: runs.iter().map(|row| row.datagram_bytes_max).max()?,
            frame_ns: Spread::of(runs.iter().map(|row| row.frame_ns.median)),
            allocations_per_frame: of(|row| row.allocations_per_frame),
            resimulated_per_frame: of(|row| row.resimulated_per_frame),
            stalled_percent: of(|row| row.stalled_percent),
            frames: runs.iter().map(|row| row.frames).sum(),
            recovery_ms_mean: has_recovered.then(|| Spread::of(recoveries()).median),
            recovery_ms_max: runs.iter().filter_map(|row| row.recovery_ms_max).reduce(f64::max),
        })
    }

    /// Bytes per second when each datagram carries `bytes` more, as encryption does.
    fn with_overhead(&self, bytes: usize) -> f64 {
        self.wire_bytes_per_second + self.packets_per_second * bytes as f64
    }
}

impl Condition {
    /// The same condition in several runs, whose rows stand in the same order; `None` without a run.
    #[must_use]
    pub fn median(runs: &[Condition]) -> Option<Condition> {
        let first = runs.first()?;
        let row = |index: usize| {
            let rows: Vec<&Row> = runs.iter().filter_map(|run| run.rows.get(index)).collect();
            Row::median(&rows)
        };
        Some(Condition {
            name: first.name,
            rows: (0..first.rows.len()).filter_map(row).collect(),
        })
    }

    /// The condition as a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = format!("{}\n", self.name);
        let _ = writeln!(
            out,
            "  {:<18} {:>9} {:>9} {:>9} {:>8} {:>20} {:>7} {:>7} {:>15}",
            "", "wire B/s", "payload", "packets/s", "largest", "us/frame (runs)", "resim", "stall%", "recovery ms"
        );
        for row in &self.rows {
            let recovery = match (row.recovery_ms_mean, row.recovery_ms_max) {
                (Some(mean), Some(max)) => format!("{mean:.0} (max {max:.0})"),
                _ => "-".to_owned(),
            };
            let _ = writeln!(
                out,
                "  {:<18} {:>9.0} {:>9.0} {:>9.1} {:>8} {:>20} {:>7.3} {:>7.2} {:>15}",
                row.name,
                row.wire_bytes_per_second,
                row.payload_bytes_per_second,
                row.packets_per_second,
                row.datagram_bytes_max,
                microseconds(row.frame_ns),
                row.resimulated_per_frame,
                row.stalled_percent,
                recovery
            );
        }
        if let Some((ours, peers)) = self.rows.split_first() {
            let _ = writeln!(
                out,
                "  {} sealed as UdpTransport seals it ({UDP_SEAL_BYTES} B more per datagram): {:.0} B/s on the wire",
                ours.name,
                ours.with_overhead(UDP_SEAL_BYTES)
            );
            for peer in peers.iter().filter(|peer| peer.frame_ns.overlaps(&ours.frame_ns)) {
                let _ = writeln!(
                    out,
                    "  processor time: the runs of {} and {} overlap, their order is noise",
                    ours.name, peer.name
                );
            }
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

fn microseconds(frame_ns: Spread) -> String {
    let [median, min, max] = [frame_ns.median, frame_ns.min, frame_ns.max].map(|ns| ns / 1_000.0);
    format!("{median:.1} ({min:.1}-{max:.1})")
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
    fn several_runs_give_their_median_and_the_spread_of_the_times() {
        let run = |bytes, ns| {
            let end = EndFigures {
                wire_bytes_per_second: bytes,
                packets_per_second: 60.0,
                tick_ns_median: ns,
                ..EndFigures::default()
            };
            let rows = ["ours", "peer"].map(|name| Row::new(name, &[end.clone(), end.clone()]));
            Condition {
                name: "test",
                rows: rows.into(),
            }
        };
        let runs = [run(100.0, 3_000.0), run(900.0, 1_000.0), run(200.0, 2_000.0)];
        let median = Condition::median(&runs).expect("there are runs");
        assert_eq!(median.rows[0].wire_bytes_per_second, 200.0);
        assert_eq!(median.rows[0].frame_ns, Spread::of([1_000.0, 2_000.0, 3_000.0]));
        let table = median.table();
        assert!(table.contains("their order is noise"), "{table}");
        assert!(table.contains("1400 B/s on the wire"), "{table}");
        assert!(Condition::median(&[]).is_none());
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
