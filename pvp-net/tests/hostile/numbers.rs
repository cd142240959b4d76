//! Times, leads and checksums that cannot be true.

use std::time::Duration;

use ggrs::{DesyncDetection, GgrsEvent};
use pvp_net::hostile::{Forgery, without_guard};
use pvp_net::{DropReason, SessionEvent};

use crate::bare::Bare;
use crate::ours::{Ours, assert_dropped};
use crate::{alone, bytes_allocated, panic_message};

fn checksum_fields(frame: i32) -> Vec<u8> {
    let mut fields = 1u128.to_le_bytes().to_vec();
    fields.extend(frame.to_le_bytes());
    fields
}

#[test]
fn an_answer_to_a_ping_that_was_never_sent_is_dropped() {
    let _alone = alone();
    // Bare ggrs takes the whole time since 1970 for a round trip.
    let mut bare = Bare::after(60);
    let panic = panic_message(|| {
        bare.deliver(5, &0u128.to_le_bytes());
        bare.tick();
    });
    assert_eq!(panic.is_some(), cfg!(debug_assertions), "{panic:?}");

    let attack = |ours: &mut Ours| {
        let ping = 200;
        let blank = ours.blank();
        ours.attack(Forgery {
            ping: Some((1, 0)),
            pong: Some((ping, 0)),
            ..blank
        });
        ours.attack(Forgery {
            ping: Some((1, 0)),
            pong: Some((ping, 255)),
            ..blank
        });
    };
    assert_dropped(DropReason::Pong, 2, attack);
    let mut ours = Ours::new();
    without_guard(|| attack(&mut ours));
    let believed = ours.sessions[0].stats().network.rtt_avg;
    assert!(
        believed > Duration::from_millis(200),
        "believed without the guard: {believed:?}"
    );
}

#[test]
fn a_claimed_lead_changes_the_speed_by_three_percent_at_most() {
    let _alone = alone();
    let mut bare = Bare::after(60);
    let mut fields = i16::MAX.to_le_bytes().to_vec();
    fields.extend(0u128.to_le_bytes());
    for frame in 60..200 {
        bare.deliver(4, &fields);
        bare.deliver_input(&crate::bare::InputMessage::honest(frame, 1, frame - 1));
        bare.tick();
    }
    let longest = bare.events.iter().filter_map(|event| match event {
        GgrsEvent::WaitRecommendation { skip_frames } => Some(*skip_frames),
        _ => None,
    });
    assert!(
        longest.max().unwrap() > 1000,
        "bare ggrs would wait for a quarter of a minute"
    );

    // The oldest acknowledgement that can be meant claims the largest gap.
    let attack = |ours: &mut Ours| {
        for _ in 0..300 {
            let blank = ours.blank();
            ours.attack(Forgery {
                ack: blank.ack - 120,
                ..blank
            });
            let now = ours.now;
            let _ = ours.sessions[0].advance(now, 0);
        }
    };
    let lead_frames = |ours: &Ours| ours.sessions[0].stats().lead_quarter_frames / 4;
    let mut ours = Ours::new();
    attack(&mut ours);
    assert!(ours.sessions[0].pace().speed_ppm.abs() <= 30_000);
    assert!(lead_frames(&ours).abs() <= 30, "{}", lead_frames(&ours));
    ours.assert_unharmed();
    let mut ours = Ours::new();
    without_guard(|| attack(&mut ours));
    let believed = lead_frames(&ours);
    assert!(believed < -40, "believed without the guard: {believed} frames");
}

#[test]
fn checksums_of_frames_that_cannot_be_checked_are_dropped() {
    let _alone = alone();
    // Bare ggrs subtracts from the lowest frame there is.
    let mut bare = Bare::with(DesyncDetection::On { interval: 10 });
    bare.play(60);
    let panic = panic_message(|| {
        (0..40).for_each(|lead| bare.deliver(6, &checksum_fields(i32::MIN + lead)));
        bare.tick();
    });
    assert_eq!(panic.is_some(), cfg!(debug_assertions), "{panic:?}");

    // Not a multiple of the interval, far ahead, or before the match.
    let attack = |ours: &mut Ours| {
        let blank = ours.blank();
        for frame_low in (1..=u16::MAX).step_by(997) {
            ours.attack(Forgery {
                checksum: Some((frame_low, 1)),
                ..blank
            });
        }
    };
    assert_dropped(DropReason::Checksum, 66, attack);
}

#[test]
fn a_checksum_report_without_desync_detection_panics_bare_ggrs() {
    let _alone = alone();
    let mut bare = Bare::after(60);
    let panic = panic_message(|| {
        bare.deliver(6, &checksum_fields(50));
        bare.tick();
    });
    assert_eq!(panic.is_some(), cfg!(debug_assertions), "{panic:?}");
}

#[test]
fn crowds_of_checksums_are_not_kept() {
    let _alone = alone();
    let mut bare = Bare::with(DesyncDetection::On { interval: 10 });
    bare.play(60);
    let (bytes, ()) = bytes_allocated(|| {
        (0..20_000).for_each(|lead| bare.deliver(6, &checksum_fields(2_000_000_000 - lead)));
        bare.tick();
    });
    assert!(bytes > 1_000_000, "bare ggrs keeps them all: {bytes} B");
    // A session holds sixteen, of frames it is about to confirm, and room for honest ones stays.
    let attack = |ours: &mut Ours| {
        for lead in 0..2000u16 {
            let blank = ours.blank();
            let frame = (blank.start as u16 / 30 + lead % 400) * 30;
            ours.attack(Forgery {
                checksum: Some((frame, 1)),
                ..blank
            });
        }
    };
    let mut ours = Ours::new();
    attack(&mut ours);
    assert!(ours.dropped(DropReason::Checksum) > 1900);
    assert!(ours.bytes_per_packet_max < 4096, "{}", ours.bytes_per_packet_max);
}

/// Its word against ours: it cannot be judged, so it is reported, once.
#[test]
fn forged_checksums_are_one_desync() {
    let _alone = alone();
    let mut ours = Ours::new();
    for _ in 0..200 {
        let blank = ours.blank();
        let frame = ours.sessions[0].confirmed_frame() / 30 * 30 + 30;
        ours.attack(Forgery {
            checksum: Some((frame as u16, 0xbad)),
            ..blank
        });
        ours.play(1);
    }
    let reports = ours
        .events
        .iter()
        .filter(|event| matches!(event, SessionEvent::Desync(_)));
    assert_eq!(reports.count(), 1);
}
