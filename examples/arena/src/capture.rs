//! Owns pictures as files: a replay as an animation or as single pictures, and the PNG of a canvas.
//! Must not change a replay: it is played frame by frame, only the drawing is skipped.

use crate::armory::Armory;
use crate::output::{OutputFault, Target};
use crate::record::{self, VerifyFault, beside};
use crate::render::{self, Canvas, Card, HEIGHT, Hud, View, WIDTH};
use pvp_net::Events;
use pvp_net::replay::{PlayError, Player};
use pvp_net::sim::DuelSim;
use pvp_sim::{Event, MatchState};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

mod colors;

use colors::Colors;
use weapon_gen::Tier;

/// Frames of the match a second.
const FRAME_RATE: u32 = 60;
/// Pictures looked at to choose the animation's colors.
const SAMPLE_COUNT: u32 = 24;

/// Why nothing is captured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureFault {
    /// The replay cannot be played.
    #[error(transparent)]
    Replay(#[from] VerifyFault),
    /// The asked frames are not in the replay.
    #[error("frames {from} to {to} are not in the replay: it has {frames}")]
    Range {
        /// First frame asked for.
        from: u32,
        /// The frame after the last one asked for.
        to: u32,
        /// Frames in the replay.
        frames: u32,
    },
    /// A file is in the way or cannot be written.
    #[error(transparent)]
    Output(#[from] OutputFault),
    /// The animation cannot be encoded.
    #[error("cannot encode {path}: {error}")]
    Encode {
        /// Which.
        path: PathBuf,
        /// Why.
        error: gif::EncodingError,
    },
}

/// What is captured.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first frame of the match that is drawn.
    pub from: u32,
    /// The frame after the last one; `None` for the end.
    pub to: Option<u32>,
    /// Frames from one picture to the next, 1 to 60.
    pub every: u32,
    /// Size of a pixel, 1 to 8.
    pub scale: u32,
}

impl Default for Range {
    fn default() -> Range {
        Range {
            from: 0,
            to: None,
            every: 3,
            scale: 1,
        }
    }
}

/// A verified replay, to be drawn while it plays.
pub struct Film {
    path: PathBuf,
    player: Player<DuelSim>,
    armory: Armory,
    hud: Hud,
    canvas: Canvas,
}

impl Film {
    /// Reads and verifies a replay; nothing is drawn of one that does not verify.
    ///
    /// # Errors
    /// [`VerifyFault`].
    pub fn open(path: &Path) -> Result<Film, VerifyFault> {
        let (player, armory) = record::open_player(path)?;
        Ok(Film {
            path: path.to_owned(),
            player,
            armory,
            hud: Hud::default(),
            canvas: Canvas::new(),
        })
    }

