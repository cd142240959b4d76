//! Owns the picture of the network: how deep the last seconds were rolled back, and the figures of the connection.
//! Must not measure: it shows what the session counted.

use crate::record::NetSample;
use crate::render::{Canvas, fit};
use std::collections::VecDeque;

const WHITE: u32 = 0x00f4_f0e8;
const DIM: u32 = 0x00a8_a0b8;
const GOOD: u32 = 0x0068_d878;
const WARN: u32 = 0x00ff_b048;
const STALL: u32 = 0x00ff_5050;
const EDGE: u32 = 0x0048_4060;

/// Frames in the graph: two seconds.
pub(super) const GRAPH_FRAMES: usize = 120;
/// Where the overlay is: left, top, width, height.
const PLACE: [i32; 4] = [6, 172, 262, 60];

/// The last seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct NetGraph {
    samples: VecDeque<NetSample>,
}

impl NetGraph {
    /// Adds one frame.
    pub(super) fn push(&mut self, sample: NetSample) {
        if self.samples.len() == GRAPH_FRAMES {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.samples.clear();
    }

    /// Draws graph and figures to the left, above the floor.
    pub(super) fn draw(&self, canvas: &mut Canvas, lines: &[String]) {
        let [left, top, width, height] = PLACE;
        canvas.glass(left, top, width, height);
        let base = top + height - 6;
        for depth in [4, 8, 12] {
            canvas.rect(left + 5, base - depth * 3, GRAPH_FRAMES as i32, 1, EDGE);
        }
        for (number, sample) in (0..).zip(&self.samples) {
            let depth = i32::from(sample.depth.min(12));
            let color = match (sample.stalls, depth) {
                (1.., _) => STALL,
                (0, 8..) => WARN,
                _ => GOOD,
            };
            let tall = if sample.stalls > 0 { 36 } else { (depth * 3).max(1) };
            canvas.rect(left + 5 + number, base + 1 - tall, 1, tall, color);
        }
        canvas.text(left + 5, top + 4, "frames rolled back, 2 s", DIM);
        for (number, line) in (0..5).zip(lines) {
            let color = if number == 0 { WHITE } else { DIM };
            canvas.text(left + 132, top + 4 + number * 11, &fit(line, width - 138), color);
        }
    }
}

/// The figures of a running session.
pub(super) fn figures(stats: &pvp_net::Stats, input_delay_frames: u8) -> Vec<String> {
    let network = &stats.network;
    let (ping, jitter) = (network.rtt_avg.as_millis(), network.rtt_jitter.as_millis());
    let loss = network.loss_permille;
    vec![
        format!("ping {ping} ms  jitter {jitter} ms"),
        format!("packets lost {}.{} %", loss / 10, loss % 10),
        format!("input delay {input_delay_frames} frames"),
        format!("rollbacks {}, depth {}", stats.rollbacks, stats.rollback_depth_max),
        format!("frames waited {}", stats.stalled_frames),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graph_keeps_two_seconds_and_shows_the_depth() {
        let mut graph = NetGraph::default();
        let (mut calm, mut wild) = (Canvas::new(), Canvas::new());
        for _ in 0..500 {
            graph.push(NetSample::default());
        }
        assert_eq!(graph.samples.len(), GRAPH_FRAMES);
        graph.draw(&mut calm, &[]);
        graph.push(NetSample {
            depth: 200,
            ..NetSample::default()
        });
        graph.draw(&mut wild, &[]);
        assert_ne!(calm.pixels(), wild.pixels());
        graph.clear();
        assert!(graph.samples.is_empty());
    }
}
