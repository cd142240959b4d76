//! Owns the target `replay_file`: any bytes are a replay with an intact prefix, or an error.
//!
//! Half of the inputs build a true file first and alter it, so that the fuzzer gets behind the digests.

use pvp_net::replay::{Ending, Player, Replay, ReplayHeader, ReplayWriter, verify};
use pvp_net::{ContentRefused, Events, Inspect, Simulation};

/// Frames of a built file at most.
const FRAMES_MAX: usize = 400;

/// A game that accepts everything and comes to whatever the file claims to begin with.
#[derive(Clone, Copy)]
struct Credulous {
    checksum: u64,
}

impl Simulation for Credulous {
    type Input = [u8; 3];
    type State = u32;
    type Event = ();

    fn step(&self, state: &mut u32, _inputs: &[[u8; 3]], _events: &mut Events<()>) {
        *state += 1;
    }

    fn checksum(&self, _state: &u32) -> u64 {
        self.checksum
    }

    fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        if bytes.len() > 64 {
            return Err(ContentRefused::SlotTaken { slot });
        }
        Ok(())
    }
}

impl Inspect for Credulous {
    fn sections(&self, _state: &u32) -> Vec<(&'static str, u64)> {
        Vec::new()
    }

    fn to_bytes(&self, state: &u32) -> Vec<u8> {
        state.to_le_bytes().to_vec()
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<u32> {
        bytes.try_into().ok().map(u32::from_le_bytes)
    }

    fn field_name(&self, _offset: usize) -> String {
        String::new()
    }
}

/// Reads the bytes as a file, or builds a file from them and alters it.
///
/// # Panics
///
/// When an altered file shows other frames than the ones that were written.
pub fn run(bytes: &[u8]) {
    match bytes.split_first() {
        Some((&kind, rest)) if kind % 2 == 1 => alter_a_true_file(kind, rest),
        Some((_, rest)) => drop(read(rest)),
        None => {}
    }
}

fn read(file: &[u8]) -> Option<Replay> {
    let replay = Replay::parse(file.to_vec()).ok()?;
    let mut frames = 0;
    let mut cursor = replay.cursor();
    while let Some((frame, inputs)) = cursor.advance() {
        assert_eq!(frame, frames);
        assert_eq!(
            inputs.len(),
            usize::from(replay.header().input_bytes) * replay.header().names.len()
        );
        frames += 1;
    }
    assert_eq!(frames, replay.frames());
    if let Ending::Complete(end) = replay.ending() {
        assert_eq!(end.frames, frames);
    }
    let mut game = Credulous {
        checksum: replay.header().start_checksum,
    };
    // The verdict is the file's business; not panicking is ours.
    let _ = verify(&mut game, 0, &replay);
    if let Ok(mut player) = Player::new(game, 0, replay.clone()) {
        for frame in [frames, frames / 2, 0, frames / 3] {
            let _ = player.seek(frame);
        }
    }
    Some(replay)
}

fn alter_a_true_file(kind: u8, bytes: &[u8]) {
    let players = 1 + usize::from(kind >> 1) % 3;
    let (alterations, inputs) = bytes.split_at(bytes.len().min(8));
    let (file, frames) = build(players, inputs);
    assert_eq!(read(&file).map(|replay| replay.frames()), Some(frames.len() as u32));

    let mut altered = file.clone();
    for alteration in alterations.chunks_exact(4) {
        let offset = usize::from(u16::from_le_bytes([alteration[0], alteration[1]])) % altered.len().max(1);
        match alteration[2] % 4 {
            0 => altered.truncate(offset),
            1 => altered.insert(offset, alteration[3]),
            _ => {
                if let Some(byte) = altered.get_mut(offset) {
                    *byte ^= alteration[3];
                }
            }
        }
    }
    let Some(replay) = read(&altered) else { return };
    let mut cursor = replay.cursor();
    for written in &frames {
        let Some((_, inputs)) = cursor.advance() else { return };
        assert_eq!(inputs, written);
    }
}

/// A file with these inputs, three bytes for each player and frame; returns it and its frames.
fn build(players: usize, inputs: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let header = ReplayHeader {
        start_checksum: 1,
        frame_rate: 60,
        input_bytes: 3,
        names: vec!["x".to_owned(); players],
        ..ReplayHeader::default()
    };
    let mut writer = ReplayWriter::new(Vec::new(), &header, 16).expect("a valid header");
    let frames: Vec<Vec<u8>> = inputs
        .chunks_exact(3 * players)
        .take(FRAMES_MAX)
        .map(<[u8]>::to_vec)
        .collect();
    for (number, inputs) in frames.iter().enumerate() {
        match inputs[0] {
            250.. => writer.content(inputs[0], inputs).expect("a vector takes everything"),
            240..250 => writer
                .keyframe(&(number as u32).to_le_bytes(), 1)
                .expect("a vector takes everything"),
            _ => {}
        }
        writer.frame(inputs, 1).expect("a vector takes everything");
    }
    (writer.finish(None).expect("a vector takes everything"), frames)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_holds() {
        assert!(crate::replay::replay("replay_file", super::run) > 0);
    }
}
