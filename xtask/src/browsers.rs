//! The browsers that run the tests.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::xvfb::Display;
use crate::{cargo_tools, system};

/// A browser engine that the library supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Browser {
    Chromium,
    Firefox,
    WebKit,
}

/// The names of Chromium's program.
const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// A program that a browser's tests need, under any of its names.
struct Need {
    names: &'static [&'static str],
    package: &'static str,
}

impl Browser {
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// Returns the browser of a name from the command line.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        match name {
            "chromium" | "chrome" => Ok(Self::Chromium),
            "firefox" => Ok(Self::Firefox),
            "webkit" | "safari" => Ok(Self::WebKit),
            _ => Err("the browsers are chromium, firefox and webkit".into()),
        }
    }

    /// Returns the programs that the system's package manager provides.
    fn needs(self) -> &'static [Need] {
        match self {
            Self::Chromium => &[
                Need {
                    names: CHROMIUM,
                    package: "chromium",
                },
                Need {
                    names: &["chromedriver"],
                    package: "chromium-driver",
                },
            ],
            Self::Firefox => &[Need {
                names: &["firefox"],
                package: "firefox-esr",
            }],
            Self::WebKit => &[
                Need {
                    names: &["WebKitWebDriver"],
                    package: "webkit2gtk-driver",
                },
                Need {
                    names: &["Xvfb"],
                    package: "xvfb",
                },
            ],
        }
    }

    fn missing_packages(self, workspace: &Workspace) -> Vec<&'static str> {
        let is_missing =
            |need: &&Need| need.names.iter().all(|name| workspace.find(name).is_none());
        self.needs()
            .iter()
            .filter(is_missing)
            .map(|need| need.package)
            .collect()
    }

    /// Checks that the browser can be driven, and installs the driver if cargo can.
    pub(crate) fn set_up(self, workspace: &Workspace) -> Result<()> {
        let missing = self.missing_packages(workspace);
        if !missing.is_empty() {
            bail!(
                "not installed: get {} from your package manager",
                missing.join(", ")
            );
        }
        if self == Self::Firefox {
            cargo_tools::geckodriver(workspace)?;
        }
        Ok(())
    }

    /// Points wasm-pack at the browser.
    ///
    /// `WebKit` has no headless mode, so it gets a display, which must outlive the command.
    pub(crate) fn drive(
        self,
        workspace: &Workspace,
        wasm_pack: &mut Command,
    ) -> Result<Option<Display>> {
        let (browser, option, driver) = match self {
            Self::Chromium => ("--chrome", "--chromedriver", "chromedriver"),
            Self::Firefox => ("--firefox", "--geckodriver", "geckodriver"),
            // WebKit speaks the protocol of Safari's driver, so the runner treats it as Safari.
            Self::WebKit => ("--safari", "--safaridriver", "WebKitWebDriver"),
        };
        let driver = workspace
            .find(driver)
            .with_context(|| format!("{driver} is not on PATH"))?;
        wasm_pack.args([browser, option]).arg(driver);

        // The runner would prefer drivers named here to the given one.
        for name in [
            "CHROMEDRIVER",
            "GECKODRIVER",
            "SAFARIDRIVER",
            "MSEDGEDRIVER",
        ] {
            wasm_pack
                .env_remove(name)
                .env_remove(format!("{name}_REMOTE"));
        }
        if self != Self::WebKit {
            return Ok(None);
        }
        let display = Display::start(workspace)?;
        wasm_pack
            .env("DISPLAY", &display.name)
            .env("GDK_BACKEND", "x11")
            // Containers allow neither WebKit's sandbox nor its use of the GPU.
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
            .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
            // Accessibility would start a session bus that never ends.
            .env("NO_AT_BRIDGE", "1");
        Ok(Some(display))
    }
}

/// Returns Chromium itself, for tests that drive it without a driver.
pub(crate) fn chromium(workspace: &Workspace) -> Option<PathBuf> {
    CHROMIUM.iter().find_map(|name| workspace.find(name))
}

/// Installs what the browsers lack, where this program may do so.
pub(crate) fn install_missing(workspace: &Workspace, browsers: &[Browser]) {
    let missing: Vec<_> = browsers
        .iter()
        .flat_map(|browser| browser.missing_packages(workspace))
        .collect();
    if !missing.is_empty() {
        system::install(workspace, &missing);
    }
}
