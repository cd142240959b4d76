//! Owns the `ggrs` session and the in-process socket that feeds it. The only file that calls `ggrs`.
//! Must not let `ggrs` see a byte from the network, rely on one of its timers, or reach its disconnect path.
//!
//! `ggrs` 0.13.0 panics on well-chosen packets and on its own disconnect, and re-sends only every 200 ms. So it never talks to the
//! peer: the bridge answers its synchronization, acknowledges its inputs at once, reads its inputs out of its messages, and builds
//! input messages for it from checked values. Its timeouts are ten years away; retransmission is the session's.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ggrs::{GgrsRequest, NonBlockingSocket, P2PSession, PlayerType, PredictRepeatLast, SessionBuilder, SessionState};
use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

use super::mirror::{Body, InputBody, Mirror, Status};
use super::{CoreRequest, RollbackCore, rle};

/// Far beyond any match, and far from overflowing an `Instant`.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// Magic number that the bridge gives to the messages it builds.
const BRIDGE_MAGIC: u16 = 0x5056;
/// The one address there is.
const PEER: u8 = 1;
/// Inputs in one message of `ggrs`; its own queue holds 128.
const BATCH_INPUTS_MAX: usize = 128;

/// An input as `ggrs` carries it: its bytes, without a length.
#[derive(Clone, Copy, PartialEq, Eq)]
struct RawInput<I>(I);

impl<I: Default> Default for RawInput<I> {
    fn default() -> Self {
        Self(I::default())
    }
}

impl<I: bytemuck::Pod> Serialize for RawInput<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = bytemuck::bytes_of(&self.0);
        let mut tuple = serializer.serialize_tuple(bytes.len())?;
        for byte in bytes {
            tuple.serialize_element(byte)?;
        }
        tuple.end()
    }
}

impl<'de, I: bytemuck::Pod> Deserialize<'de> for RawInput<I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes<I>(PhantomData<I>);
        impl<'de, I: bytemuck::Pod> Visitor<'de> for Bytes<I> {
            type Value = I;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{} bytes", size_of::<I>())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<I, A::Error> {
                let mut value = I::zeroed();
                for byte in bytemuck::bytes_of_mut(&mut value) {
                    *byte = seq.next_element()?.ok_or_else(|| A::Error::custom("input too short"))?;
                }
                Ok(value)
            }
        }
        deserializer
            .deserialize_tuple(size_of::<I>(), Bytes(PhantomData))
            .map(RawInput)
    }
}

struct CoreConfig<I>(PhantomData<I>);

impl<I> ggrs::Config for CoreConfig<I>
where
    I: Copy + Eq + Default + bytemuck::Pod + Send + Sync,
{
    type Input = RawInput<I>;
    type InputPredictor = PredictRepeatLast;
    type State = ();
    type Address = u8;
}

/// The far end of the socket that `ggrs` owns.
struct Bridge<I> {
    /// Messages that `ggrs` will receive at its next poll.
    inbox: Vec<ggrs::Message>,
    /// Local inputs read out of the messages of `ggrs`, consecutive from frame 0.
    local_inputs: Vec<I>,
    /// How many local inputs were seen in all.
    local_count: u32,
    /// The newest local input, reference of the next message.
    last_local: Vec<u8>,
    /// How many of the peer's inputs were handed to `ggrs`.
    remote_count: u32,
    /// The peer's newest input, reference of the next message.
    last_remote: Vec<u8>,
    scratch: Vec<u8>,
}

impl<I: Copy + Default + bytemuck::Pod> Bridge<I> {
    fn new() -> Self {
        let blank = vec![0; size_of::<I>()];
        Self {
            inbox: Vec::new(),
            local_inputs: Vec::new(),
            local_count: 0,
            last_local: blank.clone(),
            remote_count: 0,
            last_remote: blank,
            scratch: Vec::new(),
        }
    }

    fn deliver(&mut self, body: Body) {
        let mirror = Mirror {
            magic: BRIDGE_MAGIC,
            body,
        };
        self.inbox.extend(mirror.to_message());
    }

