//! `arena`: the command line of Pixel Forge.

fn main() -> std::process::ExitCode {
    arena::cli::run()
}
