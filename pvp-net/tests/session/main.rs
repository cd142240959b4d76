//! Sessions over the simulated link, in virtual time. Each test reads as a sentence about two peers.

mod duel;
mod game;
mod netsim;

mod bandwidth;
mod basics;
mod content;
mod recovery;
