//! Files to upload, made on the spot, and the people who upload them.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{Answer, Person, Site, person::Handle};

/// A picture of this size: the same bytes each time, and so made once.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    type Made = HashMap<(u32, u32, ImageFormat), Vec<u8>>;
    static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry((width, height, format)).or_insert_with(|| painted(width, height, format)).clone()
}

fn painted(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let colour = |x: u32, y: u32| image::Rgb([(x % 256) as u8, (y % 256) as u8, 120]);
    let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour));
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, format).expect("a picture");
    file.into_inner()
}

/// A photograph.
pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Jpeg)
}

/// A drawing.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Png)
}

/// What a camera writes of itself.
pub const CAMERA: &str = "Nha bao Canon";

/// A photograph that says where it was taken, and with what.
pub fn jpeg_with_place(width: u32, height: u32) -> Vec<u8> {
    // Two entries in the first directory: the camera's make, and where the GPS directory is (EXIF 2.3, 4.6.3).
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend(b"\x0f\x01\x02\0\x0e\0\0\0\x26\0\0\0");
    tiff.extend(b"\x25\x88\x04\0\x01\0\0\0\x34\0\0\0");
    tiff.extend(b"\0\0\0\0");
    tiff.extend(CAMERA.as_bytes());
    tiff.push(0);
    // One entry: north.
    tiff.extend(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0");
    let mut segment = b"\xFF\xE1".to_vec();
    segment.extend(u16::try_from(tiff.len() + 8).expect("short").to_be_bytes());
    segment.extend(b"Exif\0\0");
    segment.extend(tiff);
    let mut file = jpeg(width, height);
    file.splice(2..2, segment);
    file
}

/// The beginning of a PNG that claims to be this large.
pub fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    for (name, content) in
        [(b"IHDR", [&size[..], b"\x08\x02\0\0\0"].concat()), (b"IDAT", b"\x78\x9c\x63\0\0".to_vec()), (b"IEND", vec![])]
    {
        file.extend(u32::try_from(content.len()).expect("short").to_be_bytes());
        let chunk = [&name[..], &content].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&chunk);
        file.extend(chunk);
        file.extend(sum.sum().to_be_bytes());
    }
    file
}

/// Noise of so many seconds: 8 bits, 8,000 Hz, 44 bytes of header.
pub fn wav(seconds: u32) -> Vec<u8> {
    let samples = 8_000 * seconds;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + samples).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data");
    file.extend(samples.to_le_bytes());
    file.extend((0..samples).map(|n| (n % 251) as u8));
    file
}

/// So many frames of an MP3 whose rate varies and which does not say how long it is: MPEG 1, layer III, 44,100 samples a
/// second.
pub fn mp3(frames: usize) -> Vec<u8> {
    // Numbers of rates, and the rates in kilobits a second (ISO/IEC 11172-3, 2.4.2.3): the loud beginning says nothing of
    // the rest.
    let frame = |number: usize| {
        let (rate, kilobits) = if number < 20 { (14, 320) } else { [(5, 64), (9, 128), (3, 48)][number % 3] };
        let mut frame = vec![0; 144 * kilobits * 1000 / 44_100];
        frame[..4].copy_from_slice(&[0xFF, 0xFB, rate << 4, 0]);
        frame
    };
    (0..frames).flat_map(frame).collect()
}

/// So many frames of raw AAC, of different sizes: ADTS (ISO/IEC 13818-7, 6.2), 44,100 samples a second, two channels.
pub fn aac(frames: usize) -> Vec<u8> {
    let frame = |number: usize| {
        let size = if number < 20 { 700 } else { 90 + number % 160 };
        let mut frame = vec![0; size];
        let low = |bits: usize| u8::try_from(bits & 0xFF).expect("eight bits");
        let header = [0xFF, 0xF1, 0x50, 0x80 | low(size >> 11), low(size >> 3), low(size << 5) | 0x1F, 0xFC];
        frame[..7].copy_from_slice(&header);
        frame
    };
    (0..frames).flat_map(frame).collect()
}

/// So many seconds of silence in FLAC (RFC 9639): 16 bits, 8,000 samples a second, one channel.
pub fn flac(seconds: u32) -> Vec<u8> {
    const BLOCK: u32 = 4_000;
    let sum = |bytes: &[u8], width: u32, polynomial: u32| {
        bytes.iter().fold(0_u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte) << (width - 8), |sum, _| {
                let next = sum << 1;
                (if sum >> (width - 1) & 1 == 1 { next ^ polynomial } else { next }) & ((1 << width) - 1)
            })
        })
    };
    let samples = 8_000 * seconds;
    let mut file = b"fLaC\x80\0\0\x22".to_vec();
    // Sizes of blocks, of frames (unknown), then rate, channels, bits and length in one (8.2).
    file.extend([BLOCK, BLOCK].map(|size| u16::try_from(size).expect("short").to_be_bytes()).concat());
    file.extend([0; 6]);
    file.extend((8_000_u64 << 44 | 15 << 36 | u64::from(samples)).to_be_bytes());
    file.extend([0; 16]);
    for number in 0..samples / BLOCK {
        // The size of the block stands behind the number of the frame (9.1), which is below 128.
        let mut frame = vec![0xFF, 0xF8, 0x74, 0x08, u8::try_from(number).expect("a minute")];
        frame.extend(u16::try_from(BLOCK - 1).expect("short").to_be_bytes());
        frame.push(u8::try_from(sum(&frame, 8, 0x07)).expect("eight bits"));
        // One value for all samples.
        frame.extend([0, 0, 0]);
        frame.extend(u16::try_from(sum(&frame, 16, 0x8005)).expect("sixteen bits").to_be_bytes());
        file.extend(frame);
    }
    file
}

