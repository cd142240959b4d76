//! Owns the servers that misbehave below HTTP, and the proof that a loser's connection closes.

use crate::brand::{Brand, LONG, order};
use pvp_sim::{Archetype, WeaponSpec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Instant;
use weapon_gen::provider::race::race;
use weapon_gen::provider::{Answer, Order, Proposal, Provider};

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, base)
}

/// Reads what comes first of a request.
async fn read_some(stream: &mut TcpStream) -> usize {
    let mut start = [0; 1024];
    stream.read(&mut start).await.unwrap_or(0)
}

/// A server that hangs up in the middle of every request.
pub(crate) async fn hangs_up() -> String {
    let (listener, base) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_some(&mut stream).await;
        }
    });
    base
}

/// A server whose body never ends.
pub(crate) async fn floods() -> String {
    let (listener, base) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_some(&mut stream).await;
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let mut chunk = b"1000\r\n".to_vec();
            chunk.extend([b' '; 0x1000]);
            chunk.extend(b"\r\n");
            let mut is_open = stream.write_all(head).await.is_ok();
            while is_open {
                is_open = stream.write_all(&chunk).await.is_ok();
            }
        }
    });
    base
}

/// Wins as soon as it is told to.
struct Told(std::sync::Mutex<Option<oneshot::Receiver<WeaponSpec>>>);

impl Provider for Told {
    fn name(&self) -> &str {
        "told"
    }

    fn propose<'a>(&'a self, _: &'a Order) -> Answer<'a, Proposal> {
        let told = self.0.lock().expect("not poisoned").take().expect("asked once");
        Box::pin(async move {
            Ok(Proposal {
                name: String::new(),
                spec: told.await.expect("told"),
                is_clamped: false,
                sprite: None,
            })
        })
    }
}

#[tokio::test]
async fn a_loser_s_connection_closes() {
    let (listener, base) = listen().await;
    let (tell, told) = oneshot::channel();
    let slow_server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("the loser connects");
        assert!(read_some(&mut stream).await > 0);
        // The loser is waiting for its answer now: let the other one win.
        tell.send(Archetype::Bow.base_spec()).expect("the race is on");
        while read_some(&mut stream).await > 0 {}
    });
    let providers: [std::sync::Arc<dyn Provider>; 2] = [
        Brand::Anthropic.provider(&base),
        std::sync::Arc::new(Told(std::sync::Mutex::new(Some(told)))),
    ];
    let finish = race(&providers, &order(LONG), Instant::now() + LONG).await;
    assert_eq!(finish.winner.map(|(place, _)| place), Some(1));
    // Ends only when the server sees the end of the loser's connection.
    slow_server.await.expect("the server saw the connection close");
}
