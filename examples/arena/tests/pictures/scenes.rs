//! Owns the scenes of the golden pictures.
//! Must not assert: the list of hashes does.

use crate::stage::Stage;
use arena::render::{Canvas, Palette};
use pvp_sim::{Archetype, Effect};

/// A name and how the picture comes about.
type Scene = (&'static str, fn() -> Canvas);

/// Every scene with a committed hash.
pub(crate) const ALL: &[Scene] = &[
    ("stand", stand),
    ("poses", poses),
    ("air", air),
    ("ailments", ailments),
    ("win", win),
    ("shots", shots),
    ("color_blind", color_blind),
];

fn stand() -> Canvas {
    let mut stage = Stage::new();
    stage.player(1, "aim", 128);
    stage.picture()
}

fn poses() -> Canvas {
    let mut stage = Stage::new();
    stage.arm(0, Archetype::Sword, Effect::Fire, "flaming sword");
    stage.arm(1, Archetype::Shotgun, Effect::Ice, "frozen shotgun");
    stage.stand(0, (190, 15));
    stage.player(0, "velocity.x", 11_000);
    stage.player(1, "velocity.x", -11_000);
    stage.player(1, "aim", 120);
    stage.picture()
}

fn air() -> Canvas {
    let mut stage = Stage::new();
    stage.arm(0, Archetype::Bow, Effect::None, "oak bow");
    stage.arm(1, Archetype::RocketLauncher, Effect::Area, "big rocket");
    stage.fly(0, (190, 100), (15, 25));
    stage.fly(1, (280, 120), (-15, -25));
    stage.player(0, "aim", 20);
    stage.player(1, "aim", 150);
    stage.picture()
}

fn ailments() -> Canvas {
    let mut stage = Stage::new();
    stage.player(0, "burn_frames", 90);
    stage.player(0, "poison_frames", 90);
    stage.player(1, "slow_frames", 90);
    stage.player(1, "stun_frames", 20);
    stage.player(1, "aim", 128);
    stage.picture()
}

fn win() -> Canvas {
    let mut stage = Stage::new();
    stage.arm(0, Archetype::Axe, Effect::Leech, "thirsty axe");
    stage.set("world.phase", 2);
    stage.player(1, "health", 0);
    stage.player(1, "aim", 128);
    stage.player(0, "rounds_won", 2);
    stage.set("world.frame", 292);
    stage.picture()
}

fn shots() -> Canvas {
    use Archetype as A;
    let mut stage = Stage::new();
    let list = [
        (A::Sword, Effect::None),
        (A::Bow, Effect::Fire),
        (A::Shuriken, Effect::Ice),
        (A::Orb, Effect::Leech),
        (A::RocketLauncher, Effect::Area),
        (A::Flamethrower, Effect::Fire),
        (A::Staff, Effect::Electric),
    ];
    for (place, (archetype, effect)) in list.into_iter().enumerate() {
        stage.show(
            place,
            archetype,
            effect,
            (60 + 50 * place as i32, 170 - 12 * (place as i32 % 3)),
            (70, 10),
        );
        let at = (60 + 50 * place as i32, 220);
        stage.shoot(20 + place, at, (-40, -40), (1 + place) / 4, (1 + place) % 4);
    }
    stage.picture()
}

fn color_blind() -> Canvas {
    let mut stage = Stage::new();
    stage.hud.palette = Palette::ColorBlind;
    stage.player(1, "aim", 128);
    stage.picture()
}
