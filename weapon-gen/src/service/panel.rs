//! Owns whom a request asks: who is there, and who asked to be left alone.
//! Must not wait longer than the deadline's stage for anybody.

use super::Job;
use super::purse::Purse;
use crate::counters::Counters;
use crate::deadline::Stage;
use crate::moderation::Category;
use crate::prompt::Prompt;
use crate::provider::race::{Finish, race, race_painters};
use crate::provider::roster::Roster;
use crate::provider::{Order, PICTURE_SCORE_MAX, Proposal, ProviderError};
use crate::sprite::Sprite;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

/// A provider that wants fewer requests and does not say for how long is left alone for this long.
const REST: Duration = Duration::from_secs(5);
/// The longest rest that anybody gets.
const REST_MAX: Duration = Duration::from_secs(600);

pub(super) struct Panel {
    roster: Roster,
    /// Until when a provider (by place) is left alone.
    rests: Mutex<Vec<Option<Instant>>>,
    purse: Purse,
    counters: Arc<Counters>,
}

impl Panel {
    pub(super) fn new(roster: Roster, purse: Purse, counters: Arc<Counters>) -> Panel {
        Panel {
            rests: Mutex::new(vec![None; roster.providers.len()]),
            roster,
            purse,
            counters,
        }
    }

    pub(super) const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The second opinion on a prompt, or `None` if nobody gives one.
    pub(super) async fn opinion(
        &self,
        prompt: &Prompt,
        time_box: Duration,
    ) -> Option<Result<Option<Category>, ProviderError>> {
        let moderator = Arc::clone(self.roster.moderator.as_ref()?);
        let prompt = prompt.clone();
        // A task of its own, so that a panic or a blocked thread is the moderator's alone.
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { moderator.judge(&prompt).await });
        let said = timeout(time_box, tasks.join_next()).await;
        Some(match said {
            Ok(Some(Ok(verdict))) => verdict,
            Ok(_) => Err(ProviderError::Crashed),
            Err(_) => Err(ProviderError::TooSlow),
        })
    }

    /// The first valid proposal and who made it, with a picture if one came in time.
    pub(super) async fn ask(&self, job: &Job<'_>, picture_wait: Duration) -> Option<(String, Proposal)> {
        let awake = self.awake();
        let allowed = self
            .purse
            .spend(job.request.match_seed, awake.len() + self.roster.painters.len());
        // Numbers before pictures, if the match cannot pay for both.
        let asked: Vec<usize> = awake.into_iter().take(allowed).collect();
        if asked.is_empty() {
            return None;
        }
        let painters = self.roster.painters.iter().take(allowed - asked.len());
        let painters: Vec<_> = painters.map(Arc::clone).collect();
        self.counters.call(asked.len() + painters.len());
        let end = job.deadline.end(Stage::Providers);
        let order = Order {
            prompt: job.prompt.clone(),
            seed: job.seed(),
            patience: job.deadline.left(Stage::Providers),
        };
        let mut painting = JoinSet::new();
        if !painters.is_empty() {
            let order = order.clone();
            painting.spawn(async move { race_painters(&painters, &order, end).await });
        }
        let providers: Vec<_> = asked
            .iter()
            .filter_map(|place| self.roster.providers.get(*place).map(Arc::clone))
            .collect();
        let finish = race(&providers, &order, end).await;
        self.remember(&finish, &asked);
        let (place, mut proposal) = finish.winner?;
        let end = end.min(Instant::now() + picture_wait);
        // A text model's drawing is a picture from outside like any other; it is judged while the painters paint.
        let drawn = proposal.sprite.take();
        let (painted, drawn) = tokio::join!(self.picture(painting, end), self.fit(drawn, end));
        proposal.sprite = painted.or(drawn);
        Some((providers.get(place)?.name().to_owned(), proposal))
    }

    /// The painters' picture, if it comes until `end` and may be shown. Dropping the set cancels them.
    async fn picture(&self, mut painting: JoinSet<Finish<Sprite>>, end: Instant) -> Option<Sprite> {
        let finish = timeout_at(end, painting.join_next()).await.ok()??.ok()?;
        self.counters.fail(finish.losses.len());
        self.fit(finish.winner.map(|(_, sprite)| sprite), end).await
    }

    /// The picture if it may be shown: nobody judges pictures, or whoever does finds nothing against it until `end`.
    async fn fit(&self, picture: Option<Sprite>, end: Instant) -> Option<Sprite> {
        let picture = picture?;
        let Some(moderator) = self.roster.moderator.as_ref().map(Arc::clone) else {
            return Some(picture);
        };
        let shown = picture.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { moderator.judge_picture(&shown).await });
        let said = timeout_at(end, tasks.join_next()).await;
        matches!(said, Ok(Some(Ok(Ok(score)))) if score <= PICTURE_SCORE_MAX).then_some(picture)
    }

    /// The places of providers that may be asked now.
    fn awake(&self) -> Vec<usize> {
        let now = Instant::now();
        let rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        let is_awake = |rest: &Option<Instant>| rest.is_none_or(|until| until <= now);
        (0..rests.len()).filter(|place| is_awake(&rests[*place])).collect()
    }

    /// Counts the losses and lets those rest who asked for it.
    fn remember(&self, finish: &Finish<Proposal>, asked: &[usize]) {
        self.counters.fail(finish.losses.len());
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        for (loser, error) in &finish.losses {
            let Some(place) = asked.get(*loser) else {
                continue;
            };
            let name = self.roster.providers.get(*place).map(|provider| provider.name());
            tracing::debug!(provider = name, %error, "a provider lost");
            if let ProviderError::Busy { retry_after } = error {
                let rest = retry_after.unwrap_or(REST).min(REST_MAX);
                rests[*place] = Some(Instant::now() + rest);
            }
        }
    }
}
