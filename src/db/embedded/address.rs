//! How to reach a server: connection URLs, and the proof that it is ours that answers.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use sha2::{Digest as _, Sha256};

use super::EmbeddedError;
use crate::{keyed, text::hexadecimal};

/// The superuser of the cluster.
pub(super) const SUPERUSER: &str = "tintuc";

/// The database that is there for connections that look after the server.
const MAINTENANCE: &str = "postgres";

/// Where a server listens, and what it asks for.
#[derive(Clone)]
pub(super) struct Address {
    port: u16,
    socket_dir: Option<PathBuf>,
    /// The superuser's.
    password: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address")
            .field("port", &self.port)
            .field("socket_dir", &self.socket_dir)
            .finish_non_exhaustive()
    }
}

impl Address {
    pub fn new(port: u16, socket_dir: Option<PathBuf>, password: String) -> Self {
        Self { port, socket_dir, password }
    }

    /// The port, which names the socket as well.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database, for a role: over the Unix socket where there is one, for a round trip is shorter there, else
    /// over the loopback interface. `sslmode` is explicit so that neither `PGSSLMODE` nor certificates in some home
    /// directory have a say in a connection that never leaves the machine.
    pub fn url(&self, role: &str, database: &str) -> String {
        let (port, password, database) = (self.port, self.password_of(role), encode(database.as_bytes()));
        let host = match &self.socket_dir {
            Some(dir) => encode(dir.as_os_str().as_bytes()),
            None => "127.0.0.1".to_owned(),
        };
        format!("postgres://{role}:{password}@{host}:{port}/{database}?sslmode=disable")
    }

    /// The password of a role. Those of others follow from the superuser's, and tell nothing of it.
    pub fn password_of(&self, role: &str) -> String {
        if role == SUPERUSER {
            return self.password.clone();
        }
        let key = Sha256::digest(&self.password).into();
        hexadecimal(&keyed::digest(&key, &[role.as_bytes()]))
    }

    /// A connection of the superuser, which looks for names in `pg_catalog` alone, whatever the database's settings say:
    /// what its owner puts into it may stand before functions and operators that are meant, and is not to be run here.
    fn connect(&self, database: &str) -> Result<PgConnection, String> {
        let url = self.url(SUPERUSER, database) + "&connect_timeout=5&options=-csearch_path%3Dpg_catalog";
        PgConnection::establish(&url).map_err(|error| error.to_string())
    }

    /// A connection of the superuser to a database, which is created where it is not there.
    pub fn enter(&self, database: &str) -> Result<PgConnection, EmbeddedError> {
        if let Ok(connection) = self.connect(database) {
            return Ok(connection);
        }
        self.create_database(database)?;
        self.connect(database).map_err(|reason| EmbeddedError::Database { action: "connect to the database", reason })
    }

    /// Whether the server that answers takes our password and works over this very cluster. The password is random for each
    /// cluster, so nobody else's server passes.
    pub fn proves(&self, cluster: &Path) -> Result<(), String> {
        let mut connection = self.connect(MAINTENANCE)?;
        let theirs: String = diesel::select(sql::<Text>("current_setting('data_directory')"))
            .get_result(&mut connection)
            .map_err(|error| error.to_string())?;
        if same_file(Path::new(&theirs), cluster) {
            Ok(())
        } else {
            Err(format!("the server at its port works over {theirs}"))
        }
    }

    /// Creates a database unless it is there.
    fn create_database(&self, name: &str) -> Result<(), EmbeddedError> {
        let failed = |reason: String| EmbeddedError::Database { action: "create the database", reason };
        let mut connection = self.connect(MAINTENANCE).map_err(failed)?;
        if exists(&mut connection, name).map_err(|error| failed(error.to_string()))? {
            return Ok(());
        }
        // No parameters in utility statements, so the name is quoted here. `template0` is the one that nobody has changed and
        // that allows an encoding to be named.
        let quoted = name.replace('"', "\"\"");
        let create = format!("CREATE DATABASE \"{quoted}\" TEMPLATE template0 ENCODING 'UTF8'");
        match diesel::sql_query(create).execute(&mut connection) {
            Ok(_) => Ok(()),
            // Somebody else may have been faster.
            Err(error) => match exists(&mut connection, name) {
                Ok(true) => Ok(()),
                _ => Err(failed(error.to_string())),
            },
        }
    }
}

fn exists(connection: &mut PgConnection, name: &str) -> QueryResult<bool> {
    diesel::select(sql::<Bool>("EXISTS (SELECT FROM pg_database WHERE datname = ").bind::<Text, _>(name).sql(")"))
        .get_result(connection)
}

/// Whether two paths lead to the same file, whatever they look like.
pub(super) fn same_file(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => one.dev() == other.dev() && one.ino() == other.ino(),
        _ => false,
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut text, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_stands_encoded_in_the_place_of_the_host() {
        let address = Address::new(5433, Some(PathBuf::from("/data/socket")), "secret".to_owned());

        let url = address.url(SUPERUSER, "tin tuc");

        assert_eq!(url, "postgres://tintuc:secret@%2Fdata%2Fsocket:5433/tin%20tuc?sslmode=disable");
        assert!(url::Url::parse(&url).is_ok(), "what takes URLs apart has to understand it too");
    }

    #[test]
    fn without_a_socket_it_is_the_loopback_interface() {
        let address = Address::new(5433, None, "secret".to_owned());

        assert_eq!(address.url(SUPERUSER, "news"), "postgres://tintuc:secret@127.0.0.1:5433/news?sslmode=disable");
    }

    #[test]
    fn each_role_has_a_password_of_its_own_that_the_next_start_knows() {
        let address = Address::new(5433, None, "secret".to_owned());
        let password = address.password_of("a");

        assert_eq!(password, Address::new(5434, None, "secret".to_owned()).password_of("a"));
        assert_ne!(password, address.password_of("b"));
        assert_ne!(password, Address::new(5433, None, "other".to_owned()).password_of("a"));
        assert!(address.url("a", "news").starts_with(&format!("postgres://a:{password}@")));
    }

    #[test]
    fn debug_output_keeps_the_password_to_itself() {
        let address = Address::new(5433, None, "secret".to_owned());

        assert!(!format!("{address:?}").contains("secret"));
    }
}
