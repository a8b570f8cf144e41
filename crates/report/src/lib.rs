//! Reports: findings as text, JSON, SARIF, HTML and other formats.
//!
//! A [`Report`] takes blobs with their findings from many threads. It computes lines, excerpts and
//! fingerprints while the text is in memory, and writes everything in order at the end, so that the report
//! does not depend on the number of threads. Secrets leave this crate redacted, unless [`Options::reveal`] is
//! set. Values that were not judged harmless are masked (`mask`), and text from files and names is escaped
//! for the output language ([`Untrusted`]).

mod aggregate;
mod anchor;
mod counts;
mod diff;
mod escape;
mod excerpt;
mod format;
mod gitlab;
mod html;
mod json;
mod lines;
mod list;
mod markdown;
mod mask;
mod record;
mod redact;
mod reported;
mod sarif;
mod show;
mod subject;
mod text;
mod words;

pub use aggregate::{Options, Report, Suppressed, Totals};
pub use anchor::{Anchors, secrets_of};
pub use counts::counted;
pub use diff::{Changes, NoReport, PreviousReport};
pub use escape::{
    Csv, Dot, Escaped, GithubData, GithubProperty, Language, Markdown, Mermaid, Sarif, Terminal, Untrusted,
    Xml, visible,
};
pub use format::{Finished, Format, Group, Named, Screen, Show, TextStyle};
pub use list::{ListFormat, RuleColumn, write_list};
pub use reported::{Reported, ReportedEdit, ReportedPlace};
pub use show::{Changed, changed_lines, write_changes};
pub use subject::Subject;
pub use text::has_links;
