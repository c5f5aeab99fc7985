//! What answers where no handler does: 405 where the path exists with other methods, else 404.

use actix_web::{HttpRequest, HttpResponse, ResponseError, dev::ResourceDef, http::header, web::Data};
use utoipa::openapi::OpenApi;

use super::{Code, Problem, text};

/// Every documented path and its methods. The OpenAPI document lists all routes, so it can tell.
pub struct Routes(Vec<(ResourceDef, Vec<&'static str>)>);

impl Routes {
    /// Those of the document.
    pub fn of(document: &OpenApi) -> Self {
        let mut routes: Vec<(ResourceDef, Vec<&'static str>)> = Vec::new();
        for (path, item) in &document.paths.paths {
            let named = [
                ("GET", &item.get),
                ("HEAD", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ];
            let mut methods: Vec<_> =
                named.iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| *name).collect();
            methods.push("OPTIONS");
            routes.push((ResourceDef::new(path.as_str()), methods));
        }
        Self(routes)
    }

    fn allowed(&self, path: &str) -> Option<String> {
        let (_, methods) = self.0.iter().find(|(pattern, _)| pattern.is_match(path))?;
        Some(methods.join(", "))
    }
}

/// The default service of the application.
pub async fn not_found(request: HttpRequest, routes: Data<Routes>) -> HttpResponse {
    match routes.allowed(request.path()) {
        Some(allowed) if request.method() == actix_web::http::Method::OPTIONS => {
            HttpResponse::NoContent().insert_header((header::ALLOW, allowed)).finish()
        }
        Some(allowed) => Problem::new(Code::MethodNotAllowed, text("method-not-allowed").with("allowed", &allowed))
            .header(header::ALLOW, &allowed)
            .error_response(),
        None => Problem::not_found().error_response(),
    }
}
