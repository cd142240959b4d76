//! Owns the target `replay_file`: any bytes are a replay with an intact prefix, or an error, and no altered file is believed.
//!
//! Most inputs build a true file first and alter it, so that the fuzzer gets behind the digests; half of those repair every digest.

use pvp_net::replay::{Ending, Player, Replay, ReplayEnd, ReplayHeader, ReplayRules, ReplayWriter, verify};
use pvp_net::{ContentRefused, Events, Inspect, Simulation};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Frames of a built file at most.
const FRAMES_MAX: usize = 400;
/// Magic and version.
const PREFIX_BYTES: usize = 5;

/// A game whose state mixes everything that ever happened: no input and no content is without effect.
#[derive(Clone, Copy, Default)]
struct Mixer {
    content: u64,
}

impl Mixer {
    const START: u64 = 0;

    fn winner_of(state: &u64) -> Option<u8> {
        [None, Some(0), Some(1)][(state % 3) as usize]
    }

    fn rules(players: usize) -> ReplayRules {
        ReplayRules {
            game_id: 3,
            build: 5,
            ruleset_hash: 7,
            content_version: 11,
            frame_rate: 60,
            players: players as u8,
            app: Some(Vec::new()),
        }
    }
}

impl Simulation for Mixer {
    type Input = [u8; 3];
    type State = u64;
    type Event = ();

    fn step(&self, state: &mut u64, inputs: &[[u8; 3]], _events: &mut Events<()>) {
        *state = xxh3_64_with_seed(inputs.as_flattened(), *state ^ self.content);
    }

    fn checksum(&self, state: &u64) -> u64 {
        *state
    }

    fn begin_match(&mut self, match_seed: u64, state: &mut u64) {
        *self = Mixer::default();
        *state = xxh3_64(&match_seed.to_le_bytes());
    }

    fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        if bytes.len() > 64 {
            return Err(ContentRefused::SlotTaken { slot });
        }
        self.content = xxh3_64_with_seed(bytes, self.content ^ u64::from(slot));
        Ok(())
    }
}

impl Inspect for Mixer {
    fn sections(&self, _state: &u64) -> Vec<(&'static str, u64)> {
        Vec::new()
    }

    fn to_bytes(&self, state: &u64) -> Vec<u8> {
        // Mostly empty, as states are.
        [&[0; 40][..], &state.to_le_bytes(), &[0; 9]].concat()
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<u64> {
        bytes
            .get(40..48)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u64::from_le_bytes)
    }

    fn field_name(&self, _offset: usize) -> String {
        String::new()
    }
}

/// Reads the bytes as a file, or builds a file from them and alters it.
///
/// # Panics
///
/// When an altered file shows other frames than the ones that were written, or verifies although more than claims differ.
pub fn run(bytes: &[u8]) {
    match bytes.split_first() {
        Some((&kind, rest)) if kind % 2 == 1 => alter_a_true_file(kind, rest),
        Some((_, rest)) => drop(read(rest, 2)),
        None => {}
    }
}

/// The replay, and whether all of it verifies.
fn read(file: &[u8], players: usize) -> Option<(Replay, bool)> {
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
    let rules = Mixer::rules(players);
    let verified = verify(&mut Mixer::default(), Mixer::START, &replay, &rules, Mixer::winner_of);
    let player = Player::new(Mixer::default(), Mixer::START, replay.clone(), &rules, Mixer::winner_of);
    // What is shown is what verifies, and all of it can be shown.
    assert_eq!(
        player.as_ref().map(Player::verified).ok(),
        verified.as_ref().ok().copied()
    );
    if let Ok(mut player) = player {
        for frame in [frames, frames / 2, 0, frames / 3] {
            player.seek(frame).expect("a verified replay goes anywhere");
        }
    }
    let is_whole = verified.is_ok_and(|verified| verified.is_complete);
    Some((replay, is_whole))
}

