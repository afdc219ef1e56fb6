//! nginx before the test's own server.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command as Blocking, Stdio};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::program::{Folder, PATIENCE};

const CONFIGURATION: &str = include_str!("nginx.conf");

/// The settings that the book recommends.
const EVENTS: &str = include_str!("../../../tests/nginx/events.conf");

/// Debian's path of nginx, which only root's `PATH` contains.
const DEBIAN: &str = "/usr/sbin/nginx";

/// A running nginx. It ends when it is dropped.
pub(crate) struct Nginx {
    http: u16,
    tls: u16,
    h2: u16,
    folder: Folder,
    process: Child,
}

impl Nginx {
    /// Starts nginx, and waits until it listens.
    pub(crate) async fn start(application: SocketAddr) -> Self {
        let folder = Folder::new();
        let [http, tls, h2] = [(); 3].map(|()| free_port());
        let configuration = CONFIGURATION
            .replace("@APPLICATION@", &application.to_string())
            .replace("@HTTP@", &http.to_string())
            .replace("@TLS@", &tls.to_string())
            .replace("@H2@", &h2.to_string());
        for (name, text) in [("nginx.conf", &*configuration), ("events.conf", EVENTS)] {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        certify(&folder);
        let program = std::env::var_os("EVERSTREAM_NGINX").unwrap_or_else(|| DEBIAN.into());
        let mut process = Command::new(&program)
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(folder.path())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                let program = program.display();
                panic!("cannot run {program}: {error}; EVERSTREAM_NGINX says where it is")
            });
        let mut lines = BufReader::new(process.stderr.take().expect("a pipe")).lines();
        let ready = async {
            let mut said = String::new();
            while let Some(line) = lines.next_line().await.expect("text") {
                if line.contains(": start worker process ") {
                    return;
                }
                said += &line;
            }
            panic!("it ended before it was ready: {said}");
        };
        timeout(PATIENCE, ready).await.expect("nginx gets ready");
        // The task keeps reading, since closing this end would stop nginx at its next line.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            http,
            tls,
            h2,
            folder,
            process,
        }
    }

    pub(crate) fn http(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.http)
    }

    pub(crate) fn tls(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.tls)
    }

    pub(crate) fn h2(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.h2)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers outlive a master that is killed, so it is asked to end them.
        if let Some(id) = self.process.id() {
            let _ = Blocking::new("kill")
                .args(["-s", "TERM", &id.to_string()])
                .status();
            while matches!(self.process.try_wait(), Ok(None)) {
                std::thread::yield_now();
            }
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Makes a self-signed certificate that is no authority's, since rustls refuses those of authorities.
fn certify(folder: &Folder) {
    let output = Blocking::new("openssl")
        .current_dir(folder.path())
        .args(["req", "-x509", "-nodes", "-days", "7"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .args(["-subj", "/CN=everstream tests"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .output()
        .expect("openssl runs");
    assert!(output.status.success(), "{output:?}");
}
