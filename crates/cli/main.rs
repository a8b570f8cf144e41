//! keysift finds hard-coded secrets and insecure secret handling.

mod args;
mod baseline;
mod ci;
mod config;
mod diff;
mod docs;
mod explain;
mod fix;
mod fleet;
mod graph;
mod hints;
mod hook;
mod init;
#[cfg(feature = "lsp")]
mod lsp;
mod output;
mod process;
mod progress;
mod rules;
mod scan;
mod signals;

use std::process::ExitCode;

use clap::Parser;
use keysift::Outcome;

use crate::{
    args::{Args, Command, ConfigCommand, RulesCommand},
    config::Config,
};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    process::prepare();
    process::quiet_panics();
    if let Some(code) = fleet::route() {
        return code;
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return hints::explain(error),
    };
    let outcome = match &args.command {
        Command::Scan(scan) => Config::read(scan).and_then(|config| scan::scan(&config)),
        Command::Ci(scan) => ci::ci(scan),
        Command::Init(args) => init::init(args),
        Command::Diff(args) => diff::diff(args),
        Command::Completions { shell } => docs::completions(*shell),
        Command::Man { out } => docs::man(out),
        Command::Rules(RulesCommand::List(list)) => rules::list(list),
        Command::Rules(RulesCommand::Check { files }) => rules::check(files),
        Command::Rules(RulesCommand::Docs { files, out }) => docs::write_rules(files, out),
        Command::Rules(RulesCommand::Embed { patterns, out }) => docs::embed(patterns, out),
        Command::Rules(RulesCommand::CliDocs { out }) => docs::write_command_line(out),
        Command::Rules(RulesCommand::ChecksDocs { out }) => docs::write_checks(out),
        Command::Graph(args) => graph::graph(args),
        Command::Baseline(args) => baseline::run(args),
        Command::Config(ConfigCommand::Show { config, folder }) => config::show(config.as_deref(), folder),
        Command::Config(ConfigCommand::Schema) => {
            output::print(|out| writeln!(out, "{:#}", keysift_policy::schema())).map(|()| Outcome::Clean)
        }
        Command::Hook(args) => hook::hook(args),
        #[cfg(feature = "lsp")]
        Command::Lsp { .. } => lsp::serve(),
        Command::Explain(explain) => explain::explain(explain),
    };
    // After a signal the exit code says so, whatever was found until then.
    if let (Ok(_), Some(code)) = (&outcome, signals::code()) {
        return ExitCode::from(code);
    }
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Incomplete) => ExitCode::from(2),
        Err(error) => {
            output::complain(&error);
            ExitCode::from(2)
        }
    }
}
