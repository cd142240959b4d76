//! Owns the scenes of the golden pictures.
//! Must not assert: the list of hashes does.

use crate::stage::{Stage, at};
use arena::render::{Canvas, Card, Palette, Prompt, Typing};
use pvp_sim::{Archetype, Effect, Event, ModKind, PlayerId};

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
    ("muzzles", muzzles),
    ("explosions", explosions),
    ("hits", hits),
    ("death", death),
    ("forged", forged),
    ("forging", forging),
    ("physics", physics),
    ("card", card),
    ("prompt", prompt),
    ("countdown", countdown),
    ("sudden_death", sudden_death),
    ("finished", finished),
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
        stage.launch(
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

/// A rifle's flash, a sniper's ray that ends in a hit, dust of a landing.
fn muzzles() -> Canvas {
    let mut stage = Stage::new();
    stage.arm(0, Archetype::Rifle, Effect::None, "long rifle");
    stage.arm(1, Archetype::Sniper, Effect::Electric, "storm needle");
    stage.stand(1, (300, 75));
    stage.player(1, "aim", 142);
    stage.player(0, "cooldown_frames", 78);
    let shot = |player: u8, position, archetype: Archetype| Event::Shot {
        player: PlayerId(player),
        position,
        archetype: archetype as u8,
    };
    stage.show(1, 0, shot(0, at(170, 22), Archetype::Rifle));
    stage.show(3, 1, shot(1, at(300, 82), Archetype::Sniper));
    stage.show(3, 2, hit(1, 0, (174, 22), 44, Effect::Electric));
    stage.show(
        6,
        0,
        Event::Landed {
            player: PlayerId(1),
            position: at(300, 81),
        },
    );
    stage.show(12, 0, shot(0, at(170, 22), Archetype::Rifle));
    stage.picture()
}

fn hit(by: u8, player: u8, (x, y): (i32, i32), damage: i32, effect: Effect) -> Event {
    Event::Hit {
        by: PlayerId(by),
        player: PlayerId(player),
        position: at(x, y),
        damage,
        effect: effect as u8,
    }
}

fn explosions() -> Canvas {
    let mut stage = Stage::new();
    for (number, age) in (0..).zip([0, 3, 7, 12, 20, 30]) {
        let (x, y) = (50 + 76 * number, 120 + 40 * (number % 2));
        let position = at(x, y);
        stage.show(age, number as u32, Event::Exploded { position, radius: 12 });
    }
    stage.hud.effects.set_calm(true);
    stage.picture()
}

fn hits() -> Canvas {
    let mut stage = Stage::new();
    for (number, effect) in (0..).zip(Effect::ALL) {
        let place = (60 + 50 * number, 150 - 30 * (number % 2));
        stage.show(6, number as u32, hit(number as u8, 1, place, 6 + 6 * number, effect));
    }
    stage.picture()
}

fn death() -> Canvas {
    let mut stage = Stage::new();
    stage.arm(0, Archetype::Cannon, Effect::Area, "boom pipe");
    stage.player(1, "health", 0);
    let died = Event::Died {
        player: PlayerId(1),
        position: at(310, 21),
    };
    stage.show(9, 0, died);
    stage.show(9, 1, hit(0, 1, (310, 21), 52, Effect::Area));
    stage.picture()
}

fn forged() -> Canvas {
    let mut stage = Stage::new();
    stage.arm(0, Archetype::Hammer, Effect::Ice, "glacier breaker");
    let forged = Event::Forged {
        player: PlayerId(0),
        request_seq: 1,
        fallback: false,
    };
    stage.show(12, 0, forged);
    let started = Event::ModStarted {
        kind: ModKind::Gravity,
        factor: 64,
        frames: 600,
    };
    stage.show(20, 1, started);
    stage.picture()
}

fn forging() -> Canvas {
    let mut stage = Stage::new();
    stage.player(0, "request_frame", 200);
    stage.player(0, "forge_cooldown_frames", 320);
    stage.player(1, "request_frame", 80);
    stage.player(1, "cooldown_frames", 30);
    stage.player(0, "health", 62);
    stage.player(1, "health", 20);
    stage.show(10, 0, hit(1, 0, (170, 22), 18, Effect::None));
    stage.hud.message = "forging: a very angry lightning spear".to_owned();
    stage.picture()
}

fn physics() -> Canvas {
    let mut stage = Stage::new();
    for (place, (kind, factor, end)) in [(0, 64, 700), (4, 512, 400), (1, 20, 900)].into_iter().enumerate() {
        stage.set(&format!("world.modifiers[{place}].kind"), kind);
        stage.set(&format!("world.modifiers[{place}].factor"), factor);
        stage.set(&format!("world.modifiers[{place}].end_frame"), end);
    }
    stage.picture()
}

fn card() -> Canvas {
    let mut stage = Stage::new();
    stage.arm(0, Archetype::Staff, Effect::Electric, "staff of the last storm");
    stage.arm(1, Archetype::Mine, Effect::Area, "bear trap of doom");
    for player in 0..2 {
        stage.hud.cards[player] = stage.hud.weapons[player].as_ref().map(|(name, _)| Card {
            name: name.clone(),
            origin: ["template", "spare weapon"][player].to_owned(),
            score: [Some(54), None][player],
            since_frame: 240,
        });
    }
    stage.player(1, "aim", 128);
    stage.picture()
}

fn prompt() -> Canvas {
    let mut stage = Stage::new();
    stage.hud.prompt = Prompt::Typing(Typing {
        text: "a boomerang made of frozen lightning, ÿ".to_owned(),
        caret: 12,
        limit: 80,
    });
    stage.picture()
}

fn countdown() -> Canvas {
    let mut stage = Stage::new();
    stage.set("world.phase", 0);
    stage.set("world.phase_frames", 20);
    stage.set("world.round", 2);
    stage.player(0, "rounds_won", 1);
    stage.picture()
}

fn sudden_death() -> Canvas {
    let mut stage = Stage::new();
    stage.set("world.phase_frames", 0);
    stage.player(0, "health", 12);
    stage.player(1, "health", 9);
    stage.show(4, 0, Event::SuddenDeath);
    stage.picture()
}

fn finished() -> Canvas {
    let mut stage = Stage::new();
    stage.arm(1, Archetype::Tome, Effect::Poison, "book of swamps");
    stage.set("world.phase", 3);
    stage.set("world.winner", 2);
    stage.player(0, "health", 0);
    stage.player(1, "rounds_won", 3);
    stage.player(0, "rounds_won", 2);
    stage.picture()
}
