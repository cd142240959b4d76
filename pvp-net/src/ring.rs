//! Owns the snapshots of recent frames and the checksums of confirmed ones.
//! Must not decide when to go back; it only keeps what it is given, and forgets the oldest.

/// Snapshots kept: two seconds at 60 Hz, so that a desync found a check interval and a round trip late still has its states.
pub(crate) const SNAPSHOT_FRAMES: usize = 128;
/// Checksums of confirmed frames kept.
const CHECKSUM_FRAMES: usize = 4096;
/// Frames that a digest reaches back at most. Half of what is kept: a side that is further on still knows them all.
pub(crate) const DIGEST_FRAMES_MAX: u32 = CHECKSUM_FRAMES as u32 / 2;

/// The states at the last [`SNAPSHOT_FRAMES`] frames.
pub(crate) struct SnapshotRing<S> {
    slots: Vec<Option<(u32, S)>>,
}

impl<S: Clone> SnapshotRing<S> {
    pub(crate) fn new() -> Self {
        Self {
            slots: (0..SNAPSHOT_FRAMES).map(|_| None).collect(),
        }
    }

    pub(crate) fn save(&mut self, frame: u32, state: &S) {
        let slot = &mut self.slots[frame as usize % SNAPSHOT_FRAMES];
        match slot {
            Some((slot_frame, kept)) => {
                *slot_frame = frame;
                kept.clone_from(state);
            }
            None => *slot = Some((frame, state.clone())),
        }
    }

    pub(crate) fn at(&self, frame: u32) -> Option<&S> {
        match &self.slots[frame as usize % SNAPSHOT_FRAMES] {
            Some((kept, state)) if *kept == frame => Some(state),
            _ => None,
        }
    }
}

/// The checksums of the last [`CHECKSUM_FRAMES`] confirmed frames.
pub(crate) struct ChecksumLog {
    checksums: Vec<u64>,
    /// The first frame that was not yet confirmed; the states at all earlier ones are final.
    next: u32,
    first: u32,
}

impl ChecksumLog {
    /// A log that begins at `first`.
    pub(crate) fn new(first: u32) -> Self {
        Self {
            checksums: vec![0; CHECKSUM_FRAMES],
            next: first,
            first,
        }
    }

    /// The next frame to be added.
    pub(crate) fn next_frame(&self) -> u32 {
        self.next
    }

    pub(crate) fn push(&mut self, checksum: u64) {
        self.checksums[self.next as usize % CHECKSUM_FRAMES] = checksum;
        self.next += 1;
    }

    /// A digest of the checksums of the last eight intervals up to `frame`, from `from` on.
    ///
    /// It is what the peers compare: a difference that heals before a report is due shows all the same,
    /// and a report that gets lost hides nothing, because each frame is in eight of them (in three or more, if they are long).
    pub(crate) fn digest(&self, frame: u32, from: u32, interval_frames: u32) -> u32 {
        let reach = (8 * interval_frames).min(DIGEST_FRAMES_MAX);
        let first = from.max(frame.saturating_sub(reach));
        let mut digest = 0u64;
        for checksum in (first..=frame).filter_map(|frame| self.at(frame)) {
            digest = (digest.rotate_left(5) ^ checksum).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
        (digest ^ digest >> 32) as u32
    }

    /// The checksums from `frame` on, or from the oldest one that is kept, and the frame of the first.
    pub(crate) fn since(&self, frame: u32) -> (u32, Vec<u64>) {
        let first = frame.max(self.oldest());
        let checksums = (first..self.next).filter_map(|frame| self.at(frame));
        (first, checksums.collect())
    }

    fn oldest(&self) -> u32 {
        self.first.max(self.next.saturating_sub(CHECKSUM_FRAMES as u32))
    }

    pub(crate) fn at(&self, frame: u32) -> Option<u64> {
        let oldest = self.oldest();
        (oldest..self.next)
            .contains(&frame)
            .then(|| self.checksums[frame as usize % CHECKSUM_FRAMES])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_keeps_the_newest_frames_only() {
        let mut ring = SnapshotRing::new();
        for frame in 0..300u32 {
            ring.save(frame, &frame);
        }
        assert_eq!(ring.at(299), Some(&299));
        assert_eq!(ring.at(172), Some(&172));
        assert_eq!(ring.at(171), None);
        assert_eq!(ring.at(300), None);
    }

    #[test]
    fn the_log_knows_what_it_knows() {
        let mut log = ChecksumLog::new(10);
        assert_eq!(log.at(10), None);
        for frame in 10..5000u64 {
            log.push(frame);
        }
        assert_eq!(log.at(9), None);
        assert_eq!(log.at(4999), Some(4999));
        assert_eq!(log.at(904), Some(904));
        assert_eq!(log.at(903), None);
        assert_eq!(log.since(0).0, 904);
        assert_eq!(log.since(4998), (4998, vec![4998, 4999]));
        assert_eq!(log.since(7000), (7000, vec![]));
    }

    #[test]
    fn the_digest_shows_a_difference_that_healed_long_before_the_report() {
        let digest = |odd_frame: u32, base: u32| {
            let mut log = ChecksumLog::new(0);
            for frame in 0..=300u32 {
                log.push(u64::from(frame) + u64::from(frame == odd_frame));
            }
            log.digest(300, base, 30)
        };
        let healthy = digest(999, 0);
        for odd in [60, 61, 299, 300] {
            assert_ne!(digest(odd, 0), healthy, "frame {odd}");
        }
        assert_eq!(digest(59, 0), healthy, "told by earlier digests");
        assert_eq!(digest(99, 100), digest(999, 100), "before the epoch");
    }

    #[test]
    fn a_digest_is_the_same_for_a_side_that_is_further_on() {
        let mut log = ChecksumLog::new(0);
        for frame in 0..=4800u64 {
            log.push(frame * 7);
        }
        let at_once = log.digest(4800, 0, 600);
        for frame in 4801..6800u64 {
            log.push(frame * 7);
        }
        assert_eq!(log.digest(4800, 0, 600), at_once);
    }
}
