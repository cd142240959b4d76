//! Owns what the network was like while a match was recorded: a small file beside the replay, four bytes a frame.
//! Must not be needed: a replay plays without it, and a damaged one is as good as none.

use crate::output::{OutputFault, Target, is_device};
use pvp_net::Stats;
use pvp_net::replay::REPLAY_FRAMES_MAX;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// What one frame was like for the recording side.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct NetSample {
    /// Frames simulated again in this frame.
    pub depth: u8,
    /// Times that the simulation had to wait since the frame before.
    pub stalls: u8,
    /// Round trip time in milliseconds, at most 1020 in steps of 4.
    pub ping_ms: u16,
    /// Frames from key to effect.
    pub delay_frames: u8,
}

impl NetSample {
    const fn to_bytes(self) -> [u8; 4] {
        let ping = self.ping_ms / 4;
        let ping = if ping > 255 { 255 } else { ping as u8 };
        [self.depth, self.stalls, ping, self.delay_frames]
    }

    const fn from_bytes([depth, stalls, ping, delay_frames]: [u8; 4]) -> NetSample {
        NetSample {
            depth,
            stalls,
            ping_ms: ping as u16 * 4,
            delay_frames,
        }
    }
}

/// Turns a session's counters into one sample for each frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetGauge {
    frame: u32,
    resimulated: u64,
    stalled: u64,
}

impl NetGauge {
    /// The newest frame it has seen.
    #[must_use]
    pub fn frame(&self) -> u32 {
        self.frame
    }

    /// What happened since the last frame; `None` within the same frame.
    pub fn read(&mut self, frame: u32, stats: &Stats) -> Option<NetSample> {
        if frame == self.frame {
            return None;
        }
        let since = |now: u64, before: u64| now.saturating_sub(before).min(255) as u8;
        let sample = NetSample {
            depth: since(stats.frames_resimulated, self.resimulated),
            stalls: since(stats.stalled_frames, self.stalled),
            ping_ms: stats.network.rtt_avg.as_millis().min(1020) as u16,
            delay_frames: 0,
        };
        *self = NetGauge {
            frame,
            resimulated: stats.frames_resimulated,
            stalled: stats.stalled_frames,
        };
        Some(sample)
    }
}

/// Where the file of a replay's network is.
#[must_use]
pub(crate) fn beside(replay: &Path) -> PathBuf {
    let mut name = replay.as_os_str().to_owned();
    name.push(".net");
    name.into()
}

/// The file of a replay's network, under the replay's own conditions.
pub(super) fn target_beside(replay: &Target) -> Target {
    Target {
        path: beside(&replay.path),
        if_taken: replay.if_taken,
    }
}

/// Writes samples while a match goes on. A disk that is full only ends this file.
#[derive(Debug)]
pub(super) struct NetWriter {
    file: Option<BufWriter<File>>,
    gauge: NetGauge,
}

impl NetWriter {
    /// A device has nothing beside it. What cannot be written is done without; what would be lost is not.
    ///
    /// # Errors
    /// [`OutputFault::Exists`] if a file is there that shall stay.
    pub(super) fn create(replay: &Target) -> Result<NetWriter, OutputFault> {
        let begun = (!is_device(&replay.path)).then(|| target_beside(replay).begin());
        let file = match begun {
            Some(Err(fault @ OutputFault::Exists { .. })) => return Err(fault),
            begun => begun.and_then(Result::ok).map(BufWriter::new),
        };
        let gauge = NetGauge::default();
        Ok(NetWriter { file, gauge })
    }

    /// Takes the counters; frames that were skipped repeat the sample without its depth.
    pub(super) fn follow(&mut self, frame: u32, stats: &Stats, delay_frames: u8) {
        let before = self.gauge.frame();
        let Some(sample) = self.gauge.read(frame, stats).filter(|_| frame > before) else {
            return;
        };
        let sample = NetSample { delay_frames, ..sample };
        let quiet = NetSample {
            depth: 0,
            stalls: 0,
            ..sample
        };
        for skipped in before..frame {
            let shown = if skipped + 1 == frame { sample } else { quiet };
            if let Some(file) = &mut self.file
                && file.write_all(&shown.to_bytes()).is_err()
            {
                self.file = None;
            }
        }
    }
}

/// The samples of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetLog {
    samples: Vec<[u8; 4]>,
}

impl NetLog {
    /// Reads what stands beside a replay, if anything does.
    #[must_use]
    pub fn read(replay: &Path) -> NetLog {
        let mut bytes = Vec::new();
        if let Ok(file) = File::open(beside(replay)) {
            // Not more than the longest replay has; what was read before a fault is shown.
            let _ = file.take(u64::from(REPLAY_FRAMES_MAX) * 4).read_to_end(&mut bytes);
        }
        let (samples, _) = bytes.as_chunks::<4>();
        NetLog {
            samples: samples.to_vec(),
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The sample of a frame; calm where nothing is known.
    #[must_use]
    pub fn sample(&self, frame: usize) -> NetSample {
        self.samples
            .get(frame)
            .map_or_else(NetSample::default, |bytes| NetSample::from_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_written_is_read_and_skipped_frames_are_calm() {
        let folder = tempfile::tempdir().expect("a folder");
        let replay = folder.path().join("a.replay");
        let mut writer = NetWriter::create(&replay.clone().into()).expect("a new file");
        let mut stats = Stats::default();
        stats.network.rtt_avg = Duration::from_millis(81);
        stats.frames_resimulated = 5;
        writer.follow(1, &stats, 2);
        stats.frames_resimulated = 12;
        stats.stalled_frames = 1;
        writer.follow(1, &stats, 2);
        writer.follow(4, &stats, 3);
        drop(writer);
        let log = NetLog::read(&replay);
        let seen: Vec<_> = (0..5).map(|frame| log.sample(frame)).collect();
        assert_eq!(
            seen.iter().map(|sample| sample.depth).collect::<Vec<_>>(),
            [5, 0, 0, 7, 0]
        );
        assert_eq!(seen.iter().map(|sample| sample.stalls).sum::<u8>(), 1);
        assert_eq!((seen[0].ping_ms, seen[3].delay_frames), (80, 3));
    }

    #[test]
    fn anything_may_stand_beside_a_replay() {
        let folder = tempfile::tempdir().expect("a folder");
        let replay = folder.path().join("b.replay");
        assert!(NetLog::read(&replay).is_empty());
        std::fs::write(beside(&replay), [1, 2, 3]).expect("a file");
        let log = NetLog::read(&replay);
        assert_eq!(log.sample(usize::MAX), NetSample::default());
    }
}
