//! The page of `tests/e2e/hydration`: rendered as on a server, with the program that hydrates it in a
//! browser.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::{WASM, Workspace};

pub(crate) const PACKAGE: &str = "everstream-e2e-hydration";

/// The program's name in the page's script.
const PROGRAM: &str = "everstream_e2e_hydration";

/// The feature for islands; without it, the program hydrates the whole page.
pub(crate) const ISLANDS: &str = "islands";

/// The folders of the two sites, and the feature that each is built with.
const SITES: [(&str, Option<&str>); 2] = [("hydrated", None), ("islands", Some(ISLANDS))];

/// Builds the page in both ways, each into its own folder of `sites`.
///
/// Leptos reports hydration errors in debug builds only, so the build isn't optimised.
pub(crate) fn build(workspace: &Workspace, sites: &Path) -> Result<()> {
    for (name, feature) in SITES {
        let feature = feature.map(|feature| format!("--features={feature}"));
        let site = sites.join(name);
        process::run(
            workspace
                .cargo()
                .args(["build", "--lib", "--target", WASM, "--package", PACKAGE])
                .args(&feature),
        )?;
        let program = workspace.target.join(WASM).join("debug").join(PROGRAM);
        process::run(
            workspace
                .command("wasm-bindgen")
                .args(["--target", "web", "--out-dir"])
                .args([site.join("pkg"), program.with_extension("wasm")]),
        )?;

        let mut render = workspace.cargo();
        render
            .args(["run", "--quiet", "--package", PACKAGE])
            .args(&feature)
            .args(["--", &format!("/{name}")]);
        let output = render.output()?;
        if !output.status.success() {
            bail!(
                "the page could not be rendered: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        fs::write(site.join("index.html"), output.stdout)?;
    }
    Ok(())
}
