//! Owns `arena demo`: two peers in one process over the simulated link, in virtual time.
//! Must not read a clock or print: the same options give the same checksums every time, on every machine.

use crate::desync;
use crate::duel::{DuelPeer, GAME_ID, Note, Pilot};
use crate::forging::InlineForging;
use crate::output::Target;
use crate::prompts;
use crate::record::{RecordFault, Tape};
use crate::report::{Compared, DemoReport, hex, rate};
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{CloseCause, Comparison, ConfigError, Phase, SessionConfig, Stats};
use pvp_sim::bot::BotKind;
use std::path::PathBuf;
use std::time::Duration;

/// What `arena demo` was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// Frames to play.
    pub frames: u32,
    /// Decides the network's whims and, with the other side's half, the match seed.
    pub seed: u64,
    /// Round trip.
    pub rtt_ms: u32,
    /// How much each packet's latency varies.
    pub jitter_ms: u32,
    /// Lost packets in percent.
    pub loss_pct: u8,
    /// What the bots ask for; their own prompts if empty.
    pub prompts: Vec<String>,
    /// Where to write a replay.
    pub replay: Option<Target>,
}

/// Why a demo cannot be played to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// Impossible options.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No replay can be written.
    #[error(transparent)]
    Record(#[from] RecordFault),
    /// The two simulations differ.
    #[error("the two simulations differ: the match is void after frame {frame}")]
    Void {
        /// The last frame that both sides agree on.
        frame: u32,
    },
    /// The match came to its end, and the sides could not compare it.
    #[error("not compared: the sides did not hear each other's checksum of frame {frame}: try less loss or latency")]
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
    /// The evidence of a desync could not be written.
    #[error(transparent)]
    Evidence(#[from] desync::EvidenceFault),
    /// The network is so bad that the match does not move.
    #[error("the match stood still at frame {frame} for 60 s of virtual time: try less loss or latency")]
    StoodStill {
        /// The last confirmed frame.
        frame: u32,
    },
}

/// A running demo.
pub struct Demo {
    options: DemoOptions,
    peers: [DuelPeer<Link>; 2],
    control: LinkControl,
    tape: Tape,
    recording_stopped: Option<String>,
    now: Duration,
    due: [Duration; 2],
    started_at: Option<Duration>,
    moved_at: Duration,
    /// The figures of the match, taken when its last frame was confirmed: what follows is no play.
    figures: Option<[Stats; 2]>,
    figures_at: Duration,
    notes: Vec<(usize, u32, Note)>,
    evidence_folder: Option<PathBuf>,
    evidence: Vec<PathBuf>,
    evidence_fault: Option<desync::EvidenceFault>,
    /// Whether each side knows how its match ended.
    is_over: [bool; 2],
}

/// Virtual time passes in steps of this.
const TICK: Duration = Duration::from_millis(1);
const STANDSTILL: Duration = Duration::from_secs(60);

impl Demo {
    /// Two peers about to shake hands.
    ///
    /// # Errors
    /// [`DemoError::Config`] if the options are impossible.
    pub fn new(options: DemoOptions) -> Result<Demo, DemoError> {
        let link = LinkConfig::new(options.seed, options.rtt_ms, options.jitter_ms, options.loss_pct);
        let (a, b) = Link::pair(link);
        let control = a.control();
        control.set_now(Duration::ZERO);
        let mut peers = [peer(&options, 0, a)?, peer(&options, 1, b)?];
        for peer in &mut peers {
            peer.end_at(options.frames);
        }
        let tape = Tape::into_file(options.replay.clone())?;
        peers[0].session_mut().record_confirmed(tape.is_on());
        Ok(Demo {
            options,
            peers,
            control,
            tape,
            recording_stopped: None,
            now: Duration::ZERO,
            due: [Duration::ZERO; 2],
            started_at: None,
            moved_at: Duration::ZERO,
            figures: None,
            figures_at: Duration::ZERO,
            notes: Vec::new(),
            evidence_folder: None,
            evidence: Vec::new(),
            evidence_fault: None,
            is_over: [false; 2],
        })
    }

    /// Writes the evidence of a desync into `folder`.
    pub fn keep_evidence(&mut self, folder: PathBuf) {
        self.evidence_folder = Some(folder);
    }

    /// A drill: the second peer miscalculates in this frame.
    pub fn inject_desync(&mut self, frame: u32) {
        self.peers[1].session_mut().simulation_mut().plant_fault(frame);
    }

    /// The evidence written when the match was over.
    #[must_use]
    pub fn evidence(&self) -> &[PathBuf] {
        &self.evidence
    }

    /// Plays up to one more second of virtual time; true once both peers have compared the last frame, or their match is void.
    ///
    /// # Errors
    /// [`DemoError`] if the match stands still.
    pub fn play_second(&mut self) -> Result<bool, DemoError> {
        let before = self.confirmed_frame();
        for _ in 0..1000 {
            if self.is_over == [true; 2] {
                self.finish();
                return Ok(true);
            }
            self.tick();
            if self.figures.is_none() && self.confirmed_frame() >= self.options.frames {
                self.take_figures();
            }
        }
        self.record();
        if self.confirmed_frame() > before {
            self.moved_at = self.now;
        }
        if self.now - self.moved_at > STANDSTILL {
            return Err(DemoError::StoodStill {
                frame: self.confirmed_frame(),
            });
        }
        Ok(false)
    }

    fn tick(&mut self) {
        self.now += TICK;
        self.control.set_now(self.now);
        for (number, peer) in self.peers.iter_mut().enumerate() {
            peer.poll(self.now);
            if self.now >= self.due[number] {
                peer.advance(self.now);
                let earliest = self.now.saturating_sub(Duration::from_millis(50));
                self.due[number] = self.due[number].max(earliest) + peer.session().frame_duration();
            }
            let frame = peer.session().current_frame();
            if frame > 0 && self.started_at.is_none() {
                self.started_at = Some(self.now);
            }
            for note in peer.notes() {
                self.is_over[number] |= match note {
                    Note::Void { .. } => true,
                    // One that differs is void in a moment.
                    Note::Ended { comparison, .. } => comparison != Comparison::Different,
                    _ => false,
                };
                self.notes.push((number, frame, note));
            }
        }
        self.tape.watch(self.peers[0].session());
    }

    fn take_figures(&mut self) {
        self.figures = Some(self.peers.each_ref().map(|peer| peer.stats()));
        self.figures_at = self.now;
    }

    fn record(&mut self) {
        let fault = self.tape.follow(self.peers[0].session_mut(), self.options.frames);
        self.stop_recording(fault);
    }

    /// Said once; the match goes on.
    fn stop_recording(&mut self, fault: Option<RecordFault>) {
        let Some(fault) = fault else { return };
        let why = fault.to_string();
        self.recording_stopped = Some(why.clone());
        let frame = self.peers[0].session().current_frame();
        self.notes.push((0, frame, Note::RecordingStopped { why }));
    }

    fn finish(&mut self) {
        self.record();
        if self.figures.is_none() {
            self.take_figures();
        }
        if let Some(folder) = &self.evidence_folder {
            for evidence in self.peers.iter().filter_map(|peer| peer.session().desync_evidence()) {
                match desync::save(evidence, folder) {
                    Ok(path) => self.evidence.push(path),
                    Err(fault) => self.evidence_fault = Some(fault),
                }
            }
        }
        if self.void_frame().is_none() {
            let fault = self.tape.finish();
            self.stop_recording(fault);
        }
    }

    /// The last frame that both sides agree on, of a match that came apart.
    fn void_frame(&self) -> Option<u32> {
        let void = |peer: &DuelPeer<Link>| match peer.session().phase() {
            Phase::Closed(CloseCause::Void { frame }) => Some(frame),
            _ => None,
        };
        self.peers.iter().filter_map(void).min()
    }

    fn compared(&self) -> Compared {
        let [a, b] = self
            .peers
            .each_ref()
            .map(|peer| Compared::from(peer.session().comparison()));
        a.with(b)
    }

    /// What is wrong with a match that is over.
    #[must_use]
    pub fn fault(&mut self) -> Option<DemoError> {
        if let Some(fault) = self.evidence_fault.take() {
            return Some(DemoError::Evidence(fault));
        }
        let frame = self.confirmed_frame().min(self.options.frames);
        match (self.compared(), &self.recording_stopped) {
            (Compared::Different, _) => Some(DemoError::Void {
                frame: self.void_frame().unwrap_or(0),
            }),
            (Compared::NotCompared, _) => Some(DemoError::NotCompared { frame }),
            (Compared::Equal, Some(why)) => Some(DemoError::ReplayIncomplete { why: why.clone() }),
            (Compared::Equal, None) => None,
        }
    }

    /// The newest frame that both peers have confirmed.
    #[must_use]
    pub fn confirmed_frame(&self) -> u32 {
        self.peers
            .iter()
            .map(|peer| peer.session().confirmed_frame())
            .min()
            .unwrap_or(0)
    }

    /// Takes out what the players were told: (player, frame, note).
    pub fn notes(&mut self) -> Vec<(usize, u32, Note)> {
        std::mem::take(&mut self.notes)
    }

    /// The figures so far.
    #[must_use]
    pub fn report(&self) -> DemoReport {
        let frame = self.confirmed_frame().min(self.options.frames);
        let checksums = self.peers.each_ref().map(|peer| peer.session().checksum_at(frame));
        let [a, b] = self
            .figures
            .unwrap_or_else(|| self.peers.each_ref().map(|peer| peer.stats()));
        let tally = self.peers[0].tally();
        let until = if self.figures.is_some() {
            self.figures_at
        } else {
            self.now
        };
        let seconds = (until - self.started_at.unwrap_or(until)).as_secs_f64();
        let compared = self.compared();
        let desyncs: u64 = self.peers.iter().map(|peer| peer.stats().desyncs).sum();
        DemoReport {
            frames: self.options.frames,
            seed: self.options.seed,
            confirmed_frame: frame,
            checksum_a: checksums[0].map(hex).unwrap_or_default(),
            checksum_b: checksums[1].map(hex).unwrap_or_default(),
            compared,
            in_sync: compared == Compared::Equal && desyncs == 0,
            void_frame: self.void_frame(),
            desyncs,
            rollbacks: a.rollbacks + b.rollbacks,
            rollback_depth_max: a.rollback_depth_max.max(b.rollback_depth_max),
            stalled_frames: a.stalled_frames + b.stalled_frames,
            bytes_per_second_a: rate(a.wire_bytes_sent, seconds),
            bytes_per_second_b: rate(b.wire_bytes_sent, seconds),
            packets_per_second_a: rate(a.packets_sent, seconds),
            packets_per_second_b: rate(b.packets_sent, seconds),
            weapons_committed: tally.weapons_committed,
            weapons_by_provider: tally.weapons_by_provider,
            weapons_fallback: tally.weapons_fallback,
            offers_refused: tally.offers_refused,
            requests_refused: tally.requests_refused,
            forge_frames_max: tally.forge_frames_max,
            rounds_won: tally.rounds_won,
            winner: tally.winner.flatten(),
            replay_written: self.tape.is_written(),
        }
    }
}

fn peer(options: &DemoOptions, player: u8, link: Link) -> Result<DuelPeer<Link>, ConfigError> {
    let mut config = SessionConfig::new(player, GAME_ID);
    // Fixed halves of the match seed: a real match draws them from the operating system.
    config.entropy = options.seed.wrapping_mul(2).wrapping_add(u64::from(player));
    let pilot = Pilot::Bot {
        kind: [BotKind::Aggressive, BotKind::Trickster][usize::from(player)],
        level: 3,
        prompts: prompts::for_player(&options.prompts, usize::from(player)),
    };
    DuelPeer::new(link, config, pilot, InlineForging::boxed, Duration::ZERO)
}
