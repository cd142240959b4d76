//! Runs the WebRTC message loop: on a thread of its own natively, as a task of the page in the browser.
//!
//! Must not: let a panic inside the WebRTC stack reach the game or its terminal, or hide a panic of anybody else.

#[cfg(not(target_arch = "wasm32"))]
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use futures_channel::mpsc::UnboundedSender;
use futures_channel::oneshot;
use futures_timer::Delay;
use futures_util::future::{Either, select};
use matchbox_socket::{Error, MessageLoopFuture, Packet, PeerId};

use super::gate::Gate;
#[cfg(target_arch = "wasm32")]
use super::gate::Trouble;

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

#[cfg(not(target_arch = "wasm32"))]
thread_local! {
    /// Whether a panic on this thread is caught and told in another way.
    static IS_CONTAINED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Panics on this thread are not printed from now on; those on all others are, as before.
#[cfg(not(target_arch = "wasm32"))]
fn contain_panics() {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match IS_CONTAINED.get() {
            true => tracing::debug!("contained: {panic}"),
            false => before(panic),
        }));
    });
    IS_CONTAINED.set(true);
}

/// Starts the loop; `None` if the system gives no thread.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn start(message_loop: MessageLoopFuture, linger: Linger, gate: Gate) -> Option<()> {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    let running = Running::begin();

    let drive = move || {
        let _running = running;
        contain_panics();
        // The gate lets nothing through that the loop is known to unwrap; should it still do so, the next visitor gets a new loop.
        match catch_unwind(AssertUnwindSafe(|| pollster::block_on(run(message_loop, linger)))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "message loop ended"),
            Err(_) => gate.lock().note_panic(),
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
        if run(message_loop, linger).await.is_err() && !gate.lock().can_restart() {
            gate.fail(Trouble::Broken);
        }
    });
    Some(())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn only_panics_of_a_contained_thread_are_kept_quiet() {
        let told: &'static Mutex<Vec<String>> = Box::leak(Box::default());
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let name = std::thread::current().name().unwrap_or_default().to_owned();
            if name.starts_with("drive-test") {
                told.lock().unwrap_or_else(PoisonError::into_inner).push(name);
            } else {
                before(panic);
            }
        }));
        let panicking = |name: &str, is_contained: bool| {
            let body = move || {
                if is_contained {
                    contain_panics();
                }
                panic!("a drill");
            };
            let thread = std::thread::Builder::new()
                .name(name.into())
                .spawn(body)
                .expect("a thread");
            assert!(thread.join().is_err());
        };
        panicking("drive-test-inside", true);
        panicking("drive-test-outside", false);
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(told.contains(&"drive-test-outside".to_owned()), "{told:?}");
    }
}
