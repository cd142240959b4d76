//! The simulated network is exact, repeatable, and has every fault it claims.

use super::*;

const TICK: Duration = Duration::from_micros(16_667);

fn take(end: &mut Link, now: Duration) -> Option<(Channel, Vec<u8>)> {
    let mut buffer = Vec::new();
    end.receive(now, &mut buffer).map(|channel| (channel, buffer))
}

fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}

/// Sends `count` numbered packets, one each tick, and returns what arrives: (tick, number).
fn deliveries(config: LinkConfig, count: u32) -> Vec<(u32, u32)> {
    let (mut a, mut b) = Link::pair(config);
    let mut arrived = Vec::new();
    for tick in 0..count + 100 {
        let now = TICK * tick;
        assert!(take(&mut a, now).is_none(), "nobody sent to A");
        if tick < count {
            a.send(now, Channel::Datagram, &tick.to_le_bytes()).expect("open link");
        }
        while let Some((_, bytes)) = take(&mut b, now) {
            let number = bytes.first_chunk().copied().map_or(u32::MAX, u32::from_le_bytes);
            arrived.push((tick, number));
        }
    }
    arrived
}

fn messy() -> LinkConfig {
    LinkConfig {
        seed: 7,
        latency_ms: 50,
        jitter_ms: 30,
        loss_pct: 10,
        duplicate_pct: 5,
        corrupt_pct: 3,
        reorder_pct: 4,
        burst_permille: 5,
        ..LinkConfig::default()
    }
}

#[test]
fn a_default_link_delivers_everything_at_once_and_in_order() {
    let arrived = deliveries(LinkConfig::default(), 200);
    assert_eq!(arrived, (0..200).map(|n| (n, n)).collect::<Vec<_>>());
}

#[test]
fn a_messy_link_delivers_the_same_twice_and_on_every_machine() {
    let first = deliveries(messy(), 600);
    assert_eq!(first, deliveries(messy(), 600));
    let mut digest = 0_u64;
    for (tick, number) in &first {
        digest = digest.rotate_left(7) ^ u64::from(*tick) ^ (u64::from(*number) << 32);
    }
    assert_eq!((first.len(), digest), (564, 0xe393_52cf_011c_dc37));
}

#[test]
fn another_seed_gives_other_deliveries() {
    assert_ne!(
        deliveries(messy(), 600),
        deliveries(LinkConfig { seed: 8, ..messy() }, 600)
    );
}

#[test]
fn faults_come_as_often_as_configured() {
    let (mut a, mut b) = Link::pair(LinkConfig {
        burst_permille: 0,
        ..messy()
    });
    for tick in 0..20_000 {
        a.send(TICK * tick, Channel::Datagram, &[0; 20]).expect("open link");
        while take(&mut b, TICK * tick).is_some() {}
    }
    let stats = a.control().stats(End::A);
    assert_eq!(stats.sent_packets, 20_000);
    assert_eq!(stats.sent_wire_bytes, 20_000 * 48);
    assert!((1_800..2_200).contains(&stats.lost_packets), "{stats:?}");
    assert!((700..1_100).contains(&stats.duplicated_packets), "{stats:?}");
    assert!((400..700).contains(&stats.corrupted_packets), "{stats:?}");
    assert!(stats.reordered_packets > 3_000, "{stats:?}");
}

#[test]
fn raising_the_loss_leaves_the_jitter_of_the_surviving_packets_alone() {
    let calm = LinkConfig {
        seed: 3,
        latency_ms: 40,
        jitter_ms: 20,
        ..LinkConfig::default()
    };
    let calm_run = deliveries(calm, 500);
    let lossy_run = deliveries(LinkConfig { loss_pct: 30, ..calm }, 500);
    assert!(lossy_run.len() < 400);
    assert!(lossy_run.iter().all(|delivery| calm_run.contains(delivery)));
}

#[test]
fn a_burst_loses_packets_in_a_row() {
    let config = LinkConfig {
        seed: 1,
        burst_permille: 10,
        burst_packets: 5,
        ..LinkConfig::default()
    };
    let numbers: Vec<u32> = deliveries(config, 2_000).into_iter().map(|(_, n)| n).collect();
    let gaps: Vec<u32> = numbers
        .windows(2)
        .map(|pair| pair[1] - pair[0] - 1)
        .filter(|gap| *gap > 0)
        .collect();
    assert!(gaps.len() > 5);
    assert!(gaps.iter().all(|gap| *gap >= 5), "{gaps:?}");
}

