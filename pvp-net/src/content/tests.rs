//! The desk of each role on its own: what is committed when, and what is refused.

use super::*;

const PATIENCE: Duration = Duration::from_secs(4);

/// A game that says what it is told to.
struct Game {
    review: Poll<Result<(), ContentRefused>>,
    accept: Result<(), ContentRefused>,
    asked: Vec<u8>,
}

impl Judge for Game {
    fn review(&mut self, slot: u8, _: &[u8]) -> Poll<Result<(), ContentRefused>> {
        self.asked.push(slot);
        self.review
    }

    fn accept(&mut self, _: u8, _: &[u8]) -> Result<(), ContentRefused> {
        self.accept
    }
}

fn game(review: Poll<Result<(), ContentRefused>>) -> Game {
    Game {
        review,
        accept: Ok(()),
        asked: Vec::new(),
    }
}

fn willing() -> Game {
    game(Poll::Ready(Ok(())))
}

#[test]
fn content_is_committed_after_the_acknowledgement_and_once() {
    let mut host = ContentDesk::new(PATIENCE);
    let mut guest = ContentDesk::new(PATIENCE);
    let (offer, message) = host.offer(Duration::ZERO, b"axe", |_, _| Ok(())).unwrap();
    assert!(!host.handle_input_fixed(), "nothing before the acknowledgement");
    assert_eq!(host.commit(), Commit::default());
    let (answer, event) = guest
        .handle_offer(Duration::ZERO, &message, &mut willing())
        .unwrap()
        .unwrap();
    assert_eq!(
        event,
        ContentEvent::Received {
            slot: 0,
            bytes: b"axe".to_vec()
        }
    );
    assert_eq!(
        host.handle_answer(answer),
        Ok(ContentEvent::Acknowledged { offer, slot: 0 })
    );
    assert_eq!(
        host.handle_answer(answer),
        Err(DropReason::Message),
        "acknowledged once"
    );
    assert!(host.handle_input_fixed());
    assert_eq!(host.commit(), Commit { seq: 1, slot: 0 });
    assert!(!host.handle_input_fixed());
    assert_eq!(host.commit(), Commit { seq: 1, slot: 0 });
    assert_eq!(host.log(), guest.log());
}

#[test]
fn a_guest_that_acknowledges_other_bytes_is_not_believed() {
    let mut host = ContentDesk::new(PATIENCE);
    host.offer(Duration::ZERO, b"axe", |_, _| Ok(())).unwrap();
    let lie = Answer::Acknowledge {
        slot: 0,
        digest: digest(b"bow"),
    };
    assert_eq!(host.handle_answer(lie), Err(DropReason::Message));
    assert!(!host.handle_input_fixed());
}

#[test]
fn a_guest_that_never_answers_lets_the_offer_expire_and_comes_too_late() {
    let mut host = ContentDesk::new(PATIENCE);
    let (offer, _) = host.offer(Duration::ZERO, b"axe", |_, _| Ok(())).unwrap();
    assert_eq!(host.poll_expired(PATIENCE - Duration::from_nanos(1)), None);
    assert_eq!(
        host.poll_expired(PATIENCE),
        Some(ContentEvent::Expired { offer, slot: 0 })
    );
    let late = Answer::Acknowledge {
        slot: 0,
        digest: digest(b"axe"),
    };
    assert_eq!(host.handle_answer(late), Err(DropReason::Message));
}

#[test]
fn a_host_that_reuses_a_slot_is_dropped_and_a_bad_offer_is_refused() {
    let mut guest = ContentDesk::new(PATIENCE);
    guest.handle_offer(Duration::ZERO, &[3, 1], &mut willing()).unwrap();
    assert_eq!(
        guest.handle_offer(Duration::ZERO, &[3, 2], &mut willing()).unwrap_err(),
        DropReason::Message
    );
    assert_eq!(
        guest.handle_offer(Duration::ZERO, &[], &mut willing()).unwrap_err(),
        DropReason::Message
    );
    let reason = ContentRefused::Rule { code: 7 };
    let (answer, event) = guest
        .handle_offer(Duration::ZERO, &[4, 1], &mut game(Poll::Ready(Err(reason))))
        .unwrap()
        .unwrap();
    assert_eq!(answer, Answer::Refuse { slot: 4, reason });
    assert_eq!(event, ContentEvent::RefusedByUs { slot: 4, reason });
    let huge = vec![5; CONTENT_BYTES_MAX + 2];
    let mut never = willing();
    let (answer, _) = guest.handle_offer(Duration::ZERO, &huge, &mut never).unwrap().unwrap();
    assert!(matches!(
        answer,
        Answer::Refuse {
            reason: ContentRefused::TooLarge { .. },
            ..
        }
    ));
    assert!(never.asked.is_empty());
    assert_eq!(heard(&huge), None);
}

