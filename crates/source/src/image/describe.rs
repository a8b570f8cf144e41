//! Parses the description of images in an archive: `manifest.json` of docker save, `index.json` of the OCI
//! layout, and configurations.
//!
//! The parser is lenient: tools omit fields that the specification requires (`"manifests": null`, no
//! history), and secrets can be in fields that it does not define. Each document is read once, even if it is
//! referenced several times. Sources: the Docker image specification v1.2, the OCI image specification 1.1.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;

use super::{
    dockerfile::{annotations, instruction},
    json::parse,
};

/// Maximum number of layers of all images in an archive together; more are not plausible.
const MOST_LAYERS: usize = 100_000;

/// Maximum length of a layer's text in reports, in bytes. The whole text is scanned with the configuration.
const SHOWN: usize = 4 << 10;

/// An image, as described in its archive.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) tag: String,
    pub(crate) platform: String,
    pub(crate) config: Arc<Config>,
    pub(crate) layers: Vec<Part>,
}

impl Image {
    /// Returns the tag and the platform, which distinguishes images of one tag.
    pub(crate) fn name(&self) -> String {
        if self.platform.is_empty() {
            self.tag.clone()
        } else {
            format!("{} ({})", self.tag, self.platform)
        }
    }
}

/// A configuration, with its data about layers.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The name of its file in the archive.
    pub(crate) name: String,
    pub(crate) value: Value,
    diff_ids: Vec<Arc<str>>,
    /// The instruction that created each layer.
    created_by: Vec<Arc<str>>,
}

impl Config {
    fn new(name: String, value: Value) -> Self {
        let history = value["history"].as_array().into_iter().flatten();
        let created_by = history
            .filter(|entry| entry["empty_layer"] != true)
            .map(|entry| cut(instruction(entry["created_by"].as_str().unwrap_or_default())).into());
        let diff_ids = strings(&value["rootfs"]["diff_ids"]).into_iter();
        Self {
            name,
            created_by: created_by.collect(),
            diff_ids: diff_ids.map(|id| cut(id).into()).collect(),
            value,
        }
    }
}

/// A layer of an image.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The name of its file in the archive.
    pub(crate) blob: String,
    pub(crate) diff_id: Arc<str>,
    pub(crate) created_by: Arc<str>,
    /// The file name, if this is an artifact (ORAS, Helm, signatures) and not a layer.
    pub(crate) artifact: Option<String>,
}

/// Access to the files of an archive, for reading manifests.
pub(crate) trait Documents {
    /// Returns a small JSON file.
    fn json(&self, name: &str) -> Option<&[u8]>;
    /// Returns whether the file exists.
    fn has(&self, name: &str) -> bool;
    /// Resolves links and `..` in a name.
    fn real(&self, name: &str) -> String;
}

/// The description of an archive.
#[derive(Default)]
pub(crate) struct ArchiveDescription {
    pub(crate) images: Vec<Image>,
    /// Annotations and unknown fields of manifests and indexes: the tag, and the text.
    pub(crate) notes: Vec<(String, String)>,
    /// Referenced documents that cannot be read, and why.
    pub(crate) faults: Vec<(String, &'static str)>,
    /// The names of the documents that were read.
    pub(crate) documents: HashSet<String>,
}

const MISSING: &str = "referenced by the image, but missing in the archive";
const NO_JSON: &str = "referenced as manifest or configuration, but not JSON or too large";

/// Describes all images of an archive.
pub(crate) fn images(files: &dyn Documents) -> ArchiveDescription {
    let mut reader = Reader {
        files,
        out: ArchiveDescription::default(),
        configs: HashMap::new(),
        seen: HashSet::new(),
        layers: 0,
    };
    reader.docker();
    reader.oci();
    let Reader { mut out, .. } = reader;
    for image in &out.images {
        let missing = image.layers.iter().filter(|layer| !files.has(&layer.blob));
        out.faults
            .extend(missing.map(|layer| (layer.blob.clone(), MISSING)));
    }
    out.faults.sort();
    out.faults.dedup();
    out
}

struct Reader<'f> {
    files: &'f dyn Documents,
    out: ArchiveDescription,
    configs: HashMap<String, Arc<Config>>,
    /// Images that were found: configuration and layers.
    seen: HashSet<(String, Vec<String>)>,
    layers: usize,
}

