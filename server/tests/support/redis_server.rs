//! A Redis server of one test, on a port of its own, which keeps no data.
#![allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::timeout,
};

use super::PATIENCE;

pub(crate) struct RedisServer {
    address: SocketAddr,
    /// The folder of the snapshot. Without a snapshot, a replacement starts empty.
    directory: PathBuf,
    process: Child,
}

impl RedisServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let name = format!("everstream-redis-{}-{}", std::process::id(), address.port());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Self {
            address,
            process: run(address, &directory).await,
            directory,
        }
    }

    /// Returns the folder of the server's files.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Serves TLS as well, with a certificate and a key in the server's folder, and returns the port.
    pub(crate) async fn serve_tls(&self, certificate: &str, key: &str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let set = format!(
            "CONFIG SET tls-cert-file {certificate} tls-key-file {key} tls-auth-clients no tls-port {port}"
        );
        assert_eq!(self.command(&set).await, "+OK\r\n");
        port
    }

    /// Sends a signal to the server: `STOP` makes it hang until `CONT`.
    pub(crate) async fn signal(&self, signal: &str) {
        let id = self.process.id().expect("it runs").to_string();
        let mut kill = Command::new("kill");
        let sent = kill.args(["-s", signal, &id]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Kills the server.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    /// Kills the server, which loses all data but its last snapshot, and starts another in its place.
    pub(crate) async fn replace(&mut self) {
        self.kill().await;
        self.process = run(self.address, &self.directory).await;
    }

    /// Returns how often a command was called since `CONFIG RESETSTAT`.
    pub(crate) async fn calls(&self, command: &str) -> u64 {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream
            .write_all(b"INFO commandstats\r\nQUIT\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        let reading = stream.read_to_string(&mut answer);
        timeout(PATIENCE, reading).await.unwrap().unwrap();
        let start = format!("cmdstat_{command}:calls=");
        let line = answer.lines().find_map(|line| line.strip_prefix(&start));
        line.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
    }

    /// Sends a command whose answer is one line, and returns the answer.
    pub(crate) async fn command(&self, command: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{command}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 64];
        let read = timeout(PATIENCE, stream.read(&mut answer)).await;
        answer.truncate(read.expect("Redis answers").unwrap());
        String::from_utf8(answer).unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // A folder that can't be removed is in no other test's way.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

async fn run(address: SocketAddr, directory: &Path) -> Child {
    let program = std::env::var("EVERSTREAM_REDIS_SERVER");
    let program = program.unwrap_or_else(|_| "redis-server".to_owned());
    let mut process = Command::new(&program)
        .args(["--bind", &address.ip().to_string()])
        .args(["--port", &address.port().to_string()])
        .args(["--save", "", "--appendonly", "no"])
        .arg("--dir")
        .arg(directory)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| {
            panic!("cannot run {program}: {error}; EVERSTREAM_REDIS_SERVER says where it is")
        });
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let ready = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("Ready to accept connections") {
                return;
            }
        }
        panic!("{program} ended before it was ready");
    };
    timeout(PATIENCE, ready).await.expect("Redis gets ready");
    // The task keeps reading, since closing this end would kill Redis at its next line.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    process
}
