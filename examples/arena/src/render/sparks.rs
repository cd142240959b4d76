//! Owns how events look: muzzle flashes, sparks, smoke, explosion rings, dust, shards and damage numbers.
//! Must not keep anything: every speck is a function of its event and its age.

use super::palette::{GOLD, INK, effect_of, glow, mix, noise};
use super::spray::{Spray, puff};
use super::{Canvas, HEIGHT, View, WIDTH, font, place};
use crate::effects::Happening;
use pvp_sim::{Angle, Archetype, Effect, Event, MatchState, PlayerId, Vec2};

/// Frames in which hits on one player count as one number.
const NUMBER_WINDOW: u32 = 14;

/// Draws everything that is visible in the newest frame; fighters may stand still meanwhile.
pub(super) fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, now: u32) {
    for (shown, age) in view.hud.effects.visible(now) {
        one(view, canvas, shown, age as i32, now);
    }
    numbers(view, canvas, now);
}

fn one<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, shown: &Happening, age: i32, now: u32) {
    let seed = shown.seed();
    match shown.event {
        Event::Jumped { position, .. } => dust(canvas, place(position), seed, age, 5),
        Event::Landed { position, .. } => dust(canvas, place(position), seed, age, 7),
        Event::Bounced { position } => {
            let spray = Spray::new(place(position), seed, 5, 10)
                .speed(90, 160)
                .colors(glow(Effect::None));
            spray.draw(canvas, age);
        }
        Event::Fizzled { position, archetype } => {
            let colors = glow(base_effect(archetype));
            let at = place(position);
            Spray::new(at, seed, 9, 16)
                .speed(60, 200)
                .colors(colors)
                .draw(canvas, age);
            puff(canvas, (at.0, at.1 - age / 3), 2 + age / 5, 12 - age);
        }
        Event::Shot {
            player,
            position,
            archetype,
        } => shot(view, canvas, shown, (player, position, archetype), age, now),
        Event::Exploded { position, radius } => explosion(canvas, place(position), i32::from(radius), seed, age),
        Event::Hit {
            by,
            player,
            position,
            damage,
            effect,
        } => hit(view, canvas, (by, player, place(position), damage, effect), seed, age),
        Event::Died { player, position } => death(view, canvas, player, place(position), seed, age),
        Event::Forged { player, .. } => forged(view, canvas, player, seed, age),
        Event::ModStarted { .. } => wave(canvas, seed, age),
        Event::SuddenDeath if !view.hud.effects.is_calm() => veil(canvas, 0x00c0_1020, 90 - 3 * age),
        _ => {}
    }
}

fn base_effect(archetype: u8) -> Effect {
    Archetype::from_u8(archetype).map_or(Effect::None, |archetype| effect_of(archetype.base_spec().effect))
}

fn dust(canvas: &mut Canvas, (x, y): (i32, i32), seed: u32, age: i32, reach: i32) {
    let feet = y + 4;
    for speck in 0..8u32 {
        let odd = noise(seed, speck);
        let side = if speck % 2 == 0 { 1 } else { -1 };
        let out = 2 + (reach + (odd % 5) as i32) * age / (age + 6);
        let rise = (odd >> 8) as i32 % 3 * age / 10;
        if age < 9 + (odd >> 16) as i32 % 6 {
            let size = if age < 6 { 2 } else { 1 };
            canvas.rect(
                x + side * out,
                feet - rise,
                size,
                size,
                mix(0x00b8_aac8, 0x005a_5070, (age * 16) as u32),
            );
        }
    }
}

/// Who shot, from where, with what.
type Shooting = (PlayerId, Vec2, u8);

