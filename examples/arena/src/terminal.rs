//! Owns the process's two streams: whatever the arena says goes through here, and what could not be said is remembered.
//! Must not panic, and must not let a reader that is gone, full or asleep hold up a match.
//!
//! Standard output is the product of a command: it is written at once and in full, and the first failure stays known.
//! Standard error tells about a match while it runs: its lines wait in a bounded queue for a thread of their own.

use pvp_net::room::escaped;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Pieces of text that wait for standard error; beyond that they are lost.
const WAITING_MAX: usize = 4096;

enum Piece {
    Text(Vec<u8>),
    /// Everything before it is written.
    Mark(Sender<()>),
}

/// The two streams of this process.
pub struct Terminal {
    notes: Option<SyncSender<Piece>>,
    failure: Mutex<Option<io::Error>>,
}

/// The one terminal of the process.
#[must_use]
pub fn terminal() -> &'static Terminal {
    static TERMINAL: OnceLock<Terminal> = OnceLock::new();
    TERMINAL.get_or_init(Terminal::open)
}

impl Terminal {
    fn open() -> Terminal {
        let (notes, pieces) = sync_channel(WAITING_MAX);
        let writer = std::thread::Builder::new().name("stderr".to_owned());
        let is_running = writer.spawn(move || write_notes(&pieces)).is_ok();
        Terminal {
            notes: is_running.then_some(notes),
            failure: Mutex::new(None),
        }
    }

    /// Prints a part of the command's product to standard output.
    #[allow(clippy::disallowed_methods, reason = "this is where the arena prints")]
    pub fn say(&self, text: &str) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if failure.is_some() {
            // A product with a hole in it is worse than one cut short.
            return;
        }
        let mut out = io::stdout().lock();
        *failure = out.write_all(text.as_bytes()).and_then(|()| out.flush()).err();
    }

    /// Tells something about what goes on, on standard error. Whoever does not listen misses it.
    /// What came from outside and is in the text cannot steer the terminal.
    pub fn tell(&self, text: &str) {
        self.tell_bytes(escaped(text).as_bytes());
    }

    /// As [`tell`](Self::tell), for what the arena itself steers the terminal with; nothing from outside may be in it.
    pub fn draw(&self, text: &str) {
        self.tell_bytes(text.as_bytes());
    }

    fn tell_bytes(&self, bytes: &[u8]) {
        match &self.notes {
            // A full queue is a reader that is asleep.
            Some(notes) => drop(notes.try_send(Piece::Text(bytes.to_vec()))),
            None => write_error(bytes),
        }
    }

    /// Whether somebody looks at standard error.
    #[allow(clippy::disallowed_methods, reason = "this is where the arena prints")]
    pub fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Why standard output could not be written; a reader that went away, such as `head`, has what it wanted.
    pub fn failure(&self) -> Option<String> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let error = failure
            .as_ref()
            .filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
        error.map(|error| format!("the output could not be written: {error}"))
    }

    /// Waits until standard error has everything, for at most `time`.
    pub fn finish(&self, time: Duration) {
        let Some(notes) = &self.notes else { return };
        let (written, mark) = channel();
        if notes.try_send(Piece::Mark(written)).is_ok() {
            // Time over, or the thread is gone: nobody reads the rest.
            let _ = mark.recv_timeout(time);
        }
    }
}

fn write_notes(pieces: &Receiver<Piece>) {
    for piece in pieces {
        match piece {
            Piece::Text(bytes) => write_error(&bytes),
            Piece::Mark(written) => drop(written.send(())),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "this is where the arena prints")]
fn write_error(bytes: &[u8]) {
    // Closed or full: there is nobody left to complain to.
    let _ = io::stderr().write_all(bytes);
}

/// The log goes to standard error like everything else that is told: it takes every line and never fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogLines;

impl Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        terminal().tell_bytes(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
