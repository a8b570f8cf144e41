//! What an archive says of the images in it: `manifest.json` of docker save, `index.json` of the OCI layout, configurations.
//!
//! Read leniently: writers leave out what the specification demands (`"manifests": null`, no history), and put secrets where it has no
//! field. Sources: the Docker image specification v1.2, the OCI image specification 1.1.

use std::collections::HashMap;

use serde_json::Value;

/// An image, as its archive describes it.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) tag: String,
    pub(crate) platform: String,
    pub(crate) config: Value,
    pub(crate) layers: Vec<Part>,
}

impl Image {
    /// Its tag, and its platform, which tells apart the images of one tag.
    pub(crate) fn name(&self) -> String {
        if self.platform.is_empty() {
            self.tag.clone()
        } else {
            format!("{} ({})", self.tag, self.platform)
        }
    }
}

/// A layer of an image.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The name of its file in the archive.
    pub(crate) blob: String,
    pub(crate) diff_id: String,
    pub(crate) created_by: String,
}

/// How deep an index may name others.
const DEPTH: usize = 4;

/// All images of an archive, from the small JSON files in it; and what they name and the archive lacks.
pub(crate) fn images(
    files: &HashMap<String, Vec<u8>>,
    has: &dyn Fn(&str) -> bool,
) -> (Vec<Image>, Vec<String>) {
    let (mut images, mut missing) = (Vec::new(), Vec::new());
    let mut configs = Vec::new();
    for entry in json(files, "manifest.json")
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let config_name = entry["Config"].as_str().unwrap_or_default();
        let layers: Vec<String> = strings(&entry["Layers"]);
        let tag = strings(&entry["RepoTags"])
            .into_iter()
            .next()
            .unwrap_or_else(|| short(config_name));
        configs.push(config_name.to_owned());
        images.push(image(files, tag, config_name, layers, &mut missing));
    }
    let mut todo: Vec<(Value, String, usize)> = json(files, "index.json")
        .into_iter()
        .map(|index| (index, String::new(), DEPTH))
        .collect();
    while let Some((index, tag, depth)) = todo.pop() {
        for entry in index["manifests"].as_array().into_iter().flatten() {
            let name = blob_name(entry["digest"].as_str().unwrap_or_default());
            let annotations = &entry["annotations"];
            let named = ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
                .iter()
                .find_map(|key| annotations[*key].as_str());
            let tag = named.map_or_else(|| tag.clone(), str::to_owned);
            let Some(manifest) = json(files, &name) else {
                if !has(&name) {
                    missing.push(name);
                }
                continue;
            };
            if manifest.get("manifests").is_some() {
                if depth > 0 {
                    todo.push((manifest, tag, depth - 1));
                }
                continue;
            }
            let config = blob_name(manifest["config"]["digest"].as_str().unwrap_or_default());
            if configs.contains(&config) {
                continue;
            }
            let layers = manifest["layers"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|layer| layer["digest"].as_str())
                .map(blob_name)
                .collect();
            let tag = if tag.is_empty() { short(&name) } else { tag };
            configs.push(config.clone());
            images.push(image(files, tag, &config, layers, &mut missing));
        }
    }
    missing.extend(
        images
            .iter()
            .flat_map(|image| &image.layers)
            .map(|layer| layer.blob.clone())
            .filter(|blob| !has(blob)),
    );
    missing.sort();
    missing.dedup();
    (images, missing)
}

fn image(
    files: &HashMap<String, Vec<u8>>,
    tag: String,
    config_name: &str,
    layers: Vec<String>,
    missing: &mut Vec<String>,
) -> Image {
    let config = json(files, config_name).unwrap_or_else(|| {
        missing.push(config_name.to_owned());
        Value::Null
    });
    let diff_ids = strings(&config["rootfs"]["diff_ids"]);
    let history: Vec<&Value> = config["history"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["empty_layer"] != true)
        .collect();
    let parts = layers.into_iter().enumerate().map(|(at, blob)| Part {
        diff_id: diff_ids.get(at).cloned().unwrap_or_else(|| short(&blob)),
        created_by: history
            .get(at)
            .and_then(|entry| entry["created_by"].as_str())
            .map(instruction)
            .unwrap_or_default(),
        blob,
    });
    let parts = parts.collect();
    let text = |key: &str| config[key].as_str().unwrap_or_default();
    let platform = if text("os").is_empty() {
        String::new()
    } else {
        format!("{}/{}", text("os"), text("architecture"))
    };
    Image {
        tag,
        platform,
        layers: parts,
        config,
    }
}

