//! Owns `arena peer`: one headless player over a real network, in real time.
//! Must not print: the command line does.

use crate::desync;
use crate::duel::{DuelPeer, GAME_ID, Note, Pilot};
use crate::forging::ThreadForging;
use crate::ledger::Taste;
use crate::output::Target;
use crate::prompts;
use crate::record::{RecordFault, Tape};
use crate::report::{Compared, PeerReport, hex, rate};
use pvp_net::{CloseReason, Comparison, ConfigError, LeaveReason, PathFault, Refusal, SessionConfig, Transport};
use pvp_sim::bot::BotKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Which player a side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// The user has said so: 0 hosts, 1 joins.
    Chosen(u8),
    /// The room gave it. A process that comes back may be given the other player's; then it takes the one that is left.
    OfRoom(u8),
}

impl Seat {
    fn player(self) -> u8 {
        match self {
            Self::Chosen(player) | Self::OfRoom(player) => player,
        }
    }
}

/// What `arena peer` was asked for, beside the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerOptions {
    /// Which player this side is.
    pub seat: Seat,
    /// Who plays.
    pub bot: BotKind,
    /// 1 to 3.
    pub level: u8,
    /// Frames to play.
    pub frames: u32,
    /// What the bot asks for; its own prompts if empty.
    pub prompts: Vec<String>,
    /// What this side takes of the other one.
    pub taste: Taste,
    /// How long to wait for the other side.
    pub wait: Duration,
    /// This player's half of the match seed.
    pub entropy: u64,
    /// Where to write a replay.
    pub replay: Option<Target>,
    /// Folder for the evidence of a desync.
    pub evidence: PathBuf,
    /// A drill: this side miscalculates in this frame.
    pub inject_desync: Option<u32>,
}

/// Why a match over the network did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// Impossible options.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nobody came.
    #[error("no peer answered within {seconds} s: {}", fault_text(*fault))]
    NobodyCame {
        /// How long was waited.
        seconds: u64,
        /// What keeps packets from passing, if the transport can tell.
        fault: Option<PathFault>,
    },
    /// Somebody answered, but the handshake was not finished.
    #[error("the other side answered, but no match began within {seconds} s: {fault}")]
    Unfinished {
        /// How long was waited.
        seconds: u64,
        /// What keeps packets from passing.
        fault: PathFault,
    },
    /// The two sides do not fit together.
    #[error("the peers do not fit together: {0}")]
    Refused(pvp_net::Refusal),
    /// The other side left before the end.
    #[error("the other player left at frame {frame} ({reason:?})")]
    PeerLeft {
        /// The last confirmed frame.
        frame: u32,
        /// Why.
        reason: LeaveReason,
    },
    /// The path is gone.
    #[error("the connection could not be made or was lost: {0}")]
    Path(CloseReason),
    /// Ctrl-C.
    #[error("stopped at frame {frame}; the other player was told")]
    Interrupted {
        /// The last confirmed frame.
        frame: u32,
    },
    /// The two simulations differ.
    #[error("the two simulations differ: {report}; the match is void after frame {frame}; {evidence}")]
    Desync {
        /// What is known.
        report: String,
        /// The last frame that both sides agree on.
        frame: u32,
        /// What became of the evidence.
        evidence: String,
    },
    /// The match came to its end, and nobody knows whether to the same one on both sides.
    #[error(
        "not compared: the other side did not tell its checksum of frame {frame}, so nobody knows whether both ends are the same"
    )]
    NotCompared {
        /// The last frame.
        frame: u32,
    },
    /// The match came to its end, its replay did not.
    #[error("the replay is not complete: {why}")]
    ReplayIncomplete {
        /// What the system says.
        why: String,
    },
    /// No replay can be written.
    #[error(transparent)]
    Record(#[from] RecordFault),
}

/// How a match came to its end.
#[derive(Debug)]
pub struct PeerEnd {
    /// The figures.
    pub report: PeerReport,
    /// What is wrong with it.
    pub error: Option<PeerError>,
}

