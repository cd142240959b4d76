//! Owns the disk tier: one file that survives the death of the process, and is built anew if it is damaged.
//! Must not crash on anything that it finds in the file, or destroy what is no cache; must not wait for anybody: the caller picks the thread.

use super::gallery::{Gallery, SpriteId};
use super::{Kept, Key};
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageError, TableDefinition,
};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Once, PoisonError, RwLock};

/// Entries at most; about 30 MB of file. Beyond that the oldest goes.
pub const ENTRIES_MAX: u64 = 10_000;
/// What every file of the database begins with.
const MAGIC: [u8; 9] = *b"redb\x1A\x0A\xA9\x0D\x0A";
/// Damaged files that are put aside at most, if none of them may be replaced.
const ASIDE_MAX: u32 = 99;
/// Memory that the file's pages may take, in bytes.
const PAGE_CACHE_BYTES: usize = 4 << 20;

const WEAPONS: TableDefinition<'_, &[u8; 16], &[u8]> = TableDefinition::new("weapons");
/// Which key came when, for taking the oldest away.
const ORDER: TableDefinition<'_, u64, &[u8; 16]> = TableDefinition::new("order");
/// How many weapons show a sprite; the sprites themselves are files beside this one.
const SPRITES: TableDefinition<'_, &[u8; 32], u32> = TableDefinition::new("sprites");
/// Calls of providers by day since 1970.
const CALLS: TableDefinition<'_, u64, u32> = TableDefinition::new("calls");
/// Days whose calls are kept.
const DAYS_MAX: u64 = 8;

/// Why there is no disk tier; go on without it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// Another process uses the file.
    #[error("another process uses the cache file")]
    InUse,
    /// The file cannot be reached.
    #[error("the cache file cannot be used: {0}")]
    Io(std::io::Error),
    /// The file is damaged, and building it anew failed too.
    #[error("the cache file is damaged and could not be built anew")]
    Damaged,
}

/// What went wrong inside the file.
enum Fault {
    Damaged,
    Other(DiskError),
}

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Fault {
        match error {
            DatabaseError::DatabaseAlreadyOpen => Fault::Other(DiskError::InUse),
            DatabaseError::Storage(error) => error.into(),
            _ => Fault::Damaged,
        }
    }
}

impl From<DiskError> for Fault {
    fn from(error: DiskError) -> Fault {
        Fault::Other(error)
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Fault {
        use std::io::ErrorKind;
        match error {
            // What is no database at all, or ends early, is reported as bad data.
            StorageError::Io(error) if !matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
                Fault::Other(DiskError::Io(error))
            }
            _ => Fault::Damaged,
        }
    }
}

impl From<redb::TransactionError> for Fault {
    fn from(error: redb::TransactionError) -> Fault {
        match error {
            redb::TransactionError::Storage(error) => error.into(),
            _ => Fault::Damaged,
        }
    }
}

impl From<redb::TableError> for Fault {
    fn from(error: redb::TableError) -> Fault {
        match error {
            redb::TableError::Storage(error) => error.into(),
            _ => Fault::Damaged,
        }
    }
}

impl From<redb::CommitError> for Fault {
    fn from(error: redb::CommitError) -> Fault {
        match error {
            redb::CommitError::Storage(error) => error.into(),
            _ => Fault::Damaged,
        }
    }
}

/// The disk tier. All calls block on the file: make them where that is allowed.
#[derive(Debug)]
pub struct DiskCache {
    path: PathBuf,
    entries_max: u64,
    gallery: Gallery,
    /// `None` while nothing can be done about a damaged file.
    database: RwLock<Option<Database>>,
}

impl DiskCache {
    /// Opens the file or makes it, with room for [`ENTRIES_MAX`] weapons.
    ///
    /// A damaged file is put aside (`.damaged`) with one warning. That replaces a damaged cache that was put aside before,
    /// and nothing else: another file that stood under the cache's name by mistake stays, each under a name of its own.
    ///
    /// The database's code panics on some damage. Such a panic is caught here and counts as damage; its text is not shown
    /// (the first use adds to the process's panic hook, which stays as it is for every other panic).
    ///
    /// # Errors
    /// [`DiskError`] if the file cannot be used at all.
    pub fn open(path: &Path) -> Result<DiskCache, DiskError> {
        DiskCache::with_room(path, ENTRIES_MAX)
    }

