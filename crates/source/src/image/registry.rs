//! Reads images from registries. Manifests are fetched first; each layer is scanned while it is downloaded,
//! and nothing is stored.
//!
//! Protocols: OCI distribution specification 1.1, "Pull"; the Docker registry's token authentication
//! (distribution.github.io, "Token Authentication Specification"); docker-credential-helpers, "get".

use std::{
    collections::{HashMap, HashSet},
    env,
    io::{self, Read},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use ureq::{
    Agent, Body,
    http::{Response, StatusCode, header},
};

use super::{
    archive::LARGEST_JSON,
    credentials::{Credentials, credentials},
};

/// Accepted media types of manifests.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, \
                         application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// Timeout for a connection, a response, and each read.
const TIMEOUT: Duration = Duration::from_secs(60);

/// An image reference, as users write it after `docker://`.
#[derive(Debug, PartialEq, Eq)]
struct Reference {
    /// The host under which credentials are stored.
    host: String,
    name: String,
    /// A tag or digest.
    reference: String,
}

impl Reference {
    /// Parses `[HOST[:PORT]/]NAME[:TAG][@DIGEST]` like Docker: a first part without a dot or port that is not
    /// `localhost` is a name on Docker Hub.
    fn parse(text: &str) -> Option<Self> {
        let (host, path) = match text.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path.to_owned()),
            Some(_) => ("docker.io", text.to_owned()),
            None => ("docker.io", format!("library/{text}")),
        };
        let (name, digest) = path
            .split_once('@')
            .map_or((path.as_str(), None), |(name, digest)| (name, Some(digest)));
        let (name, tag) = name.split_once(':').unwrap_or((name, "latest"));
        let reference = digest.unwrap_or(tag);
        let plain = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-/:+".contains(&byte))
        };
        (plain(host) && plain(name) && plain(reference) && !name.contains("..") && !name.ends_with('/')).then(
            || Self {
                host: host.to_owned(),
                name: name.to_owned(),
                reference: reference.to_owned(),
            },
        )
    }

    /// Returns the URL of its blobs and manifests. A registry on this machine needs no TLS, as in Docker.
    fn url(&self) -> String {
        let host = if self.host == "docker.io" {
            "registry-1.docker.io"
        } else {
            &self.host
        };
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let scheme = if matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
            "http"
        } else {
            "https"
        };
        format!("{scheme}://{host}/v2/{}", self.name)
    }
}

/// A repository in a registry.
pub(super) struct Repository {
    agent: Agent,
    url: String,
    /// The `Authorization` header for all requests, after the first challenge.
    authorization: Mutex<Option<String>>,
    credentials: Option<Credentials>,
    blobs: HashSet<String>,
}

/// Fetches the manifests and configurations of an image, by blob name, and the names of its layers. Of a
/// multi-platform image, selects `platform` (such as `linux/amd64`), or all with `all`.
pub(super) fn fetch(text: &str, platform: &str) -> io::Result<(Repository, HashMap<String, Vec<u8>>)> {
    let wrong = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "is not an image reference: expected docker://HOST/NAME:TAG",
        )
    };
    let reference = Reference::parse(text).ok_or_else(wrong)?;
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(TIMEOUT))
        .timeout_recv_response(Some(TIMEOUT))
        .timeout_per_read(Some(TIMEOUT))
        .user_agent(concat!("keysift/", env!("CARGO_PKG_VERSION")))
        .tls_config(
            ureq::tls::TlsConfig::builder()
                .root_certs(ureq::tls::RootCerts::PlatformVerifier)
                .build(),
        )
        .build();
    let mut repository = Repository {
        agent: config.new_agent(),
        url: reference.url(),
        authorization: Mutex::default(),
        credentials: credentials(&reference.host)?,
        blobs: HashSet::new(),
    };
    let mut files = HashMap::new();
    let first = repository.small("manifests", &reference.reference)?;
    let digest = if reference.reference.starts_with("sha256:") {
        reference.reference.clone()
    } else {
        digest(&first)
    };
    let mut index = json!({"manifests": [{"digest": digest, "annotations": {"org.opencontainers.image.ref.name": text}}]});
    let mut chosen = vec![];
    let manifest: Value = serde_json::from_slice(&first)?;
    if manifest["manifests"].is_array() {
        let entries = choose(
            manifest["manifests"].as_array().map_or(&[], Vec::as_slice),
            platform,
        );
        if entries.is_empty() {
            return Err(io::Error::other(format!(
                "has no image for {platform}: choose another --platform, or all"
            )));
        }
        for entry in &entries {
            let name = entry["digest"].as_str().unwrap_or_default();
            chosen.push((name.to_owned(), repository.small("manifests", name)?));
        }
        index = json!({"manifests": entries.into_iter().map(|mut entry| {
            entry["annotations"]["org.opencontainers.image.ref.name"] = json!(text);
            entry
        }).collect::<Vec<_>>()});
    } else {
        chosen.push((digest, first));
    }
    files.insert("index.json".to_owned(), index.to_string().into_bytes());
    for (name, manifest) in chosen {
        let parsed: Value = serde_json::from_slice(&manifest)?;
        if let Some(config) = parsed["config"]["digest"].as_str() {
            files.insert(blob(config), repository.small("blobs", config)?);
        }
        let layers = parsed["layers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|layer| layer["digest"].as_str());
        repository.blobs.extend(layers.map(blob));
        files.insert(blob(&name), manifest);
    }
    Ok((repository, files))
}

