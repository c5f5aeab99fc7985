//! Choosing what a client accepts, and sending the bytes of a public answer in that form.

use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, Accept, AcceptEncoding, ContentEncoding, Encoding, Header, HeaderMap, Preference, Quality},
    middleware::Next,
};
use std::io::Write;

use super::{Code, ETag, Problem, text};

/// A shared cache may keep a public answer, but asks on each use whether it still holds: an article can be
/// withdrawn at any moment.
const REVALIDATE: &str = "public, no-cache";

/// Layer of the JSON endpoints: a client that accepts no JSON gets 406.
///
/// # Errors
/// Those of the service inside.
pub async fn accepts_json(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if json_is_acceptable(request.headers(), &request) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let problem = Problem::new(Code::NotAcceptable, text("not-acceptable").with("available", "application/json"));
    Ok(request.into_response(problem.error_response()).map_into_right_body())
}

fn json_is_acceptable(headers: &HeaderMap, request: &ServiceRequest) -> bool {
    if !headers.contains_key(header::ACCEPT) {
        return true;
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
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The best that the client accepts (RFC 9110, section 12.5.3); none where it refuses all.
    fn accepted(request: &HttpRequest) -> Option<Self> {
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

    fn encode(self, bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(bytes),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(&bytes)?;
                encoder.finish()
            }
            Self::Brotli => {
                let mut coded = Vec::new();
                // Quality 5: near gzip's speed and smaller than its best.
                brotli::CompressorWriter::new(&mut coded, 4096, 5, 22).write_all(&bytes)?;
                Ok(coded)
            }
        }
    }
}

/// Answers a public read with `bytes` of JSON: in a coding the client accepts, with that representation's
/// strong entity tag, or 304.
///
/// # Errors
/// `not_acceptable` where the client accepts no coding that we have.
pub fn public_json(request: &HttpRequest, bytes: Vec<u8>, link: Option<String>) -> Result<HttpResponse, Problem> {
    let Some(coding) = Coding::accepted(request) else {
        return Err(Problem::new(Code::NotAcceptable, text("not-acceptable").with("available", "br, gzip, identity")));
    };
    let identity = ETag::of_bytes(&bytes);
    let (etag, name) = match coding {
        Coding::Identity => (identity, None),
        Coding::Gzip => (identity.coded("gzip"), Some("gzip")),
        Coding::Brotli => (identity.coded("br"), Some("br")),
    };
    let known = etag.is_known_to(request);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, etag.to_string()))
        .insert_header((header::CACHE_CONTROL, REVALIDATE))
        .insert_header((header::VARY, "Accept-Encoding"));
    if let Some(link) = link {
        response.insert_header((header::LINK, format!("<{link}>; rel=\"next\"")));
    }
    if known {
        return Ok(response.finish());
    }
    if let Some(name) = name {
        response.insert_header((header::CONTENT_ENCODING, name));
    }
    response.insert_header((header::CONTENT_TYPE, "application/json"));
    Ok(response.body(coding.encode(bytes).map_err(Problem::internal)?))
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
        let gzip = Coding::Gzip.encode(original.clone()).expect("gzip");
        let mut decoded = Vec::new();
        flate2::read::GzDecoder::new(gzip.as_slice()).read_to_end(&mut decoded).expect("gzip");
        assert_eq!(decoded, original);
        let br = Coding::Brotli.encode(original.clone()).expect("br");
        let mut decoded = Vec::new();
        brotli::Decompressor::new(br.as_slice(), 4096).read_to_end(&mut decoded).expect("br");
        assert_eq!(decoded, original);
    }
}
