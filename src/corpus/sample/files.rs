//! The pictures and the recording of the sample newsroom: drawn and played by these few lines.

use bytes::Bytes;
use futures_util::stream;
use image::{ImageFormat, Rgb, RgbImage};

use crate::{
    http::Problem,
    media::intake::{Intake, Taken},
};

/// A landscape: its name, what it shows, and the colours of its sky, hills and fields.
const LANDSCAPES: [(&str, &str, [[u8; 3]; 3]); 4] = [
    (
        "Đồng lúa.jpg",
        "Tranh minh họa: đồng lúa dưới chân núi",
        [[0x9f, 0xd3, 0xe8], [0x3f, 0x7d, 0x58], [0xc9, 0xc2, 0x4a]],
    ),
    (
        "Biển lặng.jpg",
        "Tranh minh họa: mặt biển lặng buổi sớm",
        [[0xfd, 0xe2, 0xb8], [0x4a, 0x7f, 0xa7], [0x1f, 0x5a, 0x82]],
    ),
    (
        "Trời bão.jpg",
        "Tranh minh họa: trời nhiều mây trước bão",
        [[0x6b, 0x72, 0x80], [0x37, 0x41, 0x51], [0x4b, 0x5f, 0x3f]],
    ),
    (
        "Hoàng hôn.jpg",
        "Tranh minh họa: hoàng hôn trên cánh đồng",
        [[0xf9, 0x9f, 0x6b], [0x6d, 0x3b, 0x5e], [0x8a, 0x5a, 0x2b]],
    ),
];

/// The files, kept in the media storage but not yet in the library.
#[derive(Clone)]
pub struct Files {
    /// Each with what it shows.
    pub pictures: Vec<(&'static str, Taken)>,
    /// Three seconds of a chord.
    pub recording: Taken,
}

/// Makes the files and keeps them.
///
/// # Errors
/// Where the storage does not take them.
pub async fn make(intake: &Intake) -> Result<Files, Problem> {
    let mut pictures = Vec::new();
    for (name, alt, colours) in LANDSCAPES {
        let mut bytes = std::io::Cursor::new(Vec::new());
        landscape(colours).write_to(&mut bytes, ImageFormat::Jpeg).map_err(Problem::internal)?;
        pictures.push((alt, keep(intake, name, bytes.into_inner()).await?));
    }
    let recording = keep(intake, "Bản tin đọc.wav", chord()).await?;
    Ok(Files { pictures, recording })
}

async fn keep(intake: &Intake, name: &str, bytes: Vec<u8>) -> Result<Taken, Problem> {
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from(bytes))]);
    let received = intake.storage.receive(whole, u64::MAX).await.map_err(Problem::internal)?;
    intake.accept(&received, name).await
}

/// A sky that grows lighter towards a wavy line of hills, and striped fields before them.
fn landscape([sky, hills, fields]: [[u8; 3]; 3]) -> RgbImage {
    const WIDTH: f32 = 1280.0;
    const HEIGHT: f32 = 720.0;
    let mix = |one: [u8; 3], other: [u8; 3], share: f32| {
        let channel = |index: usize| f32::from(one[index]) * (1.0 - share) + f32::from(other[index]) * share;
        // Between two bytes, so that nothing is cut off.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of two bytes")]
        Rgb([channel(0) as u8, channel(1) as u8, channel(2) as u8])
    };
    #[expect(clippy::cast_precision_loss, reason = "a pixel's place")]
    RgbImage::from_fn(1280, 720, |x, y| {
        let (x, y) = (x as f32 / WIDTH, y as f32 / HEIGHT);
        let ridge = 0.45 + 0.07 * (x * 9.0).sin() + 0.04 * (x * 23.0).cos();
        if y < ridge {
            mix(sky, [255, 255, 255], y / ridge * 0.6)
        } else if y < 0.62 {
            mix(hills, sky, (0.62 - y) * 1.5)
        } else {
            let stripe = ((y - 0.55).recip() * 6.0 + x * 2.0).sin().abs();
            mix(fields, hills, stripe * 0.5)
        }
    })
}

/// A C major chord that fades away: PCM in a RIFF file, 16 bits, 8 kHz.
fn chord() -> Vec<u8> {
    const RATE: u32 = 8000;
    const SAMPLES: u32 = RATE * 3;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + SAMPLES * 2).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    for field in [RATE, RATE * 2] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    for field in [2_u16, 16] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&(SAMPLES * 2).to_le_bytes());
    for sample in 0..SAMPLES {
        let time = f64::from(sample) / f64::from(RATE);
        let tones = [261.63, 329.63, 392.0].map(|pitch| (time * pitch * std::f64::consts::TAU).sin());
        let level = tones.iter().sum::<f64>() / 3.0 * (1.0 - time / 3.0) * 12_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "12,000 at most")]
        file.extend_from_slice(&(level as i16).to_le_bytes());
    }
    file
}
