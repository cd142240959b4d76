//! Owns replay files of the arena: recording a match as it is confirmed, and verifying a file.
//! Must not change a match.

mod netlog;

pub(crate) use netlog::beside;
pub use netlog::{NetGauge, NetLog, NetSample};

use crate::armory::Armory;
use crate::names;
use crate::rules;
use crate::shelf::Recording;
use pvp_net::replay::{
    PlayError, Player, RecordError, Recorder, RecorderConfig, Replay, ReplayError, ReplayHeader, Verified, VerifyError,
    verify,
};
use pvp_net::sim::DuelSim;
use pvp_net::{Session, Transport};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why a replay is not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// The file cannot be made.
    #[error("cannot create the replay {path}: {error}")]
    Create {
        /// Where.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The recorder stopped.
    #[error("cannot record the match: {0}")]
    Record(#[from] RecordError),
}

/// Why a replay does not verify.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyFault {
    /// The file cannot be read.
    #[error("cannot read {path}: {error}")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is no replay.
    #[error("{path} is not a readable replay: {error}")]
    Parse {
        /// Which.
        path: PathBuf,
        /// Why.
        error: ReplayError,
    },
    /// The file is a replay of another game or version.
    #[error("{path} cannot be played: {error}")]
    Play {
        /// Which.
        path: PathBuf,
        /// Why.
        error: PlayError,
    },
    /// The match does not come out as recorded.
    #[error("{path} does not verify: {error}")]
    Verify {
        /// Which.
        path: PathBuf,
        /// Where it goes wrong.
        error: VerifyError,
    },
}

/// Writes a match while it is confirmed; a killed process leaves a readable file.
pub struct MatchRecorder {
    recorder: Recorder<DuelSim, File>,
    content_count: usize,
    net: netlog::NetWriter,
}

impl MatchRecorder {
    /// Begins a file for a session whose handshake is done.
    ///
    /// # Errors
    /// [`RecordFault`] if the file cannot be made or written.
    pub fn create<T: Transport>(path: &Path, session: &Session<DuelSim, T>) -> Result<MatchRecorder, RecordFault> {
        let file = File::create(path).map_err(|error| RecordFault::Create {
            path: path.to_owned(),
            error,
        })?;
        let config = session.config();
        let peer_name = session.peer_name().unwrap_or_default();
        let mut names = vec![config.name.clone(), peer_name.to_owned()];
        if config.local_player == 1 {
            names.swap(0, 1);
        }
        // Whoever opens the file, with whatever program, reads names that this side would show.
        let names = vetted_names(&names);
        let header = ReplayHeader {
            game_id: config.game_id,
            build: config.build,
            ruleset_hash: config.ruleset_hash,
            content_version: config.content_version,
            match_seed: session.match_seed().unwrap_or(0),
            start_checksum: 0,
            frame_rate: 60,
            input_bytes: 0,
            names,
            app: Vec::new(),
        };
        let simulation = DuelSim::new(rules::duel(0));
        let start = simulation.start();
        let recorder = Recorder::new(simulation, start, file, header, RecorderConfig::default())?;
        Ok(MatchRecorder {
            recorder,
            content_count: 0,
            net: netlog::NetWriter::create(path),
        })
    }

    /// As [`MatchRecorder::create`], where matches are recorded; `None` if nowhere.
    ///
    /// # Errors
    /// As [`MatchRecorder::create`].
    pub fn begin<T: Transport>(
        recording: &Recording,
        session: &Session<DuelSim, T>,
    ) -> Result<Option<MatchRecorder>, RecordFault> {
        let path = recording.begin().map_err(|error| RecordFault::Create {
            path: PathBuf::new(),
            error,
        })?;
        path.map(|path| MatchRecorder::create(&path, session)).transpose()
    }

    /// Notes what the network is like; to be called once per frame, if `follow` is called less often.
    pub fn watch<T: Transport>(&mut self, session: &Session<DuelSim, T>) {
        self.net
            .follow(session.current_frame(), &session.stats(), session.input_delay_frames());
    }

    /// Writes what was confirmed since the last call, up to `end_frame` frames in all.
    ///
    /// # Errors
    /// [`RecordFault`] if the file cannot be written.
    pub fn follow<T: Transport>(
        &mut self,
        session: &mut Session<DuelSim, T>,
        end_frame: u32,
    ) -> Result<(), RecordFault> {
        self.watch(session);
        for (slot, bytes) in &session.content_log()[self.content_count..] {
            self.recorder.content(*slot, bytes)?;
            self.content_count += 1;
        }
        for confirmed in session.confirmed_frames() {
            if confirmed.frame < end_frame {
                self.recorder
                    .frame(confirmed.frame, &confirmed.inputs, confirmed.checksum)?;
            }
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`RecordFault`] if the file cannot be written.
    pub fn finish(self, winner: Option<u8>) -> Result<(), RecordFault> {
        self.recorder.finish(winner)?;
        Ok(())
    }
}

fn vetted_names(names: &[String]) -> Vec<String> {
    let names = names.iter().enumerate();
    names.map(|(player, name)| names::vetted(name, player)).collect()
}

fn read_replay(path: &Path) -> Result<Replay, VerifyFault> {
    let named = path.to_owned();
    let bytes = std::fs::read(path).map_err(|error| VerifyFault::Read {
        path: named.clone(),
        error,
    })?;
    Replay::parse(bytes).map_err(|error| VerifyFault::Parse { path: named, error })
}

/// Who played, and how many frames, without playing it.
///
/// # Errors
/// [`VerifyFault`] if it is no replay.
pub fn outline(path: &Path) -> Result<(Vec<String>, u32), VerifyFault> {
    let replay = read_replay(path)?;
    Ok((vetted_names(&replay.header().names), replay.frames()))
}

/// Re-simulates a replay and compares it with what it says.
///
/// # Errors
/// [`VerifyFault`] names the first bad frame.
pub fn verify_file(path: &Path) -> Result<Verified, VerifyFault> {
    let replay = read_replay(path)?;
    let mut simulation = DuelSim::new(rules::duel(0));
    let start = simulation.start();
    verify(&mut simulation, start, &replay).map_err(|error| VerifyFault::Verify {
        path: path.to_owned(),
        error,
    })
}

/// Opens a replay to be watched, with the names and sprites of its weapons.
///
/// # Errors
/// [`VerifyFault`] if it is no replay of this game.
pub fn open_player(path: &Path) -> Result<(Player<DuelSim>, Armory), VerifyFault> {
    let replay = read_replay(path)?;
    let def = rules::duel(0);
    // Nobody forges here: names and pictures are made of the recorded prompts and numbers.
    let armory = Armory::new(def.ruleset_hash(), true);
    armory.begin_match(replay.header().match_seed);
    let simulation = DuelSim::judged(def, armory.judge());
    let start = simulation.start();
    let player = Player::new(simulation, start, replay).map_err(|error| VerifyFault::Play {
        path: path.to_owned(),
        error,
    })?;
    Ok((player, armory))
}
