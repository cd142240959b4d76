//! Runs the WebRTC message loop: on a thread of its own natively, as a task of the page in the browser.
//!
//! Must not: let a panic inside the WebRTC stack reach the game.

use matchbox_socket::MessageLoopFuture;

use super::gate::{Gate, Trouble};

/// Starts the loop; `None` if the system gives no thread.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn start(message_loop: MessageLoopFuture, gate: Gate) -> Option<()> {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    let run = move || {
        // The loop unwraps what a broken peer or server sends during the handshake.
        match catch_unwind(AssertUnwindSafe(|| pollster::block_on(message_loop))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "message loop ended"),
            Err(_) => gate.fail(Trouble::Broken),
        }
    };
    std::thread::Builder::new()
        .name("pvp-net-webrtc".into())
        .spawn(run)
        .ok()
        .map(drop)
}

/// Starts the loop as a task of the page.
#[cfg(target_arch = "wasm32")]
pub(super) fn start(message_loop: MessageLoopFuture, gate: Gate) -> Option<()> {
    wasm_bindgen_futures::spawn_local(async move {
        if message_loop.await.is_err() {
            gate.fail(Trouble::Broken);
        }
    });
    Some(())
}
