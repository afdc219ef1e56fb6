//! The program as a process, and a client to which a broken connection is an error rather than a panic.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this module"
)]

mod http;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime},
};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

pub use http::{Answer, Request, field};

/// Far longer than any step here takes, so that a test which waits in vain fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub const KEY: &str = "the key of the publishers";
pub const SECRET: &str = "the secret by which the tokens are signed";

/// A temporary folder of one test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("everstream-hub-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file, and returns its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that can't be removed is in no other test's way.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Returns a configuration with a key and a secret, on free ports unless `top` sets them.
pub fn config(top: &str, sections: &str) -> String {
    let listen = if top.contains("listen") {
        ""
    } else {
        "listen = '127.0.0.1:0'\n"
    };
    format!(
        "{listen}internal = '127.0.0.1:0'\n{top}\n\
         [publish]\nkey = '{KEY}'\n\
         [tokens]\nalgorithm = 'HS256'\nsecret = '{SECRET}'\n\
         {sections}\n"
    )
}

/// Returns a token for some channels.
pub fn token(sub: &str, channels: &[&str], seconds: u64) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes()).unwrap();
    signed(Algorithm::HS256, &key, sub, channels, seconds)
}

/// Returns a token signed with this algorithm and key.
pub fn signed(
    algorithm: Algorithm,
    key: &EncodingKey,
    sub: &str,
    channels: &[&str],
    seconds: u64,
) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let exp = now.unwrap().as_secs() + seconds;
    let claims = json!({ "sub": sub, "exp": exp, "channels": channels });
    encode(&Header::new(algorithm), &claims, key).unwrap()
}

pub fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_everstream-hub"))
}

/// Returns the status and the stderr of a process that ends by itself.
pub async fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = timeout(PATIENCE, command().args(arguments).output()).await;
    let output = output.expect("it ends").unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A running node.
pub struct HubProcess {
    pub address: SocketAddr,
    pub internal: SocketAddr,
    child: Child,
}

impl HubProcess {
    /// Starts a node, and waits until it says where it listens.
    pub async fn start(config: &Path) -> Self {
        Self::run(command().arg(config)).await
    }

    /// Starts a trial node with `--dev`.
    pub async fn dev() -> Self {
        let mut command = command();
        Self::run(command.args(["--dev", "--port", "0"]).stdout(Stdio::null())).await
    }

    async fn run(command: &mut Command) -> Self {
        let mut child = command
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = async {
            let mut said = String::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(addresses) = addresses(&line) {
                    return addresses;
                }
                said += &line;
            }
            panic!("it ended before it was ready: {said}");
        };
        let (address, internal) = timeout(PATIENCE, ready).await.expect("it gets ready");
        // The task keeps reading, since closing this end would kill the node at its next line.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            address,
            internal,
            child,
        }
    }

    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target)
    }

    pub fn internal(&self, target: &str) -> Request {
        Request::new(self.internal, "GET", target)
    }

    /// Opens a stream with a token.
    pub async fn open(&self, query: &str, token: &str) -> Answer {
        let request = self.request("GET", &format!("/events{query}"));
        let mut answer = request.bearer(token).send().await.unwrap();
        assert_eq!(answer.status, 200);
        let first = answer.frame().await.unwrap().unwrap();
        assert!(first.starts_with("event: @connected"), "{first}");
        answer
    }

    pub fn publish(&self, query: &str, data: &str) -> Request {
        let request = self.request("POST", &format!("/publish{query}"));
        request.bearer(KEY).body(data)
    }

    pub async fn signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let mut kill = Command::new("kill");
        let sent = kill.args(["-s", signal, &id]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Waits until the node ends, and returns its status.
    pub async fn ended(&mut self) -> Option<i32> {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.expect("it ends").unwrap().code()
    }

    /// Kills the node.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

fn addresses(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let (_, rest) = line.split_once("streams at http://")?;
    let (public, rest) = rest.split_once('/')?;
    let (_, internal) = rest.split_once("metrics at http://")?;
    Some((public.parse().unwrap(), internal.trim().parse().unwrap()))
}

/// A Redis server of one test.
pub struct Redis {
    pub address: SocketAddr,
    _process: Child,
}

impl Redis {
    pub async fn start() -> Self {
        let address = free_address();
        let program = std::env::var("EVERSTREAM_REDIS_SERVER");
        let program = program.unwrap_or_else(|_| "redis-server".to_owned());
        let mut process = Command::new(&program)
            .args(["--bind", "127.0.0.1", "--port", &address.port().to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("cannot run {program}: {error}; EVERSTREAM_REDIS_SERVER says where it is")
            });
        let mut output = process.stdout.take().unwrap();
        let ready = async {
            let mut said = String::new();
            while !said.contains("Ready to accept connections") {
                let mut some = [0; 1024];
                let read = output.read(&mut some).await.unwrap();
                assert!(read > 0, "{program} ended before it was ready");
                said += &String::from_utf8_lossy(&some[..read]);
            }
        };
        timeout(PATIENCE, ready).await.expect("Redis gets ready");
        tokio::spawn(async move {
            let mut some = [0; 1024];
            while output.read(&mut some).await.is_ok_and(|read| read > 0) {}
        });
        Self {
            address,
            _process: process,
        }
    }
}

/// Returns a loopback address on which no process listens.
pub fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
