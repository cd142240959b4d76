//! The `arena` binary as a person or a script meets it: real processes, real sockets, real exit codes.

mod demo;
mod desync;
mod errors;
mod flood;
mod forged;
mod outputs;
mod peers;
mod rejoin;
mod replay;
mod stress;
mod support;
