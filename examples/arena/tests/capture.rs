//! A replay becomes pictures: an animation that shows them with the match's pace, and single files.

use arena::capture::{CaptureFault, Range, animation, png_folder};
use arena::demo::{Demo, DemoOptions};
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
        replay: Some(path.clone()),
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
    let count = animation(&file, &out, range, |frame| heard.push(frame)).expect("the animation is written");
    assert_eq!((count, heard.first(), heard.last()), (9, Some(&60), Some(&140)));
    assert_eq!(png_folder(&file, folder.path(), range, |_| {}).expect("pictures"), 9);
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
        let fault = png_folder(&file, folder.path(), range, |_| {}).expect_err("the range is outside");
        assert!(matches!(fault, CaptureFault::Range { frames: 30, .. }), "{fault}");
    }
    let none = png_folder(&folder.path().join("none"), folder.path(), Range::default(), |_| {});
    assert!(matches!(none, Err(CaptureFault::Replay(_))));
}
