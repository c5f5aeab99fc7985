//! In which form a list is answered.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, Accept, Header, Quality},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Code, Problem, text};

/// The form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TableFormat)]
pub enum Format {
    /// For programs.
    Json,
    /// UTF-8 with a byte order mark, so that Excel reads it as such.
    Csv,
    /// For Excel.
    Xlsx,
}

impl Format {
    /// In order of preference.
    const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Xlsx];

    fn mime(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The answer with a table in this form, as a file of that name.
    pub fn file(self, name: &str, bytes: Vec<u8>) -> HttpResponse {
        let charset = if self == Self::Csv { "; charset=utf-8" } else { "" };
        let disposition = format!("attachment; filename=\"{name}.{}\"", self.extension());
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, format!("{}{charset}", self.mime())))
            .insert_header((header::CONTENT_DISPOSITION, disposition))
            .body(bytes)
    }

    /// The one that is asked for, else the one that the client likes best.
    ///
    /// # Errors
    /// `not_acceptable` where it takes none of them.
    pub fn of(request: &HttpRequest, asked: Option<Self>) -> Result<Self, Problem> {
        if let Some(asked) = asked {
            return Ok(asked);
        }
        // An unreadable header is treated as absent, as RFC 9110 allows.
        let accept = Accept::parse(request).map(|accept| accept.0).unwrap_or_default();
        if accept.is_empty() {
            return Ok(Self::Json);
        }
        // The most specific range that names it decides (RFC 9110, section 12.5.1).
        let quality = |format: Self| {
            let (kind, subtype) = format.mime().split_once('/').unwrap_or_default();
            let named = accept.iter().filter_map(|range| {
                let (of_kind, of_subtype) = (range.item.type_().as_str(), range.item.subtype().as_str());
                let specific = match (of_kind, of_subtype) {
                    ("*", "*") => 0,
                    (other, "*") if other == kind => 1,
                    (other, this) if other == kind && this == subtype => 2,
                    _ => return None,
                };
                Some((specific, range.quality))
            });
            named.max_by_key(|(specific, _)| *specific).map_or(Quality::ZERO, |(_, quality)| quality)
        };
        let mut best = (None, Quality::ZERO);
        for format in Self::ALL {
            if quality(format) > best.1 {
                best = (Some(format), quality(format));
            }
        }
        let available = || Self::ALL.map(Self::mime).join(", ");
        best.0.ok_or_else(|| Problem::new(Code::NotAcceptable, text("not-acceptable").with("available", available())))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn chosen(accept: &str) -> Option<Format> {
        let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
        Format::of(&request, None).ok()
    }

    #[test]
    fn the_form_that_is_liked_best_is_chosen() {
        assert_eq!(chosen("*/*"), Some(Format::Json));
        assert_eq!(chosen("text/csv"), Some(Format::Csv));
        assert_eq!(chosen("text/*, application/json;q=0.5"), Some(Format::Csv));
        assert_eq!(chosen("application/json;q=0.1, */*;q=0.5"), Some(Format::Csv));
        assert_eq!(chosen(Format::Xlsx.mime()), Some(Format::Xlsx));
        assert_eq!(chosen("text/html,application/xhtml+xml,*/*;q=0.8"), Some(Format::Json));
        assert_eq!(chosen("image/png"), None);
        assert_eq!(chosen("application/json;q=0"), None);
    }
}