impl Reader<'_> {
    /// Reads `manifest.json`.
    fn docker(&mut self) {
        let Some(manifest) = self.document("manifest.json", false) else {
            return;
        };
        self.note("", &manifest);
        for entry in manifest.as_array().into_iter().flatten() {
            let config = entry["Config"].as_str().unwrap_or_default();
            let tag = strings(&entry["RepoTags"])
                .into_iter()
                .next()
                .unwrap_or_else(|| short(config));
            let layers = strings(&entry["Layers"]).into_iter().map(|name| (name, None));
            self.image(tag, config, layers.collect());
        }
    }

    /// Reads `index.json` and the documents that it references, each once.
    fn oci(&mut self) {
        let Some(index) = self.document("index.json", false) else {
            return;
        };
        let mut todo = vec![(index, String::new())];
        let mut visited = HashSet::new();
        while let Some((index, tag)) = todo.pop() {
            self.note(&tag, &index);
            for entry in index["manifests"].as_array().into_iter().flatten() {
                let name = blob_name(entry["digest"].as_str().unwrap_or_default());
                if !visited.insert(self.files.real(&name)) {
                    continue;
                }
                let named = ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
                    .iter()
                    .find_map(|key| entry["annotations"][*key].as_str());
                let tag = named.map_or_else(|| tag.clone(), |name| cut(name.to_owned()));
                // A descriptor can reference any file; one that is not a manifest is read like other files.
                let media = entry["mediaType"].as_str().unwrap_or("manifest");
                let manifest = ["manifest", "index", "json"]
                    .iter()
                    .any(|word| media.contains(word));
                let Some(document) = self.document(&name, manifest || !self.files.has(&name)) else {
                    continue;
                };
                if document.get("manifests").is_some() {
                    todo.push((document, tag));
                } else {
                    self.manifest(&name, tag, &document);
                }
            }
        }
    }

    /// Reads the manifest of an image or artifact.
    fn manifest(&mut self, name: &str, tag: String, manifest: &Value) {
        let tag = if tag.is_empty() { short(name) } else { tag };
        self.note(&tag, manifest);
        let parts = ["layers", "blobs", "fsLayers"]
            .iter()
            .flat_map(|key| manifest[*key].as_array().into_iter().flatten());
        let parts = parts.filter_map(|part| {
            let digest = part["digest"].as_str().or(part["blobSum"].as_str())?;
            Some((blob_name(digest), artifact(part)))
        });
        let parts = parts.collect();
        let config = manifest["config"]["digest"].as_str().map(blob_name);
        self.image(tag, &config.unwrap_or_default(), parts);
    }

    /// Reads a document, once. If `wanted`, a missing or invalid document is a fault.
    fn document(&mut self, name: &str, wanted: bool) -> Option<Value> {
        let real = self.files.real(name);
        let document = self.files.json(&real).and_then(parse);
        match (&document, self.files.has(name)) {
            (Some(_), _) => drop(self.out.documents.insert(real)),
            (None, true) if wanted || name.ends_with(".json") => {
                self.out.faults.push((name.to_owned(), NO_JSON));
            }
            (None, false) if wanted => self.out.faults.push((name.to_owned(), MISSING)),
            _ => {}
        }
        document
    }

    fn note(&mut self, tag: &str, document: &Value) {
        let text = annotations(document);
        if !text.is_empty() {
            self.out.notes.push((tag.to_owned(), text));
        }
    }

    fn config(&mut self, name: &str) -> Arc<Config> {
        let real = self.files.real(name);
        if let Some(config) = self.configs.get(&real) {
            return Arc::clone(config);
        }
        // An artifact may have no configuration.
        let value = match name.is_empty() {
            true => None,
            false => self.document(name, true),
        };
        let config = Arc::new(Config::new(real.clone(), value.unwrap_or_default()));
        self.configs.insert(real, Arc::clone(&config));
        config
    }

    fn image(&mut self, tag: String, config: &str, layers: Vec<(String, Option<String>)>) {
        let config = self.config(config);
        let names: Vec<String> = layers.iter().map(|(name, _)| self.files.real(name)).collect();
        if !self.seen.insert((config.name.clone(), names.clone())) {
            return;
        }
        self.layers += names.len();
        if self.layers > MOST_LAYERS {
            let why = "more than 100,000 layers in one archive: not read";
            self.out.faults.push((cut(tag), why));
            return;
        }
        let parts = names.into_iter().zip(layers).enumerate();
        let parts = parts.map(|(at, (blob, (_, artifact)))| Part {
            diff_id: config
                .diff_ids
                .get(at)
                .cloned()
                .unwrap_or_else(|| short(&blob).into()),
            created_by: config.created_by.get(at).cloned().unwrap_or_default(),
            blob,
            artifact,
        });
        let layers = parts.collect();
        let text = |key: &str| cut(config.value[key].as_str().unwrap_or_default().to_owned());
        let platform = if text("os").is_empty() {
            String::new()
        } else {
            format!("{}/{}", text("os"), text("architecture"))
        };
        self.out.images.push(Image {
            tag: cut(tag),
            platform,
            layers,
            config,
        });
    }
}

/// Returns the file name of a part of a manifest, if its media type is not that of a layer.
fn artifact(part: &Value) -> Option<String> {
    let media = part["mediaType"].as_str()?;
    let title = part["annotations"]["org.opencontainers.image.title"].as_str();
    // An attestation is detected by its content.
    let layer = media.is_empty() || ["tar", "in-toto"].iter().any(|word| media.contains(word));
    (!layer).then(|| {
        let name = title.map_or_else(
            || short(part["digest"].as_str().unwrap_or("artifact")),
            str::to_owned,
        );
        cut(name)
    })
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Returns the file of a digest in the OCI layout.
fn blob_name(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

/// Shortens a digest or file name to 12 characters.
fn short(name: &str) -> String {
    let name = name.trim_end_matches("/layer.tar").trim_end_matches(".json");
    let name = name.rsplit(['/', ':']).next().unwrap_or(name);
    name.chars().take(12).collect()
}

/// Limits a text from the archive to the length that reports show.
fn cut(mut text: String) -> String {
    if text.len() > SHOWN {
        let end = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}
