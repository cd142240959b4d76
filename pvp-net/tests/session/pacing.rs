//! Two clocks that do not agree: the peers keep the same distance and share the work, without a skipped frame.

use pvp_net::transport::link::LinkConfig;

use crate::duel::{Duel, config};
use crate::game::Tiny;

/// How the two peers ran beside each other.
struct Course {
    /// Standard deviation of the frame difference, in frames.
    deviation: f64,
    mean: f64,
    /// Share of all resimulated frames that the host had to do, in percent.
    host_share_percent: u64,
    resimulated: u64,
    /// Largest change of speed, in millionths.
    speed_ppm_max: i32,
}

/// Plays a minute after ten seconds, the guest's clock `clock_ppm` faster, with these one-way times from the host and from the guest.
fn run(clock_ppm: i64, one_way_ms: [u32; 2], jitter_ms: u32) -> Course {
    let link = |latency_ms| LinkConfig {
        latency_ms,
        jitter_ms,
        ..LinkConfig::new(5, 0, 0, 2)
    };
    let configs = [config(0), config(1)].map(|mut config| {
        config.input_delay_frames = 0;
        config
    });
    let mut duel = Duel::with(one_way_ms.map(link), configs, [Tiny::default(), Tiny::default()]);
    duel.peers[1].clock_ppm = clock_ppm;
    duel.connect();
    duel.run_ms(10_000);
    let before = duel.peers.each_ref().map(|peer| peer.session.stats());
    let (mut sum, mut squares, mut speed_ppm_max) = (0.0, 0.0, 0);
    const SAMPLES: u32 = 60_000;
    for _ in 0..SAMPLES {
        duel.run_ms(1);
        let [a, b] = duel
            .peers
            .each_ref()
            .map(|peer| f64::from(peer.session.current_frame()));
        sum += a - b;
        squares += (a - b) * (a - b);
        for peer in &duel.peers {
            speed_ppm_max = speed_ppm_max.max(peer.session.pace().speed_ppm.abs());
        }
    }
    duel.assert_in_sync();
    let after = duel.peers.each_ref().map(|peer| peer.session.stats());
    let [host, guest] = [0, 1].map(|side| after[side].frames_resimulated - before[side].frames_resimulated);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(after.stalled_frames, before.stalled_frames, "no frame is skipped");
    }
    let mean = sum / f64::from(SAMPLES);
    let course = Course {
        deviation: (squares / f64::from(SAMPLES) - mean * mean).sqrt(),
        mean,
        host_share_percent: host * 100 / (host + guest).max(1),
        resimulated: host + guest,
        speed_ppm_max,
    };
    println!(
        "clocks {clock_ppm} ppm, one way {one_way_ms:?} ms: frame difference {:.2} ± {:.3}, {} resimulated, host's share {} %, speed ± {} ppm",
        course.mean, course.deviation, course.resimulated, course.host_share_percent, course.speed_ppm_max
    );
    course
}

#[test]
fn clocks_half_a_percent_apart_keep_their_distance_and_share_the_work() {
    for (clock_ppm, one_way_ms) in [(5_000, [50, 50]), (5_000, [80, 20]), (-5_000, [80, 20])] {
        let course = run(clock_ppm, one_way_ms, 5);
        assert!(course.deviation <= 0.5, "{} frames", course.deviation);
        assert!(
            (40..=60).contains(&course.host_share_percent),
            "{} %",
            course.host_share_percent
        );
        assert!(course.resimulated > 1000, "there is work to share");
        assert!(course.speed_ppm_max <= 30_000);
    }
}

#[test]
fn equal_clocks_run_at_equal_speed() {
    let course = run(0, [50, 50], 0);
    assert!(course.speed_ppm_max < 2_500, "{} ppm", course.speed_ppm_max);
    assert!(course.mean.abs() < 1.0, "{}", course.mean);
}
