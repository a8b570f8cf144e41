//! Suggestions for misspelled names.

use std::cmp::Reverse;

/// The maximum number of suggestions.
const MOST: usize = 8;

/// The names that are similar to `asked`, the most similar first: they share words of more than two letters,
/// the first word counting twice, or differ in at most two letters.
/// differ in at most two letters.
pub fn suggest<'n>(asked: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let asked = asked.to_ascii_lowercase();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (related(name, &asked), name))
        .filter(|(score, _)| *score > 0)
        .collect();
    near.sort_by_key(|(score, name)| (Reverse(*score), *name));
    near.dedup();
    // A spelling error has one correction.
    let typed = near.iter().filter(|(score, _)| *score >= TYPED).count();
    near.truncate(if typed > 0 { typed.min(3) } else { MOST });
    near.into_iter().map(|(_, name)| name).collect()
}

/// The score of names that differ in one or two letters.
const TYPED: usize = 100;

fn related(name: &str, asked: &str) -> usize {
    let distance = distance(name.as_bytes(), asked.as_bytes());
    if distance <= 2 && asked.len() > 4 {
        return TYPED + 2 - distance;
    }
    let words = asked.split(['-', '_', ' ']).filter(|word| word.len() > 2).count();
    let shared = |word: &str| word.len() > 2 && asked.split(['-', '_', ' ', '*']).any(|other| other == word);
    let score = name
        .split('-')
        .enumerate()
        .filter(|(_, word)| shared(word))
        .map(|(at, _)| if at == 0 { 2 } else { 1 })
        .sum();
    // One common word of several is weak evidence.
    if score == 1 && words > 1 { 0 } else { score }
}

/// The edit distance with transpositions (Damerau-Levenshtein), at most 3.
fn distance(one: &[u8], other: &[u8]) -> usize {
    const MANY: usize = 3;
    if one.len().abs_diff(other.len()) >= MANY || one.len() > 200 {
        return MANY;
    }
    let mut rows = [Vec::new(), Vec::new(), (0..=other.len()).collect::<Vec<_>>()];
    for (at, letter) in one.iter().enumerate() {
        let mut row = vec![at + 1];
        for (column, against) in other.iter().enumerate() {
            let mut best = (rows[2][column] + usize::from(letter != against))
                .min(rows[2][column + 1] + 1)
                .min(row[column] + 1);
            if at > 0 && column > 0 && one[at - 1] == *against && *letter == other[column - 1] {
                best = best.min(rows[1][column - 1] + 1);
            }
            row.push(best);
        }
        rows.rotate_left(1);
        rows[2] = row;
    }
    rows[2].last().copied().unwrap_or(MANY).min(MANY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = [
        "github-pat-classic",
        "github-oauth-token",
        "private-key-rsa",
        "k8s-env-literal",
    ];

    #[test]
    fn misspellings_have_one_suggestion_and_words_several() {
        assert_eq!(suggest("github-pat-clasic", NAMES), ["github-pat-classic"]);
        assert_eq!(suggest("k8s-env-litreal", NAMES), ["k8s-env-literal"]);
        assert_eq!(
            suggest("github", NAMES),
            ["github-oauth-token", "github-pat-classic"]
        );
        assert!(suggest("zzz", NAMES).is_empty());
    }

    #[test]
    fn transpositions_count_as_one_edit() {
        assert_eq!(distance(b"abcd", b"abdc"), 1);
        assert_eq!(distance(b"abcd", b"abcd"), 0);
        assert_eq!(distance(b"abcd", b"xyzw"), 3);
    }
}
