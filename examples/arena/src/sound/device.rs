//! Owns the way to a sound device of the system: through ALSA on Linux (feature `audio`), built in on Windows and macOS.
//!
//! Must not make the game wait; without a device it says so and somebody else may try.

use super::SAMPLE_RATE;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// Blocks between the mix and the device at most: 60 ms.
const BLOCKS_AHEAD_MAX: usize = 3;

/// Brings blocks to the system's usual device until there are no more.
///
/// # Errors
/// A sentence, if there is no device or it went away.
pub(super) fn play(blocks: &Receiver<Vec<i16>>) -> Result<(), String> {
    let device = cpal::default_host()
        .default_output_device()
        .ok_or("the system has no sound device")?;
    let config = device.default_output_config().map_err(|error| error.to_string())?;
    let (ahead, incoming) = sync_channel(BLOCKS_AHEAD_MAX);
    let is_broken = Arc::new(AtomicBool::new(false));
    let open = match config.sample_format() {
        SampleFormat::F32 => open::<f32>,
        SampleFormat::I16 => open::<i16>,
        SampleFormat::U16 => open::<u16>,
        SampleFormat::I32 => open::<i32>,
        SampleFormat::U8 => open::<u8>,
        other => return Err(format!("the sound device wants samples of the kind {other}")),
    };
    let stream = open(&device, config.into(), incoming, is_broken.clone()).map_err(|error| error.to_string())?;
    stream.play().map_err(|error| error.to_string())?;
    forward(blocks, &ahead, &is_broken)
}

/// Hands blocks on; what the device does not take in time is lost.
fn forward(blocks: &Receiver<Vec<i16>>, ahead: &SyncSender<Vec<i16>>, is_broken: &AtomicBool) -> Result<(), String> {
    while let Ok(block) = blocks.recv() {
        let is_gone = matches!(ahead.try_send(block), Err(TrySendError::Disconnected(_)));
        if is_gone || is_broken.load(Ordering::Relaxed) {
            return Err("the sound device went away".to_owned());
        }
    }
    Ok(())
}

fn open<T: SizedSample + FromSample<i16>>(
    device: &cpal::Device,
    config: StreamConfig,
    incoming: Receiver<Vec<i16>>,
    is_broken: Arc<AtomicBool>,
) -> Result<cpal::Stream, cpal::Error> {
    let channels = usize::from(config.channels.max(1));
    let mut resampler = Resampler::new(config.sample_rate);
    device.build_output_stream(
        config,
        move |out: &mut [T], _| {
            for places in out.chunks_mut(channels) {
                let sample = T::from_sample(resampler.next(|| incoming.try_recv().ok()));
                places.fill(sample);
            }
        },
        move |error| {
            let is_harmless = matches!(
                error.kind(),
                ErrorKind::DeviceChanged | ErrorKind::Xrun | ErrorKind::RealtimeDenied
            );
            is_broken.fetch_or(!is_harmless, Ordering::Relaxed);
        },
        None,
    )
}

/// Turns blocks at the game's rate into samples at the device's, by straight lines between neighbors.
#[derive(Debug)]
struct Resampler {
    rate: u32,
    phase: u32,
    from: i16,
    to: i16,
    block: Vec<i16>,
    place: usize,
}

impl Resampler {
    /// For a device with this many samples a second.
    fn new(rate: u32) -> Resampler {
        Resampler {
            rate: rate.max(1),
            phase: 0,
            from: 0,
            to: 0,
            block: Vec::new(),
            place: 0,
        }
    }

    /// The next sample; silence while no block is there.
    fn next(&mut self, mut blocks: impl FnMut() -> Option<Vec<i16>>) -> i16 {
        self.phase += SAMPLE_RATE;
        while self.phase >= self.rate {
            self.phase -= self.rate;
            self.from = self.to;
            if self.place >= self.block.len() {
                self.block = blocks().unwrap_or_default();
                self.place = 0;
            }
            self.to = self.block.get(self.place).copied().unwrap_or(0);
            self.place += 1;
        }
        let way = i64::from(self.to) - i64::from(self.from);
        (i64::from(self.from) + way * i64::from(self.phase) / i64::from(self.rate)) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(rate: u32, block: &[i16], count: usize) -> Vec<i16> {
        let mut resampler = Resampler::new(rate);
        let mut blocks = vec![block.to_vec()];
        (0..count).map(|_| resampler.next(|| blocks.pop())).collect()
    }

    #[test]
    fn the_own_rate_changes_nothing_and_then_it_is_silent() {
        assert_eq!(through(SAMPLE_RATE, &[5, -7, 9], 5), [0, 5, -7, 9, 0]);
    }

    #[test]
    fn twice_the_rate_puts_the_middle_between() {
        assert_eq!(through(SAMPLE_RATE * 2, &[100, -100], 7), [0, 0, 50, 100, 0, -100, -50]);
    }

    #[test]
    fn a_second_stays_a_second_at_any_rate() {
        for rate in [8000, 44_100, 48_000, 96_000] {
            let mut resampler = Resampler::new(rate);
            let mut taken = 0;
            for _ in 0..rate {
                resampler.next(|| {
                    taken += 1;
                    Some(vec![i16::MAX; 49])
                });
            }
            assert_eq!(taken * 49, SAMPLE_RATE, "at {rate}");
        }
    }

    #[test]
    fn without_a_device_or_with_one_the_game_goes_on() {
        let (blocks, incoming) = sync_channel(8);
        for _ in 0..8 {
            blocks.send(vec![0; 441]).expect("there is room");
        }
        drop(blocks);
        // Which of the two it is depends on the machine; neither hangs nor panics.
        match play(&incoming) {
            Ok(()) => assert!(incoming.recv().is_err(), "everything was taken"),
            Err(why) => assert!(!why.is_empty()),
        }
    }

    #[test]
    fn a_device_that_goes_away_is_told_from_one_that_is_slow() {
        let (blocks, incoming) = sync_channel(8);
        let (ahead, device) = sync_channel(1);
        for number in 0..8 {
            blocks.send(vec![number]).expect("there is room");
        }
        drop(blocks);
        let is_broken = AtomicBool::new(false);
        assert_eq!(forward(&incoming, &ahead, &is_broken), Ok(()), "slow");
        assert_eq!(device.recv(), Ok(vec![0]));
        let (blocks, incoming) = sync_channel(1);
        blocks.send(vec![1]).expect("there is room");
        drop(device);
        assert!(forward(&incoming, &ahead, &is_broken).is_err(), "gone");
    }
}
