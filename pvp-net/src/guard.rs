//! Owns the bounds of every number a peer may send, judged before anything acts on it.
//! Must not change anything: a judgement is a pure function of what was received and what is known.
//!
//! `ggrs` never sees a packet (see `core`), but it would still panic on inputs that run ahead, leave gaps or never end,
//! and the session itself would grow without these bounds.

use std::time::Duration;

use crate::stats::DropReason;
use crate::wire::datagram::{Frames, INPUTS_MAX};
use crate::wire::widen;

/// Largest prediction window, in frames.
pub const PREDICTION_WINDOW_FRAMES_MAX: u8 = 60;
/// Largest input delay, in frames.
pub const INPUT_DELAY_FRAMES_MAX: u8 = 16;
/// Received inputs that are kept as references of later datagrams.
pub(crate) const REFERENCES_KEPT: u32 = 128;
/// A larger gap between the two directions than this says nothing more, and may be a lie.
const GAP_FRAMES_MAX: i64 = 60;
/// Packets looked at in one poll, and those of them that may be genuine.
pub(crate) const PACKETS_PER_POLL_MAX: u32 = 2048;
pub(crate) const GENUINE_PACKETS_PER_POLL_MAX: u32 = 64;
/// Handshakes heeded in one poll; each may be answered, and an honest peer sends one in 50 ms.
pub(crate) const HANDSHAKES_PER_POLL_MAX: u32 = 4;

#[cfg(feature = "hostile")]
thread_local! {
    static IS_LIFTED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whether a test has taken the guard away, to see what it stops. Never in a build without the feature `hostile`.
fn is_lifted() -> bool {
    #[cfg(feature = "hostile")]
    return IS_LIFTED.get();
    #[cfg(not(feature = "hostile"))]
    false
}

/// Takes the guard away on this thread, or puts it back.
#[cfg(feature = "hostile")]
pub(crate) fn lift(is_lifted: bool) {
    IS_LIFTED.set(is_lifted);
}

/// What this side knows about the exchange of inputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// Inputs received from the peer so far; the next one has this number.
    pub(crate) received_count: u32,
    /// Inputs sent to the peer so far.
    pub(crate) sent_count: u32,
    /// Both sides' prediction window.
    pub(crate) prediction_window_frames: u8,
}

/// Whether a datagram's frames can be honest. `Ok(false)` means that it brings no new input.
pub(crate) fn judge_frames(frames: Frames, known: Known) -> Result<bool, DropReason> {
    if is_lifted() {
        return Ok(frames.count > 0);
    }
    if frames.count as usize > INPUTS_MAX {
        return Err(DropReason::Count);
    }
    if frames.ack > known.sent_count {
        return Err(DropReason::Ack);
    }
    let end = frames.start.checked_add(frames.count).ok_or(DropReason::Future)?;
    if frames.count == 0 || end <= known.received_count {
        return Ok(false);
    }
    if frames.start > known.received_count {
        return Err(DropReason::Gap);
    }
    if frames.start + REFERENCES_KEPT <= known.received_count {
        return Err(DropReason::Gap);
    }
    // The peer simulates at most a window ahead of our newest input, and its inputs are at most a delay ahead of that.
    let lead_max = u32::from(known.prediction_window_frames) + u32::from(INPUT_DELAY_FRAMES_MAX) + 1;
    if end > known.sent_count + lead_max {
        return Err(DropReason::Future);
    }
    Ok(true)
}

/// The input before a datagram's first, which its bits are relative to: one that was received and is still known.
pub(crate) fn judge_reference<I: Default>(reference: Option<I>) -> Result<I, DropReason> {
    if is_lifted() {
        return Ok(reference.unwrap_or_default());
    }
    reference.ok_or(DropReason::Gap)
}

/// The round trip that an answer to a ping claims: the ping was sent and not yet answered, and the answer was held back no longer
/// than it took.
pub(crate) fn judge_round_trip(
    now: Duration,
    sent_at: Option<Duration>,
    held: Duration,
) -> Result<Duration, DropReason> {
    if is_lifted() {
        return Ok(now.saturating_sub(sent_at.unwrap_or_default()).saturating_sub(held));
    }
    let sent_at = sent_at.ok_or(DropReason::Pong)?;
    now.saturating_sub(sent_at).checked_sub(held).ok_or(DropReason::Pong)
}

/// A claimed gap between what the peer sent and what it received, as far as it can be honest.
pub(crate) fn bound_gap(gap_frames: i64) -> i64 {
    if is_lifted() {
        return gap_frames;
    }
    gap_frames.clamp(-GAP_FRAMES_MAX, GAP_FRAMES_MAX)
}

/// The frame of a checksum report, if it can be compared: a multiple of the interval, near what is confirmed here.
pub(crate) fn judge_checksum_frame(
    frame_low: u16,
    interval_frames: u16,
    confirmed_frame: u32,
) -> Result<u32, DropReason> {
    let frame = widen(u32::from(frame_low), 16, confirmed_frame).ok_or(DropReason::Checksum)?;
    let is_due = frame.is_multiple_of(u32::from(interval_frames));
    let lead_max = 2 * u32::from(PREDICTION_WINDOW_FRAMES_MAX + INPUT_DELAY_FRAMES_MAX);
    if is_lifted() {
        return Ok(frame);
    }
    if !is_due || frame > confirmed_frame + lead_max {
        return Err(DropReason::Checksum);
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known = Known {
        received_count: 500,
        sent_count: 505,
        prediction_window_frames: 10,
    };

    fn judge(start: u32, count: u32, ack: u32) -> Result<bool, DropReason> {
        judge_frames(Frames { start, count, ack }, KNOWN)
    }

    #[test]
    fn honest_frames_pass() {
        assert_eq!(judge(498, 5, 500), Ok(true));
        assert_eq!(judge(500, 1, 505), Ok(true));
        assert_eq!(judge(490, 10, 300), Ok(false), "a repeat");
        assert_eq!(judge(0, 0, 505), Ok(false), "no inputs");
    }

    #[test]
    fn dishonest_frames_do_not() {
        assert_eq!(judge(501, 1, 500), Err(DropReason::Gap));
        assert_eq!(judge(372, 120, 500), Ok(false));
        assert_eq!(judge(381, 120, 506), Err(DropReason::Ack));
        assert_eq!(judge(450, 121, 500), Err(DropReason::Count));
        assert_eq!(judge(u32::MAX, 2, 500), Err(DropReason::Future));
        assert_eq!(judge(500, 33, 500), Err(DropReason::Future));
        assert_eq!(judge(500, 32, 500), Ok(true));
    }

    #[test]
    fn checksum_frames_are_multiples_near_the_confirmed_frame() {
        assert_eq!(judge_checksum_frame(600, 30, 590), Ok(600));
        assert_eq!(judge_checksum_frame(601, 30, 590), Err(DropReason::Checksum));
        assert_eq!(judge_checksum_frame(900, 30, 590), Err(DropReason::Checksum));
        assert_eq!(
            judge_checksum_frame(65_520, 30, 590),
            Err(DropReason::Checksum),
            "before the match"
        );
    }
}