fn json(files: &HashMap<String, Vec<u8>>, name: &str) -> Option<Value> {
    serde_json::from_slice(files.get(name)?).ok()
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

/// The file of a digest in the OCI layout.
fn blob_name(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

/// A digest or file name, cut to what tells it apart.
fn short(name: &str) -> String {
    let name = name.trim_end_matches("/layer.tar").trim_end_matches(".json");
    name.rsplit('/').next().unwrap_or(name).chars().take(12).collect()
}

/// A line of the history as the instruction that it was: `/bin/sh -c #(nop)  CMD …` is `CMD …`, any other is what `RUN` ran.
fn instruction(created_by: &str) -> String {
    let text = created_by.trim_end_matches("# buildkit").trim();
    match text.split_once("#(nop)") {
        Some((_, rest)) => rest.trim().to_owned(),
        None if text.starts_with("/bin/sh -c") || text.starts_with('|') => format!("RUN {text}"),
        None => text.to_owned(),
    }
}

/// The configuration and the history, as the Dockerfile that they amount to: checks and rules read it as one.
pub(crate) fn dockerfile(image: &Image) -> String {
    let mut out = String::from("# what the image's configuration and history say\n");
    let config = &image.config["config"];
    let mut line = |text: String| {
        out.push_str(&text.replace('\n', " "));
        out.push('\n');
    };
    for pair in strings(&config["Env"]) {
        if let Some((name, value)) = pair.split_once('=') {
            line(format!(
                "ENV {name}=\"{}\"",
                value
                    .replace('\\', "\\\\")
                    .replace('"', "\\\"")
                    .replace('$', "\\$")
            ));
        }
    }
    for (name, value) in config["Labels"].as_object().into_iter().flatten() {
        line(format!(
            "LABEL {name}=\"{}\"",
            value
                .as_str()
                .unwrap_or_default()
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
        ));
    }
    for (key, word) in [("Entrypoint", "ENTRYPOINT"), ("Cmd", "CMD")] {
        if config[key].is_array() {
            line(format!("{word} {}", config[key]));
        }
    }
    if let Some(test) = config["Healthcheck"]["Test"].as_array() {
        line(format!("HEALTHCHECK CMD {}", Value::from(test.clone())));
    }
    for entry in strings(&config["OnBuild"]) {
        line(format!("ONBUILD {entry}"));
    }
    for entry in image.config["history"].as_array().into_iter().flatten() {
        let text = instruction(entry["created_by"].as_str().unwrap_or_default());
        // `|2 NAME=value OTHER=value /bin/sh -c …`: the build arguments that the command saw.
        let mut command = text.as_str();
        if let Some((count, rest)) = text.strip_prefix("RUN |").and_then(|rest| rest.split_once(' ')) {
            command = rest;
            for _ in 0..count.parse().unwrap_or(0) {
                let (pair, behind) = command.split_once(' ').unwrap_or((command, ""));
                line(format!("ARG {pair}"));
                command = behind;
            }
        }
        // What `ENV` set stands above already.
        if !command.is_empty() && !command.starts_with("ENV ") {
            let run = if command.len() < text.len() { "RUN " } else { "" };
            line(format!("{run}{command}"));
        }
        for key in ["author", "comment"] {
            if let Some(text) = entry[key]
                .as_str()
                .filter(|text| !text.is_empty() && *text != "buildkit.dockerfile.v0")
            {
                line(format!("# {key}: {text}"));
            }
        }
    }
    out
}
