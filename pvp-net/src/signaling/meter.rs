//! Owns how much of a visitor is in memory and how fast it sends: every byte that is read from it is counted before it is kept.
//! Must not interpret the bytes.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::limits::{BURST_BYTES, BYTES_PER_SECOND, OWN_BYTES, SHARED_BYTES};

/// Why a visitor was sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Offense {
    #[error("it sends more than {BYTES_PER_SECOND} bytes per second")]
    Flood,
    #[error("it sends a message that is too long or no WebSocket message")]
    Malformed,
    #[error("it leaves a message unfinished")]
    Unfinished,
    #[error("it does not read what it is sent")]
    DoesNotRead,
    #[error("it says nothing and answers no ping")]
    Silent,
    #[error("it asks for no room in time")]
    NoRequest,
    #[error("it holds more than its share while the memory for all visitors is used up")]
    Memory,
}

impl Offense {
    pub(super) const ALL: [Self; 7] = [
        Self::Flood,
        Self::Malformed,
        Self::Unfinished,
        Self::DoesNotRead,
        Self::Silent,
        Self::NoRequest,
        Self::Memory,
    ];
}

/// The memory that all visitors together use beside their own shares.
#[derive(Debug, Default)]
pub(super) struct Ledger(AtomicUsize);

impl Ledger {
    pub(super) fn shared_bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one visitor holds: bytes of one kind, charged to the ledger where they exceed the visitor's own share.
#[derive(Debug)]
pub(super) struct Account {
    ledger: Arc<Ledger>,
    bytes: usize,
}

impl Account {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger, bytes: 0 }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes bytes into memory.
    ///
    /// # Errors
    /// [`Offense::Memory`] if the common memory is used up; then nothing is charged.
    pub(super) fn add(&mut self, bytes: usize) -> Result<(), Offense> {
        let charge = shared(self.bytes + bytes) - shared(self.bytes);
        if charge > 0 {
            let before = self.ledger.0.fetch_add(charge, Ordering::Relaxed);
            if before + charge > SHARED_BYTES {
                self.ledger.0.fetch_sub(charge, Ordering::Relaxed);
                return Err(Offense::Memory);
            }
        }
        self.bytes += bytes;
        Ok(())
    }

    pub(super) fn remove(&mut self, bytes: usize) {
        let left = self.bytes.saturating_sub(bytes);
        let refund = shared(self.bytes) - shared(left);
        self.ledger.0.fetch_sub(refund, Ordering::Relaxed);
        self.bytes = left;
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.remove(self.bytes);
    }
}

/// The part of `bytes` that exceeds a visitor's own share.
fn shared(bytes: usize) -> usize {
    bytes.saturating_sub(OWN_BYTES)
}

#[derive(Debug)]
struct Reading {
    /// What has come of a message that is not complete.
    unfinished: Account,
    unfinished_since: Instant,
    heard_at: Instant,
    /// Bytes that may still come at once, as of `refilled_at`.
    allowance: u64,
    refilled_at: Instant,
    offense: Option<Offense>,
}

/// Counts what one visitor sends.
#[derive(Debug)]
pub(super) struct Meter(Mutex<Reading>);

impl Meter {
    pub(super) fn new(ledger: Arc<Ledger>, now: Instant) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Reading {
            unfinished: Account::new(ledger),
            unfinished_since: now,
            heard_at: now,
            allowance: BURST_BYTES,
            refilled_at: now,
            offense: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts bytes that came.
    ///
    /// # Errors
    /// What the visitor did wrong; it stays wrong.
    pub(super) fn take(&self, bytes: usize, now: Instant) -> Result<(), Offense> {
        let mut reading = self.lock();
        reading.heard_at = now;
        if reading.unfinished.bytes() == 0 {
            reading.unfinished_since = now;
        }
        let kept = reading.unfinished.add(bytes);
        let outcome = kept.and_then(|()| reading.spend(bytes as u64, now));
        reading.offense = reading.offense.or(outcome.err());
        reading.offense.map_or(Ok(()), Err)
    }

    /// A message is complete: it costs `cost` beside its bytes.
    ///
    /// # Errors
    /// [`Offense::Flood`].
    pub(super) fn finish_message(&self, cost: u64, now: Instant) -> Result<(), Offense> {
        let mut reading = self.lock();
        let bytes = reading.unfinished.bytes();
        reading.unfinished.remove(bytes);
        let outcome = reading.spend(cost, now);
        reading.offense = reading.offense.or(outcome.err());
        outcome
    }

    /// What the visitor is guilty of, as far as the bytes show.
    pub(super) fn offense(&self) -> Option<Offense> {
        self.lock().offense
    }

    /// For how long nothing has come.
    pub(super) fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.lock().heard_at)
    }

    /// For how long a message has been on its way.
    pub(super) fn unfinished(&self, now: Instant) -> Duration {
        let reading = self.lock();
        match reading.unfinished.bytes() {
            0 => Duration::ZERO,
            _ => now.saturating_duration_since(reading.unfinished_since),
        }
    }
}

