//! Owns what is known about a desync.
//! Must not repair anything: two deterministic simulations that differ have no common truth.

/// The two simulations differ at a confirmed frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DesyncReport {
    /// The compared frame: the states after this many frames differ.
    pub frame: u32,
    /// The newest compared frame at which they were equal.
    pub last_agreed_frame: u32,
    /// Low half of this side's checksum.
    pub ours: u32,
    /// Low half of the other side's checksum.
    pub theirs: u32,
}
