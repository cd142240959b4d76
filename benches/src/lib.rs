//! Benchmarks beside the peers: what a user would take instead, on the same work, in the same process.
//!
//! One module for each subcommand of `versus`; it must not hold anything that the product needs.

pub mod measure;
pub mod net;
pub mod sim;
