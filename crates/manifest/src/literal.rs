//! Names and the literals they are given, in everything that carries them: what most checks are about. Each is judged once.

use std::borrow::Cow;

use keysift_finding::{Confidence, Severity, Span};
use keysift_judge::{self as judge, Likelihood, Name, Value, looks_random, name, value, well_known};

use crate::{check::Detail, command::Credential, document::Line, yaml::Scalar};

/// The kind of field that contains a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldKind {
    /// `env` of a container.
    Env,
    /// `data` of a ConfigMap.
    ConfigMap,
    /// A document inside a ConfigMap.
    ConfigMapText,
    /// `data` or `stringData` of a Secret.
    Secret,
    /// A document inside a Secret.
    SecretText,
    /// A field of a custom resource.
    CustomResource,
    /// A document inside a custom resource.
    CustomResourceText,
    /// Values of a Helm chart.
    Values,
    /// `environment` of a compose service.
    ComposeEnv,
    /// `build.args` of a compose service.
    ComposeArg,
    /// `command`, `entrypoint`, `healthcheck` of a compose service.
    ComposeCommand,
    /// `secretGenerator` of a kustomization.
    KustomizeSecret,
    /// `configMapGenerator` of a kustomization.
    KustomizeConfig,
    /// `command` or `args` of a container.
    Args,
    /// A probe or a lifecycle hook of a container.
    Probe,
    /// Variables of a CI pipeline.
    Ci,
    /// `ENV` of a Dockerfile.
    DockerEnv,
    /// The default of an `ARG` of a Dockerfile.
    DockerArg,
    /// A command of a Dockerfile.
    DockerRun,
    /// The address of `ADD` or `FROM`.
    DockerAdd,
    /// A label of an image.
    DockerLabel,
    /// A default inside an expression of a template.
    Template,
    /// An attribute of Terraform, or of another HCL file.
    Terraform,
    /// A here-document of an HCL file.
    TerraformText,
    /// A command of a provisioner.
    TerraformCommand,
    /// A field of a template of a cloud service.
    Cloud,
    /// A text in a template of a cloud service.
    CloudText,
    /// A variable or parameter of Ansible.
    Ansible,
    /// A command of an Ansible task.
    AnsibleCommand,
}

/// A name with its literal.
#[derive(Clone, Debug)]
pub struct Literal<'t> {
    /// The kind of field.
    pub carrier: FieldKind,
    /// The name.
    pub name: Cow<'t, str>,
    /// The value as its consumer reads it.
    pub value: Cow<'t, str>,
    /// The place of the value.
    pub span: Span,
    /// The container, if it has one.
    pub container: Option<&'t str>,
    /// What holds it: kind and name, service, job.
    pub owner: Cow<'t, str>,
    /// The span of the field with its key, if another field can replace it.
    pub field: Option<Span>,
}

/// What is wrong with a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// A secret.
    Secret {
        /// The name says so; otherwise the value looks random under a name that may be a secret's.
        certain: bool,
    },
    /// A word in a Secret, whose author says that its values are secret.
    Declared,
    /// A default that everybody knows, and that would be live.
    Weak,
    /// A URL or connection string with a password in it, under whatever name.
    Url,
}

impl<'t> Literal<'t> {
    /// A literal outside a container, whose field no other can replace.
    pub(crate) fn new(
        carrier: FieldKind,
        name: impl Into<Cow<'t, str>>,
        value: impl Into<Cow<'t, str>>,
        span: Span,
        owner: impl Into<Cow<'t, str>>,
    ) -> Self {
        Self {
            carrier,
            name: name.into(),
            value: value.into(),
            span,
            container: None,
            owner: owner.into(),
            field: None,
        }
    }

    /// The literal of a whole scalar.
    pub(crate) fn of_scalar(
        carrier: FieldKind,
        name: impl Into<Cow<'t, str>>,
        scalar: &'t Scalar,
        owner: impl Into<Cow<'t, str>>,
    ) -> Self {
        Self::new(carrier, name, &*scalar.text, scalar.span, owner)
    }

    /// The literal of a line in a document that begins at `start`.
    pub(crate) fn of_line(
        carrier: FieldKind,
        line: Line<'t>,
        start: usize,
        owner: impl Into<Cow<'t, str>>,
    ) -> Self {
        let start = start + line.at;
        let span = Span::new(start, start + line.value.len());
        Self::new(carrier, line.name, line.value, span, owner)
    }

    /// The literal that a command gets.
    pub(crate) fn of_credential(
        carrier: FieldKind,
        credential: Credential<'t>,
        owner: impl Into<Cow<'t, str>>,
    ) -> Self {
        Self::new(carrier, credential.name, credential.value, credential.span, owner)
    }

    /// The literal as a field of a container.
    pub(crate) fn in_container(self, container: Option<&'t str>) -> Self {
        Self { container, ..self }
    }
}

