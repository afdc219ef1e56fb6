//! `everstream-testbed --listen 127.0.0.1:PORT [--www DIR]`

use std::process::ExitCode;

use everstream_server::serve::terminated;
use everstream_testbed::{app, net::Server};

use crate::cli::{Command, Options};

mod cli;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match cli::parse(std::env::args_os().skip(1)) {
        Ok(Command::Serve(options)) => options,
        Ok(Command::Help) => {
            print!("{}", cli::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("everstream-testbed: {error}");
            return ExitCode::from(2);
        }
    };
    match serve(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("everstream-testbed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(Options { listen, www }: Options) -> Result<(), Box<dyn std::error::Error>> {
    // Handlers are installed before the ready line is printed: a script may stop the server once it
    // has read it.
    let terminated = terminated()?;
    let server = Server::bind(listen).await?;
    let app = app(www.as_deref(), server.restarter());
    println!("listening on http://{}", server.address());
    server.run(app, terminated).await?;
    Ok(())
}
