//! Owns a trace of the numbers themselves: every operation on many operands, every angle.
//!
//! It needs no state: when a target fails here, the fault is in the arithmetic and not in the simulation.

use super::TRACE_INTERVAL_FRAMES;
use super::trace::Watch;
use crate::math::{Angle, Fx, Vec2};
use crate::rng::{Rng, hash};

pub(super) fn run(watch: &mut dyn Watch) {
    let mut digest = Digest(0);
    let mut rng = Rng::new(1);
    for chunk in 0..64 {
        for step in 0..1024 {
            let turn = Angle::from_bits((chunk * 1024 + step) as u16);
            digest.numbers(&mut rng);
            digest.angles(turn, &mut rng);
            digest.draws(&mut rng);
        }
        watch.line(chunk * TRACE_INTERVAL_FRAMES, digest.0);
    }
}

struct Digest(u64);

impl Digest {
    fn add(&mut self, value: i64) {
        self.0 = hash(self.0, value as u32, (value >> 32) as u32, 0);
    }

    fn add_fx(&mut self, value: Fx) {
        self.add(value.to_bits().into());
    }

    fn add_vec2(&mut self, value: Vec2) {
        self.add_fx(value.x);
        self.add_fx(value.y);
    }

    fn numbers(&mut self, rng: &mut Rng) {
        let (a, b, t) = (any(rng), any(rng), any(rng));
        for value in [
            a + b,
            a - b,
            a * b,
            a / b,
            -a,
            a.wrapping_mul(b),
            a.lerp(b, t),
            a.sqrt(),
            a.recip(),
        ] {
            self.add_fx(value);
        }
        for value in [
            a.floor(),
            a.ceil(),
            a.round(),
            a.trunc(),
            a * 7,
            a / 7,
            a.mul_ratio(7, 3),
            a.move_towards(b, t),
        ] {
            self.add_fx(value);
        }
        self.add(a.wide_mul(b).to_bits());
    }

    fn angles(&mut self, turn: Angle, rng: &mut Rng) {
        let (v, w) = (Vec2::new(any(rng), any(rng)), Vec2::new(any(rng), any(rng)));
        for value in [
            Vec2::from_angle(turn),
            v.rotate(turn),
            v.normalize_or_zero(),
            v.clamp_length_max(w.x),
            v + w * v.x,
        ] {
            self.add_vec2(value);
        }
        self.add(v.dot(w).to_bits());
        self.add(v.perp_dot(w).to_bits());
        self.add_fx(v.distance(w));
        self.add(v.to_angle().rotate_towards(turn, 99).to_bits().into());
    }

    fn draws(&mut self, rng: &mut Rng) {
        let bound = rng.next_u32() >> (rng.next_u32() & 31);
        self.add(rng.below(bound).into());
        self.add(rng.range(-9, 9).into());
        self.add_fx(rng.unit());
    }
}

/// A number of any magnitude: as many small ones as large ones.
fn any(rng: &mut Rng) -> Fx {
    let bits = rng.next_u32() as i32;
    Fx::from_bits(bits >> (rng.next_u32() & 31))
}
