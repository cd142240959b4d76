//! Sessions over the simulated link, in virtual time. Each test reads as a sentence about two peers.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    reason = "modules of one test program that prints its figures"
)]

mod duel;
mod game;
mod netsim;

mod bandwidth;
mod ahead;
mod basics;
mod content;
mod delay;
mod endings;
mod epochs;
mod goodbyes;
mod pacing;
mod plain;
mod prediction;
mod recovery;
mod rejoin;