impl Literal<'_> {
    /// Judges it; `None` where nothing is wrong.
    pub(crate) fn judge(&self) -> Option<Leak> {
        let text = self.value.trim();
        let by_name = match name(&self.name) {
            Name::Sensitive => Some(true),
            Name::Possible if looks_random(text) && text.len() >= 16 => Some(false),
            _ => None,
        };
        let declared = matches!(
            self.carrier,
            FieldKind::Secret | FieldKind::SecretText | FieldKind::KustomizeSecret
        );
        let Some(certain) = by_name.or_else(|| (declared && self.looks_secret(text)).then_some(false)) else {
            return self
                .url(text)
                .or_else(|| self.is_declared(text).then_some(Leak::Declared));
        };
        // `${X:-literal}`: the literal is what runs.
        let runs = text
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}')?.split_once('-'))
            .map_or(text, |(_, default)| default);
        // An asking word in what compose starts is a password that runs; elsewhere somebody fills it in.
        let asked = judge::asks(runs) && !matches!(self.carrier, FieldKind::ComposeEnv | FieldKind::Env);
        let plain = value(text.trim_matches(['"', '\''])) != Value::Literal;
        if value(text) != Value::Literal
            || plain
            || asked
            || judge::inert(runs).is_some_and(|_| !well_known(runs))
        {
            return None;
        }
        if let url @ Some(_) = self.url(text) {
            return url;
        }
        if well_known(runs) || runs.eq_ignore_ascii_case(&self.name) {
            let opens = declared || judge::is_password(&self.name) || judge::is_default_secret(runs);
            return opens.then_some(Leak::Weak);
        }
        if !self.fits(text) {
            return None;
        }
        Some(Leak::Secret { certain })
    }

    /// Whether a key of a Secret is for something that goes with a secret: its user, host or certificate.
    fn is_plain_key(&self) -> bool {
        const PLAIN: &[&str] = &[
            "user", "host", "port", "database", "name", "email", "url", "uri", "endpoint", "region",
            "bucket", "id", "ca.crt", "tls.crt",
        ];
        let lower = self.name.to_ascii_lowercase();
        PLAIN.iter().any(|word| lower.ends_with(word)) || judge::describes(&self.name)
    }

    /// Whether a word is a value of a Secret that may be the secret, although nothing but its place says so.
    fn is_declared(&self, text: &str) -> bool {
        const SETTINGS: &[&str] = &[
            "db",
            "type",
            "mode",
            "level",
            "driver",
            "engine",
            "version",
            "project",
            "domain",
            "namespace",
        ];
        let lower = self.name.to_ascii_lowercase();
        let user = lower.contains("user") && !lower.contains("pass");
        let setting = user
            || SETTINGS.iter().any(|word| lower.ends_with(word))
            || lower.ends_with(".crt")
            || lower.ends_with(".pub");
        let address = text.contains("://")
            || text.contains('.')
                && !text.contains(char::is_whitespace)
                && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        matches!(self.carrier, FieldKind::Secret | FieldKind::KustomizeSecret)
            && text.len() >= 3
            && value(text) == Value::Literal
            && judge::inert(text).is_none()
            && !judge::asks(text)
            && !(setting || address || text.contains(['{', '\n']))
            && !self.is_plain_key()
    }

    /// Whoever wrote a Secret says that its values are secret; those that look it are, whatever their key.
    fn looks_secret(&self, text: &str) -> bool {
        if self.is_plain_key() {
            return false;
        }
        // Of words only those that speak of a credential, and phrases: `mypassword`, `not so very secret`.
        let spoken = ["pass", "secret", "phrase"]
            .iter()
            .any(|word| text.to_ascii_lowercase().contains(word));
        let likelihood = judge::credential("password", text).map(|judged| judged.likelihood);
        let least = match self.carrier {
            FieldKind::SecretText => Likelihood::Sure, // a document of any kind
            _ => Likelihood::Likely,
        };
        likelihood >= Some(least)
            || least == Likelihood::Likely
                && spoken
                && (well_known(text)
                    || text.split_whitespace().count() >= 3 && !text.contains([':', '=', '\n']))
    }

    fn url(&self, text: &str) -> Option<Leak> {
        judge::url_password(text).map(|_| Leak::Url)
    }

    /// Where names are only likely to be a secret's (fields of any schema), the value must look like one.
    fn fits(&self, text: &str) -> bool {
        let strict = match self.carrier {
            FieldKind::CustomResource
            | FieldKind::CustomResourceText
            | FieldKind::ConfigMapText
            | FieldKind::TerraformText
            | FieldKind::CloudText
            | FieldKind::Values
            | FieldKind::Template => true,
            FieldKind::Env
            | FieldKind::ConfigMap
            | FieldKind::ComposeEnv
            | FieldKind::Ci
            | FieldKind::Terraform
            | FieldKind::Cloud
            | FieldKind::Ansible => {
                let words = judge::is_password(&self.name) || judge::signs(&self.name);
                !words && !text.bytes().any(|byte| byte.is_ascii_digit())
            }
            _ => false,
        };
        if !strict {
            return true;
        }
        // In a document of any kind a bare word may be anything; a word and a number is as people choose passwords.
        let text_only = matches!(
            self.carrier,
            FieldKind::ConfigMapText
                | FieldKind::CustomResourceText
                | FieldKind::TerraformText
                | FieldKind::CloudText
        );
        let password =
            judge::is_password(&self.name) && (!text_only || text.bytes().any(|byte| byte.is_ascii_digit()));
        judge::credential(&self.name, text)
            .is_some_and(|judged| password || judged.likelihood >= Likelihood::Likely)
    }

    /// Describes where the literal is, for messages.
    pub fn place(&self) -> String {
        match self.container {
            Some(container) => format!("container `{container}` of {}", self.owner),
            None => self.owner.clone().into_owned(),
        }
    }
}

impl Leak {
    /// Says on a finding how sure it is.
    pub(crate) fn say(self, detail: Detail<'_>) {
        let detail = detail.secret();
        if self == (Leak::Secret { certain: false }) {
            detail.doubt(
                Confidence::Medium,
                "the name may belong to a secret, and the value looks random",
            );
        } else if self == Self::Declared {
            detail
                .severity(
                    Severity::Medium,
                    "the value is a word: only its place in a Secret says that it is one",
                )
                .doubt(
                    Confidence::Medium,
                    "neither the key nor the value is that of a secret",
                );
        }
    }
}
