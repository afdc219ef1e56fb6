//! Prints the page as a server sends it: `everstream-e2e-hydration ROOT`. ROOT is the path of the folder that
//! holds the page's program, without a trailing slash.

/// Runs in a runtime because Leptos' executor needs one, though nothing is ever spawned.
#[cfg(not(target_arch = "wasm32"))]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    use everstream_e2e_hydration::App;
    use leptos::config::LeptosOptions;
    use leptos::hydration::HydrationScripts;
    use leptos::prelude::*;

    let root = std::env::args().nth(1).unwrap_or_default();
    any_spawner::Executor::init_tokio().expect("no other executor");
    let options = LeptosOptions::builder()
        .output_name("everstream_e2e_hydration")
        .build();
    let owner = Owner::new();
    let page = owner.with(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <title>"Everstream under test"</title>
                    <link rel="icon" href="data:,"/>
                    <HydrationScripts options root islands=cfg!(feature = "islands")/>
                </head>
                <body>
                    <App/>
                </body>
            </html>
        }
        .to_html()
    });
    println!("{page}");
}

/// Does nothing: in the browser the library is the program.
#[cfg(target_arch = "wasm32")]
fn main() {}