impl Reading {
    fn spend(&mut self, bytes: u64, now: Instant) -> Result<(), Offense> {
        let passed_ms = now.saturating_duration_since(self.refilled_at).as_millis() as u64;
        let refill = passed_ms.saturating_mul(BYTES_PER_SECOND) / 1000;
        if refill > 0 {
            self.allowance = self.allowance.saturating_add(refill).min(BURST_BYTES);
            self.refilled_at = now;
        }
        self.allowance = self.allowance.checked_sub(bytes).ok_or(Offense::Flood)?;
        Ok(())
    }
}

/// A visitor's connection, counted.
#[derive(Debug)]
pub(super) struct Metered {
    stream: TcpStream,
    meter: Arc<Meter>,
}

impl Metered {
    pub(super) fn new(stream: TcpStream, meter: Arc<Meter>) -> Self {
        Self { stream, meter }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let bytes = buffer.filled().len() - before;
        let outcome = self.meter.take(bytes, Instant::now());
        Poll::Ready(outcome.map_err(std::io::Error::other))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_visitor_sends_a_burst_and_then_at_the_long_term_rate() {
        let start = Instant::now();
        let meter = Meter::new(Arc::default(), start);
        assert_eq!(meter.take(BURST_BYTES as usize, start), Ok(()));
        assert_eq!(meter.finish_message(0, start), Ok(()));
        let later = start + Duration::from_secs(2);
        assert_eq!(meter.take(2 * BYTES_PER_SECOND as usize, later), Ok(()));
        assert_eq!(meter.take(1, later), Err(Offense::Flood));
        let much_later = start + Duration::from_secs(100);
        assert_eq!(meter.take(1, much_later), Err(Offense::Flood), "wrong stays wrong");
    }

    #[test]
    fn unfinished_bytes_of_all_are_bounded_and_small_ones_always_fit() {
        let ledger: Arc<Ledger> = Arc::default();
        let now = Instant::now();
        let meters: Vec<_> = (0..10_000).map(|_| Meter::new(ledger.clone(), now)).collect();
        let kept = meters.iter().filter(|meter| meter.take(30_000, now).is_ok()).count();
        assert!((500..700).contains(&kept), "{kept}");
        assert!(ledger.shared_bytes() <= SHARED_BYTES);
        let newcomer = Meter::new(ledger.clone(), now);
        assert_eq!(newcomer.take(OWN_BYTES, now), Ok(()));
        assert_eq!(newcomer.take(30_000, now), Err(Offense::Memory));
        drop((meters, newcomer));
        assert_eq!(ledger.shared_bytes(), 0, "everything is given back");
    }

    #[test]
    fn a_message_on_its_way_ages_and_a_complete_one_does_not() {
        let start = Instant::now();
        let meter = Meter::new(Arc::default(), start);
        meter.take(10, start).expect("within the burst");
        let later = start + Duration::from_secs(3);
        meter.take(10, later).expect("within the burst");
        assert_eq!(meter.unfinished(later), Duration::from_secs(3));
        meter.finish_message(0, later).expect("within the burst");
        assert_eq!(meter.unfinished(later + Duration::from_secs(9)), Duration::ZERO);
        assert_eq!(meter.silence(later + Duration::from_secs(9)), Duration::from_secs(9));
    }
}
