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
    pub(crate) address: SocketAddr,
    arguments: Vec<String>,
    /// The folder of the snapshot. Without a snapshot, a replacement starts empty.
    directory: PathBuf,
    process: Child,
}

impl RedisServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with more arguments.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        let (address, directory) = place().await;
        let address_of = [
            ["--bind", &address.ip().to_string()],
            ["--port", &address.port().to_string()],
        ];
        let plain = ["--save", "", "--appendonly", "no", "--dir"];
        let directory_of = [directory.to_str().unwrap()];
        let all = [address_of.as_flattened(), &plain, &directory_of, arguments].concat();
        let all = all.into_iter().map(str::to_owned).collect();
        Self::run(address, directory, all).await
    }

    /// Starts a Sentinel that watches a master, and replaces it as soon as it is gone for 300 ms.
    pub(crate) async fn start_sentinel(name: &str, master: SocketAddr) -> Self {
        let (address, directory) = place().await;
        let file = directory.join("sentinel.conf");
        let settings = format!(
            "bind {}\nport {}\ndir {}\nsentinel monitor {name} {} {} 1\nsentinel down-after-milliseconds {name} 300\nsentinel failover-timeout {name} 5000\n",
            address.ip(),
            address.port(),
            directory.display(),
            master.ip(),
            master.port(),
        );
        std::fs::write(&file, settings).unwrap();
        let arguments = [file.to_str().unwrap(), "--sentinel"];
        Self::run(address, directory, arguments.map(str::to_owned).to_vec()).await
    }

    /// Starts a server of a cluster, whose other servers reach it at the returned port.
    pub(crate) async fn start_in_cluster() -> (Self, u16) {
        let bus = free_address().await.port();
        let enabled = ["--cluster-enabled", "yes", "--cluster-port"];
        let server = Self::start_with(&[&enabled[..], &[&bus.to_string()]].concat()).await;
        (server, bus)
    }

    async fn run(address: SocketAddr, directory: PathBuf, arguments: Vec<String>) -> Self {
        Self {
            address,
            process: run(&arguments).await,
            arguments,
            directory,
        }
    }

    /// Sends a command until its answer contains a text.
    pub(crate) async fn until(&self, command: &str, text: &str) {
        let wait = async { while !self.command(command).await.contains(text) {} };
        let waited = timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| panic!("`{command}` never answers `{text}`"));
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
        self.process = run(&self.arguments).await;
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

async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// Returns an address and a folder for a server.
async fn place() -> (SocketAddr, PathBuf) {
    let address = free_address().await;
    let name = format!("everstream-redis-{}-{}", std::process::id(), address.port());
    let directory = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&directory).unwrap();
    (address, directory)
}

async fn run(arguments: &[String]) -> Child {
    let program = std::env::var("EVERSTREAM_REDIS_SERVER");
    let program = program.unwrap_or_else(|_| "redis-server".to_owned());
    let mut process = Command::new(&program)
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| {
            panic!("cannot run {program}: {error}; EVERSTREAM_REDIS_SERVER says where it is")
        });
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let ready = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("Ready to accept connections") || line.contains("Sentinel ID is") {
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
