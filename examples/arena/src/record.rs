//! Owns replay files of the arena: recording a match as it is confirmed, and verifying a file, also for whoever watches it.
//! Must not change a match, and must not show a file that does not verify.

mod netlog;
mod tape;

pub(crate) use netlog::beside;
pub use netlog::{NetGauge, NetLog, NetSample};
pub use tape::Tape;

use crate::armory::Armory;
use crate::duel::{CONTENT_VERSION, GAME_ID};
use crate::names;
use crate::output::{IfTaken, OutputFault, Target, free_name, is_device};
use crate::rules;
use crate::shelf::Recording;
use pvp_net::replay::{
    Ending, PlayError, Player, ReadError, RecordError, Recorder, RecorderConfig, Replay, ReplayError, ReplayRules,
    Verified, VerifyError,
};
use pvp_net::sim::{ContentJudge, DuelSim};
use pvp_net::{Session, Transport};
use pvp_sim::{DuelState, MatchState};
use std::collections::BTreeMap;
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
    /// A file is in the way.
    #[error(transparent)]
    Output(OutputFault),
    /// The recorder stopped.
    #[error("cannot record the match: {0}")]
    Record(#[from] RecordError),
}

impl From<OutputFault> for RecordFault {
    fn from(fault: OutputFault) -> RecordFault {
        match fault {
            OutputFault::Write { path, error } => RecordFault::Create { path, error },
            fault => RecordFault::Output(fault),
        }
    }
}

/// What every replay of this game has in its header.
#[must_use]
pub fn replay_rules() -> ReplayRules {
    ReplayRules {
        game_id: GAME_ID,
        build: DuelSim::build(),
        ruleset_hash: rules::duel(0).ruleset_hash(),
        content_version: CONTENT_VERSION,
        frame_rate: 60,
        players: 2,
        app: Some(Vec::new()),
    }
}