fn alter_a_true_file(kind: u8, bytes: &[u8]) {
    let players = 1 + usize::from(kind >> 1) % 3;
    let repairs = kind & 0x80 != 0;
    let (alterations, inputs) = bytes.split_at(bytes.len().min(8));
    let (file, frames) = build(players, inputs);
    let (original, is_whole) = read(&file, players).expect("just written");
    assert!(is_whole && original.frames() == frames.len() as u32);

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
    if repairs {
        repair(&mut altered);
    }
    let Some((replay, is_whole)) = read(&altered, players) else {
        return;
    };
    if is_whole {
        assert_eq!(facts(&replay), facts(&original), "believed");
    }
    if repairs {
        return;
    }
    let mut cursor = replay.cursor();
    for written in &frames {
        let Some((_, inputs)) = cursor.advance() else { return };
        assert_eq!(inputs, written);
    }
}

/// Everything that a replay says but the names of the players.
fn facts(replay: &Replay) -> (ReplayHeader, Vec<u8>, Option<ReplayEnd>) {
    let mut header = replay.header().clone();
    header.names.iter_mut().for_each(String::clear);
    let mut cursor = replay.cursor();
    let mut inputs = Vec::new();
    while let Some((_, frame)) = cursor.advance() {
        inputs.extend_from_slice(frame);
    }
    let end = match replay.ending() {
        Ending::Complete(end) => Some(end),
        _ => None,
    };
    (header, inputs, end)
}

/// Writes the right digest behind every record, as far as there are whole ones: the format's text, read a second time.
fn repair(file: &mut [u8]) {
    let digest = |bytes: &[u8], seed: u32| xxh3_64_with_seed(bytes, u64::from(seed)) as u32;
    let Some(prefix) = file.get(..PREFIX_BYTES) else { return };
    let mut previous = digest(prefix, 0);
    let mut start = PREFIX_BYTES;
    loop {
        let (mut length, mut shift, mut at) = (0_usize, 0, start + 1);
        while let Some(byte) = file.get(at) {
            length |= usize::from(byte & 0x7F) << shift;
            (shift, at) = (shift + 7, at + 1);
            if byte & 0x80 == 0 || shift > 21 {
                break;
            }
        }
        let end = at + length;
        let Some(record) = file.get(start..end) else { return };
        previous = digest(record, previous);
        let Some(stored) = file.get_mut(end..end + 4) else {
            return;
        };
        stored.copy_from_slice(&previous.to_le_bytes());
        start = end + 4;
    }
}

/// A file with these inputs, three bytes for each player and frame; returns it and its frames.
fn build(players: usize, inputs: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut game, mut state) = (Mixer::default(), Mixer::START);
    game.begin_match(9, &mut state);
    let mut header = Mixer::rules(players).header(9, vec!["x".to_owned(); players]);
    (header.start_checksum, header.input_bytes) = (state, 3);
    let mut writer = ReplayWriter::new(Vec::new(), &header, 16).expect("a valid header");
    let frames: Vec<Vec<u8>> = inputs
        .chunks_exact(3 * players)
        .take(FRAMES_MAX)
        .map(<[u8]>::to_vec)
        .collect();
    let mut slots = 0..=u8::MAX;
    for inputs in &frames {
        match inputs[0] {
            250.. => {
                let slot = slots.next().expect("fewer contents than slots");
                game.accept_content(slot, inputs).expect("a short content");
                writer.content(slot, inputs).expect("a vector takes everything");
            }
            240..250 => writer
                .keyframe(&game.to_bytes(&state), state)
                .expect("a vector takes everything"),
            _ => {}
        }
        let (inputs, _) = inputs.as_chunks::<3>();
        game.step(&mut state, inputs, &mut Events::new());
        writer
            .frame(inputs.as_flattened(), state)
            .expect("a vector takes everything");
    }
    let winner = Mixer::winner_of(&state);
    (writer.finish(winner).expect("a vector takes everything"), frames)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_holds() {
        assert!(crate::replay::replay("replay_file", super::run) > 0);
    }
}
