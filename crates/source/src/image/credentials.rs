//! Reads the user's credentials for registries, as stored by Docker and Podman.

use std::{
    env, fs,
    io::{self, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use data_encoding::BASE64;
use serde_json::Value;

/// User name and password.
pub(super) struct Credentials(pub(super) String, pub(super) String);

impl Credentials {
    pub(super) fn header(&self) -> String {
        format!(
            "Basic {}",
            BASE64.encode(format!("{}:{}", self.0, self.1).as_bytes())
        )
    }
}

/// Returns the files in which Docker and Podman store credentials.
fn files() -> Vec<PathBuf> {
    let from = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let files = [
        from("REGISTRY_AUTH_FILE"),
        from("DOCKER_CONFIG")
            .or_else(|| env::home_dir().map(|home| home.join(".docker")))
            .map(|folder| folder.join("config.json")),
        from("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
    ];
    files.into_iter().flatten().collect()
}

pub(super) fn credentials(host: &str) -> io::Result<Option<Credentials>> {
    for file in files() {
        let Ok(text) = fs::read(&file) else { continue };
        let config: Value = serde_json::from_slice(&text).map_err(|error| {
            io::Error::other(format!(
                "cannot read the credentials in {}: {error}",
                file.display()
            ))
        })?;
        if let Some(found) = of_host(&config, host)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Returns the credentials for a host from a Docker configuration.
fn of_host(config: &Value, host: &str) -> io::Result<Option<Credentials>> {
    let names = if host == "docker.io" {
        vec!["https://index.docker.io/v1/", host]
    } else {
        vec![host]
    };
    for name in names {
        if let Some(helper) = config["credHelpers"][name]
            .as_str()
            .or(config["credsStore"].as_str())
            && let Some(found) = from_helper(helper, name)?
        {
            return Ok(Some(found));
        }
        let entry = &config["auths"][name];
        if let Some(auth) = entry["auth"].as_str() {
            let text = BASE64
                .decode(auth.trim().as_bytes())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            let pair = text.as_deref().and_then(|text| text.split_once(':'));
            let (name, password) = pair.ok_or_else(|| {
                io::Error::other(format!(
                    "the credentials for {host} are not NAME:PASSWORD in base64"
                ))
            })?;
            return Ok(Some(Credentials(
                name.to_owned(),
                password.trim_end_matches('\0').to_owned(),
            )));
        }
    }
    Ok(None)
}

/// Runs a Docker credential helper, a program that the user's own configuration names.
fn from_helper(helper: &str, name: &str) -> io::Result<Option<Credentials>> {
    let program = format!("docker-credential-{helper}");
    let started = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = started.map_err(|error| io::Error::other(format!("cannot run {program}: {error}")))?;
    if let Some(mut input) = child.stdin.take() {
        writeln!(input, "{name}")?;
    }
    let output = child.wait_with_output()?;
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let pair = answer["Username"]
        .as_str()
        .zip(answer["Secret"].as_str())
        .filter(|_| output.status.success());
    match pair {
        Some(("<token>", _)) => Err(io::Error::other(format!(
            "{program} returned an identity token, which is not supported"
        ))),
        Some((name, secret)) => Ok(Some(Credentials(name.to_owned(), secret.to_owned()))),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_of_a_host_are_read() {
        let config = json!({"auths": {"ghcr.io": {"auth": BASE64.encode(b"me:pass:word")}, "https://index.docker.io/v1/": {"auth": BASE64.encode(b"hub:x")}}});
        let pair = |host: &str| {
            of_host(&config, host)
                .unwrap()
                .map(|Credentials(name, password)| (name, password))
        };
        assert_eq!(pair("ghcr.io"), Some(("me".to_owned(), "pass:word".to_owned())));
        assert_eq!(pair("docker.io"), Some(("hub".to_owned(), "x".to_owned())));
        assert_eq!(pair("quay.io"), None);
        assert!(of_host(&json!({"auths": {"a.b": {"auth": "!"}}}), "a.b").is_err());
    }
}
