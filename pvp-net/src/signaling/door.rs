//! Owns a connection until it is in a room: it asks within the time it has, and is let in or told why not.
//! Must not keep anything of a connection that asks for no room.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use matchbox_protocol::PeerId;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::diary::{Diary, Present};
use super::limits::{MESSAGE_BYTES_MAX, READ_BUFFER_BYTES, REFUSING_TIMEOUT, REQUEST_BYTES_MAX, SignalingLimits};
use super::mailbox::Mailbox;
use super::meter::{Ledger, Meter, Metered, Offense};
use super::places::{Place, Places};
use super::rooms::{Rooms, Visitor};
use super::visit::{self, Visit};
use crate::room::{RoomRefusal, is_room_name};

/// What is said to a visitor for whom there is not even a place to hear a refusal.
const NO_PLACE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\nconnection: close\r\ncontent-length: 24\r\n\r\n{\"Refused\":\"ServerFull\"}";

/// What all connections share.
#[derive(Debug)]
pub(super) struct House {
    pub(super) limits: SignalingLimits,
    pub(super) places: Arc<Places>,
    pub(super) rooms: Rooms,
    pub(super) ledger: Arc<Ledger>,
    pub(super) diary: Diary,
}

/// Somebody who asks to be let in.
struct Caller {
    from: IpAddr,
    place: Place,
    refusal: Option<RoomRefusal>,
    meter: Arc<Meter>,
}

impl House {
    pub(super) fn new(limits: SignalingLimits) -> Arc<Self> {
        Arc::new(Self {
            places: Places::new(&limits),
            limits,
            rooms: Rooms::default(),
            ledger: Arc::default(),
            diary: Diary::default(),
        })
    }

    pub(super) fn present(&self) -> Present {
        Present {
            visitors: self.places.visitors(),
            rooms: self.rooms.count(),
            shared_bytes: self.ledger.shared_bytes(),
        }
    }

    /// Takes a new connection; without a full reserve of descriptors it is only told so.
    pub(super) fn receive(self: &Arc<Self>, stream: TcpStream, from: IpAddr, has_reserve: bool) {
        let admission = match has_reserve {
            true => self.places.admit(from),
            false => Err(RoomRefusal::NoDescriptor),
        };
        match admission {
            Ok(place) => self.attend(stream, from, place),
            Err(refusal) => {
                self.diary.refused(from, None, refusal);
                let Some(place) = self.places.admit_refused() else {
                    // A connection this young takes that much without waiting.
                    let _ = stream.try_write(NO_PLACE);
                    return;
                };
                let caller = self.caller(from, place, Some(refusal));
                tokio::spawn(self.clone().hear(stream, caller, REFUSING_TIMEOUT));
            }
        }
    }

    fn caller(&self, from: IpAddr, place: Place, refusal: Option<RoomRefusal>) -> Caller {
        Caller {
            from,
            place,
            refusal,
            meter: Meter::new(self.ledger.clone(), Instant::now()),
        }
    }

    fn attend(self: &Arc<Self>, stream: TcpStream, from: IpAddr, place: Place) {
        let (arrival, is_crowded) = self.places.arrive();
        if is_crowded {
            self.diary.sent_away(from, None, Offense::NoRequest);
        }
        let number = arrival.number();
        let (house, caller) = (self.clone(), self.caller(from, place, None));
        let task = tokio::spawn(async move {
            let _arrival = arrival;
            let limit = house.limits.request_timeout;
            house.hear(stream, caller, limit).await;
        });
        self.places.note_task(number, task.abort_handle());
    }

    /// Reads the request and answers it, all within `limit`.
    async fn hear(self: Arc<Self>, stream: TcpStream, caller: Caller, limit: Duration) {
        let from = caller.from;
        let io = TokioIo::new(Metered::new(stream, caller.meter.clone()));
        let caller = Mutex::new(Some(caller));
        let service = service_fn(|request| {
            let caller = caller.lock().unwrap_or_else(PoisonError::into_inner).take();
            let house = self.clone();
            async move { Ok::<_, Infallible>(house.answer(request, caller).await) }
        });
        let connection = http1::Builder::new()
            .max_buf_size(REQUEST_BYTES_MAX)
            .serve_connection(io, service)
            .with_upgrades();
        match timeout(limit, connection).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a request broke"),
            Err(_) => self.diary.sent_away(from, None, Offense::NoRequest),
        }
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>, caller: Option<Caller>) -> Response<Body> {
        let (mut parts, _) = request.into_parts();
        let Some(mut caller) = caller else {
            return plain(StatusCode::BAD_REQUEST, "one request per connection".into());
        };
        let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &()).await else {
            return self.answer_plain(&parts, caller.refusal);
        };
        let room = parts.uri.path().trim_start_matches('/').to_owned();
        if caller.refusal.is_none() && !is_room_name(&room) {
            self.diary.refused(caller.from, Some(&room), RoomRefusal::RoomName);
            caller.refusal = Some(RoomRefusal::RoomName);
        }
        upgrade
            .max_message_size(MESSAGE_BYTES_MAX)
            .max_frame_size(MESSAGE_BYTES_MAX)
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(2 * MESSAGE_BYTES_MAX)
            .on_upgrade(move |socket| async move {
                match caller.refusal {
                    Some(refusal) => visit::turn_away(socket, refusal).await,
                    None => self.host(socket, caller, &room).await,
                }
            })
    }

    /// For whoever looks after the server: `GET /health`. Anybody else learns what this is.
    fn answer_plain(&self, parts: &Parts, refusal: Option<RoomRefusal>) -> Response<Body> {
        if let Some(refusal) = refusal {
            return plain(StatusCode::SERVICE_UNAVAILABLE, refusal.to_message());
        }
        if parts.method == Method::GET && parts.uri.path() == "/health" {
            let Present { visitors, rooms, .. } = self.present();
            return plain(StatusCode::OK, format!(r#"{{"visitors":{visitors},"rooms":{rooms}}}"#));
        }
        let told = "this is a signaling server: rooms are WebSockets at /ROOM\n";
        plain(StatusCode::UPGRADE_REQUIRED, told.into())
    }

    /// Has a visitor in a room until it leaves or is sent away.
    async fn host(self: Arc<Self>, mut socket: WebSocket, caller: Caller, room: &str) {
        let Caller { from, place, meter, .. } = caller;
        // The request itself; a visitor that has said too much already is found out at the next byte.
        let _ = meter.finish_message(0, Instant::now());
        let id = PeerId(Uuid::new_v4());
        let mailbox = Mailbox::new(self.ledger.clone());
        let visitor = Visitor {
            id,
            mailbox: mailbox.clone(),
        };
        if let Err(refusal) = self.rooms.enter(room, visitor) {
            self.diary.refused(from, Some(room), refusal);
            return visit::turn_away(socket, refusal).await;
        }
        self.diary.came();
        let stay = Visit {
            rooms: &self.rooms,
            room,
            id,
            mailbox: &mailbox,
            meter: &meter,
            limits: &self.limits,
        };
        let seat = Seat {
            rooms: &self.rooms,
            room,
            id,
        };
        let outcome = stay.stay(&mut socket).await;
        drop(seat);
        match outcome {
            Ok(()) => self.diary.left(),
            Err(offense) => {
                self.diary.sent_away(from, Some(room), offense);
                visit::send_away(socket, offense).await;
            }
        }
        drop(place);
    }
}

/// A visitor's seat in a room; left when dropped, however the visit ends.
struct Seat<'a> {
    rooms: &'a Rooms,
    room: &'a str,
    id: PeerId,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.rooms.leave(self.room, self.id);
    }
}

fn plain(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("10"));
    }
    response
}