    /// What `ggrs` sends to "the peer".
    fn handle_outgoing(&mut self, message: &ggrs::Message) {
        let mirror = Mirror::from_message(message).expect("golden bytes pin the layout of the pinned ggrs");
        match mirror.body {
            Body::SyncRequest { random } => self.deliver(Body::SyncReply { random }),
            Body::Input(input) => {
                self.read_local_inputs(&input);
                self.deliver(Body::InputAck {
                    ack_frame: self.local_count as i32 - 1,
                });
            }
            // Acknowledgements, pings, checksums and keep-alives are the session's own.
            _ => {}
        }
    }

    fn read_local_inputs(&mut self, input: &InputBody) {
        let size = size_of::<I>();
        let limit = BATCH_INPUTS_MAX * 2 * (size + 2);
        let mut decoded = std::mem::take(&mut self.scratch);
        rle::decode(&input.bytes, limit, &mut decoded).expect("ggrs writes readable inputs");
        // With an input delay the first frame is not 0; `ggrs` at the other end fills the gap with blanks, so they are sent as such.
        while (self.local_count as i32) < input.start_frame {
            self.local_inputs.push(I::default());
            self.local_count += 1;
        }
        // Inputs are acknowledged at once, so a message starts after the newest seen or repeats it.
        let known = (self.local_count as i32 - input.start_frame) as usize;
        for encoded in decoded.chunks_exact(size + 2).skip(known) {
            for (byte, delta) in self.last_local.iter_mut().zip(&encoded[2..]) {
                *byte ^= delta;
            }
            self.local_inputs.push(bytemuck::pod_read_unaligned(&self.last_local));
            self.local_count += 1;
        }
        self.scratch = decoded;
    }

    fn deliver_remote_inputs(&mut self, inputs: &[I]) {
        let size = size_of::<I>();
        let mut deltas = std::mem::take(&mut self.scratch);
        deltas.clear();
        for input in inputs {
            let bytes = bytemuck::bytes_of(input);
            deltas.extend_from_slice(&(size as u16).to_le_bytes());
            deltas.extend(bytes.iter().zip(&self.last_remote).map(|(new, old)| new ^ old));
            self.last_remote.copy_from_slice(bytes);
        }
        let mut bytes = Vec::with_capacity(deltas.len() + 4);
        rle::encode_literal(&deltas, &mut bytes);
        self.scratch = deltas;
        let start_frame = self.remote_count as i32;
        self.remote_count += inputs.len() as u32;
        let status = Status {
            disconnected: false,
            last_frame: start_frame,
        };
        self.deliver(Body::Input(InputBody {
            peer_connect_status: vec![status; 2],
            disconnect_requested: false,
            start_frame,
            ack_frame: self.local_count as i32 - 1,
            bytes,
        }));
    }
}

struct BridgeSocket<I>(Arc<Mutex<Bridge<I>>>);

impl<I: Copy + Default + bytemuck::Pod + Send + Sync> NonBlockingSocket<u8> for BridgeSocket<I> {
    fn send_to(&mut self, message: &ggrs::Message, _peer: &u8) {
        lock(&self.0).handle_outgoing(message);
    }

    fn receive_all_messages(&mut self) -> Vec<(u8, ggrs::Message)> {
        lock(&self.0).inbox.drain(..).map(|message| (PEER, message)).collect()
    }
}

fn lock<I>(bridge: &Mutex<Bridge<I>>) -> std::sync::MutexGuard<'_, Bridge<I>> {
    bridge.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// [`RollbackCore`] over `ggrs` 0.13.0.
pub(crate) struct GgrsCore<I>
where
    I: Copy + Eq + Default + bytemuck::Pod + Send + Sync,
{
    session: P2PSession<CoreConfig<I>>,
    bridge: Arc<Mutex<Bridge<I>>>,
    local_player: usize,
    confirmed_count: u32,
    /// Both players' inputs before the first frame.
    before: [I; 2],
}