fn shot<S: MatchState>(
    view: &View<'_, S>,
    canvas: &mut Canvas,
    shown: &Happening,
    (id, position, number): Shooting,
    age: i32,
    now: u32,
) {
    use Archetype as A;
    let archetype = Archetype::from_u8(number).unwrap_or(A::Pistol);
    let Some(shooter) = view.state.players().get(id.index()) else {
        return;
    };
    let colors = shot_colors(view, id, number);
    let (sin, cos) = Angle::from_byte(shooter.aim as u8).sin_cos();
    let (x, y) = place(position);
    let ahead = |reach: i32| (x + ((cos.to_bits() * reach) >> 16), y - ((sin.to_bits() * reach) >> 16));
    let aim = shooter.aim as u8;
    match archetype {
        A::Sniper | A::Laser => ray(view, canvas, shown, (id, ahead(10), number), colors, age, now),
        _ => {}
    }
    match archetype {
        A::Sword | A::Dagger | A::Axe | A::Hammer | A::Spear | A::Whip | A::Javelin | A::Boomerang | A::Shuriken => {
            Spray::new(ahead(8), shown.seed(), 5, 8)
                .speed(60, 140)
                .cone(aim, 24)
                .colors(colors)
                .draw(canvas, age);
        }
        A::Staff | A::Wand | A::Orb | A::Tome => {
            if age < 8 {
                canvas.ring(
                    ahead(9).0,
                    ahead(9).1,
                    2 + age,
                    1,
                    colors[(age / 3).clamp(0, 2) as usize],
                );
            }
            Spray::new(ahead(9), shown.seed(), 8, 16)
                .gravity(-2)
                .colors(colors)
                .draw(canvas, age);
        }
        A::Bow | A::Slingshot => Spray::new(ahead(7), shown.seed(), 3, 7).cone(aim, 20).draw(canvas, age),
        A::Grenade | A::Bomb | A::Mine => dust(canvas, (x, y), shown.seed(), age, 3),
        _ => flash(canvas, ahead(11), (aim, colors), shown.seed(), age),
    }
    if matches!(archetype, A::Pistol | A::Rifle | A::Shotgun | A::Smg | A::Sniper) {
        let back = if cos.is_negative() { 32 } else { 96 };
        let brass = [0x00ff_e090, 0x00d8_a048, 0x008a_5c30];
        Spray::new((x, y - 2), shown.seed(), 1, 34)
            .speed(70, 90)
            .cone(back, 8)
            .gravity(9)
            .colors(brass)
            .draw(canvas, age);
    }
}

/// The colors of the weapon in hand, if it is still the one that shot.
fn shot_colors<S: MatchState>(view: &View<'_, S>, id: PlayerId, number: u8) -> [u32; 3] {
    let spec = view.state.held_weapon(id);
    glow(if spec.archetype == number {
        effect_of(spec.effect)
    } else {
        base_effect(number)
    })
}

/// A star at the muzzle for four frames, then smoke.
fn flash(canvas: &mut Canvas, (x, y): (i32, i32), (aim, colors): (u8, [u32; 3]), seed: u32, age: i32) {
    if age < 4 {
        let long = 6 - age;
        canvas.halo(x, y, 14 - 2 * age, mix(0, colors[1], 150));
        canvas.rect(x - long, y, 2 * long + 1, 1, colors[1]);
        canvas.rect(x, y - long + 1, 1, 2 * long - 1, colors[1]);
        canvas.disc(x, y, 3 - age / 2, colors[0]);
    }
    Spray::new((x, y), seed, 6, 9)
        .speed(120, 260)
        .cone(aim, 18)
        .gravity(2)
        .colors(colors)
        .draw(canvas, age);
    let (sin, cos) = Angle::from_byte(aim).sin_cos();
    let drift = age / 3 + 2;
    let smoke = (
        x + ((cos.to_bits() * drift) >> 16),
        y - ((sin.to_bits() * drift) >> 16) - age / 4,
    );
    puff(canvas, smoke, 1 + age / 8, 9 - age / 3);
}

