//! A real S3 server on loopback, over a folder.

use std::path::{Path, PathBuf};

use hyper_util::{rt::TokioIo, server::conn::auto::Builder};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

/// What the server knows its one client by.
pub const ACCESS_KEY: &str = "tintuc";
/// The client's secret.
pub const SECRET_KEY: &str = "bí mật";
/// A bucket that is there.
pub const BUCKET: &str = "tin-tuc";

/// A running server; it ends with the test's runtime.
pub struct S3 {
    /// Its URL.
    pub endpoint: String,
    root: PathBuf,
}

impl S3 {
    /// Starts a server over a folder.
    pub async fn start(root: &Path) -> Self {
        std::fs::create_dir_all(root.join(BUCKET)).expect("a bucket");
        let mut service = S3ServiceBuilder::new(FileSystem::new(root).expect("a file system"));
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Builder::new(hyper_util::rt::TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { endpoint, root: root.to_owned() }
    }

    /// Where the server has the objects of the bucket, as plain files.
    pub fn objects(&self) -> PathBuf {
        self.root.join(BUCKET)
    }
}
