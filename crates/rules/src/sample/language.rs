//! The set of texts that a recipe can write, as a regular expression. Tests compare it with the pattern.

use super::{Piece, Recipe};

impl Recipe {
    /// A regular expression for what the recipe can write. Pieces with an inner structure are approximated by
    /// their characters.
    pub fn language(&self) -> String {
        self.pieces.iter().map(|piece| piece.language()).collect()
    }

    /// Returns whether a piece is made by a function, or is a password, so that the pattern is necessarily
    /// wider.
    pub fn is_open(&self) -> bool {
        self.pieces.iter().any(|piece| match piece {
            Piece::Made(..) | Piece::Checksum { .. } => true,
            Piece::Letters { name, .. } => *name == "password",
            Piece::Either(recipes) => recipes.iter().any(Recipe::is_open),
            _ => false,
        })
    }
}

impl Piece {
    fn language(&self) -> String {
        match self {
            Piece::Text(text) => regex_syntax::escape(text),
            Piece::Letters {
                alphabet,
                least,
                most,
                ..
            } => {
                let class: String = alphabet.iter().map(|byte| format!("\\x{byte:02x}")).collect();
                format!("[{class}]{{{least},{most}}}")
            }
            Piece::OneOf(words) => format!(
                "(?:{})",
                words
                    .iter()
                    .map(|word| regex_syntax::escape(word))
                    .collect::<Vec<_>>()
                    .join("|")
            ),
            Piece::Either(recipes) => format!(
                "(?:{})",
                recipes.iter().map(Recipe::language).collect::<Vec<_>>().join("|")
            ),
            Piece::Checksum { .. } | Piece::Made(..) | Piece::Secret => r"(?s:.+)".to_owned(),
        }
    }
}
