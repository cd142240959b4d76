//! Owns the target `content`: any bytes are a weapon in range, content in range, or an error.

use pvp_sim::{Content, WeaponDef, WeaponSpec};

/// Reads the bytes as content and as a weapon.
///
/// # Panics
///
/// When something that parsed does not encode to the bytes it came from, or a clamped weapon is out of range.
pub fn run(bytes: &[u8]) {
    if let Ok(content) = Content::decode(bytes) {
        let encoded = content.encode();
        assert_eq!(encoded[..], bytes[..Content::BYTES]);
        assert_eq!(Content::decode(&encoded), Ok(content));
    }
    let Some(bytes) = bytes.first_chunk() else { return };
    let spec = WeaponSpec::from_bytes(bytes);
    assert_eq!(&spec.to_bytes(), bytes);
    let (weapon, changed) = WeaponDef::clamped(&spec);
    assert_eq!(WeaponDef::parse(&spec).is_ok(), !changed, "{spec:?}");
    assert_eq!(WeaponDef::parse(weapon.spec()), Ok(weapon));
    assert_eq!(WeaponDef::clamped(weapon.spec()), (weapon, false));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_holds() {
        assert!(crate::replay::replay("content", super::run) > 0);
    }
}
