//! Small files to upload, made here.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use reqwest::{Method, RequestBuilder};

use super::{Answer, Person, Site};

/// A picture of this size.
pub fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let pixel = |x: u32, y: u32| Rgb([(x % 256) as u8, (y % 256) as u8, 90]);
    RgbImage::from_fn(width, height, pixel).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Half a second of silence, as a WAV file.
pub fn recording() -> Vec<u8> {
    let samples = vec![0_u8; 8000];
    let mut file = b"RIFF".to_vec();
    file.extend((36 + 8000_u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(8000_u32.to_le_bytes());
    file.extend(samples);
    file
}

/// The least that is a PDF.
pub fn document() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()
}

/// A request with a file in the field `file` of a multipart body.
pub fn with_file(request: RequestBuilder, name: &str, bytes: &[u8]) -> RequestBuilder {
    let mut body =
        format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
    body.extend(bytes);
    body.extend(b"\r\n--x--\r\n");
    request.header("content-type", "multipart/form-data; boundary=x").body(body)
}

impl Person<'_> {
    /// Uploads a file, which may be refused.
    pub async fn uploads(&self, site: &Site, name: &str, bytes: &[u8]) -> Answer {
        site.send(with_file(self.request(Method::POST, "/media"), name, bytes)).await
    }
}
