//! An S3 server in this process, with one bucket.

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use juno_object_store::{ObjectArchive, S3Access};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Serves until it is dropped.
pub(crate) struct S3Server {
    endpoint: String,
    runtime: Option<Runtime>,
    _folder: TempDir,
}

impl S3Server {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("archive-test")).expect("a bucket");
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).expect("a file system"));
        service.set_auth(SimpleAuth::from_single("key-id", "key-secret"));
        let service = service.build();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (tell, told) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address").port()).expect("told");
            loop {
                let Ok((socket, _)) = listener.accept().await else { continue };
                let service = service.clone();
                tokio::spawn(async move {
                    let http = Builder::new(TokioExecutor::new());
                    drop(http.serve_connection(TokioIo::new(socket), service).await);
                });
            }
        });
        let endpoint = format!("http://127.0.0.1:{}", told.recv().expect("a port"));
        Self { endpoint, runtime: Some(runtime), _folder: folder }
    }

    pub(crate) fn access(&self) -> S3Access {
        S3Access {
            endpoint: Some(self.endpoint.clone()),
            region: Some("us-east-1".into()),
            access_key_id: Some("key-id".into()),
            secret_access_key: Some("key-secret".into()),
        }
    }

    pub(crate) fn archive(&self) -> ObjectArchive {
        ObjectArchive::open_with("s3://archive-test/some/folder", &self.access()).expect("an archive")
    }

    /// Breaks every connection off and answers no more.
    pub(crate) fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop();
    }
}
