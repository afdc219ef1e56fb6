//! A browser under control of the W3C's protocol for browser automation.
//!
//! Tools based on the browsers' developer tools switch on the network monitor, which slows the native
//! `EventSource` down five times.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::http::request;
use crate::browsers::Browser;
use crate::service::Service;
use crate::workspace::Workspace;

/// How long a script may take, in milliseconds.
const SCRIPT_TIMEOUT: u32 = 120_000;

/// Calls a function of the page and waits for its promise.
const CALL: &str = "
const [name, argument, done] = arguments;
window[name](argument).then((value) => done({ value }), (error) => done({ error: String(error) }));
";

/// A tab of a browser.
#[derive(Debug)]
pub(super) struct Tab(Value);

/// An open browser, which is closed when it is dropped.
#[derive(Debug)]
pub(super) struct Session {
    /// The browser's name and version.
    pub(super) browser: String,
    /// The browser's first process, from which the others descend.
    pub(super) process: u32,
    port: u16,
    path: String,
    _driver: Service,
}

impl Session {
    pub(super) fn open(workspace: &Workspace, browser: Browser) -> Result<Self> {
        let (driver, port) = start_driver(workspace, browser)?;
        let capabilities =
            json!({ "capabilities": { "alwaysMatch": options(workspace, browser)? } });
        let session = command(port, "POST", "/session", Some(&capabilities))?;
        let id = session["sessionId"].as_str().context("no session")?;
        let path = format!("/session/{id}");
        let capability = |name: &str| &session["capabilities"][name];
        let process = [capability("goog:processID"), capability("moz:processID")]
            .into_iter()
            .find_map(Value::as_u64)
            .context("the driver does not tell the browser's process")?;
        let version = capability("browserVersion").as_str().unwrap_or_default();
        let session = Self {
            browser: format!("{} {version}", browser.name()),
            process: u32::try_from(process)?,
            port,
            path,
            _driver: driver,
        };
        session.post("/timeouts", &json!({ "script": SCRIPT_TIMEOUT }))?;
        Ok(session)
    }

    /// Loads a page and waits for its `load` event.
    pub(super) fn go_to(&self, url: &str) -> Result<()> {
        self.post("/url", &json!({ "url": url })).map(drop)
    }

    /// Opens another tab and brings it to the front. Later calls happen there.
    pub(super) fn new_tab(&self) -> Result<Tab> {
        let mut opened = self.post("/window/new", &json!({ "type": "tab" }))?;
        let tab = Tab(opened["handle"].take());
        self.switch_to(&tab)?;
        Ok(tab)
    }

    /// Directs later calls to another tab.
    pub(super) fn switch_to(&self, tab: &Tab) -> Result<()> {
        self.post("/window", &json!({ "handle": tab.0 })).map(drop)
    }

    /// Calls the page's global function `name`, which returns a promise.
    pub(super) fn call(&self, name: &str, argument: &Value) -> Result<Value> {
        let script = json!({ "script": CALL, "args": [name, argument] });
        let mut outcome = self.post("/execute/async", &script)?;
        if let Some(error) = outcome["error"].as_str() {
            bail!("{name}({argument}): {error}");
        }
        Ok(outcome["value"].take())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let path = format!("{}{path}", self.path);
        command(self.port, "POST", &path, Some(body))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Err(error) = command(self.port, "DELETE", &self.path, None) {
            eprintln!("cannot close {}: {error:#}", self.browser);
        }
    }
}

fn command(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    let mut answer = request(port, method, path, body)?;
    if answer.status != 200 {
        let said = &answer.body["value"];
        bail!("{method} {path}: {} {}", said["error"], said["message"]);
    }
    Ok(answer.body["value"].take())
}

fn start_driver(workspace: &Workspace, browser: Browser) -> Result<(Service, u16)> {
    let (driver, arguments): (_, &[_]) = match browser {
        Browser::Chromium => ("chromedriver", &["--port=0"]),
        Browser::Firefox => ("geckodriver", &["--port", "0"]),
        Browser::WebKit => bail!("benchmarks run in chromium and firefox"),
    };
    let mut command = workspace.command(driver);
    command.args(arguments);
    let (service, line) =
        Service::start(workspace, driver, command, |line| announced(line).is_some())?;
    let port = announced(&line).context("the driver has no port")?;
    Ok((service, port))
}

/// Returns the port in a driver's first lines.
fn announced(line: &str) -> Option<u16> {
    let (_, port) = line
        .split_once("started successfully on port ")
        .or_else(|| line.split_once("Listening on 127.0.0.1:"))?;
    port.trim_end_matches('.').parse().ok()
}

/// Returns the browser's options. Chromium uses those of the tests.
fn options(workspace: &Workspace, browser: Browser) -> Result<Value> {
    if browser == Browser::Firefox {
        // Firefox' clock is otherwise too coarse for a few milliseconds.
        let preferences = json!({ "privacy.reduceTimerPrecision": false });
        let options = json!({ "args": ["-headless"], "prefs": preferences });
        return Ok(json!({ "moz:firefoxOptions": options }));
    }
    let path = workspace.root.join("tests/browser/webdriver.json");
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

#[cfg(test)]
mod tests {
    use super::announced;

    #[test]
    fn both_drivers_announce_their_port() {
        let chromium = "ChromeDriver was started successfully on port 38245.";
        assert_eq!(announced(chromium), Some(38245));
        let firefox = "1795231528393\tgeckodriver\tINFO\tListening on 127.0.0.1:38749";
        assert_eq!(announced(firefox), Some(38749));
        assert_eq!(announced("Starting ChromeDriver 156 on port 0"), None);
    }
}
