//! `versus -- net`: a session of `pvp-net` beside bare `ggrs` and `fortress-rollback`, on the same inputs and the same link, in one process.
//!
//! It must not touch a real network: the link draws every packet's fate from a seed.

mod arena;
mod bare_ggrs;
mod contender;
mod fortress;
mod game;
pub mod hostile;
mod ours;
pub mod report;
pub mod sockets;

use std::rc::Rc;
use std::time::Duration;

use pvp_net::transport::link::LinkConfig;

use self::arena::{Pair, play};
use self::game::Script;
use self::report::{Condition, Row};

/// Why there is nothing to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A pair did not find each other in time.
    #[error("two peers of one library did not find each other within 20 s")]
    NeverMet,
    /// Two contenders came to different states from the same inputs.
    #[error("the libraries came to different states from the same inputs")]
    Disagree,
}

/// What is measured: round trip in milliseconds, jitter in milliseconds, loss in percent, and whether the link goes dark now and then.
const CONDITIONS: [(&str, u32, u32, u8, bool); 3] = [
    ("rtt100", 100, 0, 0, false),
    ("rtt100_l5_j10", 100, 10, 5, false),
    ("rtt100_blackouts", 100, 0, 0, true),
];

/// Plays every condition for `span`, `runs` times, and takes the medians.
///
/// # Errors
/// See [`Failure`].
pub fn compare(span: Duration, runs: u32) -> Result<Vec<Condition>, Failure> {
    let runs = (0..runs.max(1))
        .map(|_| CONDITIONS.iter().map(|condition| measure(*condition, span)).collect())
        .collect::<Result<Vec<Vec<Condition>>, Failure>>()?;
    let condition = |index: usize| {
        let runs: Vec<Condition> = runs.iter().map(|run| run[index].clone()).collect();
        Condition::median(&runs)
    };
    Ok((0..CONDITIONS.len()).filter_map(condition).collect())
}

fn measure(
    (name, rtt_ms, jitter_ms, loss_pct, has_blackouts): (&'static str, u32, u32, u8, bool),
    span: Duration,
) -> Result<Condition, Failure> {
    let script = Rc::new(Script::new(5));
    let link = LinkConfig::new(9, rtt_ms, jitter_ms, loss_pct);
    let mut pairs = [
        Pair::new("pvp-net", link, |player, link| {
            Box::new(ours::OurPeer::new(player, link, script.clone()))
        }),
        Pair::new("ggrs 0.13.0", link, |player, link| {
            Box::new(bare_ggrs::GgrsPeer::new(player, link, script.clone()))
        }),
        Pair::new("fortress-rollback", link, |player, link| {
            Box::new(fortress::FortressPeer::new(player, link, script.clone()))
        }),
    ];
    let figures = play(&mut pairs, span, has_blackouts).ok_or(Failure::NeverMet)?;
    let [ours, ggrs, fortress] = &pairs;
    let have_common_frame = ours.agrees_with(ggrs) && ggrs.agrees_with(fortress);
    if !have_common_frame {
        return Err(Failure::Disagree);
    }
    let rows = pairs
        .iter()
        .zip(figures)
        .map(|(pair, ends)| Row::new(pair.name, &ends))
        .collect();
    Ok(Condition { name, rows })
}