    /// As [`DiskCache::open`], with room for another number of weapons.
    ///
    /// # Errors
    /// As [`DiskCache::open`].
    pub fn with_room(path: &Path, entries_max: u64) -> Result<DiskCache, DiskError> {
        let database = match create(path) {
            Ok(database) => database,
            Err(Fault::Other(error)) => return Err(error),
            Err(Fault::Damaged) => rebuild(path)?,
        };
        let folder = path.parent().unwrap_or(Path::new("")).join("sprites");
        let disk = DiskCache {
            path: path.to_owned(),
            entries_max: entries_max.max(1),
            gallery: Gallery::open(&folder).map_err(DiskError::Io)?,
            database: RwLock::new(Some(database)),
        };
        disk.sweep();
        Ok(disk)
    }

    /// The pictures of the kept weapons: the folder `sprites` beside the file.
    #[must_use]
    pub const fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// Takes pictures away that no weapon shows: a process died between a picture and its weapon, or the file was built anew.
    fn sweep(&self) {
        let shown = self.run(|database| {
            let table = database.begin_read()?.open_table(SPRITES)?;
            let ids = table.iter()?.map(|entry| Ok(SpriteId(*entry?.0.value())));
            ids.collect::<Result<Vec<_>, Fault>>()
        });
        // A file that could not be read says nothing about the pictures.
        let Some(mut shown) = shown else { return };
        shown.sort_unstable();
        for id in self.gallery.ids() {
            if shown.binary_search(&id).is_err() {
                self.gallery.remove(&id);
            }
        }
    }

    /// The weapon under a key. A damaged entry counts as none.
    #[must_use]
    pub fn find(&self, key: &Key) -> Option<Kept> {
        let bytes = self.run(|database| {
            let table = database.begin_read()?.open_table(WEAPONS)?;
            Ok(table.get(key)?.map(|value| value.value().to_vec()))
        });
        Kept::from_bytes(&bytes??, |id| self.gallery.find(id))
    }

    /// Forgets the weapon under a key.
    pub fn forget(&self, key: &Key) {
        self.run(|database| {
            let transaction = database.begin_write()?;
            {
                let mut weapons = transaction.open_table(WEAPONS)?;
                let mut sprites = transaction.open_table(SPRITES)?;
                // Its place in the order stays: when its turn comes there is nothing to take away.
                let old = weapons.remove(key)?.map(|value| value.value().to_vec());
                self.let_go(&mut sprites, old)?;
            }
            transaction.commit()?;
            Ok(())
        });
    }

    /// Calls of providers by day since 1970, of the last days with any.
    #[must_use]
    pub fn calls_by_day(&self) -> BTreeMap<u64, u32> {
        let calls = self.run(|database| {
            let table = database.begin_read()?.open_table(CALLS)?;
            let days = table.iter()?.map(|entry| {
                let (day, calls) = entry?;
                Ok((day.value(), calls.value()))
            });
            days.collect::<Result<_, Fault>>()
        });
        calls.unwrap_or_default()
    }

    /// Keeps how many calls a day has had; a smaller number than the one that is kept changes nothing.
    pub fn note_calls(&self, day: u64, total: u32) {
        self.run(|database| {
            let transaction = database.begin_write()?;
            {
                let mut calls = transaction.open_table(CALLS)?;
                let known = calls.get(day)?.map_or(0, |known| known.value());
                calls.insert(day, known.max(total))?;
                while calls.len()? > DAYS_MAX {
                    calls.pop_first()?;
                }
            }
            transaction.commit()?;
            Ok(())
        });
    }

    /// One weapon less shows the sprite of a record; the last one takes it along.
    fn let_go(&self, sprites: &mut redb::Table<'_, &[u8; 32], u32>, record: Option<Vec<u8>>) -> Result<(), Fault> {
        let Some(id) = record.and_then(|record| record.last_chunk().copied()) else {
            return Ok(());
        };
        let shown = sprites.get(&id)?.map_or(0, |shown| shown.value());
        if shown > 1 {
            sprites.insert(&id, shown - 1)?;
        } else {
            sprites.remove(&id)?;
            self.gallery.remove(&SpriteId(id));
        }
        Ok(())
    }