#[test]
fn a_blackout_loses_datagrams_and_delays_reliable_messages() {
    let config = LinkConfig {
        latency_ms: 20,
        reliable_channel: true,
        ..LinkConfig::default()
    };
    let (mut a, mut b) = Link::pair(config);
    let control = a.control();
    control.set_now(ms(100));
    control.blackout(ms(300));
    a.send(ms(0), Channel::Datagram, b"lost").expect("open link");
    a.send(ms(0), Channel::Reliable, b"late").expect("open link");
    control.set_now(ms(419));
    assert!(take(&mut b, ms(419)).is_none());
    control.set_now(ms(420));
    assert_eq!(take(&mut b, ms(420)), Some((Channel::Reliable, b"late".to_vec())));
    a.send(ms(0), Channel::Datagram, b"back").expect("open link");
    assert_eq!(control.next_delivery(), Some(ms(440)));
    assert_eq!(control.stats(End::A).blacked_out_packets, 1);
}

#[test]
fn a_cut_lasts_until_it_is_healed() {
    let (mut a, mut b) = Link::pair(LinkConfig {
        reliable_channel: true,
        ..LinkConfig::default()
    });
    let control = b.control();
    control.cut();
    a.send(ms(0), Channel::Datagram, b"lost").expect("open link");
    a.send(ms(0), Channel::Reliable, b"kept").expect("open link");
    assert!(take(&mut b, ms(60_000)).is_none());
    control.heal();
    assert_eq!(take(&mut b, ms(60_000)), Some((Channel::Reliable, b"kept".to_vec())));
    a.send(ms(0), Channel::Datagram, b"back").expect("open link");
    assert_eq!(take(&mut b, ms(60_000)), Some((Channel::Datagram, b"back".to_vec())));
}

#[test]
fn reliable_messages_arrive_complete_and_in_order_under_loss() {
    let config = LinkConfig {
        reliable_channel: true,
        ..messy()
    };
    let (mut a, mut b) = Link::pair(config);
    for number in 0..200_u32 {
        a.send(ms(0), Channel::Reliable, &number.to_le_bytes())
            .expect("open link");
    }
    let mut arrived = Vec::new();
    while let Some((channel, bytes)) = take(&mut b, ms(100_000)) {
        assert_eq!(channel, Channel::Reliable);
        arrived.push(bytes);
    }
    assert_eq!(
        arrived,
        (0..200_u32).map(|n| n.to_le_bytes().to_vec()).collect::<Vec<_>>()
    );
}

#[test]
fn a_rate_cap_spaces_packets_and_drops_what_the_queue_cannot_hold() {
    let config = LinkConfig {
        rate_bytes_per_second: 10_000,
        queue_bytes: 1_000,
        ..LinkConfig::default()
    };
    let (mut a, mut b) = Link::pair(config);
    for _ in 0..100 {
        a.send(ms(0), Channel::Datagram, &[0; 72]).expect("open link");
    }
    assert!(take(&mut b, ms(9)).is_none(), "100 bytes take 10 ms");
    assert!(take(&mut b, ms(10)).is_some());
    assert!(take(&mut b, ms(19)).is_none());
    assert!(take(&mut b, ms(20)).is_some());
    assert_eq!(a.control().stats(End::A).overflowed_packets, 89);
}

#[test]
fn a_driven_clock_ignores_the_clocks_of_the_ends() {
    let (mut a, mut b) = Link::pair(LinkConfig {
        latency_ms: 10,
        ..LinkConfig::default()
    });
    let control = a.control();
    control.set_now(ms(5));
    a.send(ms(0), Channel::Datagram, b"x").expect("open link");
    assert!(take(&mut b, ms(1_000)).is_none());
    control.set_now(ms(15));
    assert!(take(&mut b, ms(0)).is_some());
}

#[test]
fn sizes_channels_and_closed_ends_are_refused_by_name() {
    let (mut a, b) = Link::pair(LinkConfig::default());
    assert_eq!(
        a.send(ms(0), Channel::Datagram, &[0; 1201]),
        Err(SendError::TooLarge {
            bytes: 1201,
            limit: 1200
        })
    );
    assert_eq!(a.send(ms(0), Channel::Reliable, b"x"), Err(SendError::Closed));
    a.control().close(End::B);
    assert_eq!(a.send(ms(0), Channel::Datagram, b"x"), Err(SendError::Closed));
    assert_eq!(a.status(), TransportStatus::Closed(CloseReason::Peer));
    assert_eq!(b.status(), TransportStatus::Closed(CloseReason::Local));
}

#[test]
fn injected_bytes_arrive_as_if_the_peer_had_sent_them() {
    let (a, mut b) = Link::pair(LinkConfig {
        latency_ms: 500,
        ..LinkConfig::default()
    });
    a.control().inject(End::B, Channel::Datagram, b"garbage");
    assert_eq!(take(&mut b, ms(0)), Some((Channel::Datagram, b"garbage".to_vec())));
}
