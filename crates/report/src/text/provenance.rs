//! Where the bytes of a finding come from: a commit, a layer of an image, its configuration.

use keysift_finding::{FileState, Origin};

use crate::{escape::Terminal, record::Record};

/// One line for each fact about the origin; none for a file.
pub(crate) fn provenance(record: &Record) -> Vec<String> {
    match &*record.origin {
        Origin::File(_) | Origin::Stdin => Vec::new(),
        Origin::Commit { commit, .. } => {
            let made = format!("commit {} of {}, {}", commit.short(), commit.author, commit.date);
            let tip = record.at_tip.map(|there| match there {
                true => "still in the file at the tip",
                false => "removed from the file, but still in the history and in every clone",
            });
            [Some(made), tip.map(str::to_owned)]
                .into_iter()
                .flatten()
                .collect()
        }
        Origin::Config { tag, .. } => vec![format!(
            "the configuration of {tag}: everyone who can pull the image can read it"
        )],
        Origin::Layer { layer, status, .. } => {
            let made = record.created_by.to::<Terminal>();
            let made = match made.as_str() {
                "" => String::new(),
                made => format!(", created by {}", cut(made)),
            };
            let digest: String = layer.diff_id.chars().take(19).collect();
            let state = status.get().map_or_else(
                || "layer status unknown".to_owned(),
                |status| in_image(status.state),
            );
            let mut lines = vec![
                format!(
                    "{} of {} of {}, {digest}{made}",
                    layer.number, layer.of, layer.tag
                ),
                state,
            ];
            let others = status.get().into_iter().flat_map(|status| &status.others);
            lines.extend(others.map(|(tag, state)| format!("in {tag}: {}", in_image(*state))));
            lines
        }
    }
}

fn in_image(state: FileState) -> String {
    const ADVICE: &str = "but still in the image: rebuild with a secret mount or another stage";
    match state {
        FileState::Live => "in the final file system".to_owned(),
        FileState::Deleted(by) => format!("deleted in layer {by}, {ADVICE}"),
        FileState::Overwritten(by) => format!("overwritten in layer {by}, {ADVICE}"),
    }
}

/// The beginning of a long instruction.
fn cut(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
