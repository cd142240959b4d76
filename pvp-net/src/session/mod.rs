//! Owns a session: one match between this process and a peer, from the handshake to the goodbye.
//! Must not do I/O or read a clock: bytes go through the [`Transport`], time is an argument.

mod accessors;
mod ahead;
mod config;
mod ending;
mod epoch;
mod event;
mod forensics;
#[cfg(feature = "hostile")]
mod hostile;
mod hold;
mod inbox;
mod opening;
mod receive;
mod rejoin;
mod rematch;
mod run;
mod transmit;

use std::collections::VecDeque;
use std::time::Duration;

use crate::content::ContentDesk;
use crate::core::{CoreRequest, GgrsCore};
use crate::delay::DelayControl;
use crate::desync::Inspector;
use crate::events::EventLedger;
use crate::exchange::InputExchange;
use crate::handshake::{Handshake, Hello, PROTOCOL_VERSION, Refusal};
use crate::lane::Lane;
use crate::liveness::LivenessMonitor;
use crate::pacing::Pacer;
use crate::ring::{ChecksumLog, SnapshotRing};
use crate::simulation::{Events, Simulation};
use crate::stats::Stats;
use crate::transport::{CloseReason, Transport};
use crate::wire::bits::BitWriter;
use crate::wire::datagram::{ChecksumReport, TagContext};

pub use config::{ConfigError, SessionConfig};
pub use ending::{Comparison, EndError};
pub use event::{Advance, AdvanceError, CloseCause, EpochCause, LeaveReason, Phase, SessionEvent};
pub use run::ConfirmedFrame;

use ending::Ending;
use forensics::Forensics;
use hold::Hold;
use inbox::Inbox;
use rejoin::Rejoin;
use rematch::Rematch;

/// Game events that wait to be taken.
const GAME_EVENTS_MAX: usize = 16 * 1024;

/// One side of a match.
///
/// # The run loop, as a protocol
///
/// Once per displayed frame, with `now` from any monotonic clock:
/// 1. [`poll(now)`](Session::poll) brings packets in and lets timers run.
/// 2. [`events()`](Session::events) says what happened: the match began, a message or content came, the peer is gone.
/// 3. While [`is_frame_due(now)`](Session::is_frame_due) (sixty times a second, a little more or less by the pacing):
///    [`advance(now, input)`](Session::advance) simulates a frame and sends its one datagram.
/// 4. [`state()`](Session::state) is what to draw, [`game_events()`](Session::game_events) what to play and show.
///
/// Once: [`end_at(frame)`](Session::end_at) on both sides, as soon as the last frame is known;
/// [`SessionEvent::MatchEnded`] says that it was compared, and then [`leave`](Session::leave) is a goodbye without doubts.
///
/// The host reads [`commit()`](Session::commit) before every `advance` and writes both values into its input.
pub struct Session<S: Simulation, T: Transport> {
    config: SessionConfig,
    simulation: S,
    inspector: Option<Inspector<S>>,
    state: S::State,
    /// The state as the user gave it: every match of this connection begins with it.
    start: S::State,
    /// Scratch copy for looking ahead.
    ahead: Option<S::State>,
    transport: T,
    stage: Stage,
    started_at: Duration,
    handshake: Handshake,
    match_seed: Option<u64>,
    context: TagContext,
    run: Run<S>,
    lane: Lane,
    desk: ContentDesk,
    hold: Option<Hold>,
    rejoin: Option<Rejoin>,
    /// With a peer whose process was started again, until it takes the place of the handshake before.
    /// Beside it, the session key that it gave.
    successor: Option<(Handshake, u64)>,
    rematch: Rematch<S::State>,
    ending: Ending,
    liveness: LivenessMonitor,
    stats: Stats,
    events: Inbox,
    reported_close: Option<CloseReason>,
    /// The transport's path that messages in flight went over.
    path: u64,
    buffers: Buffers<S::Input>,
    last_sent_at: Duration,
    /// When the next frame is due.
    due_at: Duration,
}

/// Where the session is, in more detail than the user sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The handshake is under way.
    Opening,
    /// Frames are played.
    Running,
    /// The match is held until both sides have agreed on the next epoch.
    Resuming,
    /// Over; what still comes in is answered until the time.
    Closed { cause: CloseCause, answer_until: Duration },
}

/// What belongs to one epoch and to the frames of the match.
struct Run<S: Simulation> {
    core: GgrsCore<S::Input>,
    exchange: InputExchange<S::Input>,
    snapshots: SnapshotRing<S::State>,
    checksums: ChecksumLog,
    ledger: EventLedger<S::Event>,
    pacer: Pacer,
    delay: DelayControl<S::Input>,
    /// The frame of the match at which the epoch began.
    base_frame: u32,
    /// From here on both sides have the checksums of all frames.
    digest_from: u32,
    current_frame: u32,
    /// The state at this frame, and at all earlier ones, is final.
    confirmed_frame: u32,
    /// No frame beyond this one is confirmed: both sides will go on from it in the next epoch.
    confirm_limit: u32,
    /// Inputs of the newest frames, by frame.
    inputs: Vec<[S::Input; 2]>,
    stalled_in_a_row: u32,
    /// This side's newest checksum, and in how many more datagrams it is told.
    report: Option<(ChecksumReport, u8)>,
    /// The peer's checksums of frames that are not yet confirmed here.
    peer_reports: Vec<(u32, u32)>,
    last_agreed_frame: u32,
    has_desynced: bool,
    forensics: Forensics<S>,
    is_recording: bool,
    confirmed: VecDeque<ConfirmedFrame<S::Input>>,
}

