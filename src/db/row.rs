//! Rows of statements that are written by hand, by name: what is selected and what it is read into are one list, so that
//! no two columns of one type can be swapped.

/// A row whose columns are known.
pub trait Columns {
    /// Their types, in order.
    type SqlType;
    /// Their names, in order, for a SELECT from a relation that is called `a` there.
    const COLUMNS: &'static str;
}

/// Declares a row: each field is the column of its name, with the type in Rust and that in SQL.
#[macro_export]
macro_rules! row {
    (
        $(#[$about:meta])*
        $visibility:vis struct $name:ident {
            $(#[$first_about:meta])* $first:ident: $first_type:ty as $first_sql:ty,
            $($(#[$other_about:meta])* $other:ident: $type:ty as $sql:ty),+ $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, diesel::Queryable)]
        $visibility struct $name {
            $(#[$first_about])* $visibility $first: $first_type,
            $($(#[$other_about])* $visibility $other: $type),+
        }

        impl $crate::db::row::Columns for $name {
            type SqlType = ($first_sql, $($sql),+);
            const COLUMNS: &'static str = concat!("a.", stringify!($first) $(, ", a.", stringify!($other))+);
        }
    };
}
