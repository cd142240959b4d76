//! Owns the snapshots of recent frames and the checksums of confirmed ones.
//! Must not decide when to go back; it only keeps what it is given, and forgets the oldest.

/// Snapshots kept: two seconds at 60 Hz, so that a desync found a check interval and a round trip late still has its states.
pub(crate) const SNAPSHOT_FRAMES: usize = 128;
/// Checksums of confirmed frames kept.
const CHECKSUM_FRAMES: usize = 4096;

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

    pub(crate) fn at(&self, frame: u32) -> Option<u64> {
        let oldest = self.first.max(self.next.saturating_sub(CHECKSUM_FRAMES as u32));
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
    }
}
