//! Owns how sounds are made: square, triangle and noise waves under an envelope, in integers.
//! Must not know events.

use super::SAMPLE_RATE;

/// A sound of the game.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each variant is the sound of that name")]
pub enum Sound {
    Jump,
    Land,
    Gun,
    Blade,
    Launcher,
    Magic,
    Bow,
    Bounce,
    Fizzle,
    Hit,
    HardHit,
    Explosion,
    Death,
    ForgeBegins,
    Forged,
    Refused,
    Physics,
    Round,
    RoundWon,
    MatchWon,
    SuddenDeath,
}

impl Sound {
    /// Every sound.
    pub const ALL: [Sound; 21] = [
        Sound::Jump,
        Sound::Land,
        Sound::Gun,
        Sound::Blade,
        Sound::Launcher,
        Sound::Magic,
        Sound::Bow,
        Sound::Bounce,
        Sound::Fizzle,
        Sound::Hit,
        Sound::HardHit,
        Sound::Explosion,
        Sound::Death,
        Sound::ForgeBegins,
        Sound::Forged,
        Sound::Refused,
        Sound::Physics,
        Sound::Round,
        Sound::RoundWon,
        Sound::MatchWon,
        Sound::SuddenDeath,
    ];
}

/// The shape of a wave.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Wave {
    Square,
    Triangle,
    Noise,
}

/// One stretch of a sound: a wave whose pitch and loudness run from one value to another.
#[derive(Copy, Clone, Debug)]
struct Tone {
    wave: Wave,
    /// Milliseconds after the sound's start.
    at: u32,
    /// Milliseconds.
    length: u32,
    /// Hertz at start and end; for noise, how often it changes.
    pitch: (u32, u32),
    /// Loudness at the start, of 32767; it falls to nothing.
    volume: i32,
}

const fn tone(wave: Wave, at: u32, length: u32, pitch: (u32, u32), volume: i32) -> Tone {
    Tone {
        wave,
        at,
        length,
        pitch,
        volume,
    }
}

use Wave::{Noise, Square, Triangle};

const JUMP: &[Tone] = &[tone(Square, 0, 110, (260, 620), 5200)];
const LAND: &[Tone] = &[
    tone(Noise, 0, 60, (2400, 700), 5200),
    tone(Triangle, 0, 70, (140, 70), 7000),
];
const GUN: &[Tone] = &[
    tone(Noise, 0, 130, (11_000, 2200), 12_000),
    tone(Square, 0, 60, (420, 90), 6000),
];
const BLADE: &[Tone] = &[
    tone(Noise, 0, 120, (3000, 9000), 5600),
    tone(Triangle, 10, 90, (900, 1800), 3600),
];
const LAUNCHER: &[Tone] = &[
    tone(Noise, 0, 320, (1200, 4200), 8000),
    tone(Triangle, 0, 260, (160, 60), 9000),
];
const MAGIC: &[Tone] = &[
    tone(Triangle, 0, 180, (700, 1500), 6500),
    tone(Square, 60, 140, (1400, 2100), 2600),
];
const BOW: &[Tone] = &[
    tone(Triangle, 0, 120, (520, 180), 8000),
    tone(Noise, 0, 70, (6000, 8000), 3000),
];
const BOUNCE: &[Tone] = &[tone(Triangle, 0, 60, (880, 620), 6000)];
const FIZZLE: &[Tone] = &[tone(Noise, 0, 100, (5200, 1400), 4200)];
const HIT: &[Tone] = &[
    tone(Noise, 0, 80, (6000, 1200), 8200),
    tone(Square, 0, 110, (240, 80), 6200),
];
const HARD_HIT: &[Tone] = &[
    tone(Noise, 0, 160, (7000, 800), 9500),
    tone(Square, 0, 240, (180, 40), 7500),
];
const EXPLOSION: &[Tone] = &[
    tone(Noise, 0, 700, (4200, 240), 13_000),
    tone(Triangle, 0, 500, (120, 30), 6500),
];
const DEATH: &[Tone] = &[
    tone(Square, 0, 500, (520, 50), 6500),
    tone(Noise, 60, 620, (5200, 300), 8000),
];
const FORGE_BEGINS: &[Tone] = &[
    tone(Triangle, 0, 120, (1900, 1750), 6000),
    tone(Triangle, 150, 160, (1900, 1750), 6000),
];
const FORGED: &[Tone] = &[
    tone(Triangle, 0, 130, (660, 660), 6500),
    tone(Triangle, 100, 130, (880, 880), 6500),
    tone(Triangle, 200, 420, (1320, 1320), 7500),
    tone(Noise, 0, 60, (9000, 5000), 4000),
];
const REFUSED: &[Tone] = &[
    tone(Square, 0, 110, (190, 180), 4600),
    tone(Square, 130, 170, (150, 140), 4600),
];
const PHYSICS: &[Tone] = &[
    tone(Triangle, 0, 640, (220, 880), 6500),
    tone(Triangle, 60, 640, (224, 892), 5500),
];
const ROUND: &[Tone] = &[
    tone(Square, 0, 140, (523, 523), 4500),
    tone(Square, 180, 300, (784, 784), 4500),
];
const ROUND_WON: &[Tone] = &[
    tone(Square, 0, 140, (523, 523), 4300),
    tone(Square, 130, 140, (659, 659), 4300),
    tone(Square, 260, 360, (784, 784), 4600),
];
const MATCH_WON: &[Tone] = &[
    tone(Square, 0, 160, (523, 523), 4200),
    tone(Square, 150, 160, (659, 659), 4200),
    tone(Square, 300, 160, (784, 784), 4200),
    tone(Square, 450, 900, (1047, 1047), 4600),
    tone(Triangle, 450, 900, (523, 523), 5500),
];
const SUDDEN_DEATH: &[Tone] = &[
    tone(Square, 0, 260, (330, 330), 5000),
    tone(Square, 300, 260, (311, 311), 5000),
    tone(Square, 600, 420, (294, 294), 5200),
];