/// The way of a shot that arrives at once: from the muzzle to what it met in the same frame.
fn ray<S: MatchState>(
    view: &View<'_, S>,
    canvas: &mut Canvas,
    shown: &Happening,
    (id, from, number): (PlayerId, (i32, i32), u8),
    colors: [u32; 3],
    age: i32,
    now: u32,
) {
    let met = |other: &Happening| match other.event {
        Event::Hit { by, position, .. } if by == id => Some(position),
        Event::Fizzled { position, archetype } if archetype == number => Some(position),
        _ => None,
    };
    let ends = view
        .hud
        .effects
        .visible(now)
        .filter(|(other, _)| other.frame == shown.frame);
    let far = |to: &(i32, i32)| (to.0 - from.0).pow(2) + (to.1 - from.1).pow(2);
    let end = ends.filter_map(|(other, _)| met(other)).map(place).max_by_key(far);
    let Some(to) = end.filter(|_| age < 10) else {
        return;
    };
    let thick = 2 - age / 4;
    for aside in -thick..=thick {
        let color = if aside == 0 {
            colors[(age / 4).clamp(0, 2) as usize]
        } else {
            colors[2]
        };
        canvas.line((from.0, from.1 + aside), (to.0, to.1 + aside), color);
    }
}

fn explosion(canvas: &mut Canvas, at: (i32, i32), quarter_units: i32, seed: u32, age: i32) {
    let full = (quarter_units * 15 / 8).max(6);
    let [_, orange, _] = glow(Effect::Area);
    if age < 14 {
        canvas.halo(at.0, at.1, full + 14, mix(0, orange, (150 - age * 10) as u32));
    }
    match age {
        0..=1 => canvas.disc(at.0, at.1, full * 3 / 4, 0x00ff_ffff),
        2..=9 => {
            let radius = full * (9 + age) / 18;
            canvas.disc(at.0, at.1, radius, 0x00d8_5020);
            canvas.disc(at.0, at.1, radius - age / 2, orange);
            canvas.disc(at.0, at.1 - age / 3, radius - 2 - age, 0x00ff_f4c0);
            for hole in 0..6 * (age - 3).max(0) as u32 {
                let odd = noise(seed, hole + 50);
                let side = (full * 2).max(1) as u32;
                let (dx, dy) = ((odd % side) as i32 - full, ((odd >> 12) % side) as i32 - full);
                puff(
                    canvas,
                    (at.0 + dx * 3 / 4, at.1 + dy * 3 / 4),
                    2 + (odd >> 28) as i32 % 3,
                    12,
                );
            }
        }
        _ => {}
    }
    if age < 18 {
        let radius = full * age.min(10) / 8 + age / 2;
        canvas.ring(
            at.0,
            at.1,
            radius,
            (3 - age / 6).max(1),
            mix(0x00ff_ffff, orange, (age * 14) as u32),
        );
    }
    if age > 5 {
        for ball in 0..9u32 {
            let odd = noise(seed, ball + 9);
            let (sin, cos) = Angle::from_byte(odd as u8).sin_cos();
            let out = full * (6 + (odd >> 9) as i32 % 6) / 14;
            let x = at.0 + ((cos.to_bits() * out) >> 16);
            let y = at.1 - ((sin.to_bits() * out) >> 16) - age / 2;
            puff(canvas, (x, y), 3 + age / 14 + (odd >> 20) as i32 % 3, 15 - age / 3);
        }
    }
    let embers = Spray::new(at, seed, 22, 40).speed(100, 320).gravity(7);
    embers.size(2).colors(glow(Effect::Fire)).draw(canvas, age);
}

/// By whom, at whom, where, how hard, with which effect.
type Blow = (PlayerId, PlayerId, (i32, i32), i32, u8);

