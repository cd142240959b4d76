//! Owns what is known about a desync, and how the two peers find out together where it began.
//! Must not repair anything: two deterministic simulations that differ have no common truth.
//!
//! A mismatch of checksums is reported at once ([`DesyncReport`]).
//! Then the peers compare their checksums frame by frame, and the state after the first bad frame piece by piece ([`DesyncTrace`]).

mod diff;
mod evidence;
mod explain;
mod log;
mod message;
mod tracer;

use std::fmt;

pub use diff::FieldDifference;
pub(crate) use diff::differing_fields;
pub use evidence::{EVIDENCE_BYTES_MAX, EVIDENCE_VERSION, Evidence, EvidenceError};
pub use explain::{ExplainError, Explanation, Verdict, explain};
pub(crate) use log::{ForensicLog, Inspector};
pub(crate) use message::TraceMessage;
pub(crate) use tracer::{BadFrame, Exhibit, Finding, TRACE_TIMEOUT, Tracer};

/// The two simulations differ at a confirmed frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DesyncReport {
    /// The compared frame: at it or shortly before it the states differ.
    pub frame: u32,
    /// The newest compared frame up to which they were equal.
    pub last_agreed_frame: u32,
    /// This side's digest of the newest checksums.
    pub ours: u32,
    /// The other side's digest of them.
    pub theirs: u32,
}

/// How far a trace got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TraceEnd {
    /// The first bad frame and its fields are known.
    Named,
    /// The first bad frame is known, its fields are not: one of the sessions was made without `with_inspect`,
    /// or the state is no longer there.
    FrameOnly,
    /// The other side's checksums do not differ where its report said so: it is broken or lies.
    NoDifference,
    /// The other side did not answer in time, or left.
    PeerSilent,
}

/// Where a desync began, as far as both sides could find out. Each side has its own; "ours" is the side that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DesyncTrace {
    /// How far the trace got.
    pub end: TraceEnd,
    /// The states after this many frames are the first that differ. The step that made them is frame `first_bad_frame - 1`.
    pub first_bad_frame: Option<u32>,
    /// This side's checksum of the state at the first bad frame.
    pub checksum_ours: Option<u64>,
    /// The other side's.
    pub checksum_theirs: Option<u64>,
    /// The named parts of the state that differ there.
    pub sections: Vec<&'static str>,
    /// The fields that differ there, in the order of the state, at most [`TRACE_FIELDS_MAX`].
    pub fields: Vec<FieldDifference>,
    /// How many fields differ in all, as far as the bytes were exchanged.
    pub fields_total: u32,
    /// Whether more bytes differ than the peers exchange.
    pub is_truncated: bool,
    /// Playing from the last agreed state again gave another checksum than the first time:
    /// `step` depends on something besides its arguments on this side.
    pub is_unrepeatable: bool,
}

/// Fields that a trace names at most.
pub const TRACE_FIELDS_MAX: usize = 256;

impl fmt::Display for DesyncTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first_bad_frame {
            Some(frame) => write!(f, "first bad frame {frame}")?,
            None => write!(f, "first bad frame unknown")?,
        }
        if !self.sections.is_empty() {
            write!(f, ", sections {}", self.sections.join(", "))?;
        }
        for field in self.fields.iter().take(8) {
            write!(f, "; {field}")?;
        }
        if self.fields_total > 8 {
            write!(f, "; {} fields in all", self.fields_total)?;
        }
        if self.is_unrepeatable {
            write!(f, "; this side does not repeat its own frames")?;
        }
        match self.end {
            TraceEnd::Named => Ok(()),
            TraceEnd::FrameOnly => write!(f, "; fields unknown"),
            TraceEnd::NoDifference => write!(f, "; the other side's checksums are equal"),
            TraceEnd::PeerSilent => write!(f, "; the other side did not answer"),
        }
    }
}
