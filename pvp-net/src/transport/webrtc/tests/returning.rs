//! A match over real WebRTC whose path is lost, or one of whose processes is killed: new paths, the same match.

use super::*;
use crate::toy::{START, Toy, held_inputs};
use crate::transport::redial::Redial;
use crate::{EpochCause, Phase, Session, SessionConfig, SessionEvent};

type Path<'a> = Redial<WebRtcTransport, Box<dyn FnMut() -> Option<WebRtcTransport> + 'a>>;

struct Side<'a> {
    session: Session<Toy, Path<'a>>,
    events: Vec<SessionEvent>,
    due: Duration,
}

impl<'a> Side<'a> {
    fn new(lobby: &'a Lobby, player: u8, entropy: u64, now: Duration) -> Self {
        let config = SessionConfig {
            entropy,
            connect_timeout: PATIENCE,
            takes_state: true,
            ..SessionConfig::new(player, 1)
        };
        let path: Path<'a> = Redial::new(lobby.join(), Box::new(|| Some(lobby.join())), entropy);
        let session = Session::new(Toy::default(), START, path, config, now).expect("valid settings");
        Self {
            session: session.with_inspect(),
            events: Vec::new(),
            due: now,
        }
    }

    fn turn(&mut self, now: Duration, script: &[[crate::toy::ToyInput; 2]]) {
        self.session.poll(now);
        if now >= self.due {
            self.due = now + self.session.frame_duration();
            let player = usize::from(self.session.config().local_player);
            let input = script[self.session.current_frame() as usize][player];
            self.session.advance(now, input).expect("nobody left");
        }
        self.events.extend(self.session.events());
        drop(self.session.game_events());
    }

    fn epoch(&self) -> Option<(u32, EpochCause)> {
        self.events.iter().rev().find_map(|event| match event {
            SessionEvent::EpochStarted { frame, cause, .. } => Some((*frame, *cause)),
            _ => None,
        })
    }
}

fn assert_in_sync(sides: &[Side<'_>; 2], since: u32) {
    let [a, b] = sides.each_ref().map(|side| &side.session);
    let common = a.confirmed_frame().min(b.confirmed_frame());
    for frame in since..=common {
        assert!(a.checksum_at(frame).is_some());
        assert_eq!(a.checksum_at(frame), b.checksum_at(frame), "frame {frame}");
    }
    assert_eq!(a.stats().desyncs + b.stats().desyncs, 0);
}

fn run_until(sides: &mut [Side<'_>; 2], start: Instant, mut done: impl FnMut(&[Side<'_>; 2]) -> bool) {
    let script = held_inputs(8, 40_000);
    while !done(sides) {
        for side in sides.iter_mut() {
            side.turn(start.elapsed(), &script);
        }
        assert!(
            start.elapsed() < 2 * PATIENCE,
            "{:?}",
            sides.each_ref().map(|side| &side.events)
        );
        std::thread::yield_now();
    }
}

#[test]
fn a_killed_side_comes_back_over_a_new_path_and_both_play_on_in_sync() {
    if !can_run() {
        return;
    }
    let lobby = Lobby::open();
    let start = clock();
    let mut sides = [
        Side::new(&lobby, 0, 5, Duration::ZERO),
        Side::new(&lobby, 1, 6, Duration::ZERO),
    ];
    run_until(&mut sides, start, |sides| {
        sides.iter().all(|side| side.session.confirmed_frame() > 100)
    });
    let mut entropy = 70;
    sides[1] = Side::new(&lobby, 1, entropy, start.elapsed());
    loop {
        // The room may still count the place of the process that was killed: then this one tries again.
        run_until(&mut sides, start, |sides| {
            let is_turned_away = matches!(sides[1].session.transport().status(), TransportStatus::Closed(_));
            is_turned_away || sides[1].epoch().is_some()
        });
        if sides[1].epoch().is_some() {
            break;
        }
        entropy += 1;
        sides[1] = Side::new(&lobby, 1, entropy, start.elapsed());
    }
    let (frame, cause) = sides[1].epoch().expect("just seen");
    assert_eq!(cause, EpochCause::Rejoined);
    assert!(frame >= 100, "no confirmed frame is undone: {frame}");
    run_until(&mut sides, start, |sides| {
        sides.iter().all(|side| side.session.confirmed_frame() > frame + 120)
    });
    assert_eq!(sides[0].epoch(), Some((frame, EpochCause::PeerRejoined)));
    assert_in_sync(&sides, frame);
}

#[test]
fn two_living_sides_whose_path_is_lost_go_on_over_a_new_one() {
    if !can_run() {
        return;
    }
    let lobby = Lobby::open();
    let start = clock();
    let mut sides = [
        Side::new(&lobby, 0, 5, Duration::ZERO),
        Side::new(&lobby, 1, 6, Duration::ZERO),
    ];
    run_until(&mut sides, start, |sides| {
        sides.iter().all(|side| side.session.confirmed_frame() > 100)
    });
    // One side throws its path away; both meet again in the room.
    sides[1].session.transport_mut().reopen();
    sides[1].session.send_message(b"across").expect("room in the lane");
    let frame = sides[0].session.confirmed_frame();
    run_until(&mut sides, start, |sides| {
        sides.iter().all(|side| side.session.confirmed_frame() > frame + 120)
            && sides[0].events.contains(&SessionEvent::Message(b"across".to_vec()))
    });
    // Under two seconds that is no drop, and the match goes on as it is; else it goes on in a new epoch.
    for side in &sides {
        assert_eq!(side.session.phase(), Phase::Running);
        assert!(matches!(side.epoch(), None | Some((_, EpochCause::Resumed { .. }))));
    }
    assert_in_sync(&sides, 0);
}
