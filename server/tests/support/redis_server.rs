//! A Redis of the test's own, on a port of its own, which keeps nothing.
#![allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::{net::SocketAddr, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::timeout,
};

use super::PATIENCE;

pub(crate) struct RedisServer {
    address: SocketAddr,
    process: Child,
}

impl RedisServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        Self {
            address,
            process: run(address).await,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    /// Ends it, with all that it knew, and starts another in its place.
    pub(crate) async fn replace(&mut self) {
        self.process.kill().await.unwrap();
        self.process = run(self.address).await;
    }

    /// How often a command was called since `CONFIG RESETSTAT`.
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

    /// Sends a command that is answered by one line.
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

async fn run(address: SocketAddr) -> Child {
    let program = std::env::var("EVERSTREAM_REDIS_SERVER");
    let program = program.unwrap_or_else(|_| "redis-server".to_owned());
    let mut process = Command::new(&program)
        .args(["--bind", &address.ip().to_string()])
        .args(["--port", &address.port().to_string()])
        .args(["--save", "", "--appendonly", "no"])
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
    // Whoever closes this end would end Redis with its next line.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    process
}
