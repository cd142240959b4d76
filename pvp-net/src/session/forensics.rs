//! Owns the search for the beginning of a desync as the session runs it: keyframes, the case, its messages and its events.
//! Must not change what is played: a desynced match is never corrected, it ends as void.

use std::time::Duration;

use crate::desync::{
    BadFrame, DesyncReport, DesyncTrace, Evidence, Exhibit, Finding, ForensicLog, Inspector, TraceMessage, Tracer,
};
use crate::desync::{TRACE_FIELDS_MAX, TRACE_TIMEOUT, differing_fields};
use crate::handshake::PROTOCOL_VERSION;
use crate::simulation::{Events, Inspect, Simulation};
use crate::stats::DropReason;
use crate::transport::Transport;

use super::receive::kind;
use super::run::fold;
use super::{INPUTS_KEPT, LeaveReason, Run, Session, SessionEvent, Stage, step_once};

/// A peer that was not heard for this long is not there to answer: the search waits for it as the match does.
const SILENCE: Duration = Duration::from_millis(500);

/// A desync under investigation.
pub(super) struct Case<S: Simulation> {
    tracer: Tracer,
    states: ForensicLog<S::State>,
    is_unrepeatable: bool,
}

/// What is left of a match whose case is closed.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    /// The last frame at which both sides had the same state.
    agreed_frame: u32,
    /// The number of the lane's message that the other side needs last for its own trace.
    last_message: u64,
    /// How long it is waited for; begins with the first poll.
    deadline: Option<Duration>,
}

/// What a run of the match keeps for the search.
pub(super) struct Forensics<S: Simulation> {
    keyframes: ForensicLog<S::State>,
    case: Option<Case<S>>,
    verdict: Option<Verdict>,
    evidence: Option<Evidence>,
}

impl<S: Simulation> Forensics<S> {
    pub(super) fn new() -> Self {
        Self {
            keyframes: ForensicLog::new(),
            case: None,
            verdict: None,
            evidence: None,
        }
    }

    /// The newest state kept at or before `frame`.
    pub(super) fn newest_until(&self, frame: u32) -> Option<(u32, &S::State)> {
        self.keyframes.newest_until(frame)
    }

    /// Keeps the state of a confirmed frame from which a later desync would be traced.
    pub(super) fn keep(&mut self, frame: u32, state: &S::State, is_due: bool, agreed_frame: u32) {
        if is_due || self.keyframes.is_empty() {
            self.keyframes.keep(frame, state, agreed_frame);
        }
    }
}

