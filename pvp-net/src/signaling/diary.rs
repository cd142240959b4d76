//! Owns what the log says of the visitors: a line for each that is turned away, and a summary of all.
//! Must not fill a disk: the lines between two summaries are bounded, the figures of the summary are complete.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::meter::Offense;
use crate::room::{RoomRefusal, shown};

/// Lines between two summaries at most.
const LINES_MAX: u32 = 100;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) came: u64,
    pub(super) left: u64,
    pub(super) refused: [u64; RoomRefusal::ALL.len()],
    pub(super) sent_away: [u64; Offense::ALL.len()],
    lines: u32,
}

/// The server's log.
#[derive(Debug, Default)]
pub(super) struct Diary(Mutex<Figures>);

/// What the server holds right now.
pub(super) struct Present {
    pub(super) visitors: u32,
    pub(super) rooms: usize,
    pub(super) shared_bytes: usize,
}

impl Diary {
    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn came(&self) {
        self.lock().came += 1;
    }

    pub(super) fn left(&self) {
        self.lock().left += 1;
    }

    /// A visitor was not let in; `room` is what it asked for, as far as it did.
    pub(super) fn refused(&self, from: IpAddr, room: Option<&str>, refusal: RoomRefusal) {
        let mut figures = self.lock();
        figures.refused[position(&RoomRefusal::ALL, refusal)] += 1;
        if !figures.may_write() {
            return;
        }
        drop(figures);
        let place = place_of(room);
        match refusal {
            RoomRefusal::NoDescriptor => tracing::warn!("refused {from}{place}: {refusal}"),
            _ => tracing::info!("refused {from}{place}: {refusal}"),
        }
    }

    /// A visitor's connection was closed for what it did.
    pub(super) fn sent_away(&self, from: IpAddr, room: Option<&str>, offense: Offense) {
        let mut figures = self.lock();
        figures.sent_away[position(&Offense::ALL, offense)] += 1;
        if figures.may_write() {
            drop(figures);
            let place = place_of(room);
            tracing::info!("sent {from}{place} away: {offense}");
        }
    }

    /// Writes the figures since the last summary and begins anew; nothing if there is nothing to tell.
    pub(super) fn summarize(&self, present: &Present) {
        let figures = std::mem::take(&mut *self.lock());
        if figures != Figures::default() || present.visitors > 0 {
            tracing::info!("{}", summary(&figures, present));
        }
    }

    #[cfg(test)]
    pub(super) fn figures(&self) -> Figures {
        self.lock().clone()
    }
}

impl Figures {
    fn may_write(&mut self) -> bool {
        self.lines = self.lines.saturating_add(1);
        self.lines <= LINES_MAX
    }

    #[cfg(test)]
    pub(super) fn refused_for(&self, refusal: RoomRefusal) -> u64 {
        self.refused[position(&RoomRefusal::ALL, refusal)]
    }

    #[cfg(test)]
    pub(super) fn sent_away_for(&self, offense: Offense) -> u64 {
        self.sent_away[position(&Offense::ALL, offense)]
    }
}

/// The room in words, if one was asked for.
fn place_of(room: Option<&str>) -> String {
    room.map_or_else(String::new, |room| format!(" (room \"{}\")", shown(room)))
}

fn position<T: PartialEq>(all: &[T], one: T) -> usize {
    all.iter().position(|other| *other == one).expect("ALL holds every one")
}

fn summary(figures: &Figures, present: &Present) -> String {
    let Present {
        visitors,
        rooms,
        shared_bytes,
    } = present;
    let mut text = format!(
        "summary: {visitors} visitors in {rooms} rooms, {shared_bytes} bytes held for them; {} came, {} left",
        figures.came, figures.left
    );
    let refused = RoomRefusal::ALL
        .iter()
        .zip(figures.refused)
        .map(|(kind, count)| (format!("{kind:?}"), count));
    let sent_away = Offense::ALL
        .iter()
        .zip(figures.sent_away)
        .map(|(kind, count)| (format!("{kind:?}"), count));
    list(&mut text, "refused", refused);
    list(&mut text, "sent away", sent_away);
    if figures.lines > LINES_MAX {
        let _ = write!(
            text,
            "; {} of them without a line of their own",
            figures.lines - LINES_MAX
        );
    }
    text
}

fn list(text: &mut String, what: &str, figures: impl Iterator<Item = (String, u64)>) {
    let told: Vec<_> = figures
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    if !told.is_empty() {
        let _ = write!(text, "; {what}: {}", told.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_counts_everything_although_the_lines_are_bounded() {
        let diary = Diary::default();
        let from = IpAddr::from([127, 0, 0, 1]);
        for _ in 0..500 {
            diary.refused(from, Some("duel"), RoomRefusal::RoomFull);
        }
        diary.sent_away(from, None, Offense::Silent);
        let present = Present {
            visitors: 2,
            rooms: 1,
            shared_bytes: 7,
        };
        let told = summary(&diary.figures(), &present);
        assert_eq!(
            told,
            "summary: 2 visitors in 1 rooms, 7 bytes held for them; 0 came, 0 left; refused: RoomFull 500; sent away: Silent 1; \
             401 of them without a line of their own"
        );
        diary.summarize(&present);
        assert_eq!(diary.figures(), Figures::default());
    }
}
