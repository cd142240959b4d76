//! Owns the two building blocks of effects: specks that fly apart, and balls of smoke.
//! Must not know events.

use super::Canvas;
use super::palette::{bayer, glow, noise};
use pvp_sim::{Angle, Effect};

/// Specks that fly apart from a point; lengths in 1/64 pixels per frame.
pub(super) struct Spray {
    at: (i32, i32),
    seed: u32,
    count: u32,
    life: i32,
    slow: i32,
    fast: i32,
    /// Direction and half width of the cone, in 1/256 turns.
    cone: (u8, u32),
    gravity: i32,
    colors: [u32; 3],
    size: i32,
}

impl Spray {
    pub(super) fn new(at: (i32, i32), seed: u32, count: u32, life: i32) -> Spray {
        Spray {
            at,
            seed,
            count,
            life,
            slow: 40,
            fast: 120,
            cone: (64, 128),
            gravity: 5,
            colors: glow(Effect::None),
            size: 1,
        }
    }

    pub(super) fn speed(self, slow: i32, fast: i32) -> Spray {
        Spray { slow, fast, ..self }
    }

    pub(super) fn colors(self, colors: [u32; 3]) -> Spray {
        Spray { colors, ..self }
    }

    pub(super) fn cone(self, towards: u8, half_width: u32) -> Spray {
        Spray {
            cone: (towards, half_width),
            ..self
        }
    }

    pub(super) fn gravity(self, gravity: i32) -> Spray {
        Spray { gravity, ..self }
    }

    pub(super) fn size(self, size: i32) -> Spray {
        Spray { size, ..self }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, age: i32) {
        for speck in 0..self.count {
            let odd = noise(self.seed, speck);
            let life = self.life * (60 + (odd >> 24) as i32 % 40) / 100;
            if age >= life {
                continue;
            }
            let wide = (odd % (2 * self.cone.1)) as u8;
            let angle = Angle::from_byte(self.cone.0.wrapping_add(wide).wrapping_sub(self.cone.1 as u8));
            let speed = self.slow + (odd >> 9) as i32 % (self.fast - self.slow).max(1);
            let now = self.at_age(angle, speed, age);
            let before = self.at_age(angle, speed, (age - 1).max(0));
            let color = self.colors[(age * 3 / life.max(1)).clamp(0, 2) as usize];
            if self.size > 1 && age * 2 < life {
                canvas.rect(
                    now.0 - self.size / 2,
                    now.1 - self.size / 2,
                    self.size,
                    self.size,
                    color,
                );
            } else {
                canvas.line(before, now, color);
            }
        }
    }

    /// Where a speck is: air slows it down, gravity pulls it.
    fn at_age(&self, angle: Angle, speed: i32, age: i32) -> (i32, i32) {
        let (sin, cos) = angle.sin_cos();
        let way = speed * age * 40 / (40 + age);
        let along = |part: i32| ((i64::from(part) * i64::from(way)) >> 16) as i32;
        let fall = self.gravity * age * age / 2;
        (
            self.at.0 + along(cos.to_bits()) / 64,
            self.at.1 + (fall - along(sin.to_bits())) / 64,
        )
    }
}

/// A ball of smoke, more holes the smaller `share` (of 16).
pub(super) fn puff(canvas: &mut Canvas, (x, y): (i32, i32), radius: i32, share: i32) {
    for dy in -radius..=radius {
        for dx in -radius..=radius {
            let is_in = dx * dx + dy * dy <= radius * radius;
            if is_in && (bayer(x + dx, y + dy) as i32) < share {
                let color = if dy < 0 { 0x0078_7088 } else { 0x004e_485e };
                canvas.tint(x + dx, y + dy, color, 170);
            }
        }
    }
}
