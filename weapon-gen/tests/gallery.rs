//! Owns the promises about pictures that are kept by their content.

#![cfg(feature = "cache")]

use pvp_sim::{Archetype, WeaponDef};
use std::path::Path;
use weapon_gen::cache::disk::DiskCache;
use weapon_gen::cache::gallery::{Gallery, SpriteId};
use weapon_gen::cache::{Kept, Key};
use weapon_gen::look::Look;
use weapon_gen::{Forged, Sprite, Tier};

fn sprite(seed: u64) -> Sprite {
    Sprite::draw(&Look::plain(Archetype::Orb), seed)
}

/// A weapon with a name and one of the sprites.
fn kept(number: u64, seed: u64) -> Kept {
    let weapon = WeaponDef::parse(&Archetype::Orb.base_spec()).expect("a weapon");
    Kept {
        forged: Forged {
            name: format!("weapon {number}"),
            archetype: Archetype::Orb,
            tier: Tier::Template,
            score: 50,
            weapon,
            sprite: sprite(seed),
        },
        provider: None,
        is_clamped: false,
    }
}

fn key(number: u64) -> Key {
    u128::from(number).to_be_bytes()
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_duplicate_sprite_is_stored_once_under_the_hash_of_its_png() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = DiskCache::with_room(&folder.path().join("weapons.redb"), 100).expect("a cache");
    for number in 0..10 {
        disk.keep(&key(number), &kept(number, 7));
    }
    let sprites = folder.path().join("sprites");
    let name = format!("{}.png", blake3::hash(&sprite(7).to_png()).to_hex());
    assert_eq!(files(&sprites), std::slice::from_ref(&name), "ten weapons, one picture");
    assert_eq!(std::fs::read(sprites.join(&name)).expect("a PNG"), sprite(7).to_png());
    for number in 0..10 {
        assert_eq!(disk.find(&key(number)), Some(kept(number, 7)));
    }
    disk.keep(&key(10), &kept(10, 8));
    assert_eq!(files(&sprites).len(), 2);
}

#[test]
fn a_stored_picture_is_never_written_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let gallery = Gallery::open(&folder.path().join("sprites")).expect("a gallery");
    let id = gallery.keep(&sprite(1)).expect("kept");
    let path = folder.path().join("sprites").join(id.file_name());
    let before = std::fs::metadata(&path).expect("a file");
    let mut read_only = before.permissions();
    read_only.set_readonly(true);
    std::fs::set_permissions(&path, read_only).expect("set");
    assert_eq!(gallery.keep(&sprite(1)).expect("kept"), id);
    let after = std::fs::metadata(&path).expect("a file");
    assert_eq!(after.modified().expect("a time"), before.modified().expect("a time"));
    assert!(
        after.permissions().readonly(),
        "the same file, not a new one of that name"
    );
}

#[test]
fn a_picture_goes_with_the_last_weapon_that_shows_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = DiskCache::with_room(&folder.path().join("weapons.redb"), 2).expect("a cache");
    let count = || files(&folder.path().join("sprites")).len();
    disk.keep(&key(1), &kept(1, 1));
    disk.keep(&key(2), &kept(2, 1));
    assert_eq!(count(), 1);
    disk.keep(&key(3), &kept(3, 2));
    assert_eq!(
        (count(), disk.find(&key(2))),
        (2, Some(kept(2, 1))),
        "weapon 2 still shows it"
    );
    disk.keep(&key(4), &kept(4, 2));
    assert_eq!(count(), 1, "weapons 1 and 2 are gone");
    disk.keep(&key(4), &kept(4, 3));
    disk.forget(&key(3));
    assert_eq!(
        (count(), disk.find(&key(3)), disk.find(&key(4))),
        (1, None, Some(kept(4, 3)))
    );
}

#[test]
fn a_damaged_or_missing_picture_is_a_weapon_to_be_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let sprites = folder.path().join("sprites");
    let (id, png) = SpriteId::of(&sprite(5));
    for damage in [
        None,
        Some(Vec::new()),
        Some(png[1..].to_vec()),
        Some(sprite(6).to_png()),
    ] {
        let disk = DiskCache::open(&file).expect("a cache");
        disk.keep(&key(1), &kept(1, 5));
        assert_eq!(disk.find(&key(1)), Some(kept(1, 5)));
        match damage {
            None => std::fs::remove_file(sprites.join(id.file_name())).expect("removed"),
            Some(bytes) => std::fs::write(sprites.join(id.file_name()), bytes).expect("written"),
        }
        assert_eq!(disk.find(&key(1)), None);
        disk.keep(&key(1), &kept(1, 5));
        assert_eq!(disk.find(&key(1)), Some(kept(1, 5)), "and is whole again");
    }
}

#[test]
fn pictures_that_no_weapon_shows_are_swept_and_other_files_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let sprites = folder.path().join("sprites");
    let disk = DiskCache::open(&file).expect("a cache");
    disk.keep(&key(1), &kept(1, 5));
    let orphan = disk.gallery().keep(&sprite(9)).expect("kept");
    std::fs::write(sprites.join("holiday.png"), b"a beach").expect("written");
    assert_eq!(files(&sprites).len(), 3);
    drop(disk);
    let disk = DiskCache::open(&file).expect("a cache");
    assert_eq!(disk.gallery().find(&orphan), None);
    assert_eq!(disk.find(&key(1)), Some(kept(1, 5)));
    assert!(sprites.join("holiday.png").exists());
}

#[test]
fn the_etag_is_the_hash_and_a_client_that_has_it_needs_no_body() {
    let (id, png) = SpriteId::of(&sprite(1));
    let (other, _) = SpriteId::of(&sprite(2));
    let etag = format!("\"{}\"", blake3::hash(&png).to_hex());
    assert_eq!(id.etag(), etag);
    for known in [
        etag.clone(),
        format!("W/{etag}"),
        format!("{}, {etag}", other.etag()),
        "*".to_owned(),
    ] {
        assert!(id.is_unmodified(&known), "{known}");
    }
    for unknown in ["", "\"\"", &other.etag(), &id.hex(), &format!("{etag}x")] {
        assert!(!id.is_unmodified(unknown), "{unknown}");
    }
    assert_eq!(SpriteId::parse(&id.hex()), Some(id));
    for no_hash in [
        "",
        "..",
        &id.hex()[1..],
        &id.hex().to_uppercase(),
        &format!("{}0", id.hex()),
    ] {
        assert_eq!(SpriteId::parse(no_hash), None, "{no_hash}");
    }
}
