//! Documents inside strings: properties, environment files, INI, flat YAML and JSON, read line by line.

/// `name = value` on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'t> {
    pub(crate) name: &'t str,
    pub(crate) value: &'t str,
    /// Where the value stands.
    pub(crate) at: usize,
}

/// The assignments of a text; lines that are anything else give nothing, code least of all.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        assignment(line.trim_end_matches(['\n', '\r'])).map(|(name, value, offset)| Line {
            name,
            value,
            at: at + offset,
        })
    })
}

/// The assignments of a text that may be a program too: not those of anything but one plain word.
pub(crate) fn plain_lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    lines(text).filter(|line| {
        !line
            .value
            .contains(['[', ']', '{', '}', '<', '>', '\'', '"', ' '])
    })
}

fn assignment(line: &str) -> Option<(&str, &str, usize)> {
    let trimmed = line.trim_start();
    let trimmed = trimmed
        .strip_prefix("export ")
        .or_else(|| trimmed.strip_prefix("- "))
        .unwrap_or(trimmed)
        .trim_start_matches(['"', '\'']);
    let name_len = trimmed.find(|char: char| !char.is_ascii_alphanumeric() && !"_-.[]".contains(char))?;
    let name = &trimmed[..name_len];
    let rest = trimmed[name_len..].trim_start_matches(['"', '\'']).trim_start();
    let rest = rest
        .strip_prefix(":=")
        .or_else(|| rest.strip_prefix(['=', ':']))
        .filter(|_| !name.is_empty())?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|char| matches!(char, '"' | '\''));
    let value = match quote {
        Some(quote) => rest[1..].split(quote).next().unwrap_or_default(),
        None => rest
            .split(" #")
            .next()
            .unwrap_or_default()
            .trim_end()
            .trim_end_matches([',', ';']),
    };
    // Where it stands in the line: `value` is a slice of it.
    let offset = value.as_ptr() as usize - line.as_ptr() as usize;
    (!value.is_empty() && !value.contains(['(', ')'])).then_some((name, value, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_in_the_usual_formats() {
        for (line, name, value) in [
            (
                "spring.datasource.password=kq7zr",
                "spring.datasource.password",
                "kq7zr",
            ),
            ("  DB_PASSWORD: \"kq7zr\"", "DB_PASSWORD", "kq7zr"),
            ("export TOKEN='kq7zr' # x", "TOKEN", "kq7zr"),
            ("  \"password\": \"kq7zr\",", "password", "kq7zr"),
            ("password = kq7zr  # comment", "password", "kq7zr"),
        ] {
            let found: Vec<_> = lines(line).collect();
            assert_eq!(
                (
                    found[0].name,
                    found[0].value,
                    &line[found[0].at..found[0].at + value.len()]
                ),
                (name, value, value),
                "{line}"
            );
        }
        for line in [
            "const secretKey = process.env.X",
            "password",
            "# password = x",
            "token = fetch(x)",
            "password:",
        ] {
            assert_eq!(lines(line).count(), 0, "{line}");
        }
    }
}
