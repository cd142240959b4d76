//! Owns the reading of a text model's answer: JSON into a proposal, every number moved into its range.
//! Must not believe anything: an answer is data, whatever it says.

use super::raster::{COLOR_COUNT_MAX, Grid, OP_COUNT_MAX};
use super::{Proposal, ProviderError, ask};
use crate::sprite::Sprite;
use pvp_sim::{Archetype, Effect, WeaponSpec};
use serde_json::{Map, Value};

/// A longer name is cut before anybody looks at it.
const NAME_CHARS_MAX: usize = 120;

type Fields = Map<String, Value>;

/// The proposal in a text, which may stand between other words.
///
/// # Errors
/// [`ProviderError::Malformed`] if it is no JSON object, a field has another type, or the archetype is unknown.
pub fn parse(text: &str) -> Result<Proposal, ProviderError> {
    let object = text
        .find('{')
        .zip(text.rfind('}'))
        .and_then(|(first, last)| text.get(first..=last))
        .ok_or(ProviderError::Malformed)?;
    parse_value(&serde_json::from_str(object).map_err(|_| ProviderError::Malformed)?)
}

/// The proposal in a JSON value.
///
/// # Errors
/// As [`parse`].
pub fn parse_value(value: &Value) -> Result<Proposal, ProviderError> {
    let fields = value.as_object().ok_or(ProviderError::Malformed)?;
    let archetype = archetype(fields)?;
    let mut spec = archetype.base_spec();
    let mut is_clamped = numbers(fields, &mut spec)?;
    match fields.get("effect") {
        None | Some(Value::Null) => {}
        Some(named) => match Effect::ALL.iter().find(|effect| named.as_str() == Some(effect.name())) {
            Some(effect) => spec.effect = *effect as u8,
            None => is_clamped = true,
        },
    }
    let name = match fields.get("name") {
        None | Some(Value::Null) => String::new(),
        Some(name) => name
            .as_str()
            .ok_or(ProviderError::Malformed)?
            .chars()
            .take(NAME_CHARS_MAX)
            .collect(),
    };
    Ok(Proposal {
        name,
        spec,
        is_clamped,
        sprite: drawing(fields),
    })
}

fn archetype(fields: &Fields) -> Result<Archetype, ProviderError> {
    let named = fields
        .get("archetype")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim();
    Archetype::ALL
        .iter()
        .find(|archetype| archetype.name().eq_ignore_ascii_case(named))
        .copied()
        .ok_or(ProviderError::Malformed)
}

/// Moves the numbers into the spec; whether one had to be moved into its range.
fn numbers(fields: &Fields, spec: &mut WeaponSpec) -> Result<bool, ProviderError> {
    let mut is_clamped = false;
    for (name, min, max, _) in ask::NUMBERS {
        let Some(asked) = fields.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        let asked = whole(asked).ok_or(ProviderError::Malformed)?;
        let value = asked.clamp(min, max);
        is_clamped |= value != asked;
        set(spec, name, value);
    }
    Ok(is_clamped)
}

/// A number as an integer; fractions are cut off, huge ones end at the integer's limit.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and the value is clamped afterwards"
)]
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

/// Sets one field from a value within its range in [`ask::NUMBERS`].
fn set(spec: &mut WeaponSpec, name: &str, value: i64) {
    let byte = |value: i64| u8::try_from(value.clamp(0, 255)).unwrap_or(u8::MAX);
    let frames = |ms: i64| u16::try_from((ms * 60 / 1000).clamp(0, 600)).unwrap_or(600);
    match name {
        "damage" => spec.damage = byte(value),
        "speed" => spec.speed = byte(value),
        "range" => spec.range = byte(value),
        "ammo" => spec.ammo = byte(value),
        "cooldown_ms" => spec.cooldown_frames = frames(value),
        "fuse_ms" => spec.fuse_frames = frames(value),
        "gravity_percent" => spec.gravity_scale = i16::try_from(value * 256 / 100).unwrap_or(0),
        "area_radius" => spec.effect_radius = byte(value),
        "pierce" => spec.pierce = byte(value),
        "drag" => spec.drag = byte(value),
        "bounciness_percent" => spec.restitution = byte(value * 255 / 100),
        "bounces" => spec.bounce_count = byte(value),
        "pellets" => spec.pellets = byte(value),
        "spread_degrees" => spec.spread = byte(value * 256 / 360),
        "homing" => spec.homing = byte(value),
        "knockback_percent" => spec.knockback = byte(value * 255 / 100),
        "self_damage_percent" => spec.self_damage = byte(value),
        _ => {}
    }
}

