//! A replay becomes pictures: an animation that shows them with the match's pace, and single files.

use arena::capture::{CaptureFault, Film, Range};
use arena::demo::{Demo, DemoOptions};
use arena::output::{IfTaken, OutputFault, Target};
use arena::render::{HEIGHT, WIDTH};
use std::fs::File;
use std::path::{Path, PathBuf};

fn replay(folder: &Path, frames: u32) -> PathBuf {
    let path = folder.join("match.pfr");
    let mut demo = Demo::new(DemoOptions {
        frames,
        seed: 3,
        rtt_ms: 60,
        jitter_ms: 5,
        loss_pct: 2,
        prompts: vec!["flaming sword".to_owned()],
        replay: Some(path.clone().into()),
    })
    .expect("the demo begins");
    while !demo.play_second().expect("the demo plays") {}
    path
}

/// The picture that a decoder shows after each frame of an animation, and the sum of delays.
fn shown(path: &Path) -> (Vec<Vec<u8>>, u32) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options
        .read_info(File::open(path).expect("the file is there"))
        .expect("a GIF");
    let width = usize::from(decoder.width());
    let mut screen = vec![0; width * usize::from(decoder.height()) * 4];
    let (mut pictures, mut hundredths) = (Vec::new(), 0);
    while let Some(frame) = decoder.read_next_frame().expect("every frame decodes") {
        let (left, top, wide) = (
            usize::from(frame.left),
            usize::from(frame.top),
            usize::from(frame.width),
        );
        for (row, pixels) in frame.buffer.chunks_exact(wide * 4).enumerate() {
            for (column, pixel) in pixels.chunks_exact(4).enumerate() {
                if pixel[3] != 0 {
                    let place = ((top + row) * width + left + column) * 4;
                    screen[place..place + 4].copy_from_slice(pixel);
                }
            }
        }
        pictures.push(screen.clone());
        hundredths += u32::from(frame.delay);
    }
    (pictures, hundredths)
}

fn png_pixels(path: &Path) -> Vec<u8> {
    let file = std::io::BufReader::new(File::open(path).expect("the picture is there"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size that fits")];
    reader.next_frame(&mut pixels).expect("the picture decodes");
    pixels
}

#[test]
fn an_animation_shows_what_the_single_pictures_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = replay(folder.path(), 150);
    let range = Range {
        from: 60,
        to: Some(150),
        every: 10,
        scale: 1,
    };
    let out = folder.path().join("match.gif");
    let mut heard = Vec::new();
    let mut film = Film::open(&file).expect("a sound replay");
    let target = Target::from(out.clone());
    let count = film.animation(&target, range, |frame| heard.push(frame));
    let count = count.expect("the animation is written");
    assert_eq!((count, heard.first(), heard.last()), (9, Some(&60), Some(&140)));
    let target = Target::from(folder.path().to_owned());
    assert_eq!(film.png_folder(&target, range, |_| {}).expect("pictures"), 9);
    let (pictures, hundredths) = shown(&out);
    assert_eq!(
        (pictures.len(), hundredths),
        (9, 150),
        "90 frames are a second and a half"
    );
    for (picture, frame) in pictures.iter().zip((60..).step_by(10)) {
        let exact = png_pixels(&folder.path().join(format!("frame-{frame:06}.png")));
        assert_eq!(exact.len(), (WIDTH * HEIGHT * 3) as usize);
        let error: u64 = exact
            .chunks_exact(3)
            .zip(picture.chunks_exact(4))
            .flat_map(|(exact, near)| (0..3).map(move |channel| u64::from(exact[channel].abs_diff(near[channel]))))
            .sum();
        assert!(error < exact.len() as u64 * 3, "frame {frame} is off by {error} in all");
    }
}

#[test]
fn frames_that_are_not_there_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = replay(folder.path(), 30);
    for (from, to) in [(40, None), (0, Some(31)), (9, Some(9))] {
        let range = Range {
            from,
            to,
            ..Range::default()
        };
        let mut film = Film::open(&file).expect("a sound replay");
        let target = Target::from(folder.path().to_owned());
        let fault = film
            .png_folder(&target, range, |_| {})
            .expect_err("the range is outside");
        assert!(matches!(fault, CaptureFault::Range { frames: 30, .. }), "{fault}");
    }
    assert!(Film::open(&folder.path().join("none")).is_err());
}

#[test]
fn pictures_spare_the_replay_whatever_it_is_called_and_other_files_unless_forced() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = replay(folder.path(), 30);
    let honest = std::fs::read(&file).expect("a replay");
    let beside = folder.path().join("match.pfr.net");
    let picture = folder.path().join("frame-000003.png");
    std::fs::hard_link(&file, &picture).expect("a link");
    let mut film = Film::open(&file).expect("a sound replay");
    for if_taken in [IfTaken::Refuse, IfTaken::Replace] {
        for path in [&file, &picture, &beside, &folder.path().join(".").join("match.pfr")] {
            let path = path.clone();
            let fault = film.animation(&Target { path, if_taken }, Range::default(), |_| {});
            let fault = fault.expect_err("an input");
            assert!(
                matches!(fault, CaptureFault::Output(OutputFault::IsInput { .. })),
                "{fault}"
            );
        }
        let path = folder.path().to_owned();
        let fault = film.png_folder(&Target { path, if_taken }, Range::default(), |_| {
            panic!("drawn in vain")
        });
        let fault = fault.expect_err("one of the pictures has the replay's place");
        assert!(
            matches!(fault, CaptureFault::Output(OutputFault::IsInput { .. })),
            "{fault}"
        );
    }
    assert_eq!(std::fs::read(&file).expect("a replay"), honest);
    let path = folder.path().join("taken.gif");
    std::fs::write(&path, b"a picture of somebody").expect("a file");
    let mut target = Target::from(path);
    let fault = film.animation(&target, Range::default(), |_| {}).expect_err("taken");
    assert!(
        matches!(fault, CaptureFault::Output(OutputFault::Exists { .. })),
        "{fault}"
    );
    assert_eq!(std::fs::read(&target.path).expect("a file"), b"a picture of somebody");
    target.if_taken = IfTaken::Replace;
    assert_eq!(film.animation(&target, Range::default(), |_| {}).expect("forced"), 10);
    assert!(std::fs::read(&target.path).expect("a file").starts_with(b"GIF89a"));
}
