//! Owns how the arena's solids look: brick, iron edges, ramps, grates, lifts and their rails.
//! Must not look at players: the arena is the same for everybody.

use super::palette::{INK, noise};
use super::{Canvas, View, place};
use pvp_sim::{Fx, MatchState, Solid, SolidKind, Vec2};

const BRICK: [u32; 3] = [0x0043_3a5c, 0x003c_3454, 0x0049_4064];
const MORTAR: u32 = 0x002a_233f;
const DEEP: u32 = 0x0022_1c34;
const EDGE: u32 = 0x009c_90ba;
const EDGE_MIDDLE: u32 = 0x006c_6088;
const IRON: [u32; 3] = [0x00d0_a468, 0x0092_6640, 0x0056_3a30];
const STEEL: [u32; 3] = [0x00b8_d8d8, 0x0068_8894, 0x003a_4c5c];
const LAMP: u32 = 0x0070_f0d0;

pub(super) fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    let frame = view.state.frame().0;
    for solid in view.def.arena.solids() {
        rail(canvas, solid);
    }
    for solid in view.def.arena.solids() {
        let (min, max) = solid.corners(frame);
        let ((left, bottom), (right, top)) = (place(min), place(max));
        let area = Area {
            left,
            top,
            right,
            bottom,
        };
        match solid.kind {
            SolidKind::Block => block(canvas, &area),
            SolidKind::SlopeUp | SolidKind::SlopeDown => slope(canvas, solid, &area),
            SolidKind::OneWay => grate(canvas, &area),
            SolidKind::Moving { .. } => lift(canvas, &area, frame),
        }
    }
}

/// A rectangle of the canvas, right and bottom excluded.
struct Area {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

/// The brick at a place of the canvas: rows of bricks 16 by 8, every other row shifted.
fn brick(x: i32, y: i32) -> u32 {
    let row = y.div_euclid(8);
    let along = x + row.rem_euclid(2) * 8;
    if y.rem_euclid(8) == 7 || along.rem_euclid(16) == 15 {
        return MORTAR;
    }
    let odd = noise(along.div_euclid(16) as u32, row as u32);
    let color = BRICK[(odd % 3) as usize];
    let (inner_x, inner_y) = (along.rem_euclid(16), y.rem_euclid(8));
    match odd >> 8 & 15 {
        0 if inner_x == inner_y + 3 || inner_x == inner_y + 4 && inner_y > 3 => MORTAR,
        1 if inner_x > 10 && inner_y < 2 => MORTAR,
        _ if inner_y == 0 => color + 0x000a_0a0c,
        _ => color,
    }
}

fn block(canvas: &mut Canvas, area: &Area) {
    for y in area.top..area.bottom {
        for x in area.left..area.right {
            let depth = (y - area.top)
                .min(area.bottom - 1 - y)
                .min(x - area.left)
                .min(area.right - 1 - x);
            canvas.put(x, y, if depth > 40 { DEEP } else { brick(x, y) });
        }
    }
    canvas.rect(area.left, area.bottom - 1, area.right - area.left, 1, INK);
    for y in area.top..area.bottom {
        canvas.put(area.left, y, EDGE_MIDDLE);
        canvas.put(area.right - 1, y, MORTAR);
    }
    cap(canvas, area, |_| area.top);
}

/// The iron edge that players stand on, with a rivet every 12 pixels.
fn cap(canvas: &mut Canvas, area: &Area, surface: impl Fn(i32) -> i32) {
    for x in area.left..area.right {
        let y = surface(x);
        let rivet = if x.rem_euclid(12) == 6 { EDGE } else { EDGE_MIDDLE };
        for (y, color) in (y..area.bottom).zip([EDGE, EDGE_MIDDLE, rivet, INK]) {
            canvas.put(x, y, color);
        }
    }
}

fn slope(canvas: &mut Canvas, solid: &Solid, area: &Area) {
    let width = (area.right - area.left).max(1);
    let surface = |x: i32| {
        let along = Fx::from_ratio((x - area.left) * 2 + 1, width * 2);
        let height = solid.surface(solid.min.x.lerp(solid.max.x, along));
        place(Vec2::new(solid.min.x, height)).1
    };
    for x in area.left..area.right {
        for y in surface(x)..area.bottom {
            canvas.put(x, y, brick(x, y));
        }
    }
    cap(canvas, area, surface);
}

/// A thin iron walk: one sees at once that it is open from below.
fn grate(canvas: &mut Canvas, area: &Area) {
    let width = area.right - area.left;
    canvas.rect(area.left, area.top, width, 1, IRON[0]);
    canvas.rect(area.left, area.top + 1, width, 2, IRON[1]);
    canvas.rect(area.left, area.top + 3, width, 1, INK);
    for x in area.left..area.right {
        match (x - area.left).rem_euclid(6) {
            2 => canvas.put(x, area.top + 1, IRON[2]),
            3 => canvas.put(x, area.top + 2, IRON[2]),
            _ => {}
        }
    }
    for (x, step) in [(area.left + 1, 1), (area.right - 2, -1)] {
        for depth in 0..5 {
            canvas.put(x + step * depth, area.bottom + 2 - depth, IRON[2]);
            canvas.put(x + step * (depth + 1), area.bottom + 2 - depth, IRON[1]);
        }
        canvas.rect(x.min(x + step), area.top + 3, 2, 8, IRON[2]);
    }
    for x in [area.left, area.right - 2] {
        canvas.rect(x, area.top - 1, 2, 5, IRON[0]);
        canvas.rect(x, area.top + 3, 2, 1, IRON[2]);
    }
}

fn rail(canvas: &mut Canvas, solid: &Solid) {
    let SolidKind::Moving { reach, .. } = solid.kind else {
        return;
    };
    let middle = solid.min.midpoint(solid.max);
    let (from, to) = (place(middle - reach), place(middle + reach));
    canvas.line(from, to, 0x0034_3a50);
    canvas.line((from.0 + 1, from.1), (to.0 + 1, to.1), 0x001c_1c30);
    for (x, y) in [from, to] {
        canvas.disc(x, y, 3, 0x0034_3a50);
        canvas.disc(x, y, 1, 0x001c_1c30);
    }
}

/// A steel lift with warning stripes and two lamps that blink in turns.
fn lift(canvas: &mut Canvas, area: &Area, frame: u32) {
    let width = area.right - area.left;
    canvas.rect(area.left, area.top, width, 7, INK);
    canvas.rect(area.left, area.top, width, 1, STEEL[0]);
    canvas.rect(area.left, area.top + 1, width, 1, STEEL[1]);
    for x in area.left + 1..area.right - 1 {
        for y in 0..3 {
            let is_yellow = (x - area.left + y).rem_euclid(6) < 3;
            canvas.put(x, area.top + 2 + y, if is_yellow { 0x00e0_b840 } else { 0x0030_2838 });
        }
    }
    canvas.rect(area.left + 2, area.top + 5, width - 4, 1, STEEL[2]);
    let lit = (frame / 20 % 2) as i32;
    for (number, x) in (0..).zip([area.left, area.right - 2]) {
        let color = if number == lit { LAMP } else { 0x0028_5a54 };
        canvas.rect(x, area.top + 2, 2, 2, color);
    }
}
