//! Names and the literals they are given, in everything that carries them: what most checks are about. Each is judged once.

use std::borrow::Cow;

use keysift_finding::{Confidence, Span};
use keysift_judge::{self as judge, Likelihood, Name, Value, looks_random, name, value, well_known};

use crate::check::Detail;

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
    /// A default that everybody knows, and that would be live.
    Weak,
    /// A URL or connection string with a password in it, under whatever name.
    Url,
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
            return self.url(text);
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

    /// Whoever wrote a Secret says that its values are secret; those that look it are, whatever their key.
    fn looks_secret(&self, text: &str) -> bool {
        const PLAIN: &[&str] = &[
            "user", "host", "port", "database", "name", "email", "url", "uri", "endpoint", "region",
            "bucket", "id", "ca.crt", "tls.crt",
        ];
        let lower = self.name.to_ascii_lowercase();
        if PLAIN.iter().any(|word| lower.ends_with(word)) || judge::describes(&self.name) {
            return false;
        }
        // Of words only those that speak of a credential, and phrases: `mypassword`, `not so very secret`.
        let spoken = ["pass", "secret", "phrase"]
            .iter()
            .any(|word| text.to_ascii_lowercase().contains(word));
        let sureness = judge::credential("password", text).map(|judged| judged.sureness);
        let least = match self.carrier {
            FieldKind::SecretText => Likelihood::Sure, // a document of any kind
            _ => Likelihood::Likely,
        };
        sureness >= Some(least)
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
            | FieldKind::Values
            | FieldKind::Template => true,
            FieldKind::Env | FieldKind::ConfigMap | FieldKind::ComposeEnv | FieldKind::Ci => {
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
            FieldKind::ConfigMapText | FieldKind::CustomResourceText
        );
        let password =
            judge::is_password(&self.name) && (!text_only || text.bytes().any(|byte| byte.is_ascii_digit()));
        judge::credential(&self.name, text)
            .is_some_and(|judged| password || judged.sureness >= Likelihood::Likely)
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
        }
    }
}
