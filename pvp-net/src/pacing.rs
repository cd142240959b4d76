//! Owns how fast this side should run so that neither peer leads: a smooth change of speed of at most 3 %, never a skipped frame.
//! Must not use a clock or a round-trip time: both sides' gaps are in every datagram, and the latency cancels out of them.
//!
//! Integers only, so that a simulated match is the same on every machine.

use std::time::Duration;

use crate::guard;

/// Speed change, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Millionths by which to run faster (positive) or slower (negative): −30,000 to 30,000.
    pub speed_ppm: i32,
}

impl Pace {
    /// The length of a frame at this pace, for a nominal length.
    pub fn frame_duration(self, nominal: Duration) -> Duration {
        let nanos = nominal.as_nanos() * 1_000_000 / (1_000_000 + i128::from(self.speed_ppm)) as u128;
        Duration::from_nanos(nanos as u64)
    }
}

/// Largest speed change, in millionths.
const SPEED_PPM_MAX: i64 = 30_000;
/// Speed change per frame of lead.
const GAIN_PPM_PER_FRAME: i64 = 8_000;
/// Weight of a new sample: 1/32 (about 0.03).
const SMOOTHING_SHIFT: u32 = 5;
/// Fractions of a frame that are kept.
const FRACTION: i64 = 1 << 16;

/// Smooths the lead of this side over the peer.
#[derive(Debug, Default)]
pub(crate) struct Pacer {
    peer_gap: i64,
    lead: i64,
}

impl Pacer {
    /// From a datagram: how many more inputs the peer had than it had received of ours.
    pub(crate) fn handle_peer_gap(&mut self, gap_frames: i64) {
        self.peer_gap = guard::bound_gap(gap_frames);
    }

    /// Once per tick: how many more inputs this side has than it received of the peer's.
    pub(crate) fn advance(&mut self, gap_frames: i64) {
        let gap = guard::bound_gap(gap_frames);
        let sample = (gap - self.peer_gap) * FRACTION / 2;
        self.lead += (sample - self.lead) >> SMOOTHING_SHIFT;
    }

    /// Smoothed lead, in quarter frames.
    pub(crate) fn lead_quarter_frames(&self) -> i32 {
        (self.lead * 4 / FRACTION) as i32
    }

    pub(crate) fn pace(&self) -> Pace {
        let ppm = -self.lead * GAIN_PPM_PER_FRAME / FRACTION;
        Pace {
            speed_ppm: ppm.clamp(-SPEED_PPM_MAX, SPEED_PPM_MAX) as i32,
        }
    }
}

/// The input delay that would hide a round-trip time, in frames: half of it and its jitter, less what rollbacks of
/// `tolerated_rollback_frames` cover without being noticed. `delay` applies it at moments that lose no input.
pub(crate) fn recommended_input_delay_frames(
    rtt: Duration,
    jitter: Duration,
    frame_duration: Duration,
    tolerated_rollback_frames: u8,
) -> u8 {
    let one_way = rtt / 2 + jitter;
    let frames = one_way.as_nanos().div_ceil(frame_duration.as_nanos().max(1));
    let frames = frames.saturating_sub(u128::from(tolerated_rollback_frames));
    frames.min(8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leads_slows_down_and_the_other_hurries() {
        let mut pacer = Pacer::default();
        for _ in 0..2000 {
            pacer.handle_peer_gap(2);
            pacer.advance(6);
        }
        let error_ppm = pacer.pace().speed_ppm + 2 * GAIN_PPM_PER_FRAME as i32;
        assert!(error_ppm.abs() < 10, "two frames ahead: {:?}", pacer.pace());
        assert!((7..=8).contains(&pacer.lead_quarter_frames()));
        for _ in 0..1000 {
            pacer.handle_peer_gap(i64::MAX);
            pacer.advance(i64::MIN);
        }
        assert_eq!(
            pacer.pace().speed_ppm,
            SPEED_PPM_MAX as i32,
            "a lie moves the speed by 3 % at most"
        );
    }

    #[test]
    fn a_faster_pace_is_a_shorter_frame() {
        let nominal = Duration::from_nanos(16_666_667);
        assert_eq!(Pace { speed_ppm: 0 }.frame_duration(nominal), nominal);
        assert!(Pace { speed_ppm: 30_000 }.frame_duration(nominal) < nominal);
        assert!(Pace { speed_ppm: -30_000 }.frame_duration(nominal) > nominal);
    }

    #[test]
    fn the_recommended_delay_follows_the_round_trip() {
        let frame = Duration::from_nanos(16_666_667);
        let ms = Duration::from_millis;
        let recommend = |rtt| recommended_input_delay_frames(ms(rtt), ms(2), frame, 2);
        assert_eq!([0, 40, 100, 160, 1000].map(recommend), [0, 0, 2, 3, 8]);
    }
}
