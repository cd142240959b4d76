//! A cheating peer at the end of a match: it lies about the last frame, keeps silent about it, or says it in a wrong shape.

use std::time::Duration;

use pvp_net::hostile::Forgery;
use pvp_net::{CloseCause, Comparison, DropReason, Phase, SessionEvent};

use crate::alone;
use crate::ours::{Ours, assert_dropped};

/// The kind of the message about the last frame.
const FINAL: u8 = 6;

fn word(mark: u32, frame: u32, checksum: u64, digest: u32) -> Vec<u8> {
    let mut message = vec![FINAL];
    message.extend(mark.to_le_bytes());
    message.extend(frame.to_le_bytes());
    message.extend(checksum.to_le_bytes());
    message.extend(digest.to_le_bytes());
    message
}

fn mark(ours: &Ours) -> u32 {
    ours.sessions[0].match_seed().expect("a match") as u32
}

fn ended(ours: &Ours) -> Option<Comparison> {
    ours.events.iter().find_map(|event| match event {
        SessionEvent::MatchEnded { comparison, .. } => Some(*comparison),
        _ => None,
    })
}

#[test]
fn a_false_word_about_the_last_frame_is_different_and_never_equal() {
    let _alone = alone();
    for is_digest_true in [false, true] {
        let mut ours = Ours::new();
        let frame = ours.sessions[0].confirmed_frame();
        let checksum = ours.sessions[0].checksum_at(frame).expect("confirmed");
        let lie = if is_digest_true {
            word(mark(&ours), frame, checksum ^ 1, 0)
        } else {
            word(mark(&ours), frame, checksum, 0xbad)
        };
        ours.sessions[1].say_as_cheat(&lie);
        ours.sessions[0].end_at(frame).expect("the only end");
        ours.play(60);
        assert_eq!(ours.sessions[0].comparison(), Comparison::Different);
        assert_eq!(ended(&ours), Some(Comparison::Different));
        // Its word against ours: the search finds nothing, and the match is void all the same.
        ours.play(60 * 25);
        assert!(matches!(
            ours.sessions[0].phase(),
            Phase::Closed(CloseCause::Void { .. })
        ));
        let desyncs = ours
            .events
            .iter()
            .filter(|event| matches!(event, SessionEvent::Desync(_)));
        assert_eq!(desyncs.count(), 1);
    }
}

/// It plays on and answers nothing: its inputs and acknowledgements are all that comes.
#[test]
fn a_peer_that_withholds_its_word_gives_not_compared_in_time() {
    let _alone = alone();
    let mut ours = Ours::new();
    let frame = ours.sessions[0].confirmed_frame();
    ours.sessions[0].end_at(frame).expect("the only end");
    let begun = ours.now;
    while ended(&ours).is_none() {
        ours.now += Duration::from_millis(50);
        assert!(ours.now - begun < Duration::from_secs(11), "{:?}", ours.events);
        let blank = ours.blank();
        ours.attack(blank);
    }
    assert!(ours.now - begun >= Duration::from_secs(10));
    assert_eq!(ended(&ours), Some(Comparison::NotCompared));
    assert_eq!(ours.sessions[0].comparison(), Comparison::NotCompared);
    assert_eq!(ours.sessions[0].phase(), Phase::Running, "it is the user who leaves");
}

#[test]
fn words_of_a_wrong_shape_or_match_are_dropped() {
    let _alone = alone();
    assert_dropped(DropReason::Message, 27, |ours| {
        // One by one: what is refused is counted once per packet.
        let say = |ours: &mut Ours, message: &[u8]| {
            ours.sessions[1].say_as_cheat(message);
            ours.play(4);
        };
        let mark = mark(ours);
        let whole = word(mark, 100, 7, 7);
        // Every length but the right one.
        for length in 1..26 {
            let mut message = whole.clone();
            message.resize(length, 0);
            if length != whole.len() {
                say(ours, &message);
            }
        }
        say(ours, &[whole.as_slice(), &[0; 60_000]].concat());
        ours.play(240);
        // Of another match, and a frame that is never played; then the same frame told otherwise.
        say(ours, &word(mark ^ 1, 100, 7, 7));
        say(ours, &word(mark, u32::MAX, 7, 7));
        say(ours, &word(mark, u32::MAX, 8, 7));
        ours.play(30);
    });
}

/// A question about a frame is answered once; a crowd of them costs nothing.
#[test]
fn a_crowd_of_words_is_answered_once() {
    let _alone = alone();
    let mut ours = Ours::new();
    let mark = mark(&ours);
    let frame = ours.sessions[0].confirmed_frame() - 3;
    let checksum = ours.sessions[0].checksum_at(frame).expect("confirmed");
    // Nobody knows the digest here: the honest peer asks with it.
    ours.sessions[1].end_at(frame).expect("the only end");
    ours.play(60);
    assert_eq!(ours.sessions[1].comparison(), Comparison::Equal);
    let before = ours.sessions[0].stats();
    for _ in 0..500 {
        ours.sessions[1].say_as_cheat(&word(mark, frame, checksum, 9));
        ours.play(1);
    }
    ours.play(300);
    let after = ours.sessions[0].stats();
    assert_eq!(
        after.dropped(DropReason::Message) - before.dropped(DropReason::Message),
        500
    );
    assert_eq!(after.desyncs, 0, "a second word about a frame is none");
    let sent = after.payload_bytes_sent - before.payload_bytes_sent;
    assert!(sent < 800 * 30, "{sent} B");
    ours.attack(Forgery { ..ours.blank() });
    ours.assert_unharmed();
}
