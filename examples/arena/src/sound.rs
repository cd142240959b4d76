//! Owns what is heard: which event makes which sound, and the mix of all that sound at once.
//! Must not be read by the simulation; without a device the same mix goes nowhere.

mod cues;
#[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "audio")))]
mod device;
#[cfg(not(target_arch = "wasm32"))]
mod speaker;
mod synth;

pub use cues::{Cue, Cues};
#[cfg(not(target_arch = "wasm32"))]
pub use speaker::Speaker;
pub use synth::{Sound, samples};

use std::collections::BTreeMap;
use std::sync::Arc;

/// Samples a second, one channel of 16 bits.
pub const SAMPLE_RATE: u32 = 22_050;
/// Sounds heard at once; the oldest gives way.
const VOICE_COUNT_MAX: usize = 16;

/// A sound on its way.
#[derive(Clone, Debug)]
struct Voice {
    cue: Cue,
    samples: Arc<[i16]>,
    place: usize,
}

/// Mixes sounds into one stream; each kind of sound is made once and kept.
#[derive(Clone, Debug, Default)]
pub struct Mixer {
    made: BTreeMap<Sound, Arc<[i16]>>,
    voices: Vec<Voice>,
}

impl Mixer {
    /// A silent mixer.
    #[must_use]
    pub fn new() -> Mixer {
        Mixer::default()
    }

    /// Begins a sound, or stops one that did not happen after all.
    pub fn take(&mut self, cue: Cue) {
        if cue.is_stop {
            self.voices
                .retain(|voice| voice.cue.key != cue.key || voice.cue.sound != cue.sound);
            return;
        }
        let made = self.made.entry(cue.sound).or_insert_with(|| samples(cue.sound).into());
        let voice = Voice {
            cue,
            samples: made.clone(),
            place: 0,
        };
        if self.voices.len() == VOICE_COUNT_MAX {
            self.voices.remove(0);
        }
        self.voices.push(voice);
    }

    /// How many sounds are under way.
    #[must_use]
    pub fn voice_count(&self) -> usize {
        self.voices.len()
    }

    /// The next samples; `volume` is 0 to 10.
    pub fn fill(&mut self, out: &mut [i16], volume: u8) {
        for place in out.iter_mut() {
            let mut sum = 0i32;
            for voice in &mut self.voices {
                sum += i32::from(voice.samples.get(voice.place).copied().unwrap_or(0));
                voice.place += 1;
            }
            *place = soft(sum * i32::from(volume.min(10)) / 10);
        }
        self.voices.retain(|voice| voice.place < voice.samples.len());
    }
}

/// Bends what is too loud instead of cutting it: above half, four steps count as one.
const fn soft(sample: i32) -> i16 {
    const KNEE: i32 = 16_384;
    let bent = if sample > KNEE {
        KNEE + (sample - KNEE) / 4
    } else if sample < -KNEE {
        -KNEE + (sample + KNEE) / 4
    } else {
        sample
    };
    if bent > 32_767 {
        32_767
    } else if bent < -32_768 {
        -32_768
    } else {
        bent as i16
    }
}

/// The bytes of a WAV file with one channel of 16 bits.
#[must_use]
pub fn wav(samples: &[i16]) -> Vec<u8> {
    let length = samples.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(44 + samples.len() * 2);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + length).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    for (value, size) in [
        (16, 4),
        (1, 2),
        (1, 2),
        (SAMPLE_RATE, 4),
        (SAMPLE_RATE * 2, 4),
        (2, 2),
        (16, 2),
    ] {
        bytes.extend_from_slice(&value.to_le_bytes()[..size]);
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&length.to_le_bytes());
    for sample in samples {
        bytes.extend_from_slice(&sample.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(sound: Sound, ordinal: u32) -> Cue {
        Cue {
            key: (7, ordinal),
            sound,
            is_stop: false,
        }
    }

    #[test]
    fn every_sound_is_heard_short_and_ends_in_silence() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sounds");
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        for sound in Sound::ALL {
            let made = samples(sound);
            let loudest = made.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
            assert!((3000..=20_000).contains(&loudest), "{sound:?} peaks at {loudest}");
            assert!(made.len() < SAMPLE_RATE as usize * 2, "{sound:?} is too long");
            let end = made.last().copied().unwrap_or(i16::MAX);
            assert!(end.unsigned_abs() < 400, "{sound:?} ends with a click: {end}");
            assert_eq!(made, samples(sound), "{sound:?} repeats exactly");
            let file = folder.join(format!("{}.wav", format!("{sound:?}").to_lowercase()));
            std::fs::write(file, wav(&made)).expect("the sound can be written");
        }
    }

    #[test]
    fn the_mix_is_the_sum_and_ends() {
        let alone = samples(Sound::Jump);
        let mut mixer = Mixer::new();
        mixer.take(cue(Sound::Jump, 0));
        let mut heard = vec![0; alone.len()];
        mixer.fill(&mut heard, 10);
        assert_eq!(
            heard,
            alone.iter().map(|sample| soft(i32::from(*sample))).collect::<Vec<_>>()
        );
        assert_eq!(mixer.voice_count(), 0);
    }

    #[test]
    fn a_stop_ends_its_own_sound_and_no_other() {
        let mut mixer = Mixer::new();
        mixer.take(cue(Sound::Jump, 0));
        mixer.take(cue(Sound::Jump, 1));
        mixer.take(Cue {
            is_stop: true,
            ..cue(Sound::Jump, 0)
        });
        assert_eq!(mixer.voice_count(), 1);
    }

    #[test]
    fn many_voices_neither_grow_nor_overflow() {
        let mut mixer = Mixer::new();
        for ordinal in 0..200 {
            mixer.take(cue(Sound::Explosion, ordinal));
        }
        assert_eq!(mixer.voice_count(), VOICE_COUNT_MAX);
        let mut heard = [0; 512];
        mixer.fill(&mut heard, 10);
        let mut silent = [1; 512];
        mixer.fill(&mut silent, 0);
        assert!(silent.iter().all(|sample| *sample == 0));
    }

    #[test]
    fn a_wav_file_says_what_it_holds() {
        let bytes = wav(&[1, -1]);
        assert_eq!(bytes.len(), 48);
        assert_eq!(
            (&bytes[..4], &bytes[8..16], &bytes[36..40]),
            (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..])
        );
        assert_eq!(&bytes[40..], [4, 0, 0, 0, 1, 0, 255, 255]);
    }
}