fn winner_of(state: &DuelState) -> Option<u8> {
    state.winner().map(|winner| winner.0)
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
    /// The file has verified and does not play all the same.
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

/// Whether a replay can be made at `path`, to be known before anybody waits for the match; what stands there stays as it is.
///
/// # Errors
/// [`RecordFault::Create`] if the file cannot be made or written.
fn check_place(path: &Path) -> Result<(), RecordFault> {
    let found = match File::options().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            File::create_new(path).and_then(|_| std::fs::remove_file(path))
        }
        found => found.map(drop),
    };
    found.map_err(|error| RecordFault::Create {
        path: path.to_owned(),
        error,
    })
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
    pub fn create<T: Transport>(target: &Target, session: &Session<DuelSim, T>) -> Result<MatchRecorder, RecordFault> {
        let net = netlog::NetWriter::create(target)?;
        let file = target.begin()?;
        let config = session.config();
        let peer_name = session.peer_name().unwrap_or_default();
        let mut names = vec![config.name.clone(), peer_name.to_owned()];
        if config.local_player == 1 {
            names.swap(0, 1);
        }
        // Whoever opens the file, with whatever program, reads names that this side would show.
        let header = replay_rules().header(session.match_seed().unwrap_or(0), vetted_names(&names));
        let simulation = DuelSim::new(rules::duel(0));
        let start = simulation.start();
        let recorder = Recorder::new(simulation, start, file, header, RecorderConfig::default())?;
        Ok(MatchRecorder {
            recorder,
            content_count: 0,
            net,
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
        let target = recording.begin().map_err(|error| RecordFault::Create {
            path: PathBuf::new(),
            error,
        })?;
        target.map(|target| MatchRecorder::create(&target, session)).transpose()
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
        for (slot, bytes) in session.content_log().get(self.content_count..).unwrap_or_default() {
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

    /// Ends the file. The winner is whoever has won in the last recorded frame.
    ///
    /// # Errors
    /// [`RecordFault`] if the file cannot be written.
    pub fn finish(self) -> Result<(), RecordFault> {
        let winner = winner_of(self.recorder.state());
        self.recorder.finish(winner)?;
        Ok(())
    }
}

/// Refuses a recording that would destroy a file, before anything is played.
///
/// # Errors
/// [`OutputFault`].
pub fn check_target(target: &Target, inputs: &[&Path]) -> Result<(), OutputFault> {
    target.check(inputs)?;
    if is_device(&target.path) {
        return Ok(());
    }
    netlog::target_beside(target).check(inputs)
}

/// Where a peer records that may be a process which was started again with the same arguments.
///
/// A recording that was cut short may be that of the process before, so it stays whatever this one turns out to be:
/// a process that comes back into its match records nothing, and a new match gets the next free name (the path is another one then).
///
/// # Errors
/// [`OutputFault::Exists`] if another file is there.
pub fn target_of_peer(path: &Path, if_taken: IfTaken) -> Result<Target, OutputFault> {
    let target = Target {
        path: path.to_owned(),
        if_taken,
    };
    let is_cut = || read_replay(path).is_ok_and(|replay| replay.ending() == Ending::Cut);
    match check_target(&target, &[]) {
        Err(OutputFault::Exists { .. }) if is_cut() => {
            let free = free_name(path, |name| beside(name).exists())?;
            Ok(Target::from(free))
        }
        checked => checked.map(|()| target),
    }
}

fn vetted_names(names: &[String]) -> Vec<String> {
    let names = names.iter().enumerate();
    names.map(|(player, name)| names::vetted(name, player)).collect()
}

fn read_replay(path: &Path) -> Result<Replay, VerifyFault> {
    let named = || path.to_owned();
    let file = File::open(path).map_err(|error| VerifyFault::Read { path: named(), error })?;
    Replay::read(file).map_err(|error| match error {
        ReadError::Replay(error) => VerifyFault::Parse { path: named(), error },
        ReadError::Io(error) => VerifyFault::Read { path: named(), error },
        error => VerifyFault::Read {
            path: named(),
            error: io::Error::other(error),
        },
    })
}

/// Whether a file is a recording of a match, of whatever version, or the beginning of one.
#[must_use]
pub fn is_recording(path: &Path) -> bool {
    let error = match read_replay(path) {
        Err(VerifyFault::Parse { error, .. }) => error,
        other => return other.is_ok(),
    };
    let is_empty = || std::fs::metadata(path).is_ok_and(|file| file.len() == 0);
    error != ReplayError::NotAReplay || is_empty()
}

/// What a file says of itself, without playing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The players.
    pub names: Vec<String>,
    /// Intact frames.
    pub frames: u32,
    /// How the file ends.
    pub ending: Ending,
}

/// Who played, and how many frames, without playing it.
///
/// # Errors
/// [`VerifyFault`] if it is no replay.
pub fn outline(path: &Path) -> Result<Outline, VerifyFault> {
    let replay = read_replay(path)?;
    Ok(Outline {
        names: vetted_names(&replay.header().names),
        frames: replay.frames(),
        ending: replay.ending(),
    })
}

/// Re-simulates a replay and compares it with what it says.
///
/// # Errors
/// [`VerifyFault`] names the first bad frame, or the field that was altered.
pub fn verify_file(path: &Path) -> Result<Verified, VerifyFault> {
    open_player(path).map(|(player, _)| player.verified())
}

/// Verifies a replay and opens it to be watched, with the names and sprites of its weapons: what is shown is what verifies.
///
/// # Errors
/// [`VerifyFault`] if it is no replay of this game, or was altered.
pub fn open_player(path: &Path) -> Result<(Player<DuelSim>, Armory), VerifyFault> {
    let replay = read_replay(path)?;
    let def = rules::duel(0);
    // Nobody forges here: names and pictures are made of the recorded prompts and numbers.
    let armory = Armory::new(def.ruleset_hash(), true);
    armory.begin_match(replay.header().match_seed);
    let simulation = DuelSim::judged(def, judged_once(armory.judge()));
    let start = simulation.start();
    let player = Player::new(simulation, start, replay, &replay_rules(), winner_of);
    let player = player.map_err(|error| VerifyFault::Verify {
        path: path.to_owned(),
        error,
    })?;
    Ok((player, armory))
}

/// A judge that remembers: a weapon fights for its verdict once, however often the replay is wound back.
///
/// A replay has at most 256 contents of at most 16 KiB.
fn judged_once(mut judge: ContentJudge) -> ContentJudge {
    let mut verdicts = BTreeMap::new();
    Box::new(move |content, rest| {
        *verdicts
            .entry((content.encode(), rest.to_vec()))
            .or_insert_with(|| judge(content, rest))
    })
}