fn hit<S: MatchState>(
    view: &View<'_, S>,
    canvas: &mut Canvas,
    (by, victim, at, damage, effect): Blow,
    seed: u32,
    age: i32,
) {
    let colors = glow(effect_of(effect));
    let players = view.state.players();
    let (from, to) = (players.get(by.index()), players.get(victim.index()));
    let is_leftwards = matches!((from, to), (Some(from), Some(to)) if from.position.x > to.position.x);
    let towards = if is_leftwards { 120 } else { 8 };
    if age < 5 {
        let long = 9 - age * 2 + damage.min(40) / 8;
        canvas.halo(at.0, at.1, 10 + long / 2, mix(0, colors[1], 140));
        for (dx, dy) in [(1, 1), (1, -1), (2, 0), (0, 1)] {
            let by = |way: i32, sign: i32| way * long * sign / 3;
            canvas.line(
                (at.0 - by(dx, 1), at.1 - by(dy, 1)),
                (at.0 + by(dx, 1), at.1 + by(dy, 1)),
                colors[0],
            );
        }
        canvas.disc(at.0, at.1, 3 - age / 2, 0x00ff_ffff);
    }
    let count = 6 + damage.clamp(0, 40) as u32 / 2;
    let sparks = Spray::new(at, seed, count, 22).speed(80, 280).cone(towards, 40);
    sparks.colors(colors).size(2).draw(canvas, age);
    let home = from.map(|player| place(player.position));
    aftermath(canvas, effect_of(effect), (at, home), seed, age);
}

/// What an effect leaves at the place of a hit.
fn aftermath(canvas: &mut Canvas, effect: Effect, (at, home): ((i32, i32), Option<(i32, i32)>), seed: u32, age: i32) {
    let colors = glow(effect);
    match effect {
        Effect::Fire => Spray::new(at, seed ^ 5, 10, 26)
            .gravity(-5)
            .size(2)
            .colors(colors)
            .draw(canvas, age),
        Effect::Ice => Spray::new(at, seed ^ 5, 9, 30)
            .speed(30, 110)
            .gravity(8)
            .size(2)
            .colors(colors)
            .draw(canvas, age),
        Effect::Poison => {
            for bubble in 0..6u32.saturating_sub(age as u32 / 5) {
                let odd = noise(seed, bubble);
                let (dx, rise) = ((odd % 15) as i32 - 7, age / 2 + (odd >> 8) as i32 % 8);
                canvas.ring(at.0 + dx, at.1 - rise, 1 + (odd >> 16) as i32 % 2, 1, colors[1]);
            }
        }
        Effect::Electric if age < 14 => {
            for bolt in 0..4u32 {
                let odd = noise(seed + age as u32 / 2, bolt);
                let middle = (at.0 + (odd % 17) as i32 - 8, at.1 + (odd >> 8) as i32 % 17 - 8);
                let end = (
                    middle.0 + (odd >> 16) as i32 % 13 - 6,
                    middle.1 + (odd >> 22) as i32 % 13 - 6,
                );
                canvas.line(at, middle, colors[1]);
                canvas.line(middle, end, colors[2]);
            }
        }
        Effect::Leech => leech(canvas, at, home, (seed, age), colors),
        _ => {}
    }
}

/// Drops that fly home to the shooter.
fn leech(canvas: &mut Canvas, at: (i32, i32), home: Option<(i32, i32)>, (seed, age): (u32, i32), colors: [u32; 3]) {
    let Some(home) = home else { return };
    for drop in 0..7 {
        let way = age * 8 - drop * 12;
        if (0..256).contains(&way) {
            let bow = (noise(seed, drop as u32) % 41) as i32 - 20;
            let arch = bow * way * (256 - way) / (128 * 128);
            let (x, y) = (
                at.0 + (home.0 - at.0) * way / 256,
                at.1 + (home.1 - at.1) * way / 256 + arch,
            );
            canvas.rect(x - 1, y - 1, 3, 3, INK);
            canvas.rect(x - 1, y - 1, 2, 2, colors[1]);
        }
    }
}

