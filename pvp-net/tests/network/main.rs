//! What a match is on the network: packets without a state, inputs before everything else, every window, true counts.

#![cfg(feature = "sim")]
#![allow(
    unreachable_pub,
    clippy::print_stdout,
    reason = "modules of one test program that prints its figures"
)]

mod pair;

mod capture;
mod loss;
mod priority;
mod spec_edit;
mod windows;
