//! The `seed` command: parse, run, tell how it went.

use seed::cli;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(code) => return code,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return invocation.failed_to_start(error),
    };
    let code = runtime.block_on(invocation.run());
    // After Ctrl-C a worker may still be in the middle of a chunk; its work is not wanted any more.
    runtime.shutdown_timeout(Duration::from_millis(500));
    code
}
