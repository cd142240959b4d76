//! The server where two WebRTC peers meet: rooms of two, nothing stored, no traffic of the match.
//!
//! Must not: let a third visitor into a room, keep anything of a room that is empty, or hold memory that a visitor can grow.
//!
//! It speaks `matchbox`'s protocol, so any client of that family can meet here.
//! Every visitor has a share of memory, time and connections ([`SignalingLimits`]); who takes more is sent away, and the log says why.
//! `GET /health` says how many are there.

mod limits;
mod door;
mod visit;
mod rooms;
mod mailbox;
mod meter;
mod places;
mod descriptors;
mod diary;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

pub use self::descriptors::raise_descriptor_limit;
pub use self::limits::SignalingLimits;

use self::descriptors::Reserve;
use self::door::House;
use self::limits::SOCKET_BUFFER_BYTES;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// Pause after the system gave no connection although one was there.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// So many times in a row and the listening socket is broken.
const ACCEPT_FAILURES_MAX: u32 = 200;

/// Why the server could not start or go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalingServerError {
    /// Another program has the port; choose another one, or port 0 for any free one.
    #[error("{address} is in use by another program: choose another port, or 0 for any free one")]
    AddressInUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The system refused the address.
    #[error("cannot listen on {address}: {kind}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        kind: ErrorKind,
    },
    /// The system gave no event loop, or the listening socket broke.
    #[error("the server stopped: {kind}")]
    Serve {
        /// The system's reason.
        kind: ErrorKind,
    },
}

/// A signaling server that is bound and not yet running.
///
/// ```no_run
/// use pvp_net::signaling::SignalingServer;
///
/// let server = SignalingServer::bind("127.0.0.1:0".parse().unwrap()).unwrap();
/// println!("rooms at ws://{}/ANY-NAME", server.local_address());
/// server.run().unwrap();
/// ```
#[derive(Debug)]
pub struct SignalingServer {
    listener: TcpListener,
    runtime: Runtime,
    address: SocketAddr,
    house: Arc<House>,
    stop: Option<oneshot::Sender<()>>,
    stopped: oneshot::Receiver<()>,
}

/// Stops a running server from another thread.
#[derive(Debug)]
pub struct Stopper(oneshot::Sender<()>);

impl Stopper {
    /// Closes every connection and lets [`SignalingServer::run`] return.
    pub fn stop(self) {
        // An error means that the server has stopped already.
        let _ = self.0.send(());
    }
}

impl SignalingServer {
    /// Binds to `address` with the default limits; port 0 takes any free port.
    ///
    /// # Errors
    /// See [`SignalingServerError`].
    pub fn bind(address: SocketAddr) -> Result<Self, SignalingServerError> {
        Self::bind_with(address, SignalingLimits::default())
    }

    /// Binds to `address`; port 0 takes any free port.
    ///
    /// # Errors
    /// See [`SignalingServerError`].
    pub fn bind_with(address: SocketAddr, limits: SignalingLimits) -> Result<Self, SignalingServerError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SignalingServerError::Serve { kind: error.kind() })?;
        let entered = runtime.enter();
        let bound = listen(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (bound, listener) = bound.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => SignalingServerError::AddressInUse { address },
            kind => SignalingServerError::Bind { address, kind },
        })?;
        let (stop, stopped) = oneshot::channel();
        drop(entered);
        Ok(Self {
            listener,
            runtime,
            address: bound,
            house: House::new(limits),
            stop: Some(stop),
            stopped,
        })
    }

    /// The address the server listens on.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// A handle that stops the server; only the first call gives one.
    #[must_use]
    pub fn stopper(&mut self) -> Option<Stopper> {
        self.stop.take().map(Stopper)
    }

    /// Serves until stopped; blocks the calling thread.
    ///
    /// # Errors
    /// [`SignalingServerError::Serve`].
    pub fn run(self) -> Result<(), SignalingServerError> {
        let Self {
            listener,
            runtime,
            house,
            stop,
            stopped,
            ..
        } = self;
        let outcome = runtime.block_on(async {
            tokio::select! {
                error = accept(&listener, &house) => Err(SignalingServerError::Serve { kind: error.kind() }),
                () = summarize(&house) => Ok(()),
                _ = stopped => Ok(()),
            }
        });
        // Nobody stops it while nobody holds the stopper.
        drop(stop);
        outcome
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // On Windows the option means something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Connections inherit both: the system keeps no more for a visitor who does not read or is not read.
    socket.set_send_buffer_size(SOCKET_BUFFER_BYTES)?;
    socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts for ever; returns why it cannot go on.
async fn accept(listener: &TcpListener, house: &Arc<House>) -> io::Error {
    let mut reserve = Reserve::default();
    if !reserve.fill() {
        tracing::warn!("the system gives too few descriptors: every visitor will be refused");
    }
    let mut failures = 0;
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                failures = 0;
                house.receive(stream, from.ip(), reserve.fill());
            }
            Err(error) if descriptors::is_shortage(&error) => {
                if !reserve.give_one() {
                    // Those that are being refused give theirs back soon.
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
            Err(error) => {
                failures += 1;
                tracing::debug!(%error, "a connection was lost before it was accepted");
                if failures > ACCEPT_FAILURES_MAX {
                    return error;
                }
                if failures > 1 {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Writes a summary of the visitors into the log, for ever.
async fn summarize(house: &House) {
    loop {
        tokio::time::sleep(house.limits.summary_interval).await;
        house.diary.summarize(&house.present());
    }
}

#[cfg(test)]
mod tests;
