//! Owns the way to the ears: the mix goes to a sound device (see `device`), or through a pipe to a player of the system.
//!
//! On Linux the players are `paplay`, `pw-cat` and `aplay`, so the game links no sound library unless the feature `audio` asks.
//! Where neither works, the game is silent.
//! Must not make the game wait: what the player does not take in time is lost.

use super::{Cue, Mixer, SAMPLE_RATE};
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Samples that travel together: 20 ms.
const BLOCK_SAMPLES: usize = SAMPLE_RATE as usize / 50;
/// Blocks on their way at most.
const BLOCKS_WAITING_MAX: usize = 8;
/// Blocks of silence while a player starts: without them all sound would stay as late as the player started.
const BLOCKS_SKIPPED: usize = 25;
/// How far the mix runs ahead of time.
const LEAD: Duration = Duration::from_millis(60);
/// Blocks that are made up for after a break; more would pile up in the pipe and stay.
const CATCH_UP_MAX: u64 = 3;

/// Plays sounds; silent where that cannot be.
#[derive(Debug)]
pub struct Speaker {
    blocks: Option<SyncSender<Vec<i16>>>,
    thread: Option<JoinHandle<()>>,
    mixer: Mixer,
    samples_sent: u64,
}

impl Speaker {
    /// A speaker that tries the system's players one after the other.
    #[must_use]
    pub fn open() -> Speaker {
        Speaker::with(|blocks| {
            #[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "audio")))]
            match super::device::play(blocks) {
                Ok(()) => return,
                Err(error) => tracing::debug!(error, "no sound device"),
            }
            feed(system_players(), blocks, BLOCKS_SKIPPED);
        })
    }

    /// A speaker that writes samples (16 bits, little endian, one channel) to the first of these programs that takes them.
    #[must_use]
    pub fn with_players(players: Vec<Command>) -> Speaker {
        Speaker::with(|blocks| feed(players, blocks, 0))
    }

    fn with(bring: impl FnOnce(&Receiver<Vec<i16>>) + Send + 'static) -> Speaker {
        let (blocks, incoming) = sync_channel(BLOCKS_WAITING_MAX);
        let thread = std::thread::Builder::new().name("speaker".to_owned());
        let thread = thread.spawn(move || bring(&incoming)).ok();
        Speaker {
            blocks: thread.is_some().then_some(blocks),
            thread,
            mixer: Mixer::new(),
            samples_sent: 0,
        }
    }

    /// Whether anything takes samples, as far as is known.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.blocks.is_some()
    }

    /// Begins and stops sounds, and sends what is heard until shortly after `now`; `volume` is 0 to 10.
    pub fn pump(&mut self, now: Duration, volume: u8, cues: impl IntoIterator<Item = Cue>) {
        let Some(blocks) = &self.blocks else { return };
        for cue in cues {
            self.mixer.take(cue);
        }
        let until = (now + LEAD).as_millis() as u64 * u64::from(SAMPLE_RATE) / 1000;
        let block = BLOCK_SAMPLES as u64;
        // After a long break nothing is caught up.
        self.samples_sent = self.samples_sent.max(until.saturating_sub(block * CATCH_UP_MAX));
        while self.samples_sent + block <= until {
            self.samples_sent += block;
            let mut samples = vec![0; BLOCK_SAMPLES];
            self.mixer.fill(&mut samples, volume);
            if let Err(TrySendError::Disconnected(_)) = blocks.try_send(samples) {
                self.blocks = None;
                return;
            }
        }
    }

    /// Ends the stream and waits until the player has taken everything.
    pub fn finish(mut self) {
        self.blocks = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has only made the game silent.
            let _ = thread.join();
        }
    }
}

/// The programs that play sounds from a pipe.
fn system_players() -> Vec<Command> {
    let rate = SAMPLE_RATE.to_string();
    let pulse: &[&str] = &[
        "--raw",
        "--channels=1",
        "--format=s16le",
        "--latency-msec=40",
        "--rate",
        &rate,
    ];
    let pipewire: &[&str] = &[
        "-p",
        "--raw",
        "--channels=1",
        "--format=s16",
        "--latency=40ms",
        "--rate",
        &rate,
        "-",
    ];
    let alsa: &[&str] = &["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-B", "60000", "-r", &rate];
    let programs = [("paplay", pulse), ("pw-cat", pipewire), ("aplay", alsa)];
    let programs = programs.iter().filter(|_| cfg!(target_os = "linux"));
    let command = |(name, arguments): &(&str, &[&str])| {
        let mut command = Command::new(name);
        command.args(*arguments);
        command
    };
    programs.map(command).collect()
}

/// Brings blocks to the first player that works, and to the next one when it ends.
fn feed(players: Vec<Command>, blocks: &Receiver<Vec<i16>>, skipped: usize) {
    for mut player in players {
        let name = player.get_program().to_string_lossy().into_owned();
        match play(&mut player, blocks, skipped) {
            Ok(()) => return,
            Err(error) => tracing::debug!(name, %error, "this player makes no sound"),
        }
    }
    tracing::debug!("no sound: the system has no player that works");
}

/// Writes blocks until there are no more; the first ones are dropped while the player starts.
fn play(player: &mut Command, blocks: &Receiver<Vec<i16>>, skipped: usize) -> io::Result<()> {
    player.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = player.spawn()?;
    let _ = blocks.iter().take(skipped).count();
    let written = write_all(&mut child, blocks);
    drop(child.stdin.take());
    let status = child.wait()?;
    written?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(status.to_string()))
    }
}

fn write_all(child: &mut Child, blocks: &Receiver<Vec<i16>>) -> io::Result<()> {
    let Some(stdin) = &mut child.stdin else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    while let Ok(block) = blocks.recv() {
        let bytes: Vec<u8> = block.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        stdin.write_all(&bytes)?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::sound::{Sound, samples};

    fn cue(sound: Sound) -> Cue {
        Cue {
            key: (1, 0),
            sound,
            is_stop: false,
        }
    }

    fn writes_to(file: &std::path::Path) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg("cat > \"$0\"").arg(file);
        command
    }

    #[test]
    fn the_player_gets_the_mix_after_a_player_that_is_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("heard");
        let missing = Command::new(folder.path().join("missing"));
        let mut speaker = Speaker::with_players(vec![missing, writes_to(&file)]);
        speaker.pump(Duration::ZERO, 10, [cue(Sound::Bounce)]);
        for milliseconds in [40, 80, 100] {
            speaker.pump(Duration::from_millis(milliseconds), 10, []);
        }
        speaker.finish();
        let heard = std::fs::read(&file).expect("the player wrote");
        let heard: Vec<i16> = heard
            .chunks_exact(2)
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let made = samples(Sound::Bounce);
        assert_eq!(heard.len(), BLOCK_SAMPLES * 8, "160 ms");
        assert_eq!(heard[..made.len()], made[..]);
        assert!(heard[made.len()..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn without_any_player_the_game_is_silent_and_goes_on() {
        let mut speaker = Speaker::with_players(Vec::new());
        for frame in 0..100 {
            speaker.pump(Duration::from_millis(frame * 16), 10, [cue(Sound::Gun)]);
        }
        speaker.finish();
    }
}