impl<S: Simulation> Run<S> {
    /// The state of a confirmed frame out of a case: as it was, or played again from an earlier one.
    fn state_of(&self, simulation: &S, states: &ForensicLog<S::State>, frame: u32) -> Option<S::State> {
        let (from, state) = states.newest_until(frame)?;
        let oldest_input = self.current_frame.saturating_sub(INPUTS_KEPT as u32);
        if from < frame && from < oldest_input {
            return None;
        }
        let mut state = state.clone();
        let mut sink = Events::new();
        for step in from..frame {
            let inputs = self.inputs[step as usize % INPUTS_KEPT];
            step_once(simulation, &mut state, &inputs, &mut sink);
        }
        Some(state)
    }
}

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Lets the session look into the game's states: a desync is then named to the field.
    #[must_use]
    pub fn with_inspect(mut self) -> Self
    where
        S: Inspect,
    {
        self.inspector = Some(Inspector::new());
        self
    }

    /// Reports a desync to the user, once per run of the match.
    pub(super) fn report_desync(&mut self, report: DesyncReport) {
        if !self.run.has_desynced {
            self.run.has_desynced = true;
            self.stats.desyncs += 1;
            self.push_event(SessionEvent::Desync(report));
        }
    }

    /// Opens a case for a desync, and closes one that is solved or whose time is over.
    pub(super) fn poll_forensics(&mut self, now: Duration) {
        if self.run.has_desynced && self.run.forensics.case.is_none() && self.run.forensics.verdict.is_none() {
            self.open_case(now);
        }
        self.send_trace();
        let is_silent = self.liveness.silence(now) >= SILENCE;
        let finding = self.run.forensics.case.as_mut().and_then(|case| {
            if is_silent {
                case.tracer.defer(now);
            }
            case.tracer.poll(now)
        });
        if let Some(finding) = finding {
            self.close_case(&finding);
        }
    }

    /// The session is over: what is known so far is all there will be.
    pub(super) fn abandon_case(&mut self) {
        if let Some(case) = &self.run.forensics.case {
            let finding = case.tracer.give_up();
            self.close_case(&finding);
        }
    }

    /// Ends a match that has come apart, once the other side can name the fault as well.
    pub(super) fn poll_void(&mut self, now: Duration) {
        if matches!(self.stage, Stage::Closed { .. }) {
            return;
        }
        let is_silent = self.liveness.silence(now) >= SILENCE;
        let Some(verdict) = &mut self.run.forensics.verdict else {
            return;
        };
        if is_silent {
            // It is waited for as the match does.
            verdict.deadline = None;
        }
        let deadline = *verdict.deadline.get_or_insert(now + TRACE_TIMEOUT);
        let Verdict {
            agreed_frame,
            last_message,
            ..
        } = *verdict;
        if now >= deadline || self.lane.has_delivered(last_message) {
            self.transmit_goodbye(now, LeaveReason::Desync);
            self.close_void(now, agreed_frame);
        }
    }

    /// The last frame that both sides agree on, of a match that has come apart.
    pub(super) fn void_frame(&self) -> Option<u32> {
        let verdict = self.run.forensics.verdict;
        let agreed_frame = verdict.map_or(self.run.last_agreed_frame, |verdict| verdict.agreed_frame);
        self.run.has_desynced.then_some(agreed_frame)
    }

    fn open_case(&mut self, now: Duration) {
        let run = &self.run;
        let (first, checksums) = run.checksums.since(run.last_agreed_frame);
        let recent = first..=run.confirmed_frame;
        let recent = recent.filter_map(|frame| Some((frame, run.snapshots.at(frame)?)));
        let states = run.forensics.keyframes.freeze(recent);
        self.run.forensics.case = Some(Case {
            tracer: Tracer::new(now, first, checksums),
            states,
            is_unrepeatable: false,
        });
    }

    pub(super) fn handle_trace(&mut self, now: Duration, body: &[u8]) -> Result<(), DropReason> {
        let (mark, message) = TraceMessage::read(body).ok_or(DropReason::Message)?;
        if mark != self.match_mark() || self.run.forensics.verdict.is_some() {
            return Err(DropReason::Message);
        }
        if self.run.forensics.case.is_none() {
            // The other side saw the mismatch first. Its word opens a case only if its checksums do differ from ours.
            let TraceMessage::Checksums { first, checksums } = &message else {
                return Err(DropReason::Message);
            };
            let report = self.judge_told(*first, checksums).ok_or(DropReason::Message)?;
            self.report_desync(report);
            self.open_case(now);
        }
        let Some(mut case) = self.run.forensics.case.take() else {
            return Err(DropReason::Message);
        };
        let mut is_unrepeatable = false;
        let outcome = case.tracer.handle(message, |frame| {
            let (exhibit, is_odd) = self.exhibit(&case.states, frame);
            is_unrepeatable = is_odd;
            exhibit
        });
        case.is_unrepeatable |= is_unrepeatable;
        self.run.forensics.case = Some(case);
        self.poll_forensics(now);
        outcome
    }

    /// Tells the messages of this match from late ones of the match before a rematch.
    pub(super) fn match_mark(&self) -> u32 {
        self.match_seed.unwrap_or_default() as u32
    }

    /// Whether told checksums differ from this side's.
    fn judge_told(&self, first: u32, told: &[u64]) -> Option<DesyncReport> {
        let frames = first..=first.saturating_add(told.len() as u32);
        let pairs = frames.zip(told);
        let known = pairs.filter_map(|(frame, theirs)| Some((frame, self.run.checksums.at(frame)?, *theirs)));
        let (frame, ours, theirs) = known.into_iter().find(|(_, ours, theirs)| ours != theirs)?;
        Some(DesyncReport {
            frame,
            last_agreed_frame: self.run.last_agreed_frame,
            ours: fold(ours),
            theirs: fold(theirs),
        })
    }

    /// This side's state at `frame`, and whether playing it again gave something else.
    fn exhibit(&self, states: &ForensicLog<S::State>, frame: u32) -> (Option<Exhibit>, bool) {
        let Some(inspector) = self.inspector else {
            return (None, false);
        };
        let Some(state) = self.run.state_of(&self.simulation, states, frame) else {
            return (None, false);
        };
        if Some(self.simulation.checksum(&state)) != self.run.checksums.at(frame) {
            return (None, true);
        }
        let exhibit = Exhibit {
            sections: (inspector.sections)(&self.simulation, &state),
            bytes: (inspector.to_bytes)(&self.simulation, &state),
        };
        (Some(exhibit), false)
    }

    fn send_trace(&mut self) {
        let mark = self.match_mark();
        let Some(case) = &mut self.run.forensics.case else {
            return;
        };
        while let Some(message) = case.tracer.take_message() {
            let mut bytes = vec![kind::TRACE];
            message.write(mark, &mut bytes);
            // A full lane means that the peer takes nothing; the search then ends at its deadline.
            let _ = self.lane.send(bytes);
        }
    }

    /// What is known of the first bad frame of a desync, for a file; from [`SessionEvent::DesyncTraced`] on,
    /// until another match begins. Holds states only if the session was made [`with_inspect`](Self::with_inspect).
    pub fn desync_evidence(&self) -> Option<&Evidence> {
        self.run.forensics.evidence.as_ref()
    }

    fn collect_evidence(&self, case: &Case<S>, finding: &Finding, bad: BadFrame) -> Evidence {
        let run = &self.run;
        let before = bad.frame.checked_sub(1).and_then(|frame| {
            let (exhibit, _) = self.exhibit(&case.states, frame);
            exhibit.map(|exhibit| exhibit.bytes)
        });
        let oldest = run.current_frame.saturating_sub(INPUTS_KEPT as u32);
        let first_input = oldest.max(run.base_frame).min(bad.frame);
        let frames = first_input..bad.frame;
        let inputs = frames.flat_map(|frame| run.inputs[frame as usize % INPUTS_KEPT]);
        Evidence {
            crate_version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL_VERSION,
            game_id: self.config.game_id,
            build: self.config.build,
            ruleset_hash: self.config.ruleset_hash,
            content_version: self.config.content_version,
            match_seed: self.match_seed.unwrap_or_default(),
            player: self.config.local_player,
            host_player: self.config.host_player,
            last_agreed_frame: run.last_agreed_frame,
            first_bad_frame: bad.frame,
            checksum_ours: bad.ours,
            checksum_theirs: bad.theirs,
            input_bytes: size_of::<S::Input>() as u16,
            inputs: inputs.flat_map(|input| bytemuck::bytes_of(&input).to_vec()).collect(),
            content: self.desk.log().to_vec(),
            before: before.unwrap_or_default(),
            ours: finding.ours.clone(),
            theirs: finding.theirs.clone(),
        }
    }

    fn close_case(&mut self, finding: &Finding) {
        let Some(case) = self.run.forensics.case.take() else {
            return;
        };
        let before_bad = finding.bad.map(|bad| bad.frame.saturating_sub(1));
        self.run.forensics.verdict = Some(Verdict {
            agreed_frame: before_bad.unwrap_or(self.run.last_agreed_frame),
            last_message: self.lane.newest_message(),
            deadline: None,
        });
        self.run.forensics.evidence = finding.bad.map(|bad| self.collect_evidence(&case, finding, bad));
        let (fields, fields_total) = match self.inspector {
            Some(inspector) => differing_fields(&finding.ours, &finding.theirs, TRACE_FIELDS_MAX, |offset| {
                (inspector.field_name)(&self.simulation, offset)
            }),
            None => (Vec::new(), 0),
        };
        let trace = DesyncTrace {
            end: finding.end,
            first_bad_frame: finding.bad.map(|bad| bad.frame),
            checksum_ours: finding.bad.map(|bad| bad.ours),
            checksum_theirs: finding.bad.map(|bad| bad.theirs),
            sections: finding.sections.clone(),
            fields,
            fields_total,
            is_truncated: finding.is_truncated,
            is_unrepeatable: case.is_unrepeatable,
        };
        self.push_event(SessionEvent::DesyncTraced(Box::new(trace)));
    }
}
