//! Owns pictures by their content: `sprites/<blake3>.png`, each stored once and never changed.
//! Must not speak HTTP: it says what a server's `ETag` is and whether a client has the picture already.

use crate::sprite::Sprite;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A PNG is read up to this size, in bytes; honest ones have at most 4 KiB.
const PNG_BYTES_MAX: u64 = 64 << 10;
/// What a server says about a picture's age: it never changes.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// Identifies a picture: BLAKE3 over its PNG.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SpriteId(pub [u8; 32]);

impl SpriteId {
    /// The picture's id and its PNG.
    #[must_use]
    pub fn of(sprite: &Sprite) -> (SpriteId, Vec<u8>) {
        let png = sprite.to_png();
        (SpriteId(*blake3::hash(&png).as_bytes()), png)
    }

    /// The hash in lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        blake3::Hash::from(self.0).to_hex().to_string()
    }

    /// The id of hexadecimal digits, such as a URL has; `None` for anything else.
    #[must_use]
    pub fn parse(hex: &str) -> Option<SpriteId> {
        let is_plain = hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let hash = blake3::Hash::from_hex(hex).ok().filter(|_| is_plain)?;
        Some(SpriteId(*hash.as_bytes()))
    }

    /// The file's name, `<hash>.png`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.png", self.hex())
    }

    /// The strong validator of HTTP: the hash in quotes.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.hex())
    }

    /// Whether a client that sends this `If-None-Match` has the picture: then the answer is 304 without a body.
    #[must_use]
    pub fn is_unmodified(&self, if_none_match: &str) -> bool {
        let etag = self.etag();
        if_none_match.split(',').map(str::trim).any(|known| {
            // For this header weak and strong validators are compared alike (RFC 9110 section 13.1.2).
            known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag
        })
    }
}

/// A folder of pictures. All calls block on the disk: make them where that is allowed.
#[derive(Clone, Debug)]
pub struct Gallery {
    folder: PathBuf,
}

impl Gallery {
    /// The folder, made if it is not there.
    ///
    /// # Errors
    /// What the system says if it cannot be made.
    pub fn open(folder: &Path) -> io::Result<Gallery> {
        fs::create_dir_all(folder)?;
        Ok(Gallery {
            folder: folder.to_owned(),
        })
    }

    /// Keeps a picture; one that is there already is not written again. It is whole on the disk when this returns.
    ///
    /// # Errors
    /// What the system says if it cannot be written.
    pub fn keep(&self, sprite: &Sprite) -> io::Result<SpriteId> {
        let (id, png) = SpriteId::of(sprite);
        if self.png(&id).is_some() {
            return Ok(id);
        }
        // Under its name a file is always whole: it gets the name when everything is in it.
        let unfinished = self.folder.join(format!("{}.{}.part", id.hex(), std::process::id()));
        let mut file = File::create(&unfinished)?;
        file.write_all(&png)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.path(&id))?;
        Ok(id)
    }

    /// The PNG of a picture. A file that does not hold what its name says counts as none.
    #[must_use]
    pub fn png(&self, id: &SpriteId) -> Option<Vec<u8>> {
        let path = self.path(id);
        if fs::metadata(&path).ok()?.len() > PNG_BYTES_MAX {
            return None;
        }
        let png = fs::read(path).ok()?;
        (blake3::hash(&png).as_bytes() == &id.0).then_some(png)
    }

    /// A kept picture.
    #[must_use]
    pub fn find(&self, id: &SpriteId) -> Option<Sprite> {
        Sprite::from_png(&self.png(id)?).ok()
    }

    /// Takes a picture away.
    pub fn remove(&self, id: &SpriteId) {
        let _absent_is_fine = fs::remove_file(self.path(id));
    }

    /// The pictures in the folder. Files with other names do not count, and are never touched.
    #[must_use]
    pub fn ids(&self) -> Vec<SpriteId> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| SpriteId::parse(entry.ok()?.file_name().to_str()?.strip_suffix(".png")?))
            .collect()
    }

    fn path(&self, id: &SpriteId) -> PathBuf {
        self.folder.join(id.file_name())
    }
}
