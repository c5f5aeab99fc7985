//! Choosing what a client accepts.

use std::io::Write;

use actix_web::{
    Error, HttpMessage, HttpRequest, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, Accept, AcceptEncoding, ContentEncoding, Encoding, Header, Preference, Quality},
    middleware::Next,
};

use super::{Code, Problem, text};

/// What is answered as something else than JSON, too: lists as tables, which refuse by themselves what accepts neither, and
/// events, for which browsers ask by their own type.
const NOT_ONLY_JSON: [&str; 3] = ["/api/v1/manage/audit", "/api/v1/manage/royalties", "/api/v1/stream"];

/// Layer of the JSON endpoints: a client that accepts no JSON gets 406.
pub async fn accepts_json(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if NOT_ONLY_JSON.contains(&request.path()) || json_is_acceptable(&request) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let problem = Problem::new(Code::NotAcceptable, text("not-acceptable").with("available", "application/json"));
    Ok(request.into_response(problem.error_response()).map_into_right_body())
}

/// Whether the client takes JSON.
pub fn json_is_acceptable(request: &impl HttpMessage) -> bool {
    match request.headers().get(header::ACCEPT) {
        None => return true,
        // What most clients send.
        Some(accept) if accept == "*/*" || accept == "application/json" => return true,
        Some(_) => {}
    }
    // An unreadable header is treated as absent, as RFC 9110 allows.
    let Ok(accept) = Accept::parse(request) else { return true };
    accept.0.is_empty()
        || accept.0.iter().any(|range| {
            let kind = range.item.type_().as_str();
            let subtype = range.item.subtype().as_str();
            range.quality > Quality::ZERO
                && (kind == "*" || (kind == "application" && (subtype == "*" || subtype == "json")))
        })
}

/// A content coding that we can send. In order of preference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coding {
    /// `br` (RFC 7932).
    Brotli,
    /// `gzip` (RFC 1952).
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// Its name in `Content-Encoding`; none for the identity.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// The best that the client accepts (RFC 9110, section 12.5.3).
    ///
    /// # Errors
    /// `not_acceptable` where it refuses all.
    pub fn negotiate(request: &HttpRequest) -> Result<Self, Problem> {
        Self::accepted(request).ok_or_else(|| {
            Problem::new(Code::NotAcceptable, text("not-acceptable").with("available", "br, gzip, identity"))
        })
    }

    /// The best that the client accepts; none where it refuses all.
    pub fn accepted(request: &HttpRequest) -> Option<Self> {
        if !request.headers().contains_key(header::ACCEPT_ENCODING) {
            return Some(Self::Identity);
        }
        let accepted = AcceptEncoding::parse(request).map(|header| header.0).unwrap_or_default();
        let quality = |coding: Self| {
            let named = accepted.iter().find(|choice| match (&choice.item, coding) {
                (Preference::Specific(Encoding::Known(known)), Self::Brotli) => *known == ContentEncoding::Brotli,
                (Preference::Specific(Encoding::Known(known)), Self::Gzip) => *known == ContentEncoding::Gzip,
                (Preference::Specific(Encoding::Known(known)), Self::Identity) => *known == ContentEncoding::Identity,
                _ => false,
            });
            let any = accepted.iter().find(|choice| choice.item == Preference::Any);
            // Identity is acceptable unless excluded, but at a preference below anything named.
            let unnamed = if coding == Self::Identity { Quality::MIN } else { Quality::ZERO };
            named.or(any).map_or(unnamed, |choice| choice.quality)
        };
        let mut best = None;
        for coding in [Self::Brotli, Self::Gzip, Self::Identity] {
            let quality = quality(coding);
            if quality > best.map_or(Quality::ZERO, |(_, quality)| quality) {
                best = Some((coding, quality));
            }
        }
        best.map(|(coding, _)| coding)
    }

    /// The bytes in this coding.
    pub fn encode(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(bytes.to_vec()),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(bytes)?;
                encoder.finish()
            }
            Self::Brotli => {
                let mut coded = Vec::new();
                // Quality 5: near gzip's speed and smaller than its best.
                brotli::CompressorWriter::new(&mut coded, 4096, 5, 22).write_all(bytes)?;
                Ok(coded)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn chosen(accept_encoding: &str) -> Option<Coding> {
        let request = TestRequest::default().insert_header((header::ACCEPT_ENCODING, accept_encoding));
        Coding::accepted(&request.to_http_request())
    }

    #[test]
    fn the_best_acceptable_coding_is_chosen() {
        assert_eq!(chosen("gzip, deflate, br"), Some(Coding::Brotli));
        assert_eq!(chosen("gzip;q=0.9, br;q=0.5"), Some(Coding::Gzip));
        assert_eq!(chosen("identity;q=0, br;q=0.5, *;q=0"), Some(Coding::Brotli));
        assert_eq!(chosen("zstd"), Some(Coding::Identity));
        assert_eq!(chosen(""), Some(Coding::Identity));
        assert_eq!(chosen("*;q=0"), None);
        assert_eq!(chosen("identity;q=0"), None);
        assert_eq!(chosen("*"), Some(Coding::Brotli));
    }

    #[test]
    fn coded_bytes_decode_to_the_same() {
        use std::io::Read;
        let original = "Đại hội Đảng bộ tỉnh ".repeat(100).into_bytes();
        let gzip = Coding::Gzip.encode(&original).expect("gzip");
        let mut decoded = Vec::new();
        flate2::read::GzDecoder::new(gzip.as_slice()).read_to_end(&mut decoded).expect("gzip");
        assert_eq!(decoded, original);
        let br = Coding::Brotli.encode(&original).expect("br");
        let mut decoded = Vec::new();
        brotli::Decompressor::new(br.as_slice(), 4096).read_to_end(&mut decoded).expect("br");
        assert_eq!(decoded, original);
    }
}
