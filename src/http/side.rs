//! Which side an address is of, where that decides before a route is found.

/// The side that an address is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// For people who are signed in.
    Management,
    /// For signing in.
    SignIn,
    /// For everyone.
    Public,
}

impl Side {
    /// The side that this path is of.
    pub fn of(path: &str) -> Self {
        if path.starts_with("/api/v1/manage/") {
            Self::Management
        } else if path.starts_with("/api/v1/auth/") {
            Self::SignIn
        } else {
            Self::Public
        }
    }
}
