//! `keysift lsp`: the language server, on standard input and output.

use anyhow::Result;
use keysift::Outcome;

/// Serves an editor until it sends `exit`.
pub(crate) fn serve() -> Result<Outcome> {
    keysift_lsp::serve()?;
    Ok(Outcome::Clean)
}