const fn tones(sound: Sound) -> &'static [Tone] {
    match sound {
        Sound::Jump => JUMP,
        Sound::Land => LAND,
        Sound::Gun => GUN,
        Sound::Blade => BLADE,
        Sound::Launcher => LAUNCHER,
        Sound::Magic => MAGIC,
        Sound::Bow => BOW,
        Sound::Bounce => BOUNCE,
        Sound::Fizzle => FIZZLE,
        Sound::Hit => HIT,
        Sound::HardHit => HARD_HIT,
        Sound::Explosion => EXPLOSION,
        Sound::Death => DEATH,
        Sound::ForgeBegins => FORGE_BEGINS,
        Sound::Forged => FORGED,
        Sound::Refused => REFUSED,
        Sound::Physics => PHYSICS,
        Sound::Round => ROUND,
        Sound::RoundWon => ROUND_WON,
        Sound::MatchWon => MATCH_WON,
        Sound::SuddenDeath => SUDDEN_DEATH,
    }
}

/// A sound as samples at [`SAMPLE_RATE`]; the same on every machine.
#[must_use]
pub fn samples(sound: Sound) -> Vec<i16> {
    let tones = tones(sound);
    let count = |milliseconds: u32| (milliseconds * SAMPLE_RATE / 1000) as usize;
    let length = tones.iter().map(|tone| count(tone.at + tone.length)).max().unwrap_or(0);
    let mut sums = vec![0i32; length];
    for (number, tone) in (0..).zip(tones) {
        let start = count(tone.at);
        for (sum, sample) in sums[start..].iter_mut().zip(wave(tone, count(tone.length), number)) {
            *sum += sample;
        }
    }
    sums.into_iter().map(|sum| sum.clamp(-32_768, 32_767) as i16).collect()
}

/// The samples of one tone: a phase that runs through its wave, under a falling envelope with a soft start.
fn wave(tone: &Tone, length: usize, seed: u32) -> impl Iterator<Item = i32> {
    let tone = *tone;
    let full = length.max(1) as i64;
    let mut phase = 0u32;
    let mut noise = 0x1234_5679 ^ seed.wrapping_mul(0x9e37_79b9);
    (0..length as i64).map(move |place| {
        let (from, to) = (i64::from(tone.pitch.0), i64::from(tone.pitch.1));
        let pitch = from + (to - from) * place / full;
        let before = phase;
        // A full turn of the phase is 2³².
        phase = phase.wrapping_add((pitch * (1 << 32) / i64::from(SAMPLE_RATE)) as u32);
        if phase < before {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
        }
        let height = match tone.wave {
            Wave::Square => {
                if phase < 1 << 31 {
                    1024
                } else {
                    -1024
                }
            }
            Wave::Triangle => {
                let ramp = (phase >> 20) as i32;
                if ramp < 2048 { ramp - 1024 } else { 3071 - ramp }
            }
            Wave::Noise => (noise >> 21) as i32 - 1024,
        };
        let left = full - place - 1;
        let envelope = i64::from(tone.volume) * left * left / (full * full);
        let attack = place.min(40) as i32;
        (i64::from(height * attack / 40) * envelope / 1024) as i32
    })
}
