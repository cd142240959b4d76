//! Owns the claims about templates: the labelled prompts of `corpus/templates.txt`, and that words are felt.
//! Must not know the vocabulary: only prompts and what they should become.
#![allow(clippy::print_stdout, reason = "tests print their figures")]

use std::collections::BTreeSet;

use pvp_sim::WeaponSpec;
use weapon_gen::{Forge, ForgeRequest, Prompt, Tier, template};

/// What a prompt names, or what it should name: archetype, effect, modifiers.
type Label = (String, String, BTreeSet<String>);

fn labels() -> Vec<(String, Label)> {
    let lines = include_str!("corpus/templates.txt").lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            let modifiers = columns[3].split(',').map(str::trim).filter(|name| *name != "-");
            let label = (
                columns[1].into(),
                columns[2].into(),
                modifiers.map(str::to_owned).collect(),
            );
            (columns[0].to_owned(), label)
        })
        .collect()
}

/// What the templates make of a prompt.
fn found(text: &str) -> Label {
    let prompt = Prompt::parse(text).expect("a prompt");
    let modifiers = template::modifier_names(&prompt)
        .into_iter()
        .map(str::to_owned)
        .collect();
    match template::find(&prompt) {
        Some(found) => {
            let effect = template::weapon(&found, 1).effect();
            (found.archetype.name().into(), effect.name().into(), modifiers)
        }
        None => ("none".into(), "none".into(), modifiers),
    }
}

#[test]
fn at_least_99_percent_of_the_labelled_prompts_are_right() {
    let labels = labels();
    assert!(labels.len() >= 100, "{} labelled prompts", labels.len());
    let wrong: Vec<String> = labels
        .iter()
        .filter(|(text, label)| found(text) != *label)
        .map(|(text, label)| format!("{text}: {:?} instead of {label:?}", found(text)))
        .collect();
    println!(
        "{} of {} labelled prompts are right",
        labels.len() - wrong.len(),
        labels.len()
    );
    assert!(
        wrong.len() * 100 <= labels.len(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("wrong:\n{}", wrong.join("\n"));
}

#[test]
fn case_plural_and_spacing_do_not_matter() {
    for (text, label) in labels() {
        for variant in [
            text.to_uppercase(),
            format!("  {}  ", text.replace(' ', "   ")),
            format!("A {text}!"),
        ] {
            assert_eq!(found(&variant), found(&text), "{variant:?} of {label:?}");
        }
    }
}

fn spec(text: &str) -> WeaponSpec {
    let request = ForgeRequest {
        prompt: text,
        match_seed: 1,
        player: 0,
        request_seq: 1,
    };
    let forged = Forge::new(1).forge_offline(&request).expect("a weapon");
    assert_eq!(forged.tier, Tier::Template, "{text}");
    *forged.weapon.spec()
}

/// How far apart two weapons feel: the sum of the differences of the knobs, in percent of what each can be.
fn distance(left: &WeaponSpec, right: &WeaponSpec) -> u32 {
    let knob = |left: i32, right: i32, full: i32| (left - right).unsigned_abs() * 100 / full.unsigned_abs();
    let byte = |left: u8, right: u8, full: i32| knob(left.into(), right.into(), full);
    byte(left.damage, right.damage, 90)
        + byte(left.speed, right.speed, 90)
        + byte(left.range, right.range, 90)
        + byte(left.ammo, right.ammo, 29)
        + knob(left.cooldown_frames.into(), right.cooldown_frames.into(), 240)
        + knob(left.gravity_scale.into(), right.gravity_scale.into(), 512)
        + byte(left.effect_radius, right.effect_radius, 32)
        + byte(left.homing, right.homing, 32)
        + byte(left.bounce_count, right.bounce_count, 16)
        + byte(left.pellets, right.pellets, 11)
        + u32::from(left.effect != right.effect) * 50
}

#[test]
fn a_flaming_ice_sword_and_a_giant_slow_bomb_feel_different() {
    let (sword, bomb) = (spec("flaming ice sword"), spec("giant slow bomb"));
    let apart = distance(&sword, &bomb);
    println!("flaming ice sword and giant slow bomb are {apart} apart");
    assert!(apart >= 250, "{apart}: {sword:?} {bomb:?}");
    assert!(sword.speed >= 2 * bomb.speed, "{} {}", sword.speed, bomb.speed);
    assert!(bomb.cooldown_frames >= 2 * sword.cooldown_frames);
    assert!(bomb.effect_radius > 12 && sword.effect_radius == 0);
    assert!(bomb.knockback > 2 * sword.knockback);
}

#[test]
fn every_behavior_moves_the_knobs() {
    for word in [
        "giant",
        "tiny",
        "bouncing",
        "homing",
        "explosive",
        "piercing",
        "triple",
        "rapid",
        "slow",
        "fast",
        "long",
        "floating",
        "heavy",
        "flaming",
        "frozen",
        "electric",
        "poison",
        "vampire",
    ] {
        for noun in ["rifle", "boomerang", "sword"] {
            let found = |text: &str| template::find(&Prompt::parse(text).expect("a prompt")).expect("a match");
            let plain = *template::weapon(&found(noun), 1).spec();
            let changed = *template::weapon(&found(&format!("{word} {noun}")), 1).spec();
            let apart = distance(&plain, &changed);
            assert!(apart >= 6, "{word} moves a {noun} by {apart}: {changed:?}");
        }
    }
}
