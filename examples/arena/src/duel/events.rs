//! Owns what a side does about what it hears: the session's events, the other side's messages, and the events of confirmed frames.
//! Must not forge.

use super::{DuelPeer, HAPPENING_COUNT_MAX, Note, Tally};
use crate::armory::RequestKey;
use crate::ledger::Announcement;
use crate::names;
use crate::refusals::WishRefused;
use crate::talk::Message;
use pvp_net::{EpochCause, EventPhase, SessionEvent, Transport};
use pvp_sim::{Event, MatchState, PlayerId};
use weapon_gen::Tier;

impl<T: Transport> DuelPeer<T> {
    pub(super) fn answer(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Connected { peer_name, match_seed } => {
                self.armory.begin_match(match_seed);
                self.announce();
                let peer_name = names::vetted(&peer_name, self.peer().index());
                self.notes.push(Note::Connected { peer_name });
            }
            SessionEvent::Message(bytes) => self.read_message(&bytes),
            SessionEvent::Content(event) => self.answer_content(&event),
            SessionEvent::Desync(report) => self.notes.push(Note::Desync {
                report: format!("{report:?}"),
            }),
            SessionEvent::DesyncTraced(trace) => self.notes.push(Note::DesyncTraced {
                report: trace.to_string(),
            }),
            SessionEvent::MatchEnded { frame, comparison } => self.notes.push(Note::Ended { frame, comparison }),
            SessionEvent::Void { frame } => self.notes.push(Note::Void { frame }),
            SessionEvent::Liveness(liveness) => self.notes.push(Note::Liveness(liveness)),
            SessionEvent::PeerLeft { reason } => self.notes.push(Note::PeerLeft(reason)),
            SessionEvent::RematchOffered => self.notes.push(Note::RematchOffered),
            SessionEvent::EpochStarted { cause, .. } => self.answer_epoch(cause),
            SessionEvent::Refused(refusal) => self.notes.push(Note::Refused(refusal)),
            SessionEvent::TransportClosed(reason) => self.notes.push(Note::PathClosed(reason)),
            _ => {}
        }
    }

    /// The first word to the other side: what may have made this side's weapons, and what its player takes.
    fn announce(&mut self) {
        let taste = self.armory.taste();
        self.say(&Message::Announcement(Announcement {
            has_providers: self.smithy.has_providers(),
            takes_providers: taste.accepts_provider_weapons,
            takes_pictures: taste.shows_host_pictures,
        }));
    }

    fn answer_epoch(&mut self, cause: EpochCause) {
        match cause {
            EpochCause::Rematch { match_seed } => {
                self.armory.begin_match(match_seed);
                (self.asked.request_seq, self.asked.count, self.hint) = (0, 0, 0);
                self.smithy.forget();
                self.tally = Tally::default();
                self.notes.push(Note::Rematch);
            }
            EpochCause::Resumed { .. } => self.notes.push(Note::Resumed),
            EpochCause::Rejoined => {
                if let Some(match_seed) = self.session.match_seed() {
                    self.armory.begin_match(match_seed);
                }
                self.announce();
                self.find_back();
                self.notes.push(Note::Resumed);
            }
            EpochCause::PeerRejoined => {
                // The process on the other side is another one: its first word is still to come.
                self.armory.ledger().announced = None;
                self.announce();
                self.repeat_prompt();
                self.notes.push(Note::Resumed);
            }
            _ => {}
        }
    }

    /// This process was started again in the middle of the match: what it forgot is read from the state.
    fn find_back(&mut self) {
        self.has_rejoined = true;
        let state = *self.session.state();
        self.asked.request_seq = state.players()[self.me().index()].request_seq as u8;
        for (player, number) in state.players().iter().zip(0..) {
            // The other side tells its prompt again; this side's own is forgotten, so a fallback will come for it.
            if let Some((request_seq, _)) = player.open_request() {
                let frame = player.request_frame.saturating_sub(1);
                self.take_order((number, request_seq), frame);
            }
        }
    }

    /// The other side was started again and has forgotten what this side asked the forge for.
    fn repeat_prompt(&mut self) {
        let Some((request_seq, _)) = self.session.state().players()[self.me().index()].open_request() else {
            return;
        };
        if let Some(text) = self.armory.prompt((self.me().0, request_seq)) {
            let text = text.as_str();
            // A full lane loses the prompt: then the fallback comes.
            self.say(&Message::Prompt { request_seq, text });
        }
    }

    fn read_message(&mut self, bytes: &[u8]) {
        let message = Message::decode(bytes);
        let Some(Message::Announcement(announcement)) = message else {
            // Who begins with something else has nothing to announce, and cannot make up for it later.
            self.armory.note_announcement(Announcement {
                takes_providers: true,
                ..Announcement::default()
            });
            return self.read_later_message(message);
        };
        self.armory.note_announcement(announcement);
    }

    fn read_later_message(&mut self, message: Option<Message<'_>>) {
        match message {
            Some(Message::Prompt { request_seq, text }) => {
                let now_frame = self.session.current_frame();
                self.armory.note_prompt((self.peer().0, request_seq), text, now_frame);
            }
            Some(Message::Refusal {
                request_seq,
                code,
                detail,
            }) => {
                let key = (self.me().0, request_seq);
                let Some(prompt) = self.armory.prompt(key) else { return };
                if !self.is_host() {
                    self.note_refusal(key, WishRefused::from_wire(code, detail, &prompt));
                }
            }
            _ => {}
        }
    }

    /// Events of confirmed frames: orders for the forge, and the tally.
    pub(super) fn follow_confirmed(&mut self) {
        let end_frame = self.end_frame.unwrap_or(u32::MAX);
        let mut happened = Vec::new();
        for told in self.session.game_events() {
            if told.phase == EventPhase::Confirmed && told.frame < end_frame {
                happened.push((told.frame, told.event));
            }
            if self.happenings.len() == HAPPENING_COUNT_MAX {
                self.happenings.pop_front();
            }
            self.happenings.push_back(told);
        }
        for (frame, event) in happened {
            if matches!(event, Event::MatchEnded { .. }) {
                // A match that ends by the clock has its end already.
                let _ = self.session.end_at(frame + 1);
            }
            self.count(frame, event);
        }
    }

    fn count(&mut self, frame: u32, event: Event) {
        match event {
            Event::RequestAccepted { player, request_seq } => self.take_order((player.0, request_seq), frame),
            Event::RequestRefused { player, request_seq } => self.count_refused(player, request_seq),
            Event::Forged {
                player,
                request_seq,
                fallback,
            } => self.note_forged((player.0, request_seq), frame, fallback),
            Event::RoundEnded { winner } => {
                let winner = winner.map(|winner| winner.0);
                if let Some(winner) = winner {
                    self.tally.rounds_won[usize::from(winner % 2)] += 1;
                }
                self.notes.push(Note::RoundEnded { winner });
            }
            Event::ModStarted { kind, factor, frames } => {
                self.notes.push(Note::Physics { kind, factor, frames });
            }
            Event::CommitIgnored { .. } => self.tally.commits_ignored += 1,
            Event::MatchEnded { winner } => self.tally.winner = Some(winner.map(|winner| winner.0)),
            _ => {}
        }
    }

    /// A confirmed request: what its input promised stands in the state until the player's next request is accepted.
    fn take_order(&mut self, key: RequestKey, frame: u32) {
        let state = self.session.state();
        let Some(player) = state.players().get(usize::from(key.0)) else {
            return;
        };
        if player.open_seq != u32::from(key.1) {
            return;
        }
        self.armory.note_request(key, player.request_hint as u8, frame);
        self.smithy.orders.push(key);
    }

    /// An altered program has asked before its time; an honest one may have been too early by a wrong guess.
    fn count_refused(&mut self, player: PlayerId, request_seq: u8) {
        let key = (player.0, request_seq);
        self.tally.requests_refused[player.index() % 2] += 1;
        self.armory.ledger().refuse(key);
        if player == self.me() {
            self.notes.push(Note::PromptRefused {
                player: player.0,
                why: WishRefused::TooEarly,
            });
        }
    }

    fn note_forged(&mut self, key: RequestKey, frame: u32, fallback: bool) {
        let accepted = self.armory.ledger().entry(key).and_then(|entry| entry.accepted);
        if let Some(accepted) = accepted {
            let longest = &mut self.tally.forge_frames_max;
            *longest = frame.saturating_sub(accepted.frame).max(*longest);
        }
        let reason = self.smithy.reason(key);
        if fallback {
            self.tally.weapons_fallback += 1;
        } else {
            self.tally.weapons_committed += 1;
            let is_provider = self.armory.tier(key) == Some(Tier::Provider);
            self.tally.weapons_by_provider += u32::from(is_provider);
        }
        let piece = self.armory.piece(key).filter(|_| !fallback);
        let name = piece.map_or_else(|| "a spare weapon".to_owned(), |piece| piece.name);
        self.notes.push(Note::Forged {
            player: key.0,
            name,
            fallback,
            why: fallback.then_some(reason),
        });
    }
}
