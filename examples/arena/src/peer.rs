//! Owns `arena peer`: one headless player over a real network, in real time.
//! Must not print: the command line does.

use crate::desync::{self, EvidenceFault};
use crate::duel::{DuelPeer, GAME_ID, Note, Pilot};
use crate::forging::ThreadForging;
use crate::prompts;
use crate::record::{MatchRecorder, RecordFault};
use crate::report::{PeerReport, hex, rate};
use pvp_net::{CloseReason, ConfigError, LeaveReason, Refusal, SessionConfig, Transport};
use pvp_sim::bot::BotKind;
use std::path::{Path, PathBuf};
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
    /// How long to wait for the other side.
    pub wait: Duration,
    /// This player's half of the match seed.
    pub entropy: u64,
    /// Where to write a replay.
    pub replay: Option<PathBuf>,
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
    #[error("no peer answered within {seconds} s: is the other side running, and do the addresses match?")]
    NobodyCame {
        /// How long was waited.
        seconds: u64,
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
    #[error("the two simulations differ: {report}; {}", evidence_text(evidence.as_deref()))]
    Desync {
        /// What is known.
        report: String,
        /// The file, if the first bad frame is known.
        evidence: Option<PathBuf>,
    },
    /// The evidence could not be written.
    #[error(transparent)]
    Evidence(#[from] EvidenceFault),
    /// The replay could not be written.
    #[error(transparent)]
    Record(#[from] RecordFault),
}

/// How long a finished side keeps answering, so that the other one can confirm its last frames too.
const LINGER: Duration = Duration::from_millis(700);

/// Plays a match to its end. `interrupted` is set by Ctrl-C, `tell` gets what there is to say.
///
/// # Errors
/// [`PeerError`] says why the match did not come to its end.
#[allow(clippy::disallowed_methods, reason = "this is where the real clock enters")]
pub fn play<T: Transport>(
    transport: T,
    options: &PeerOptions,
    interrupted: &AtomicBool,
    mut tell: impl FnMut(u32, Note),
) -> Result<PeerReport, PeerError> {
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
        if let Some(error) = game.desync_error(now) {
            game.peer.leave(now, LeaveReason::Desync);
            return Err(error);
        }
        if game.is_over(now) {
            game.peer.leave(now, LeaveReason::Finished);
            return game.finish();
        }
        // A headless peer sleeps between packets; a window would wait for its next picture here.
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

struct Game<'a, T: Transport> {
    options: &'a PeerOptions,
    peer: DuelPeer<T>,
    recorder: Option<MatchRecorder>,
    due: Duration,
    started_at: Option<Duration>,
    done_at: Option<Duration>,
    peer_is_done: bool,
    ended_at: Duration,
    desync: Option<(Duration, PeerError)>,
}

fn evidence_text(path: Option<&Path>) -> String {
    match path {
        Some(path) => format!("explain it with `arena desync {}`", path.display()),
        None => "there is no evidence".to_owned(),
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
        let mut peer = DuelPeer::new(transport, config, pilot, ThreadForging::boxed, now)?;
        peer.end_at(options.frames);
        if let Some(frame) = options.inject_desync {
            peer.session_mut().simulation_mut().plant_fault(frame);
        }
        peer.session_mut().record_confirmed(options.replay.is_some());
        Ok(Game {
            options,
            peer,
            recorder: None,
            due: now,
            started_at: None,
            done_at: None,
            peer_is_done: false,
            ended_at: Duration::ZERO,
            desync: None,
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
        if self.done_at.is_none() && self.peer.session().confirmed_frame() >= self.options.frames {
            self.done_at = Some(now);
        }
        self.ended_at = now;
        self.record()?;
        for note in self.peer.notes() {
            self.react(&note)?;
            tell(frame, note);
        }
        Ok(())
    }

    fn react(&mut self, note: &Note) -> Result<(), PeerError> {
        let frame = self.peer.session().confirmed_frame();
        match note {
            Note::Refused(pvp_net::Refusal::NoAnswer) => Err(PeerError::NobodyCame {
                seconds: self.options.wait.as_secs(),
            }),
            Note::Refused(refusal) => Err(PeerError::Refused(*refusal)),
            Note::DesyncTraced { report } => self.keep_evidence(report),
            Note::PeerLeft(_) if self.desync.is_some() => Ok(()),
            Note::PeerLeft(_) if self.done_at.is_some() => {
                self.peer_is_done = true;
                Ok(())
            }
            Note::PeerLeft(reason) => Err(PeerError::PeerLeft { frame, reason: *reason }),
            Note::PathClosed(reason) if self.started_at.is_none() => Err(PeerError::Path(*reason)),
            _ => Ok(()),
        }
    }

    fn keep_evidence(&mut self, report: &str) -> Result<(), PeerError> {
        let evidence = self.peer.session().desync_evidence();
        let evidence = evidence
            .map(|evidence| desync::save(evidence, &self.options.evidence))
            .transpose()?;
        let report = report.to_owned();
        self.desync = Some((self.ended_at, PeerError::Desync { report, evidence }));
        Ok(())
    }

    /// Why the match is void, once the other side has had the time to find out too.
    fn desync_error(&mut self, now: Duration) -> Option<PeerError> {
        let (traced_at, _) = self.desync.as_ref()?;
        if now < *traced_at + LINGER && !self.peer.is_closed() {
            return None;
        }
        self.desync.take().map(|(_, error)| error)
    }

    fn is_over(&self, now: Duration) -> bool {
        self.done_at
            .is_some_and(|done| self.desync.is_none() && (self.peer_is_done || now > done + LINGER))
    }

    fn record(&mut self) -> Result<(), PeerError> {
        let Some(path) = &self.options.replay else {
            return Ok(());
        };
        // A process that was started again has not seen the beginning: what the one before wrote stays as it is.
        if self.peer.has_rejoined() {
            return Ok(());
        }
        if self.recorder.is_none() && self.started_at.is_some() {
            self.recorder = Some(MatchRecorder::create(path, self.peer.session())?);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.follow(self.peer.session_mut(), self.options.frames)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<PeerReport, PeerError> {
        let winner = self.peer.tally().winner.flatten();
        if let Some(recorder) = self.recorder.take() {
            recorder.finish(winner)?;
        }
        let session = self.peer.session();
        let stats = self.peer.stats();
        let tally = self.peer.tally();
        let frame = session.confirmed_frame().min(self.options.frames);
        let checksum = session.checksum_at(frame);
        let seconds = (self.ended_at - self.started_at.unwrap_or(self.ended_at)).as_secs_f64();
        Ok(PeerReport {
            frames: self.options.frames,
            seed: session.match_seed().unwrap_or(0),
            confirmed_frame: frame,
            checksum: checksum.map(hex).unwrap_or_default(),
            in_sync: stats.desyncs == 0 && checksum.is_some() && session.agreed_frame() > 0,
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
            winner,
            dropped_packets: stats.dropped_total() + session.transport().dropped_packets(),
        })
    }
}
