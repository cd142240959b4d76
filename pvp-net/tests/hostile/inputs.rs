//! Inputs that run ahead, leave gaps, come in crowds, or do not decode.

use pvp_net::DropReason;
use pvp_net::hostile::Forgery;

use crate::bare::{Bare, InputMessage, literal, run};
use crate::ours::{Harm, Ours, assert_dropped, harm_without_guard};
use crate::{alone, panic_message};

const QUEUE: &str = "INPUT_QUEUE_LENGTH";
const BLANK: &[u8] = &[0, 0];

/// What bare `ggrs` panics with after this input message, in a match of 60 frames.
fn bare_panic(input: &InputMessage) -> String {
    let mut bare = Bare::after(60);
    panic_message(|| {
        bare.deliver_input(input);
        bare.tick();
    })
    .expect("bare ggrs panics")
}

fn overruns(harm: &Harm) -> bool {
    matches!(harm, Harm::Panics(text) if text.contains(QUEUE))
}

#[test]
fn a_first_input_at_frame_one_million_is_dropped() {
    let _alone = alone();
    for start_frame in [200, 1_000_000, i32::MAX] {
        let mut bare = Bare::new();
        let panic = panic_message(|| {
            bare.deliver_input(&InputMessage::honest(start_frame, 2, -1));
            bare.tick();
        });
        assert!(panic.is_some(), "bare ggrs panics at {start_frame}");
    }
    // Only the low ten bits of a frame travel, so every start there is can be tried.
    let sweep = |ours: &mut Ours, leads: std::ops::Range<u32>| {
        let blank = ours.blank();
        for lead in leads {
            ours.attack(Forgery {
                start: blank.start + lead,
                count: 1,
                inputs: &[BLANK],
                ..blank
            });
        }
    };
    assert_dropped(DropReason::Gap, 511, |ours| sweep(ours, 1..512));
    let harm = harm_without_guard(|ours| sweep(ours, 1..512));
    assert!(overruns(&harm), "{harm:?}");
}

#[test]
fn a_gap_in_the_inputs_is_dropped() {
    let _alone = alone();
    let attack = |ours: &mut Ours| {
        let blank = ours.blank();
        ours.attack(Forgery {
            start: blank.start + 3,
            count: 2,
            inputs: &[&[1, 1], &[2, 2]],
            ..blank
        });
    };
    assert_dropped(DropReason::Gap, 1, attack);
    assert_eq!(harm_without_guard(attack), Harm::OutOfStep);
}

#[test]
fn three_hundred_inputs_at_once_are_dropped() {
    let _alone = alone();
    let panic = bare_panic(&InputMessage::honest(60, 300, 59));
    assert!(panic.contains(QUEUE), "{panic}");
    // A count has seven bits: more than 120 is refused as such, up to there the window decides.
    let attack = |ours: &mut Ours, count: usize| {
        let blank = ours.blank();
        ours.attack(Forgery {
            count: count as u32,
            inputs: &vec![BLANK; count],
            ..blank
        });
    };
    assert_dropped(DropReason::Count, 7, |ours| {
        (121..128).for_each(|count| attack(ours, count))
    });
    assert_dropped(DropReason::Future, 81, |ours| {
        (40..121).for_each(|count| attack(ours, count))
    });
    let harm = harm_without_guard(|ours| (0..3).for_each(|_| attack(ours, 120)));
    assert!(overruns(&harm), "{harm:?}");
}

#[test]
fn well_formed_inputs_that_run_ahead_one_by_one_are_dropped() {
    let _alone = alone();
    let mut bare = Bare::after(60);
    let panic = panic_message(|| {
        for frame in 60..300 {
            bare.deliver_input(&InputMessage::honest(frame, 1, 59));
            bare.session.poll_remote_clients();
        }
        bare.tick();
    });
    assert!(panic.is_some_and(|text| text.contains(QUEUE)));
    let attack = |ours: &mut Ours| {
        for _ in 0..200 {
            let blank = ours.blank();
            ours.attack(Forgery {
                count: 1,
                inputs: &[BLANK],
                ..blank
            });
        }
    };
    let harm = harm_without_guard(attack);
    assert!(overruns(&harm), "{harm:?}");
    // The first few are within the window and could be true, so they are believed; they are false, and the match shows it.
    let mut ours = Ours::new();
    let before = ours.sessions[0].input_counts().0;
    attack(&mut ours);
    let believed = ours.sessions[0].input_counts().0 - before;
    assert!(believed <= 10 + 16 + 1 + 3, "{believed}");
    assert_eq!(ours.dropped(DropReason::Future), u64::from(200 - believed));
    // The true peer cannot follow, and the victim waits for it.
    ours.play(240);
}