impl<I> GgrsCore<I>
where
    I: Copy + Eq + Default + bytemuck::Pod + Send + Sync,
{
    /// A core that starts at frame 0 and is ready to advance. The numbers must have been checked by the session's config.
    ///
    /// `before` is what both players held before the first frame. `ggrs` knows only blank inputs there: it predicts them, and fills
    /// the delay with them. So it is given every input as its difference from `before`, and a blank one means that nothing changed.
    pub(crate) fn new(local_player: u8, prediction_window_frames: u8, input_delay_frames: u8, before: [I; 2]) -> Self {
        let bridge = Arc::new(Mutex::new(Bridge::new()));
        let local_player = usize::from(local_player);
        let mut session = SessionBuilder::<CoreConfig<I>>::new()
            .with_num_players(2)
            .and_then(|builder| builder.add_player(PlayerType::Local, local_player))
            .and_then(|builder| builder.add_player(PlayerType::Remote(PEER), 1 - local_player))
            .and_then(|builder| {
                builder
                    .with_max_prediction_window(usize::from(prediction_window_frames))
                    .with_input_delay(usize::from(input_delay_frames))
                    .with_disconnect_timeout(NEVER)
                    .with_disconnect_notify_delay(NEVER)
                    .with_desync_detection_mode(ggrs::DesyncDetection::Off)
                    .start_p2p_session(BridgeSocket(Arc::clone(&bridge)))
            })
            .expect("two players, checked window and delay");
        // Five round trips with the bridge, which answers within the next poll.
        for _ in 0..16 {
            if session.current_state() == SessionState::Running {
                break;
            }
            session.poll_remote_clients();
        }
        assert!(
            session.current_state() == SessionState::Running,
            "the bridge answers every synchronization request"
        );
        Self {
            session,
            bridge,
            local_player,
            confirmed_count: 0,
            before,
        }
    }

    /// An input as `ggrs` knows it, and back: the difference from what the player held before the first frame.
    fn difference(&self, player: usize, mut input: I) -> I {
        let blank = I::default();
        let before = bytemuck::bytes_of(&self.before[player]).iter();
        let held = before.zip(bytemuck::bytes_of(&blank));
        for (byte, (before, blank)) in bytemuck::bytes_of_mut(&mut input).iter_mut().zip(held) {
            *byte ^= before ^ blank;
        }
        input
    }
}