/// Selects the images of an index for a platform, with their attestations.
fn choose(entries: &[Value], platform: &str) -> Vec<Value> {
    let of = |entry: &Value| {
        format!(
            "{}/{}",
            entry["platform"]["os"].as_str().unwrap_or("?"),
            entry["platform"]["architecture"].as_str().unwrap_or("?")
        )
    };
    let subject = |entry: &Value| {
        entry["annotations"]["vnd.docker.reference.digest"]
            .as_str()
            .map(str::to_owned)
    };
    let images = entries
        .iter()
        .filter(|entry| subject(entry).is_none() && (platform == "all" || of(entry) == platform));
    let images: HashSet<&str> = images.filter_map(|entry| entry["digest"].as_str()).collect();
    let wanted = |entry: &&Value| {
        subject(entry)
            .as_deref()
            .or(entry["digest"].as_str())
            .is_some_and(|digest| images.contains(digest))
    };
    entries.iter().filter(wanted).cloned().collect()
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

/// Returns the name of a blob in the OCI layout.
fn blob(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

impl Repository {
    pub(super) fn has(&self, name: &str) -> bool {
        self.blobs.contains(name)
    }

    /// Opens a layer as a stream.
    pub(super) fn open(&self, name: &str) -> io::Result<Box<dyn Read>> {
        let digest = name.trim_start_matches("blobs/").replace('/', ":");
        Ok(Box::new(self.get("blobs", &digest)?.into_body().into_reader()))
    }

    /// Fetches a manifest or configuration.
    fn small(&self, kind: &str, name: &str) -> io::Result<Vec<u8>> {
        self.get(kind, name)?
            .into_body()
            .into_with_config()
            .limit(LARGEST_JSON)
            .read_to_vec()
            .map_err(io::Error::other)
    }

    fn get(&self, kind: &str, name: &str) -> io::Result<Response<Body>> {
        // Digests from manifests become part of a URL, so they are validated.
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-:+".contains(&byte))
        {
            return Err(io::Error::other(format!("{name}: not a digest")));
        }
        let url = format!("{}/{kind}/{name}", self.url);
        let known = self
            .authorization
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut response = self.request(&url, known.as_deref())?;
        if response.status() == StatusCode::UNAUTHORIZED {
            let challenge = response
                .headers()
                .get(header::WWW_AUTHENTICATE)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            let header = self.authorize(challenge)?;
            response = self.request(&url, Some(&header))?;
            *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) = Some(header);
        }
        let what = format!("{kind}/{name}");
        match response.status() {
            StatusCode::OK => Ok(response),
            StatusCode::NOT_FOUND => Err(io::Error::other(format!("not found in the registry: {what}"))),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.credentials.is_none() => Err(
                io::Error::other("the registry requires credentials: use `docker login` or `podman login`"),
            ),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(io::Error::other(format!(
                "the registry denies {what} to {}",
                self.user()
            ))),
            StatusCode::TOO_MANY_REQUESTS => Err(io::Error::other(
                "rate limited by the registry: try again later, or log in",
            )),
            status => Err(io::Error::other(format!(
                "the registry returned {status} for {what}"
            ))),
        }
    }

    fn user(&self) -> &str {
        self.credentials
            .as_ref()
            .map_or("nobody", |credentials| &credentials.0)
    }

    fn request(&self, url: &str, authorization: Option<&str>) -> io::Result<Response<Body>> {
        let mut request = self.agent.get(url).header(header::ACCEPT, MANIFESTS);
        if let Some(value) = authorization {
            // ureq does not send this header to hosts that the registry redirects to.
            request = request.header(header::AUTHORIZATION, value);
        }
        request
            .call()
            .map_err(|error| io::Error::other(format!("cannot reach the registry: {error}")))
    }

    /// Returns the `Authorization` header for a challenge (`WWW-Authenticate`).
    fn authorize(&self, challenge: &str) -> io::Result<String> {
        let (scheme, rest) = challenge.split_once(' ').unwrap_or((challenge, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            let missing = "the registry requires credentials: use `docker login` or `podman login`";
            return self
                .credentials
                .as_ref()
                .map(Credentials::header)
                .ok_or_else(|| io::Error::other(missing));
        }
        let parameters = parameters(rest);
        let realm = parameters
            .get("realm")
            .filter(|_| scheme.eq_ignore_ascii_case("bearer"));
        let realm = realm.ok_or_else(|| {
            io::Error::other(format!("unsupported registry authentication scheme: {scheme}"))
        })?;
        if self.url.starts_with("https:") && !realm.starts_with("https:") {
            return Err(io::Error::other(
                "the registry asks for credentials over an unencrypted connection",
            ));
        }
        let mut request = self.agent.get(realm);
        for key in ["service", "scope"] {
            request = parameters
                .get(key)
                .into_iter()
                .fold(request, |request, value| request.query(key, value));
        }
        if let Some(credentials) = &self.credentials {
            request = request.header(header::AUTHORIZATION, credentials.header());
        }
        let mut response = request
            .call()
            .map_err(|error| io::Error::other(format!("cannot reach {realm}: {error}")))?;
        if response.status() != StatusCode::OK {
            return Err(io::Error::other(format!(
                "{realm} denied a token to {}: {}",
                self.user(),
                response.status()
            )));
        }
        let answer = response
            .body_mut()
            .with_config()
            .limit(LARGEST_JSON)
            .read_to_vec()
            .map_err(io::Error::other)?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let token = answer["token"].as_str().or(answer["access_token"].as_str());
        token
            .map(|token| format!("Bearer {token}"))
            .ok_or_else(|| io::Error::other(format!("{realm} returned no token")))
    }
}

/// Parses the parameters of a challenge: `realm="https://…",service="…"`. Values can contain commas.
fn parameters(text: &str) -> HashMap<String, String> {
    let mut all = HashMap::new();
    let mut rest = text;
    while let Some((key, behind)) = rest.split_once("=\"") {
        let Some((value, after)) = behind.split_once('"') else {
            break;
        };
        all.insert(
            key.trim_matches([' ', ',']).to_ascii_lowercase(),
            value.to_owned(),
        );
        rest = after;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_parsed_like_docker() {
        let parsed = |text: &str| Reference::parse(text).map(|found| (found.url(), found.reference));
        let some = |url: &str, reference: &str| Some((url.to_owned(), reference.to_owned()));
        let digest = format!("sha256:{}", "a".repeat(64));
        assert_eq!(
            parsed("alpine"),
            some("https://registry-1.docker.io/v2/library/alpine", "latest")
        );
        assert_eq!(parsed("a/b:1"), some("https://registry-1.docker.io/v2/a/b", "1"));
        assert_eq!(
            parsed("localhost:5000/a/b/c:1.2"),
            some("http://localhost:5000/v2/a/b/c", "1.2")
        );
        assert_eq!(
            parsed(&format!("ghcr.io/a/b:1@{digest}")),
            some("https://ghcr.io/v2/a/b", &digest)
        );
        for wrong in ["", "a b", "ghcr.io/", "ghcr.io/../x", "x?y", "a#b"] {
            assert_eq!(parsed(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn challenges_are_read() {
        let found = parameters(
            r#"realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push""#,
        );
        assert_eq!(
            (found["realm"].as_str(), found["scope"].as_str()),
            ("https://auth.example/token", "repository:a/b:pull,push")
        );
    }

    #[test]
    fn the_platform_and_its_attestation_are_selected() {
        let image = |digest: &str, architecture: &str| json!({"digest": digest, "platform": {"os": "linux", "architecture": architecture}});
        let attested = |digest: &str, of: &str| json!({"digest": digest, "annotations": {"vnd.docker.reference.digest": of}});
        let entries = [
            image("a", "amd64"),
            image("b", "arm64"),
            attested("c", "a"),
            attested("d", "b"),
        ];
        let chosen = |platform: &str| {
            choose(&entries, platform)
                .iter()
                .map(|entry| entry["digest"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen("linux/arm64"), ["b", "d"]);
        assert_eq!(chosen("all"), ["a", "b", "c", "d"]);
        assert!(chosen("windows/amd64").is_empty());
    }
}