#[test]
fn inputs_of_another_size_do_not_exist() {
    let _alone = alone();
    // 250 inputs of 65,535 bytes in 45 bytes.
    let panic = bare_panic(&InputMessage {
        payload: run(65_537 * 250, true),
        ..InputMessage::honest(60, 0, 59)
    });
    assert!(panic.contains(QUEUE), "{panic}");
    // Our datagrams carry no size. A count that promises more inputs than there are bits is malformed.
    assert_dropped(DropReason::Malformed, 20, |ours| {
        let blank = ours.blank();
        (3..23).for_each(|count| {
            ours.attack(Forgery {
                count,
                raw_inputs: &[0x03],
                ..blank
            })
        });
    });
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_is_dropped() {
    let _alone = alone();
    // Bare ggrs forgets its unsent inputs: it repeats none of them, so one loss from here on stalls the match for good.
    let mut bare = Bare::after(60);
    bare.tick();
    bare.take_sent();
    bare.deliver_input(&InputMessage {
        ack_frame: i32::MAX,
        ..InputMessage::honest(60, 1, 0)
    });
    bare.tick();
    let attack = |ours: &mut Ours| {
        let blank = ours.blank();
        (1..100).for_each(|lead| {
            ours.attack(Forgery {
                ack: blank.ack + lead,
                ..blank
            })
        });
    };
    assert_dropped(DropReason::Ack, 99, attack);
    // What the peer misses while the link is down must be repeated later.
    let attack_in_an_outage = |ours: &mut Ours| {
        ours.control.cut();
        ours.play(3);
        attack(ours);
        ours.play(1);
        ours.control.heal();
    };
    assert_dropped(DropReason::Ack, 99, attack_in_an_outage);
    assert_eq!(harm_without_guard(attack_in_an_outage), Harm::OutOfStep);
}

#[test]
fn inputs_that_do_not_decode_are_dropped() {
    let _alone = alone();
    let wrapping = [run((1 << 62) - 1, true).repeat(4), run(4, true)].concat();
    for payload in [vec![0x80], vec![0xff; 11], wrapping, literal(&[2, 0])] {
        let mut bare = Bare::after(60);
        let size = payload.len();
        let panic = panic_message(|| {
            bare.deliver_input(&InputMessage {
                payload,
                ..InputMessage::honest(60, 0, 59)
            });
            bare.tick();
        });
        // The last one is only cut short, which bare ggrs notices.
        assert_eq!(panic.is_some(), size != 3, "{panic:?}");
    }
    // Changes that change nothing more than a toggle would; a run longer than the count.
    assert_dropped(DropReason::Malformed, 2, |ours| {
        let blank = ours.blank();
        ours.attack(Forgery {
            count: 20,
            raw_inputs: &[0xff; 11],
            ..blank
        });
        ours.attack(Forgery {
            count: 4,
            raw_inputs: &[0xfc],
            ..blank
        });
    });
}

/// The frame is decided: what comes for it later is counted, whether it agrees or not, and changes nothing.
#[test]
fn an_input_for_a_frame_that_is_decided_changes_nothing() {
    let _alone = alone();
    assert_dropped(DropReason::Rewrite, 40, |ours| {
        let before = ours.sessions[0].confirmed_checksum();
        for lead in 1..=40 {
            let blank = ours.blank();
            ours.attack(Forgery {
                start: blank.start - lead,
                count: 1,
                inputs: &[&[0xee, 0xee]],
                ..blank
            });
        }
        assert_eq!(ours.sessions[0].confirmed_checksum(), before);
    });
}
