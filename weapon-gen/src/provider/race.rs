//! Owns the race: all providers are asked at once, the first valid answer wins, the others are dropped.
//! Must not judge strength: any proposal for a known archetype is valid, clamping and balance come after.

use super::{Order, Painter, Proposal, Provider, ProviderError};
use crate::sprite::Sprite;
use pvp_sim::Archetype;
use std::sync::Arc;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout_at};

/// How a race ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finish<T> {
    /// The winner's place in the list and its answer.
    pub winner: Option<(usize, T)>,
    /// Who lost, in the order of losing, and why. Whoever was still working when the race ended is not in it.
    pub losses: Vec<(usize, ProviderError)>,
}

/// Asks every provider at once and returns the first valid proposal, or nothing at `end`.
///
/// The losers' requests are dropped, which closes their connections.
/// Each provider runs in a task of its own: one that panics loses, one that blocks its thread delays nobody on a runtime with several threads.
pub async fn race(providers: &[Arc<dyn Provider>], order: &Order, end: Instant) -> Finish<Proposal> {
    let mut runners = Runners::new();
    for provider in providers {
        let (provider, order) = (Arc::clone(provider), order.clone());
        runners.start(async move { provider.propose(&order).await.and_then(known) });
    }
    runners.first(end).await
}

/// Asks every painter at once and returns the first picture, or nothing at `end`.
pub async fn race_painters(painters: &[Arc<dyn Painter>], order: &Order, end: Instant) -> Finish<Sprite> {
    let mut runners = Runners::new();
    for painter in painters {
        let (painter, order) = (Arc::clone(painter), order.clone());
        runners.start(async move { painter.paint(&order).await });
    }
    runners.first(end).await
}

/// Only a proposal for a weapon that exists is valid.
fn known(proposal: Proposal) -> Result<Proposal, ProviderError> {
    Archetype::from_u8(proposal.spec.archetype).ok_or(ProviderError::Malformed)?;
    Ok(proposal)
}

struct Runners<T> {
    tasks: JoinSet<Result<T, ProviderError>>,
    /// Whose task is whose, by place.
    ids: Vec<Id>,
}

impl<T: Send + 'static> Runners<T> {
    fn new() -> Runners<T> {
        Runners {
            tasks: JoinSet::new(),
            ids: Vec::new(),
        }
    }

    fn start(&mut self, work: impl Future<Output = Result<T, ProviderError>> + Send + 'static) {
        self.ids.push(self.tasks.spawn(work).id());
    }

    /// The first success; dropping the set aborts everybody else.
    async fn first(mut self, end: Instant) -> Finish<T> {
        let mut losses = Vec::new();
        while let Ok(Some(ended)) = timeout_at(end, self.tasks.join_next_with_id()).await {
            let (id, result) = match ended {
                Ok((id, result)) => (id, result),
                Err(crash) => (crash.id(), Err(ProviderError::Crashed)),
            };
            let place = self.ids.iter().position(|known| *known == id).unwrap_or(usize::MAX);
            match result {
                Ok(answer) => {
                    return Finish {
                        winner: Some((place, answer)),
                        losses,
                    };
                }
                Err(error) => losses.push((place, error)),
            }
        }
        Finish { winner: None, losses }
    }
}