/// Plays a match to its end. `interrupted` is set by Ctrl-C, `tell` gets what there is to say.
///
/// # Errors
/// [`PeerError`] says why the match did not come to its end. One that did, but to a doubtful one, says so in [`PeerEnd::error`].
#[allow(clippy::disallowed_methods, reason = "this is where the real clock enters")]
pub fn play<T: Transport>(
    transport: T,
    options: &PeerOptions,
    interrupted: &AtomicBool,
    mut tell: impl FnMut(u32, Note),
) -> Result<PeerEnd, PeerError> {
    let begun = Instant::now();
    let mut game = Game::new(transport, options, options.seat.player(), Duration::ZERO)?;
    let mut has_moved = false;
    loop {
        let now = begun.elapsed();
        match game.turn(now, &mut tell) {
            Err(PeerError::Refused(Refusal::SamePlayer { player }))
                if options.seat == Seat::OfRoom(player) && !has_moved =>
            {
                has_moved = true;
                game = Game::new(game.peer.into_transport(), options, 1 - player, now)?;
            }
            outcome => outcome?,
        }
        if interrupted.load(Ordering::Relaxed) {
            game.peer.leave(now, LeaveReason::Quit);
            return Err(PeerError::Interrupted {
                frame: game.peer.session().confirmed_frame(),
            });
        }
        if game.is_over {
            game.peer.leave(now, LeaveReason::Finished);
            return Ok(game.finish(&mut tell));
        }
        // A headless peer sleeps between packets; a window would wait for its next picture here.
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

struct Game<'a, T: Transport> {
    options: &'a PeerOptions,
    peer: DuelPeer<T>,
    tape: Tape,
    recording_stopped: Option<String>,
    due: Duration,
    started_at: Option<Duration>,
    is_over: bool,
    ended_at: Duration,
    void_frame: Option<u32>,
    /// What the trace of a desync found, and what became of the evidence.
    trace: Option<(String, String)>,
}

fn fault_text(fault: Option<PathFault>) -> String {
    match fault {
        Some(fault) => fault.to_string(),
        None => "is the other side running, and do the addresses match?".to_owned(),
    }
}

impl<'a, T: Transport> Game<'a, T> {
    fn new(transport: T, options: &'a PeerOptions, player: u8, now: Duration) -> Result<Game<'a, T>, PeerError> {
        let mut config = SessionConfig::new(player, GAME_ID);
        config.entropy = options.entropy;
        config.connect_timeout = options.wait;
        // Started again with the same arguments, it comes back into its match.
        config.takes_state = true;
        config.name = format!("{} bot", options.bot.name());
        let prompts = prompts::for_player(&options.prompts, usize::from(player));
        let pilot = Pilot::Bot {
            kind: options.bot,
            level: options.level,
            prompts,
        };
        let peer = DuelPeer::new(transport, config, pilot, ThreadForging::boxed, now)?;
        let mut peer = peer.with_taste(options.taste);
        peer.end_at(options.frames);
        if let Some(frame) = options.inject_desync {
            peer.session_mut().simulation_mut().plant_fault(frame);
        }
        let tape = Tape::into_file(options.replay.clone())?;
        peer.session_mut().record_confirmed(tape.is_on());
        Ok(Game {
            options,
            peer,
            tape,
            recording_stopped: None,
            due: now,
            started_at: None,
            is_over: false,
            ended_at: Duration::ZERO,
            void_frame: None,
            trace: None,
        })
    }

    fn turn(&mut self, now: Duration, tell: &mut impl FnMut(u32, Note)) -> Result<(), PeerError> {
        self.peer.poll(now);
        while now >= self.due {
            self.peer.advance(now);
            let earliest = now.saturating_sub(Duration::from_millis(50));
            self.due = self.due.max(earliest) + self.peer.session().frame_duration();
        }
        let frame = self.peer.session().current_frame();
        if frame > 0 && self.started_at.is_none() {
            self.started_at = Some(now);
        }
        self.ended_at = now;
        self.record(tell);
        for note in self.peer.notes() {
            self.react(&note)?;
            tell(frame, note);
        }
        Ok(())
    }

    fn react(&mut self, note: &Note) -> Result<(), PeerError> {
        let frame = self.peer.session().confirmed_frame();
        match note {
            Note::Refused(refusal @ (Refusal::NoAnswer | Refusal::Unfinished)) => {
                let seconds = self.options.wait.as_secs();
                Err(match (refusal, self.peer.session().transport().fault()) {
                    (Refusal::NoAnswer, fault) => PeerError::NobodyCame { seconds, fault },
                    (_, Some(fault)) => PeerError::Unfinished { seconds, fault },
                    (refusal, None) => PeerError::Refused(*refusal),
                })
            }
            Note::Refused(refusal) => Err(PeerError::Refused(*refusal)),
            Note::DesyncTraced { report } => {
                self.trace = Some((report.clone(), self.keep_evidence()));
                Ok(())
            }
            // One that differs is void in a moment.
            Note::Ended { comparison, .. } => {
                self.is_over |= *comparison != Comparison::Different;
                Ok(())
            }
            Note::Void { frame } => {
                self.void_frame = Some(*frame);
                self.is_over = true;
                Ok(())
            }
            // It was told before what the comparison came to.
            Note::PeerLeft(_) if frame >= self.options.frames => {
                self.is_over = true;
                Ok(())
            }
            Note::PeerLeft(reason) => Err(PeerError::PeerLeft { frame, reason: *reason }),
            Note::PathClosed(reason) if self.started_at.is_none() => Err(PeerError::Path(*reason)),
            _ => Ok(()),
        }
    }

    /// Writes down what is known of a desync; gives what to say about it. A full disk does not end the search of the other side.
    fn keep_evidence(&self) -> String {
        let evidence = self.peer.session().desync_evidence();
        match evidence.map(|evidence| desync::save(evidence, &self.options.evidence)) {
            Some(Ok(path)) => format!("explain it with `arena desync {}`", path.display()),
            Some(Err(error)) => error.to_string(),
            None => "there is no evidence".to_owned(),
        }
    }

    fn record(&mut self, tell: &mut impl FnMut(u32, Note)) {
        // A process that was started again has not seen the beginning: what the one before wrote stays as it is.
        if self.peer.has_rejoined() {
            return self.tape.leave_off(self.peer.session_mut());
        }
        let fault = self.tape.follow(self.peer.session_mut(), self.options.frames);
        self.stop_recording(fault, tell);
    }

    /// Said once; the match goes on.
    fn stop_recording(&mut self, fault: Option<RecordFault>, tell: &mut impl FnMut(u32, Note)) {
        let Some(fault) = fault else { return };
        let why = fault.to_string();
        self.recording_stopped = Some(why.clone());
        tell(self.peer.session().current_frame(), Note::RecordingStopped { why });
    }

    fn finish(mut self, tell: &mut impl FnMut(u32, Note)) -> PeerEnd {
        if self.void_frame.is_none() {
            let fault = self.tape.finish();
            self.stop_recording(fault, tell);
        }
        let report = self.report();
        let frame = report.confirmed_frame;
        let error = match (report.compared, self.recording_stopped) {
            (Compared::Different, _) => {
                let (report, evidence) = self.trace.unwrap_or_default();
                let frame = self.void_frame.unwrap_or_default();
                Some(PeerError::Desync {
                    report,
                    frame,
                    evidence,
                })
            }
            (Compared::NotCompared, _) => Some(PeerError::NotCompared { frame }),
            (Compared::Equal, Some(why)) => Some(PeerError::ReplayIncomplete { why }),
            (Compared::Equal, None) => None,
        };
        PeerEnd { report, error }
    }

    fn report(&self) -> PeerReport {
        let session = self.peer.session();
        let stats = self.peer.stats();
        let tally = self.peer.tally();
        let frame = session.confirmed_frame().min(self.options.frames);
        let compared = Compared::from(session.comparison());
        let seconds = (self.ended_at - self.started_at.unwrap_or(self.ended_at)).as_secs_f64();
        PeerReport {
            frames: self.options.frames,
            seed: session.match_seed().unwrap_or(0),
            confirmed_frame: frame,
            checksum: session.checksum_at(frame).map(hex).unwrap_or_default(),
            compared,
            in_sync: compared == Compared::Equal,
            void_frame: self.void_frame,
            desyncs: stats.desyncs,
            rollbacks: stats.rollbacks,
            rollback_depth_max: stats.rollback_depth_max,
            stalled_frames: stats.stalled_frames,
            bytes_per_second: rate(stats.wire_bytes_sent, seconds),
            packets_per_second: rate(stats.packets_sent, seconds),
            weapons_committed: tally.weapons_committed,
            weapons_by_provider: tally.weapons_by_provider,
            weapons_fallback: tally.weapons_fallback,
            offers_refused: tally.offers_refused + tally.offers_refused_here,
            requests_refused: tally.requests_refused,
            forge_frames_max: tally.forge_frames_max,
            forge_ms_max: u64::try_from(tally.forge_time_max.as_millis()).unwrap_or(u64::MAX),
            winner: tally.winner.flatten(),
            dropped_packets: stats.dropped_total() + session.transport().dropped_packets(),
            replay_written: self.tape.is_written(),
        }
    }
}
