//! Two peers of the arena: the way from a prompt to a weapon, what a hostile host or guest can do about it, and what is drawn.

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
mod view;