    /// Keeps a weapon; it is on the disk when this returns. Failure is a warning in the log: the weapon is only forgotten.
    pub fn keep(&self, key: &Key, kept: &Kept) {
        let bytes = kept.to_bytes();
        let entries_max = self.entries_max;
        self.run(|database| {
            let transaction = database.begin_write()?;
            {
                let mut weapons = transaction.open_table(WEAPONS)?;
                let mut order = transaction.open_table(ORDER)?;
                let mut sprites = transaction.open_table(SPRITES)?;
                // Only one thread at a time writes: nobody takes the picture away before its weapon is there.
                let id = self.gallery.keep(&kept.forged.sprite).map_err(DiskError::Io)?;
                let shown = sprites.get(&id.0)?.map_or(0, |shown| shown.value());
                sprites.insert(&id.0, shown.saturating_add(1))?;
                let old = weapons
                    .insert(key, bytes.as_slice())?
                    .map(|value| value.value().to_vec());
                if old.is_some() {
                    self.let_go(&mut sprites, old)?;
                } else {
                    let next = order.last()?.map_or(0, |(last, _)| last.value().wrapping_add(1));
                    order.insert(next, key)?;
                }
                while weapons.len()? > entries_max {
                    let Some((_, oldest)) = order.pop_first()? else {
                        break;
                    };
                    let old = weapons.remove(oldest.value())?.map(|value| value.value().to_vec());
                    self.let_go(&mut sprites, old)?;
                }
            }
            transaction.commit()?;
            Ok(())
        });
    }

    /// How many weapons are kept.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.run(|database| Ok(database.begin_read()?.open_table(WEAPONS)?.len()?))
            .unwrap_or(0)
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Works on the file. If it turns out to be damaged, even by a panic of its reader, it is built anew.
    fn run<T>(&self, work: impl FnOnce(&Database) -> Result<T, Fault>) -> Option<T> {
        let done = {
            let open = self.database.read().unwrap_or_else(PoisonError::into_inner);
            let database = open.as_ref()?;
            guarded(|| work(database))
        };
        match done {
            Ok(value) => Some(value),
            Err(Fault::Other(error)) => {
                tracing::warn!(%error, "weapon cache");
                None
            }
            Err(Fault::Damaged) => {
                self.start_anew();
                None
            }
        }
    }

    fn start_anew(&self) {
        let mut open = self.database.write().unwrap_or_else(PoisonError::into_inner);
        close(open.take());
        match rebuild(&self.path) {
            Ok(database) => *open = Some(database),
            Err(error) => tracing::warn!(%error, "weapon cache goes on without its file"),
        }
    }
}

impl Drop for DiskCache {
    fn drop(&mut self) {
        let open = self.database.get_mut().unwrap_or_else(PoisonError::into_inner);
        close(open.take());
    }
}

/// Closing writes, and may meet damage too.
fn close(database: Option<Database>) {
    // Whatever comes of it, the next one to open the file sees.
    let _ = guarded(|| {
        drop(database);
        Ok(())
    });
}

thread_local! {
    /// Whether this thread is inside the database's code.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Panics inside the database's code are told by their outcome, in words, and not by the hook.
fn quieten_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.try_with(Cell::get).unwrap_or(false) {
                told(panic);
            }
        }));
    });
}

/// Damage can make the database's code panic: that counts as damage too.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    quieten_hook();
    let was_guarded = IS_GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    IS_GUARDED.set(was_guarded);
    done.unwrap_or(Err(Fault::Damaged))
}

fn create(path: &Path) -> Result<Database, Fault> {
    guarded(|| {
        let database = Database::builder().set_cache_size(PAGE_CACHE_BYTES).create(path)?;
        let transaction = database.begin_write()?;
        transaction.open_table(WEAPONS)?;
        transaction.open_table(ORDER)?;
        transaction.open_table(SPRITES)?;
        transaction.open_table(CALLS)?;
        transaction.commit()?;
        Ok(database)
    })
}

/// Puts the damaged file aside and makes an empty one.
fn rebuild(path: &Path) -> Result<Database, DiskError> {
    let aside = aside(path).ok_or(DiskError::Damaged)?;
    tracing::warn!(
        ?path,
        ?aside,
        "the weapon cache's file is damaged: it is put aside and built anew"
    );
    std::fs::rename(path, aside).map_err(DiskError::Io)?;
    create(path).map_err(|fault| match fault {
        Fault::Damaged => DiskError::Damaged,
        Fault::Other(error) => error,
    })
}

/// Where a damaged file goes: a name that is free, or that has a damaged cache already, if this is one too.
fn aside(path: &Path) -> Option<PathBuf> {
    let named = |number: u32| {
        let mut name: OsString = path.as_os_str().to_owned();
        name.push(".damaged");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        PathBuf::from(name)
    };
    let mut names = (1..=ASIDE_MAX).map(named);
    names.find(|name| std::fs::symlink_metadata(name).is_err() || is_database(name) && is_database(path))
}

fn is_database(path: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == MAGIC
}
