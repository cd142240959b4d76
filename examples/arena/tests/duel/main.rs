//! The way from a prompt to a weapon between two peers: what a hostile host or guest can do, and what becomes of it.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    reason = "modules of one test program that prints its figures"
)]

mod host;
mod pair;
mod offers;
mod requests;
mod times;