/// Memory that is used again and again.
struct Buffers<I> {
    packet: Vec<u8>,
    lane: Vec<u8>,
    writer: BitWriter,
    fresh: Vec<I>,
    requests: Vec<CoreRequest<I>>,
}

impl<I> Buffers<I> {
    fn new() -> Self {
        Self {
            packet: Vec::with_capacity(1024),
            lane: Vec::with_capacity(1024),
            writer: BitWriter::default(),
            fresh: Vec::new(),
            requests: Vec::new(),
        }
    }
}

/// Frames whose inputs are kept.
const INPUTS_KEPT: usize = 1024;

impl<S: Simulation> Run<S> {
    fn new(config: &SessionConfig, base_frame: u32) -> Self {
        Self {
            core: GgrsCore::new(
                config.local_player,
                config.prediction_window_frames,
                config.input_delay_frames,
                [S::Input::default(); 2],
            ),
            exchange: InputExchange::new(config.prediction_window_frames),
            snapshots: SnapshotRing::new(),
            checksums: ChecksumLog::new(base_frame),
            ledger: EventLedger::new(GAME_EVENTS_MAX),
            pacer: Pacer::default(),
            delay: DelayControl::new(config.input_delay, config.input_delay_frames),
            base_frame,
            digest_from: base_frame,
            current_frame: base_frame,
            confirmed_frame: base_frame,
            confirm_limit: u32::MAX,
            inputs: vec![[S::Input::default(); 2]; INPUTS_KEPT],
            stalled_in_a_row: 0,
            report: None,
            peer_reports: Vec::new(),
            last_agreed_frame: base_frame,
            has_desynced: false,
            forensics: Forensics::new(),
            is_recording: false,
            confirmed: VecDeque::new(),
        }
    }
}

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Begins to look for the peer at the other end of `transport`.
    ///
    /// `start` is the state before the match, and before each rematch; [`Simulation::begin_match`] may change it by the agreed seed.
    ///
    /// # Errors
    /// [`ConfigError`] if a choice in `config` is impossible.
    pub fn new(
        simulation: S,
        start: S::State,
        transport: T,
        config: SessionConfig,
        now: Duration,
    ) -> Result<Self, ConfigError> {
        config.check(size_of::<S::Input>())?;
        let facts = Self::facts(&simulation, &start, &config);
        Ok(Self {
            simulation,
            inspector: None,
            state: start.clone(),
            start,
            ahead: None,
            transport,
            stage: Stage::Opening,
            started_at: now,
            handshake: Handshake::new(facts, config.entropy, now),
            match_seed: None,
            context: TagContext {
                session_key: 0,
                epoch: 0,
            },
            run: Run::new(&config, 0),
            lane: Lane::new(now),
            desk: ContentDesk::new(config.offer_timeout),
            hold: None,
            rejoin: None,
            successor: None,
            rematch: Rematch::new(),
            ending: Ending::default(),
            liveness: LivenessMonitor::new(config.reconnect_window, now),
            stats: Stats::default(),
            events: Inbox::default(),
            reported_close: None,
            path: 0,
            buffers: Buffers::new(),
            last_sent_at: now,
            due_at: now,
            config,
        })
    }

    /// What this side says about itself in the handshake.
    fn facts(simulation: &S, start: &S::State, config: &SessionConfig) -> Hello {
        Hello {
            protocol: PROTOCOL_VERSION,
            connection: 0,
            game_id: config.game_id,
            build: config.build,
            ruleset_hash: config.ruleset_hash,
            content_version: config.content_version,
            input_bytes: size_of::<S::Input>() as u16,
            settings: config.shared_settings(),
            player: config.local_player,
            host_player: config.host_player,
            start_checksum: simulation.checksum(start),
            commitment: [0; 32],
            held: None,
            name: config.name.clone(),
        }
    }

    fn push_event(&mut self, event: SessionEvent) {
        self.events.push(event);
    }

    fn close(&mut self, now: Duration, cause: CloseCause) {
        self.abandon_case();
        let answer_until = now + Duration::from_secs(5);
        self.stage = Stage::Closed { cause, answer_until };
    }

    fn refuse(&mut self, now: Duration, refusal: Refusal) {
        if matches!(self.stage, Stage::Closed { .. }) {
            return;
        }
        self.close(now, CloseCause::Refused(refusal));
        self.handshake.finish();
        self.push_event(SessionEvent::Refused(refusal));
    }

    fn peer_left(&mut self, now: Duration, reason: LeaveReason) {
        if matches!(self.stage, Stage::Closed { .. }) {
            return;
        }
        self.compare_end();
        self.announce_end();
        self.abandon_case();
        if let Some(frame) = self.void_frame() {
            return self.close_void(now, frame);
        }
        self.close(now, CloseCause::PeerLeft(reason));
        self.push_event(SessionEvent::PeerLeft { reason });
    }

    /// The two simulations have come apart: nothing after `frame` counts.
    fn close_void(&mut self, now: Duration, frame: u32) {
        self.announce_end();
        self.close(now, CloseCause::Void { frame });
        self.push_event(SessionEvent::Void { frame });
    }

    fn is_host(&self) -> bool {
        self.config.local_player == self.config.host_player
    }
}

/// The event sink that a step writes to, for resimulations as well.
fn step_once<S: Simulation>(simulation: &S, state: &mut S::State, inputs: &[S::Input; 2], sink: &mut Events<S::Event>) {
    sink.clear();
    simulation.step(state, inputs, sink);
}
