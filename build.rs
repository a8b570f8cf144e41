//! Reads `patterns/*.yaml` and plans the matcher once, when the program is built: doing so at every start would cost a hook more than its
//! scan.

use std::{env, error::Error, fs, path::Path, process::ExitCode};

use keysift_matcher::{Case, Matcher};

fn main() -> ExitCode {
    match embed() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn embed() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files: Vec<_> = fs::read_dir("patterns")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut specs = Vec::new();
    for file in files {
        specs.extend(keysift_rules::parse_trusted(&file, &fs::read_to_string(&file)?)?);
    }
    let out = env::var("OUT_DIR")?;
    fs::write(
        Path::new(&out).join("rules.postcard"),
        keysift_rules::to_bytes(&specs),
    )?;

    let mut builder = Matcher::builder();
    for lead in keysift_rules::leads(&specs) {
        let case = if lead.ignore_case { Case::Ignore } else { Case::Exact };
        builder.literal_in(&lead.literal, case, lead.context());
    }
    fs::write(
        Path::new(&out).join("matcher.plan"),
        builder.make_plan()?.to_bytes(),
    )?;
    Ok(())
}
