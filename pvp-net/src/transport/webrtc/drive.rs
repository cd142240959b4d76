//! Runs the WebRTC message loop: on a thread of its own natively, as a task of the page in the browser.
//!
//! Must not: let a panic inside the WebRTC stack reach the game.

#[cfg(not(target_arch = "wasm32"))]
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use futures_channel::mpsc::UnboundedSender;
use futures_channel::oneshot;
use futures_timer::Delay;
use futures_util::future::{Either, select};
use matchbox_socket::{Error, MessageLoopFuture, Packet, PeerId};

use super::gate::{Gate, Trouble};

/// How long the loop goes on after the transport was dropped, so that a goodbye leaves.
const LINGER: Duration = Duration::from_millis(300);

/// What keeps the loop going for a while after the transport was dropped.
pub(super) struct Linger {
    /// Canceled when the transport is dropped.
    pub(super) dropped: oneshot::Receiver<()>,
    /// The loop ends when nobody can send any more.
    pub(super) senders: [UnboundedSender<(PeerId, Packet)>; 2],
}

async fn run(message_loop: MessageLoopFuture, linger: Linger) -> Result<(), Error> {
    let lingering = Box::pin(async move {
        // Canceled is what it waits for.
        let _ = linger.dropped.await;
        Delay::new(LINGER).await;
        drop(linger.senders);
    });
    match select(message_loop, lingering).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), message_loop)) => message_loop.await,
    }
}

/// Loops of this process that run, and who waits for their end.
#[cfg(not(target_arch = "wasm32"))]
static RUNNING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// One running loop.
#[cfg(not(target_arch = "wasm32"))]
struct Running;

#[cfg(not(target_arch = "wasm32"))]
impl Running {
    fn begin() -> Running {
        *RUNNING.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Running
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Drop for Running {
    fn drop(&mut self) {
        *RUNNING.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        RUNNING.1.notify_all();
    }
}

/// Waits until the transports that were dropped have sent what they still had, such as their goodbye; at most for `limit`.
///
/// For the end of `main`: a process that ends takes its unsent datagrams with it.
/// Half a second is enough; without a transport it returns at once.
/// Returns whether none is left.
#[cfg(not(target_arch = "wasm32"))]
pub fn finish(limit: Duration) -> bool {
    let running = RUNNING.0.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = RUNNING.1.wait_timeout_while(running, limit, |running| *running > 0);
    *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
}

/// Starts the loop; `None` if the system gives no thread.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn start(message_loop: MessageLoopFuture, linger: Linger, gate: Gate) -> Option<()> {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    let running = Running::begin();

    let drive = move || {
        let _running = running;
        // The loop unwraps what a broken peer or server sends during the handshake.
        match catch_unwind(AssertUnwindSafe(|| pollster::block_on(run(message_loop, linger)))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "message loop ended"),
            Err(_) => gate.fail(Trouble::Broken),
        }
    };
    std::thread::Builder::new()
        .name("pvp-net-webrtc".into())
        .spawn(drive)
        .ok()
        .map(drop)
}

/// Starts the loop as a task of the page.
#[cfg(target_arch = "wasm32")]
pub(super) fn start(message_loop: MessageLoopFuture, linger: Linger, gate: Gate) -> Option<()> {
    wasm_bindgen_futures::spawn_local(async move {
        if run(message_loop, linger).await.is_err() {
            gate.fail(Trouble::Broken);
        }
    });
    Some(())
}