/// The picture of the shape operations, or `None` if they make none: the weapon is worth more than its drawing.
fn drawing(fields: &Fields) -> Option<Sprite> {
    let colors: Vec<[u8; 3]> = fields
        .get("colors")?
        .as_array()?
        .iter()
        .take(COLOR_COUNT_MAX)
        .map(|color| hex(color.as_str()?))
        .collect::<Option<_>>()?;
    let mut grid = Grid::new();
    for shape in fields.get("shapes")?.as_array()?.iter().take(OP_COUNT_MAX) {
        let number = |name: &str| shape.get(name).and_then(whole).unwrap_or(0).clamp(-64, 128) as i32;
        let (from, to) = ((number("x"), number("y")), (number("x2"), number("y2")));
        let color = usize::try_from(number("color"))
            .ok()
            .filter(|color| *color < colors.len());
        match shape.get("op").and_then(Value::as_str)? {
            "rect" => grid.rect(from, to, color?),
            "line" => grid.line(from, to, number("size"), color?),
            "disc" => grid.disc(from, number("size"), Some(color?)),
            "erase" => grid.disc(from, number("size"), None),
            _ => return None,
        }
    }
    grid.finish(&colors)
}

/// A color such as `#ff8800`.
fn hex(text: &str) -> Option<[u8; 3]> {
    let digits = text
        .strip_prefix('#')
        .filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |start: usize| u8::from_str_radix(digits.get(start..start + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_sim::WeaponDef;

    #[test]
    fn a_full_answer_becomes_a_weapon_with_a_drawing() {
        let text = r##"Here it is: ```json
            {"name":"Moon Umbrella","archetype":"Staff","effect":"ice","damage":40,"speed":50,"range":60,"ammo":12,
             "cooldown_ms":1500,"gravity_percent":-50,"spread_degrees":45,"bounciness_percent":100,
             "colors":["#202040","#c0d0ff"],
             "shapes":[{"op":"line","color":0,"x":8,"y":56,"x2":40,"y2":24,"size":5},
                       {"op":"disc","color":1,"x":44,"y":20,"x2":0,"y2":0,"size":14},
                       {"op":"erase","color":0,"x":50,"y":28,"x2":0,"y2":0,"size":9}]}```"##;
        let proposal = parse(text).expect("a proposal");
        assert_eq!(proposal.name, "Moon Umbrella");
        assert!(!proposal.is_clamped);
        let spec = proposal.spec;
        assert_eq!(spec.archetype, Archetype::Staff as u8);
        assert_eq!(
            (spec.effect, spec.damage, spec.cooldown_frames),
            (Effect::Ice as u8, 40, 90)
        );
        assert_eq!((spec.gravity_scale, spec.spread, spec.restitution), (-128, 32, 255));
        assert_eq!(
            spec.homing,
            Archetype::Staff.base_spec().homing,
            "what is not named stays"
        );
        let sprite = proposal.sprite.expect("a drawing");
        assert_eq!(sprite.pixel(24, 40), Some([0x20, 0x20, 0x40]));
        assert_eq!(sprite.pixel(40, 14), Some([0xc0, 0xd0, 0xff]));
        assert_eq!(sprite.pixel(50, 28), None);
    }

    #[test]
    fn numbers_out_of_range_are_moved_and_flagged() {
        for absurd in ["9999", "-1e300", "1e300", "101", "9"] {
            let proposal = parse(&format!(r#"{{"archetype":"bow","damage":{absurd}}}"#)).expect("a proposal");
            assert!(proposal.is_clamped, "{absurd}");
            assert!(WeaponDef::parse(&proposal.spec).is_ok(), "{absurd}");
        }
        assert!(
            !parse(r#"{"archetype":"bow","damage":99.9}"#)
                .expect("a proposal")
                .is_clamped
        );
        let unknown = parse(r#"{"archetype":"bow","effect":"instant death"}"#).expect("a proposal");
        assert!(unknown.is_clamped);
        assert_eq!(unknown.spec, Archetype::Bow.base_spec());
    }

    #[test]
    fn what_is_no_weapon_is_refused() {
        for bad in [
            "",
            "I cannot do that.",
            "}{",
            "{",
            "[]",
            "null",
            r#"{"archetype":"nuclear missile"}"#,
            r#"{"archetype":7}"#,
            r#"{"damage":50}"#,
            r#"{"archetype":"bow","damage":"9999"}"#,
            r#"{"archetype":"bow","damage":[1]}"#,
            r#"{"archetype":"bow","damage":1e999}"#,
            r#"{"archetype":"bow","name":{"a":1}}"#,
        ] {
            assert_eq!(parse(bad).err(), Some(ProviderError::Malformed), "{bad}");
        }
        let deep = format!(
            "{{\"archetype\":\"bow\",\"x\":{}1{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(parse(&deep).err(), Some(ProviderError::Malformed));
    }

    #[test]
    fn a_bad_drawing_costs_the_drawing_only() {
        for (colors, shapes) in [
            (r##"["#ff00"]"##, "[]"),
            (r##"["#ff0000"]"##, "[]"),
            (
                r##"["#ff0000"]"##,
                r#"[{"op":"rect","color":9,"x":0,"y":0,"x2":30,"y2":30}]"#,
            ),
            (
                r##"["#ff0000"]"##,
                r#"[{"op":"rect","color":0,"x":-9e99,"y":-9e99,"x2":9e99,"y2":9e99}]"#,
            ),
            (r##"["#ff0000"]"##, r#"[{"op":"shell","color":0,"x":"rm -rf"}]"#),
            ("7", "7"),
        ] {
            let text = format!(r#"{{"archetype":"bow","colors":{colors},"shapes":{shapes}}}"#);
            assert_eq!(parse(&text).expect("a proposal").sprite, None, "{text}");
        }
    }

    #[test]
    fn the_numbers_of_the_schema_cover_the_weapons_limits() {
        for end in [0, 1] {
            let mut spec = Archetype::Bow.base_spec();
            for (name, min, max, _) in ask::NUMBERS {
                set(&mut spec, name, [min, max][end]);
            }
            assert!(WeaponDef::parse(&spec).is_ok(), "{spec:?}");
            assert_eq!(spec.cooldown_frames, [60, 300][end]);
            assert_eq!(spec.gravity_scale, [-512, 1024][end]);
            assert_eq!(
                (spec.spread, spec.restitution, spec.fuse_frames),
                [(0, 0, 0), (64, 255, 600)][end]
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged_without_harm(text in ".{0,200}", damage in proptest::prelude::any::<f64>(), x in proptest::prelude::any::<i64>()) {
            let _ = parse(&text);
            let made = format!(r##"{{"archetype":"bow","damage":{damage:e},"bounces":{x},"colors":["#010203"],
                "shapes":[{{"op":"line","color":0,"x":{x},"y":3,"x2":40,"y2":{x},"size":{x}}}]}}"##);
            if let Ok(proposal) = parse(&made) {
                proptest::prop_assert!(WeaponDef::parse(&proposal.spec).is_ok());
            }
        }
    }
}
