//! `keysift ci`: what to scan and how to report, from the environment of the service that runs us.

use std::{env, fs::OpenOptions, io::Write, path::Path};

use anyhow::{Context, Result};
use keysift::{Outcome, Pipeline, Source, whole_file};
use keysift_report::{Finished, Format};

use crate::{
    args::Scan,
    config::{self, Config},
    output::{self, Output},
    scan,
};

/// Scans as the environment asks for; what the user says on the command line comes first.
pub(crate) fn ci(args: &Scan) -> Result<Outcome> {
    let pipeline = Pipeline::of(&|name| env::var(name).ok());
    let mut config = Config::read(args)?;
    let mut chosen = vec![format!("keysift ci: {}", pipeline.service)];
    if let Source::Files(files) = &config.source {
        if let Some(since) = &pipeline.since {
            let revisions = keysift_source::since(since).map_err(anyhow::Error::msg)?;
            config.source = Source::Git(config::git(args, revisions, files.stop.clone()));
            chosen.push(format!("what was added since {since}"));
        } else {
            chosen.push("the whole tree".to_owned());
        }
    }
    if args.chooses_report() {
        chosen.push("reports as asked for".to_owned());
    } else {
        for (format, _) in &mut config.outputs {
            *format = pipeline.console;
        }
        if let Some((format, file)) = pipeline.report {
            let file = Path::new(file);
            whole_file::make_folder(file)?;
            config.outputs.insert(0, (format, Output::File(file.to_owned())));
            chosen.push(format!("a report in {}", file.display()));
        }
    }
    output::say(&chosen.join("; "));
    let finished = scan::finished(&config)?;
    scan::write(&config, &finished)?;
    github(&finished)?;
    Ok(finished.outcome())
}

/// The summary of the job, and the outputs of the step, if GitHub asks for them.
fn github(finished: &Finished) -> Result<()> {
    let append = |variable: &str, text: &[u8]| -> Result<()> {
        let Some(file) = env::var_os(variable).filter(|file| !file.is_empty()) else {
            return Ok(());
        };
        let mut file = OpenOptions::new().append(true).create(true).open(file)?;
        Ok(file.write_all(text)?)
    };
    let mut summary = Vec::new();
    finished.write(Format::Markdown, &mut summary)?;
    append("GITHUB_STEP_SUMMARY", &summary).context("cannot write the summary of the job")?;
    let outputs = format!(
        "findings={}\nfailing={}\noutcome={}\n",
        finished.findings().count(),
        finished.findings().filter(|finding| finding.fails()).count(),
        finished.outcome().word()
    );
    append("GITHUB_OUTPUT", outputs.as_bytes()).context("cannot write the outputs of the step")
}