    /// Frames in the replay.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.player.replay().frames()
    }

    /// Whether the replay has its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.player.verified().is_complete
    }

    fn rewind(&mut self) -> Result<(), CaptureFault> {
        self.hud = Hud {
            is_watching: true,
            ..Hud::default()
        };
        let rewound = self.player.seek(0);
        Ok(rewound.map_err(|error| self.unplayable(error))?)
    }

    fn unplayable(&self, error: PlayError) -> VerifyFault {
        VerifyFault::Play {
            path: self.path.clone(),
            error,
        }
    }

    /// Refuses to write over the replay itself, what was recorded beside it, or another file unless forced.
    fn check(&self, target: &Target) -> Result<(), OutputFault> {
        target.check(&[&self.path, &beside(&self.path)])
    }

    /// Plays one frame; `false` at the end of the replay.
    fn step(&mut self) -> Result<bool, CaptureFault> {
        let mut events = Events::new();
        let stepped = self.player.step(&mut events);
        let goes_on = stepped.map_err(|error| self.unplayable(error))?;
        self.hud.effects.play(events.as_slice(), self.player.state());
        for event in events.as_slice() {
            if let Event::Forged {
                player,
                request_seq,
                fallback,
            } = event
            {
                self.show_weapon((player.0, *request_seq), *fallback);
            }
        }
        Ok(goes_on)
    }

    fn show_weapon(&mut self, key: (u8, u8), is_fallback: bool) {
        let place = usize::from(key.0 % 2);
        let piece = self.armory.piece(key).filter(|_| !is_fallback);
        let (name, origin) = match &piece {
            Some(piece) if self.armory.tier(key) == Some(Tier::Provider) => (piece.name.clone(), "by AI"),
            Some(piece) => (piece.name.clone(), "forged"),
            None => ("a spare weapon".to_owned(), "spare weapon"),
        };
        self.hud.cards[place] = Some(Card {
            name,
            origin: origin.to_owned(),
            score: None,
            since_frame: self.player.state().frame().0,
        });
        self.hud.weapons[place] = piece.map(|piece| (piece.name, piece.sprite));
    }

    fn draw(&mut self) -> &Canvas {
        let view = View {
            def: self.player.simulation().def(),
            state: self.player.state(),
            hud: &self.hud,
        };
        render::draw(&view, &mut self.canvas);
        &self.canvas
    }

    /// The first frame that is drawn, and the one after the last.
    fn bounds(&self, range: Range) -> Result<(u32, u32), CaptureFault> {
        let frames = self.frames();
        let (from, to) = (range.from, range.to.unwrap_or(frames));
        if from >= to || to > frames {
            return Err(CaptureFault::Range { from, to, frames });
        }
        Ok((from, to))
    }

    /// Plays the replay and hands out the pictures of a range, with the frame each shows.
    fn pictures(
        &mut self,
        range: Range,
        mut show: impl FnMut(u32, &Canvas) -> Result<(), CaptureFault>,
    ) -> Result<u32, CaptureFault> {
        let (from, to) = self.bounds(range)?;
        self.rewind()?;
        let mut count = 0;
        while self.player.frame() < to && self.step()? {
            let frame = self.player.frame() - 1;
            if frame >= from && (frame - from).is_multiple_of(range.every.clamp(1, 60)) {
                show(frame, self.draw())?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// Writes each picture of a range as `frame-000123.png` into a folder, and tells how many there are.
    ///
    /// `progress` hears of each frame that was drawn. No picture is drawn if one of the files may not be written.
    ///
    /// # Errors
    /// [`CaptureFault`] if the range is not in the replay, or a file is in the way or cannot be written.
    pub fn png_folder(
        &mut self,
        folder: &Target,
        range: Range,
        mut progress: impl FnMut(u32),
    ) -> Result<u32, CaptureFault> {
        let target = |frame: u32| Target {
            path: folder.path.join(format!("frame-{frame:06}.png")),
            if_taken: folder.if_taken,
        };
        let (from, to) = self.bounds(range)?;
        for frame in (from..to).step_by(range.every.clamp(1, 60) as usize) {
            self.check(&target(frame))?;
        }
        std::fs::create_dir_all(&folder.path).map_err(|error| OutputFault::Write {
            path: folder.path.clone(),
            error,
        })?;
        self.pictures(range, |frame, canvas| {
            target(frame).write_bytes(&png(canvas, range.scale))?;
            progress(frame);
            Ok(())
        })
    }

    /// Writes the pictures of a range as an endless animation, and tells how many there are.
    ///
    /// The colors are chosen from some of the pictures first; then each picture is written as what changed.
    /// The file stands under its name when it is whole.
    ///
    /// # Errors
    /// As [`Film::png_folder`].
    pub fn animation(
        &mut self,
        out: &Target,
        range: Range,
        mut progress: impl FnMut(u32),
    ) -> Result<u32, CaptureFault> {
        let (from, to) = self.bounds(range)?;
        self.check(out)?;
        let sampling = Range {
            every: ((to - from) / SAMPLE_COUNT).clamp(1, 60),
            ..range
        };
        let mut colors = Colors::default();
        self.pictures(sampling, |_, canvas| {
            colors.count(canvas.pixels());
            Ok(())
        })?;
        let palette = colors.choose();
        let encoding = |error| CaptureFault::Encode {
            path: out.path.clone(),
            error,
        };
        let scale = range.scale.clamp(1, 8);
        let size = |pixels: i32| (pixels as u32 * scale) as u16;
        let mut count = 0;
        out.write(|file| {
            let file = BufWriter::new(file);
            let mut encoder = gif::Encoder::new(file, size(WIDTH), size(HEIGHT), &palette).map_err(encoding)?;
            encoder.set_repeat(gif::Repeat::Infinite).map_err(encoding)?;
            let mut old: Vec<u8> = Vec::new();
            let mut shown = 0;
            count = self.pictures(range, |frame, canvas| {
                let indexes = colors.indexes(canvas.pixels());
                let mut picture = changed(&old, &indexes, scale);
                picture.delay = delay(shown, range.every.clamp(1, 60));
                encoder.write_frame(&picture).map_err(encoding)?;
                (old, shown) = (indexes, shown + 1);
                progress(frame);
                Ok(())
            })?;
            let mut file = encoder.into_inner().map_err(encoding)?;
            file.flush().map_err(|error| encoding(error.into()))
        })?;
        Ok(count)
    }
}

/// Hundredths of a second for picture number `shown`, so that the sum keeps the match's pace.
fn delay(shown: u32, every: u32) -> u16 {
    let until = |pictures: u32| pictures * every * 100 / FRAME_RATE;
    (until(shown + 1) - until(shown)) as u16
}

/// What differs from the picture before: the rectangle around it, the rest of it transparent.
fn changed(old: &[u8], new: &[u8], scale: u32) -> gif::Frame<'static> {
    let wide = WIDTH as usize;
    let differs = |place: usize| old.get(place) != new.get(place);
    let rows: Vec<usize> = (0..HEIGHT as usize)
        .filter(|row| (row * wide..(row + 1) * wide).any(differs))
        .collect();
    let (top, bottom) = (
        rows.first().copied().unwrap_or(0),
        rows.last().copied().unwrap_or(0) + 1,
    );
    let touches = |column: &usize| (top..bottom).any(|row| differs(row * wide + column));
    let left = (0..wide).find(touches).unwrap_or(0);
    let right = (0..wide).rev().find(touches).unwrap_or(0) + 1;
    let mut pixels = Vec::new();
    for row in top..bottom {
        let start = pixels.len();
        for (index, place) in new[row * wide..].iter().zip(row * wide..).take(right).skip(left) {
            let index = if differs(place) { *index } else { colors::CLEAR };
            pixels.extend(std::iter::repeat_n(index, scale as usize));
        }
        let end = pixels.len();
        for _ in 1..scale {
            pixels.extend_from_within(start..end);
        }
    }
    let scaled = |length: usize| (length as u32 * scale) as u16;
    gif::Frame {
        left: scaled(left),
        top: scaled(top),
        width: scaled(right - left),
        height: scaled(bottom - top),
        buffer: pixels.into(),
        transparent: Some(colors::CLEAR),
        dispose: gif::DisposalMethod::Keep,
        ..gif::Frame::default()
    }
}

/// A PNG of a canvas, each pixel `scale` by `scale` large (1 to 8).
///
/// # Panics
/// Never: writing to memory cannot fail.
#[must_use]
pub fn png(canvas: &Canvas, scale: u32) -> Vec<u8> {
    let scale = scale.clamp(1, 8);
    let (width, height) = (WIDTH as u32 * scale, HEIGHT as u32 * scale);
    let mut rows = Vec::with_capacity((width * height * 3) as usize);
    for line in canvas.pixels().chunks_exact(WIDTH as usize) {
        let start = rows.len();
        for pixel in line {
            let [_, red, green, blue] = pixel.to_be_bytes();
            for _ in 0..scale {
                rows.extend([red, green, blue]);
            }
        }
        let end = rows.len();
        for _ in 1..scale {
            rows.extend_from_within(start..end);
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("writing to memory cannot fail");
    writer.write_image_data(&rows).expect("the size is fixed");
    writer.finish().expect("writing to memory cannot fail");
    bytes
}
