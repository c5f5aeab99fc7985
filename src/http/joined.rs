//! Documenting a struct whose fields serde flattens into one object as just that: one object.
//!
//! utoipa's derive says of such a struct that it is all of its parts (`allOf`), which is true of answers but of no use
//! for input: there each part refuses the fields of the others.

use utoipa::openapi::{Object, RefOr, Schema, schema::AdditionalProperties};

/// One object with the fields of these, described by what the first says of itself. Where two tell of a field, the
/// first does.
pub fn joined<const N: usize>(parts: [RefOr<Schema>; N]) -> Object {
    let mut whole = Object::new();
    for part in parts {
        // Structs with named fields are objects.
        let RefOr::T(Schema::Object(part)) = part else { continue };
        whole.description = whole.description.or(part.description);
        whole.required.extend(part.required);
        for (name, field) in part.properties {
            whole.properties.entry(name).or_insert(field);
        }
    }
    whole
}

/// The same, which refuses other fields.
pub fn joined_input<const N: usize>(parts: [RefOr<Schema>; N]) -> Object {
    let mut whole = joined(parts);
    whole.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    whole
}

/// Documents a struct of flattened parts under a name, by the function given.
#[macro_export]
macro_rules! document_joined {
    ($type:ty as $name:literal: $joined:path [$($part:ty),+]) => {
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let object = $joined([$(<$part as utoipa::PartialSchema>::schema()),+]);
                utoipa::openapi::RefOr::T(utoipa::openapi::Schema::Object(object))
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                $(<$part as utoipa::ToSchema>::schemas(schemas);)+
            }
        }
    };
}
