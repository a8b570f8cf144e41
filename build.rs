//! Reads `patterns/*.yaml` once, when the program is built: reading YAML at every start would cost a hook more than its scan.

use std::{env, error::Error, fs, path::Path, process::ExitCode};

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
    let mut files: Vec<_> = fs::read_dir("patterns")?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut specs = Vec::new();
    for file in files {
        specs.extend(keysift_rules::parse_trusted(&file, &fs::read_to_string(&file)?)?);
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rules.postcard"), keysift_rules::to_bytes(&specs))?;
    Ok(())
}
