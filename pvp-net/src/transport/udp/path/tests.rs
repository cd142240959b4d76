//! Addresses move for answers only, and back when the old one answers.

use super::*;

const MS: Duration = Duration::from_millis(1);

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn targets(path: &Path) -> Vec<u16> {
    path.targets().iter().map(|target| target.port()).collect()
}

/// A path whose peer has answered at the configured address, port 1.
fn proven() -> Path {
    let mut path = Path::new(Some(address(1)), &[3; 32]);
    path.handle_adoption(address(1));
    answer(&mut path, MS, 1);
    path
}

fn answer(path: &mut Path, now: Duration, port: u16) {
    let token = path.ask(now, address(port));
    path.handle_response(now, token);
}

#[test]
fn a_packet_from_elsewhere_asks_for_a_challenge_and_moves_nothing() {
    let mut path = proven();
    assert!(path.handle_sealed(MS, address(2), true));
    assert!(
        !path.handle_sealed(MS, address(2), false),
        "what is not new says nothing"
    );
    assert!(!path.handle_sealed(MS, address(1), true));
    path.ask(MS, address(2));
    path.handle_response(MS, [9; 4]);
    for ms in 0..10_000 {
        path.poll(ms * MS);
    }
    assert_eq!((path.active(), targets(&path)), (Some(address(1)), vec![1]));
}

#[test]
fn an_address_that_answers_gets_everything_at_once_and_the_place_when_the_old_one_is_dead() {
    let mut path = proven();
    path.handle_sealed(MS, address(2), true);
    answer(&mut path, 10 * MS, 2);
    assert_eq!((path.active(), targets(&path)), (Some(address(1)), vec![1, 2]));
    assert_eq!(
        path.poll(11 * MS).iter().collect::<Vec<_>>(),
        [address(1)],
        "the old one is asked"
    );
    path.poll(10 * MS + CONTEST);
    assert_eq!((path.active(), targets(&path)), (Some(address(2)), vec![2, 1]));
    path.poll(10 * MS + CONTEST + FORMER_LIFE);
    assert_eq!((targets(&path), path.changes()), (vec![2], 1));
}

#[test]
fn the_old_address_wins_while_it_answers() {
    let mut path = proven();
    for round in 0..100 {
        let now = round * 50 * MS;
        answer(&mut path, now, 2);
        path.poll(now);
        // The answer to the challenge sent to the old address; it may have come from anywhere.
        answer(&mut path, now, 1);
        assert_eq!(targets(&path), [1]);
    }
    assert_eq!(path.changes(), 0);
}

#[test]
fn a_former_address_that_answers_late_gets_its_place_back() {
    let mut path = proven();
    answer(&mut path, MS, 2);
    path.poll(MS + CONTEST);
    assert_eq!(path.active(), Some(address(2)));
    assert!(
        path.poll(2 * MS + CONTEST + ASK_INTERVAL)
            .iter()
            .any(|asked| asked == address(1))
    );
    answer(&mut path, 2_000 * MS, 1);
    assert_eq!((path.active(), targets(&path)), (Some(address(1)), vec![1]));
}

#[test]
fn an_unproven_address_gets_no_datagram_unless_the_user_gave_it() {
    let mut listening = Path::new(None, &[3; 32]);
    listening.handle_adoption(address(5));
    assert_eq!(targets(&listening), [0; 0]);
    answer(&mut listening, MS, 5);
    assert_eq!(targets(&listening), [5]);
    let mut configured = Path::new(Some(address(1)), &[3; 32]);
    assert_eq!(targets(&configured), [1]);
    configured.handle_adoption(address(5));
    assert_eq!(targets(&configured), [1]);
    answer(&mut configured, MS, 6);
    assert_eq!(
        configured.active(),
        Some(address(6)),
        "whoever answers first is proven first"
    );
}

#[test]
fn the_list_of_addresses_asked_is_short_and_forgetting_costs_one_challenge() {
    let mut path = proven();
    let token = path.ask(MS, address(2));
    for port in 1_000..1_000 + ASKED_MAX as u16 {
        path.ask(MS, address(port));
    }
    path.handle_response(MS, token);
    assert_eq!(targets(&path), [1]);
    answer(&mut path, MS, 2);
    assert_eq!(targets(&path), [1, 2]);
}

#[test]
fn an_address_that_packets_keep_coming_from_is_asked_less_and_less() {
    let mut path = proven();
    let mut asked = 0;
    for ms in 1..=10_000 {
        if path.handle_sealed(ms * MS, address(2), true) {
            path.ask(ms * MS, address(2));
            asked += 1;
        }
    }
    assert!((20..=25).contains(&asked), "{asked}");
}

#[test]
fn an_old_token_is_worthless() {
    let mut path = proven();
    let token = path.ask(MS, address(2));
    path.handle_response(MS + 2 * TOKEN_LIFE, token);
    assert_eq!(targets(&path), [1]);
}