impl<I> RollbackCore<I> for GgrsCore<I>
where
    I: Copy + Eq + Default + bytemuck::Pod + Send + Sync,
{
    fn add_remote_inputs(&mut self, first_frame: u32, inputs: &[I]) {
        let remote = 1 - self.local_player;
        let inputs: Vec<I> = inputs.iter().map(|input| self.difference(remote, *input)).collect();
        let mut bridge = lock(&self.bridge);
        assert_eq!(first_frame, bridge.remote_count, "the guard delivers inputs in order");
        if !inputs.is_empty() {
            bridge.deliver_remote_inputs(&inputs);
        }
    }

    fn advance(&mut self, local_input: I, requests: &mut Vec<CoreRequest<I>>) {
        let local_input = self.difference(self.local_player, local_input);
        self.session
            .add_local_input(self.local_player, RawInput(local_input))
            .expect("the local player is registered");
        let ggrs_requests = self
            .session
            .advance_frame()
            .expect("running, and the local input was added");
        for request in ggrs_requests {
            requests.push(match request {
                GgrsRequest::SaveGameState { cell, frame } => {
                    cell.save(frame, None, None);
                    CoreRequest::Save { frame: frame as u32 }
                }
                GgrsRequest::LoadGameState { frame, .. } => CoreRequest::Load { frame: frame as u32 },
                // The status (predicted or not) must not reach the game: a right prediction is never resimulated.
                GgrsRequest::AdvanceFrame { inputs } => CoreRequest::Advance {
                    inputs: [self.difference(0, inputs[0].0.0), self.difference(1, inputs[1].0.0)],
                },
            });
        }
        let _ = self.session.events();
        self.confirmed_count = (self.session.confirmed_frame() + 1).max(0) as u32;
    }

    fn take_local_inputs(&mut self, into: &mut Vec<I>) {
        let mut bridge = lock(&self.bridge);
        let inputs = bridge.local_inputs.drain(..);
        into.extend(inputs.map(|input| self.difference(self.local_player, input)));
    }

    fn current_frame(&self) -> u32 {
        self.session.current_frame() as u32
    }

    fn confirmed_count(&self) -> u32 {
        self.confirmed_count
    }

    fn set_input_delay(&mut self, frames: u8) {
        self.session
            .set_input_delay(self.local_player, usize::from(frames))
            .expect("the local player is registered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs two cores against each other; inputs travel `lag` ticks. Returns both logs of confirmed inputs.
    fn run(ticks: u32, lag: usize, delay: u8, before: [u16; 2]) -> [Vec<[u16; 2]>; 2] {
        let mut cores = [
            GgrsCore::<u16>::new(0, 8, delay, before),
            GgrsCore::<u16>::new(1, 8, delay, before),
        ];
        let mut logs: [Vec<[u16; 2]>; 2] = Default::default();
        let mut wires: [std::collections::VecDeque<Vec<u16>>; 2] = Default::default();
        let mut received = [0u32; 2];
        for tick in 0..ticks {
            for side in 0..2 {
                if wires[side].len() > lag {
                    let inputs = wires[side].pop_front().unwrap();
                    cores[side].add_remote_inputs(received[side], &inputs);
                    received[side] += inputs.len() as u32;
                }
                let mut requests = Vec::new();
                let input = (tick / 7 * (side as u32 + 3)) as u16;
                cores[side].advance(input, &mut requests);
                for request in requests {
                    match request {
                        CoreRequest::Load { frame } => logs[side].truncate(frame as usize),
                        CoreRequest::Advance { inputs } => logs[side].push(inputs),
                        CoreRequest::Save { .. } => {}
                    }
                }
                let mut local = Vec::new();
                cores[side].take_local_inputs(&mut local);
                wires[1 - side].push_back(local);
            }
        }
        for side in 0..2 {
            let confirmed = cores[side].confirmed_count().min(cores[side].current_frame()) as usize;
            assert!(
                confirmed + 12 > ticks as usize,
                "side {side} confirmed {confirmed} of {ticks}"
            );
            logs[side].truncate(confirmed - 1);
        }
        logs
    }

    #[test]
    fn both_cores_confirm_the_same_inputs() {
        for (lag, delay) in [(0, 0), (3, 0), (5, 2), (2, 6)] {
            let [a, b] = run(400, lag, delay, [0; 2]);
            let common = a.len().min(b.len());
            assert!(common > 380);
            assert_eq!(a[..common], b[..common], "lag {lag}, delay {delay}");
        }
    }

    #[test]
    fn inputs_held_before_the_first_frame_fill_the_delay() {
        for (lag, delay) in [(0, 0), (3, 2), (5, 6)] {
            let before = [0x0102, 0xff03];
            let [a, b] = run(400, lag, delay, before);
            let common = a.len().min(b.len());
            assert_eq!(a[..common], b[..common], "lag {lag}, delay {delay}");
            let filled = usize::from(delay);
            assert!(a[..filled].iter().all(|pair| *pair == before), "{:?}", &a[..8]);
            assert_eq!(a[filled], [0, 0], "then come the inputs offered");
        }
    }

    #[test]
    fn a_silent_peer_stalls_the_core_and_nothing_grows() {
        let mut core = GgrsCore::<u16>::new(0, 8, 2, [0; 2]);
        let mut requests = Vec::new();
        let mut local = Vec::new();
        for tick in 0..1000 {
            requests.clear();
            core.advance(tick, &mut requests);
            core.take_local_inputs(&mut local);
        }
        assert_eq!(core.current_frame(), 8);
        assert_eq!(
            local.len(),
            11,
            "the delay, the window and the input offered while stalled"
        );
        assert!(
            !requests
                .iter()
                .any(|request| matches!(request, CoreRequest::Advance { .. }))
        );
    }

    /// What the guard is for: 300 inputs at once overrun the queue of `ggrs` 0.13.
    #[test]
    #[should_panic(expected = "INPUT_QUEUE_LENGTH")]
    fn inputs_that_run_ahead_break_ggrs_without_the_guard() {
        let mut core = GgrsCore::<u16>::new(0, 8, 2, [0; 2]);
        let mut requests = Vec::new();
        core.add_remote_inputs(0, &[7; 300]);
        core.advance(1, &mut requests);
    }

    #[test]
    #[should_panic(expected = "in order")]
    fn a_gap_in_the_inputs_is_refused_by_the_core_without_the_guard() {
        GgrsCore::<u16>::new(0, 8, 2, [0; 2]).add_remote_inputs(200, &[7]);
    }
}