/// A document; `text` makes it another.
pub fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {text}\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n").into_bytes()
}

/// A form with one file.
pub fn form(request: RequestBuilder, field: &str, name: &str, bytes: &[u8]) -> RequestBuilder {
    form_of(request, &[file_part(field, name, bytes)])
}

/// A form with these parts.
pub fn form_of(request: RequestBuilder, parts: &[Vec<u8>]) -> RequestBuilder {
    let body = [parts.concat(), b"--ranh-gioi--\r\n".to_vec()].concat();
    request.header("content-type", "multipart/form-data; boundary=ranh-gioi").body(body)
}

/// A file in a form.
pub fn file_part(field: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    // As curl writes names.
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    let head = format!(
        "--ranh-gioi\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

/// A text in a form.
pub fn text_part(field: &str, text: &str) -> Vec<u8> {
    let head = format!("--ranh-gioi\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n");
    [head.as_bytes(), text.as_bytes(), b"\r\n"].concat()
}

impl Person<'_> {
    /// Uploads a file, which may be refused.
    pub async fn tries_to_upload(&self, name: &str, bytes: &[u8]) -> Answer {
        Answer::to(form(self.request(Method::POST, "/media"), "file", name, bytes)).await
    }

    /// Uploads a file.
    pub async fn uploads(&self, name: &str, bytes: &[u8]) -> Handle {
        Handle::of(self.tries_to_upload(name, bytes).await.is(201))
    }

    /// Gives a record other bytes, which may be refused.
    pub async fn tries_to_replace(&self, file: &Handle, name: &str, bytes: &[u8]) -> Answer {
        let request = self.request(Method::PUT, &format!("/media/{}/file", file.id)).header("If-Match", &file.etag);
        Answer::to(form(request, "file", name, bytes)).await
    }

    /// Gives a record other bytes.
    pub async fn replaces(&self, file: &Handle, name: &str, bytes: &[u8]) -> Handle {
        Handle::of(self.tries_to_replace(file, name, bytes).await.is(200))
    }

    /// Says something of a file, which may be refused.
    pub async fn tries_to_describe(&self, file: &Handle, patch: &Value) -> Answer {
        let request = self.request(Method::PATCH, &format!("/media/{}", file.id)).header("If-Match", &file.etag);
        Answer::to(request.json(patch)).await
    }

    /// Says something of a file.
    pub async fn describes(&self, file: &Handle, patch: Value) -> Handle {
        Handle::of(self.tries_to_describe(file, &patch).await.is(200))
    }

    /// Removes a file, which may be refused.
    pub async fn tries_to_remove(&self, file: &Handle) -> Answer {
        let request = self.request(Method::DELETE, &format!("/media/{}", file.id));
        Answer::to(request.header("If-Match", &file.etag)).await
    }

    /// A file as they are sent it.
    pub async fn downloads(&self, site: &Site, path: &str) -> Answer {
        Answer::to(site.request(Method::GET, path).bearer_auth(&self.token)).await
    }
}

impl Handle {
    /// Where a file is.
    pub fn url(&self) -> &str {
        self.data["url"].as_str().expect("a URL")
    }

    /// Where a rendition of a picture is: `card.webp`.
    pub fn rendition(&self, name: &str) -> &str {
        let links = self.data["renditions"].as_array().expect("renditions").iter();
        let mut urls = links.map(|link| link["url"].as_str().expect("a URL"));
        urls.find(|url| url.contains(&format!("/{name}?"))).expect("the rendition")
    }
}

/// Two seconds of H.264 and AAC, 64 × 48, whose description stands behind.
pub fn mp4() -> &'static [u8] {
    include_bytes!("../fixtures/video.mp4")
}

/// Two seconds of H.264 in fragments, as browsers record, which say nothing of how long they are together.
pub fn in_fragments() -> &'static [u8] {
    include_bytes!("../fixtures/fragments.mp4")
}

/// Two seconds of VP8 and Opus, 64 × 48.
pub fn webm() -> &'static [u8] {
    include_bytes!("../fixtures/video.webm")
}

/// Two seconds of VP8 as a stream, which does not say how long it is.
pub fn webm_without_length() -> &'static [u8] {
    include_bytes!("../fixtures/live.webm")
}

/// The file with each such place changed to another of the same length.
pub fn patched(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut file = file.to_vec();
    let places: Vec<usize> = (0..file.len()).filter(|&at| file[at..].starts_with(from)).collect();
    assert!(!places.is_empty(), "there is nothing to change");
    for at in places {
        file[at..at + to.len()].copy_from_slice(to);
    }
    file
}

/// A Word document of before 2007 with macros and a password: a compound file with its streams.
pub fn doc_with_macros() -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).expect("a compound file");
    // The ninth flag at byte 10 says that there is a password ([MS-DOC] 2.5.2).
    let start = [&[0xEC, 0xA5][..], &[0; 9], &[1], &[0; 500]].concat();
    for (path, content) in [("/WordDocument", start), ("/Macros/VBA/dir", vec![1; 20])] {
        file.create_storage_all(std::path::Path::new(path).parent().expect("a storage")).expect("a storage");
        std::io::Write::write_all(&mut file.create_stream(path).expect("a stream"), &content).expect("its content");
    }
    file.into_inner().into_inner()
}
