//! The `arena` binary as a person or a script meets it: real processes, real sockets, real exit codes.

#[cfg(feature = "ai")]
mod ai;
mod demo;
mod desync;
mod endings;
mod errors;
mod flood;
mod output;
mod forged;
mod lan;
mod outputs;
mod peers;
mod rejoin;
mod replay;
mod signal;
mod stress;
mod support;