#[test]
fn an_offer_of_the_largest_size_is_heard_and_answered() {
    let largest = vec![5; 1 + CONTENT_BYTES_MAX];
    let mut guest = ContentDesk::new(PATIENCE);
    let (answer, _) = guest
        .handle_offer(Duration::ZERO, &largest, &mut willing())
        .unwrap()
        .unwrap();
    assert!(!matches!(answer, Answer::Refuse { .. }), "{answer:?}");
    let bytes = largest[1..].to_vec();
    assert_eq!(heard(&largest), Some(ContentEvent::Offered { slot: 5, bytes }));
    assert_eq!(heard(&[]), None);
}

#[test]
fn offers_are_answered_in_their_order_once_the_game_has_judged_them() {
    let mut guest = ContentDesk::new(PATIENCE);
    let mut busy = game(Poll::Pending);
    for slot in [1, 2] {
        assert_eq!(guest.handle_offer(Duration::ZERO, &[slot, 9], &mut busy), Ok(None));
    }
    assert_eq!(busy.asked, [1, 2], "both are begun with");
    assert_eq!(guest.poll_review(Duration::ZERO, &mut busy), None);
    assert!(guest.log().is_empty(), "nothing is kept before it is judged");
    let mut slots = Vec::new();
    while let Some((answer, _)) = guest.poll_review(Duration::ZERO, &mut willing()) {
        slots.push(answer.slot());
    }
    assert_eq!(slots, [1, 2]);
    assert_eq!(guest.log(), [(1, vec![9]), (2, vec![9])]);
}

#[test]
fn an_offer_that_is_never_judged_is_refused_when_it_expires_for_the_host() {
    let mut guest = ContentDesk::new(PATIENCE);
    let mut busy = game(Poll::Pending);
    assert_eq!(guest.handle_offer(Duration::ZERO, &[1, 9], &mut busy), Ok(None));
    assert_eq!(guest.poll_review(PATIENCE - Duration::from_nanos(1), &mut busy), None);
    let reason = ContentRefused::Unjudged;
    assert_eq!(guest.poll_review(PATIENCE, &mut busy), Some(refuse(1, reason)));
    assert!(guest.log().is_empty());
}

#[test]
fn a_flood_of_offers_waits_in_a_bounded_line() {
    let mut guest = ContentDesk::new(PATIENCE);
    let mut busy = game(Poll::Pending);
    let count = REVIEWS_MAX as u8;
    for slot in 0..count {
        assert_eq!(guest.handle_offer(Duration::ZERO, &[slot, 9], &mut busy), Ok(None));
    }
    let surplus = guest.handle_offer(Duration::ZERO, &[count, 9], &mut busy);
    assert_eq!(surplus, Ok(Some(refuse(count, ContentRefused::Unjudged))));
    guest.forget_reviews();
    assert_eq!(guest.poll_review(PATIENCE, &mut busy), None);
}

#[test]
fn what_was_reviewed_and_is_not_accepted_is_refused() {
    let mut guest = ContentDesk::new(PATIENCE);
    let reason = ContentRefused::SlotTaken { slot: 1 };
    let mut full = Game {
        accept: Err(reason),
        ..willing()
    };
    let answered = guest.handle_offer(Duration::ZERO, &[1, 9], &mut full);
    assert_eq!(answered, Ok(Some(refuse(1, reason))));
    assert!(guest.log().is_empty());
}

#[test]
fn answers_read_back_and_random_ones_do_not_panic() {
    let answers = [
        Answer::Acknowledge {
            slot: 9,
            digest: [7; 16],
        },
        Answer::Refuse {
            slot: 9,
            reason: ContentRefused::Rule { code: 300 },
        },
        Answer::Refuse {
            slot: 9,
            reason: ContentRefused::TooLarge { bytes: 70_000 },
        },
        Answer::Refuse {
            slot: 9,
            reason: ContentRefused::Unjudged,
        },
    ];
    for answer in answers {
        let mut bytes = Vec::new();
        answer.write(&mut bytes);
        assert_eq!(Answer::read(&bytes), Some(answer));
        for length in 0..bytes.len() {
            assert_eq!(Answer::read(&bytes[..length]), None);
        }
    }
    assert_eq!(Answer::read(&[1, 3, 0xff, 0xff, 0xff, 0xff]), None);
}