fn death<S: MatchState>(
    view: &View<'_, S>,
    canvas: &mut Canvas,
    player: PlayerId,
    at: (i32, i32),
    seed: u32,
    age: i32,
) {
    let team = view.hud.palette.team(player.index());
    if age < 6 && !view.hud.effects.is_calm() {
        veil(canvas, 0x00ff_f0d8, 56 - age * 10);
    }
    if age < 26 {
        canvas.ring(
            at.0,
            at.1,
            age * 3,
            (4 - age / 7).max(1),
            mix(0x00ff_ffff, team.dark, (age * 9) as u32),
        );
    }
    let shards = Spray::new(at, seed, 34, 66).speed(60, 340).gravity(7).size(2);
    shards.colors([team.light, team.middle, team.dark]).draw(canvas, age);
    let bits = Spray::new(at, seed ^ 77, 16, 40).speed(90, 380).gravity(4);
    bits.colors([0x00ff_ffff, GOLD, 0x00c0_6030]).draw(canvas, age);
}

/// A column of light around whoever holds a new weapon.
fn forged<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, player: PlayerId, seed: u32, age: i32) {
    let Some(holder) = view.state.players().get(player.index()) else {
        return;
    };
    let (x, y) = place(holder.position);
    let half = (10 - (age - 8).abs() / 3).max(0);
    if age < 34 {
        for dx in -half..=half {
            let share = (half - dx.abs()) * 14 * (34 - age) / 34;
            for row in (y - 52 + age / 2).max(0)..y + 6 {
                canvas.tint(
                    x + dx,
                    row,
                    0x00ff_e8a0,
                    (share * (row - y + 60).max(0) / 66).clamp(0, 200) as u32,
                );
            }
        }
    }
    let stars = Spray::new((x, y), seed, 18, 44).speed(60, 190).cone(64, 34).gravity(-1);
    stars.size(2).colors([0x00ff_ffff, GOLD, 0x00d8_7830]).draw(canvas, age);
    if age < 20 {
        canvas.ring(x, y, 4 + age, 1, mix(0x00ff_ffff, GOLD, (age * 12) as u32));
    }
}

/// A ripple over the whole arena: the physics changed.
fn wave(canvas: &mut Canvas, seed: u32, age: i32) {
    let x = age * WIDTH / 34;
    for back in 0..26 {
        let column = x - back;
        for y in 0..HEIGHT {
            if noise(seed.wrapping_add(y as u32 / 2), column as u32 / 2) % 26 > back as u32 + 8 {
                canvas.tint(column, y, 0x0098_a0ff, 70);
            }
        }
    }
}

fn veil(canvas: &mut Canvas, color: u32, share: i32) {
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            canvas.tint(x, y, color, share.clamp(0, 256) as u32);
        }
    }
}

/// Damage, one number for the pellets of one volley.
fn numbers<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, now: u32) {
    let hits = || {
        view.hud
            .effects
            .visible(now)
            .filter_map(|(shown, age)| match shown.event {
                Event::Hit {
                    by,
                    player,
                    damage,
                    position,
                    effect,
                } => Some((shown.frame, (by, player), damage, position, effect, age)),
                _ => None,
            })
    };
    // The first hit of a volley carries the number; later ones of the window add to it.
    let mut first: [Option<(u32, (PlayerId, PlayerId))>; 16] = [None; 16];
    for (frame, pair, _, position, effect, age) in hits() {
        let is_later = first
            .iter()
            .flatten()
            .any(|(begun, known)| *known == pair && (*begun..begun + NUMBER_WINDOW).contains(&frame));
        if is_later {
            continue;
        }
        let Some(free) = first.iter_mut().find(|place| place.is_none()) else {
            return;
        };
        *free = Some((frame, pair));
        let within = hits().filter(|other| other.1 == pair && (frame..frame + NUMBER_WINDOW).contains(&other.0));
        let damage: i32 = within.map(|other| other.2).sum();
        let (x, y) = place(position);
        let age = age as i32;
        let rise = 14 + age * 30 / (age + 18);
        let colors = glow(effect_of(effect));
        let color = if age < 5 {
            0x00ff_ffff
        } else {
            colors[usize::from(age > 38)]
        };
        let text = damage.to_string();
        let size = if damage >= 30 { 2 } else { 1 };
        let drift = (pair.1.0 as i32 * 2 - 1) * age / 8;
        font::middle(canvas, (x + drift, y - rise), &text, color, size);
    }
}
