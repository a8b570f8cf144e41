//! The literals of Terraform, OpenTofu, Packer and Nomad files.

use std::path::Path;

use keysift_finding::Work;

use crate::{
    CHECKS, Facts, FieldKind, Found, Literal, Outcome, checks, command, document,
    hcl::{self, Attribute, Block, Body, Expr, Text},
    yaml::Tree,
};

/// A file of Terraform or OpenTofu.
#[derive(Clone, Copy, Debug)]
pub struct TerraformFile<'t> {
    pub(crate) body: &'t Body<'t>,
}

/// Runs the checks of a file.
pub(crate) fn check(path: &Path, text: &[u8], work: &Work) -> Outcome {
    let mut outcome = Outcome::default();
    // Bytes that are no text: nothing that Terraform reads.
    let Ok(text) = std::str::from_utf8(text) else {
        return outcome;
    };
    if !work.bytes(text.len()) {
        return outcome;
    }
    let body = Body::parse(text);
    let tree = hcl::objects_tree(&body, text, work);
    let mut facts = Facts {
        path: path.to_string_lossy().replace('\\', "/"),
        ..Facts::default()
    };
    crate::objects_of(&tree, path, &mut outcome.findings, Some(&mut facts));
    let mut walk = Walk::default();
    walk.body(&body, "the file");
    for text in &walk.documents {
        document_inside(&tree, path, text, &mut outcome);
    }
    facts
        .values
        .extend(crate::judge(&walk.found, &mut outcome.findings));
    for (check, meta) in CHECKS.iter().zip(checks::METAS.iter()) {
        check.terraform(
            &TerraformFile { body: &body },
            &mut Found::new(meta, &mut outcome.findings),
        );
    }
    outcome.facts = facts.finish(text.as_bytes());
    outcome
}

/// YAML or JSON in a here-document: manifests, values of charts, container definitions.
fn document_inside(tree: &Tree, path: &Path, text: &Text<'_>, outcome: &mut Outcome) {
    if text.raw.contains("kind:") && text.raw.contains("apiVersion:") {
        crate::inside(tree, path, text.span, &mut outcome.findings);
    } else if text.raw.trim_start().starts_with(['[', '{']) {
        let inner = tree.inner(text.raw.as_bytes(), text.span.start);
        crate::judge(&crate::cloud::containers(&inner), &mut outcome.findings);
    }
}

/// Collects literals, and the documents in texts.
#[derive(Default)]
struct Walk<'b> {
    found: Vec<Literal<'b>>,
    documents: Vec<&'b Text<'b>>,
}

impl<'b> Walk<'b> {
    fn push(&mut self, carrier: FieldKind, name: &'b str, text: &Text<'b>, owner: &str) {
        self.found
            .push(Literal::new(carrier, name, text.raw, text.span, owner.to_owned()));
    }

    fn body(&mut self, body: &'b Body<'b>, owner: &str) {
        for attribute in &body.attributes {
            self.attribute(attribute, owner);
        }
        let text = |name| body.get(name).and_then(Expr::text);
        let name = text("name").or_else(|| text("key"));
        if let (Some(name), Some(value)) = (name, text("value")) {
            self.push(FieldKind::Terraform, last_part(name.raw), value, owner);
        }
        for block in &body.blocks {
            self.block(block, owner);
        }
    }

    fn block(&mut self, block: &'b Block<'b>, owner: &str) {
        // What becomes an object of Kubernetes is read as one.
        if hcl::is_object(block) {
            self.texts(&block.body);
            return;
        }
        match block.kind {
            "variable" => {
                let default = block.body.get("default");
                if let (Some(name), Some(default)) = (block.labels.first(), default) {
                    self.value(name, default, &block.shown());
                }
            }
            "provisioner" => self.provisioner(block, owner),
            // What an output is called says nothing about a secret that is written in it.
            "output" | "moved" | "import" | "check" => {}
            "locals" | "terraform" | "provider" | "resource" | "data" | "module" | "job" => {
                self.body(&block.body, &block.shown());
            }
            _ => self.body(&block.body, owner),
        }
    }

    /// Only the documents in the texts of a body.
    fn texts(&mut self, body: &'b Body<'b>) {
        for attribute in &body.attributes {
            if let Some(text) = attribute.value.text().filter(|text| text.block) {
                self.documents.push(text);
            }
        }
        body.blocks.iter().for_each(|block| self.texts(&block.body));
    }

    fn attribute(&mut self, attribute: &'b Attribute<'b>, owner: &str) {
        if !crate::collect::describes(&attribute.name) {
            self.value(&attribute.name, &attribute.value, owner);
        }
    }

    fn value(&mut self, name: &'b str, value: &'b Expr<'b>, owner: &str) {
        match value {
            Expr::Text(text) if text.block => self.document(text, owner),
            Expr::Text(text)
                if !text.is_template() && !crate::collect::is_schema_reference(name, text.raw) =>
            {
                self.push(FieldKind::Terraform, name, text, owner);
            }
            Expr::Text(_) | Expr::Other(..) => {}
            Expr::List(items) => items.iter().for_each(|item| self.value(name, item, owner)),
            Expr::Object(entries) => self.object(entries, owner),
            // `base64encode("x")`, `jsonencode({ … })`, `yamldecode(<<EOF`.
            Expr::Call {
                name: call,
                arguments,
            } => {
                let makes = [
                    "encode",
                    "decode",
                    "merge",
                    "tomap",
                    "concat",
                    "sensitive",
                    "nonsensitive",
                ];
                if makes.iter().any(|part| call.contains(part)) {
                    arguments
                        .iter()
                        .for_each(|argument| self.value(name, argument, owner));
                }
            }
        }
    }

    fn object(&mut self, entries: &'b [Attribute<'b>], owner: &str) {
        let text = |wanted: &str| {
            let entry = entries
                .iter()
                .find(|entry| entry.name.eq_ignore_ascii_case(wanted));
            entry.and_then(|entry| entry.value.text())
        };
        if let (Some(name), Some(value)) = (text("name").or_else(|| text("key")), text("value")) {
            self.push(FieldKind::Terraform, last_part(name.raw), value, owner);
        }
        entries.iter().for_each(|entry| self.attribute(entry, owner));
    }

    /// A here-document: its assignments, and what it may be as a whole.
    fn document(&mut self, text: &'b Text<'b>, owner: &str) {
        self.documents.push(text);
        self.found.extend(
            document::plain_lines(text.raw).map(|line| {
                Literal::of_line(FieldKind::TerraformText, line, text.span.start, owner.to_owned())
            }),
        );
    }

    /// The commands of a provisioner, and the connection that it uses.
    fn provisioner(&mut self, block: &'b Block<'b>, owner: &str) {
        let commands = ["command", "inline", "script"]
            .iter()
            .filter_map(|name| block.body.get(name));
        let texts = commands.flat_map(|value| match value {
            Expr::List(items) => items.iter().filter_map(Expr::text).collect(),
            value => value.text().into_iter().collect::<Vec<_>>(),
        });
        for text in texts {
            let word = command::Word {
                text: text.raw,
                span: text.span,
                raw: text.raw,
            };
            let credentials = command::credentials(&[word]).into_iter();
            self.found.extend(credentials.map(|credential| {
                Literal::of_credential(FieldKind::TerraformCommand, credential, owner.to_owned())
            }));
        }
        self.body(&block.body, owner);
    }
}

/// `auth.password` of a chart's values is judged by its last part.
fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
