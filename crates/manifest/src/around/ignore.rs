//! `.dockerignore`, as moby/patternmatcher reads it: the last pattern that fits a path or one of its folders decides.

/// The patterns of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct DockerIgnore {
    /// Each with whether it brings back what others took out.
    patterns: Vec<(bool, String)>,
}

impl DockerIgnore {
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let patterns = lines.map(|line| {
            let (back, pattern) = line
                .strip_prefix('!')
                .map_or((false, line), |rest| (true, rest.trim()));
            let parts: Vec<&str> = pattern
                .split('/')
                .filter(|part| !matches!(*part, "" | "."))
                .collect();
            (back, parts.join("/"))
        });
        Self {
            patterns: patterns.filter(|(_, pattern)| !pattern.is_empty()).collect(),
        }
    }

    /// Whether a file, relative to the context, is kept out.
    pub(crate) fn excludes(&self, path: &str) -> bool {
        let fits = |pattern: &str| {
            let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
            folders
                .chain([path])
                .any(|path| glob(pattern.as_bytes(), path.as_bytes()))
        };
        let mut out = false;
        for (back, pattern) in &self.patterns {
            if *back == out && fits(pattern) {
                out = !back;
            }
        }
        out
    }
}

/// One part of a pattern.
enum Part<'p> {
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Some,
    /// `**`, and a slash behind it
    Any {
        slash: bool,
    },
    Class(&'p [u8]),
}

fn parts(pattern: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        at += 1;
        parts.push(match byte {
            b'*' if pattern.get(at) == Some(&b'*') => {
                at += 1;
                let slash = pattern.get(at) == Some(&b'/');
                at += usize::from(slash);
                Part::Any { slash }
            }
            b'*' => Part::Some,
            b'?' => Part::One,
            b'[' => match pattern[at..]
                .iter()
                .position(|byte| *byte == b']')
                .filter(|end| *end > 0)
            {
                Some(end) => {
                    at += end + 1;
                    Part::Class(&pattern[at - end - 1..at - 1])
                }
                None => Part::Byte(b'['),
            },
            b'\\' => {
                at += 1;
                Part::Byte(*pattern.get(at - 1).unwrap_or(&b'\\'))
            }
            byte => Part::Byte(*byte),
        });
    }
    parts
}

fn in_class(class: &[u8], byte: u8) -> bool {
    let (not, mut rest) = class
        .strip_prefix(b"^")
        .map_or((false, class), |rest| (true, rest));
    let mut yes = false;
    while let Some(first) = rest.first() {
        let range = (rest.len() > 2 && rest[1] == b'-').then(|| rest[2]);
        yes |= range.map_or(*first == byte, |last| (*first..=last).contains(&byte));
        rest = &rest[if range.is_some() { 3 } else { 1 }..];
    }
    yes != not
}

/// Whether a pattern fits a whole path: all states at once, so that no pattern of a hostile repository takes longer than its length times
/// the path's.
pub(crate) fn glob(pattern: &[u8], path: &[u8]) -> bool {
    let parts = parts(pattern);
    let mut states = vec![false; parts.len() + 1];
    states[0] = true;
    let skip = |states: &mut Vec<bool>| {
        for (at, part) in parts.iter().enumerate() {
            states[at + 1] |= states[at] && matches!(part, Part::Some | Part::Any { .. });
        }
    };
    skip(&mut states);
    for byte in path {
        let mut next = vec![false; parts.len() + 1];
        for (at, part) in parts.iter().enumerate().filter(|(at, _)| states[*at]) {
            match part {
                Part::Byte(own) => next[at + 1] |= own == byte,
                Part::One => next[at + 1] |= *byte != b'/',
                Part::Class(class) => next[at + 1] |= *byte != b'/' && in_class(class, *byte),
                Part::Some => next[at] |= *byte != b'/',
                Part::Any { slash: false } => next[at] = true,
                Part::Any { slash: true } => {
                    next[at] = true;
                    next[at + 1] |= *byte == b'/';
                }
            }
        }
        // `**/` that has begun must end at a slash: only its start may be skipped, which `skip` does before the first byte and behind a slash.
        states = next;
        for (at, part) in parts.iter().enumerate() {
            let free = match part {
                Part::Some | Part::Any { slash: false } => true,
                Part::Any { slash: true } => *byte == b'/' && states[at],
                _ => false,
            };
            states[at + 1] |= states[at] && free;
        }
    }
    states[parts.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_docker_reads_them() {
        for (pattern, path, fits) in [
            ("a", "a", true),
            ("a", "b/a", false),
            ("*.pem", "x.pem", true),
            ("*.pem", "a/x.pem", false),
            ("**/*.pem", "a/b/x.pem", true),
            ("**/*.pem", "x.pem", true),
            ("**/secret", "nosecret", false),
            ("**/secret", "a/nosecret", false),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/**/b", "a/xb", false),
            ("a/**", "a/b/c", true),
            ("?.e[n-o]v", "a.env", true),
            ("[^a]b", "ab", false),
            (r"\*", "*", true),
            (".env*", ".env.local", true),
        ] {
            assert_eq!(
                glob(pattern.as_bytes(), path.as_bytes()),
                fits,
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn the_last_pattern_decides() {
        let ignore = DockerIgnore::parse("# all\n*\n!src\n/src/private/\n!src/private/readme\n");
        for (path, out) in [
            (".env", true),
            ("src/a.rs", false),
            ("src/private/key", true),
            ("src/private/readme", false),
            ("lib/src/a", true),
        ] {
            assert_eq!(ignore.excludes(path), out, "{path}");
        }
        assert!(!DockerIgnore::parse("").excludes(".env"));
    }
}
