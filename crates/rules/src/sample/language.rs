//! What a recipe can write, as an expression: the other direction of "pattern and recipe describe the same".

use super::{Piece, Recipe};

impl Recipe {
    /// An expression (`regex` syntax) that matches exactly what the recipe may write; where a piece has an inner structure, anything of its
    /// characters.
    pub fn language(&self) -> String {
        self.pieces.iter().map(|piece| piece.language()).collect()
    }

    /// Whether a piece is made by a function, or is a password: then the pattern is wider by nature.
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
