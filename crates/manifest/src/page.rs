//! The page of a check: front matter, prose, examples.

use keysift_finding::RuleMeta;

/// A parsed page.
#[derive(Clone, Debug)]
pub struct Page {
    /// What the check says of itself.
    pub meta: RuleMeta,
    /// Fenced examples of what is found.
    pub bad: Vec<Example>,
    /// Fenced examples of what is not.
    pub good: Vec<Example>,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Example {
    /// The language behind the fence: `yaml`, `json`, `dockerfile`.
    pub language: String,
    /// The highlighted lines, which the finding must be on, from 1 (`hl_lines="2 4"`).
    pub lines: Vec<u64>,
    /// The text.
    pub text: String,
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = text
            .strip_prefix("---\n")
            .ok_or("a page begins with front matter")?;
        let (front, body) = rest
            .split_once("\n---\n")
            .ok_or("the front matter does not end")?;
        let (mut fields, mut references) = (Vec::new(), Vec::new());
        for line in front.lines() {
            match (line.strip_prefix("  - "), line.split_once(": ")) {
                (Some(reference), _) => references.push(reference.to_owned()),
                (None, Some((key, value))) => fields.push((key, value.trim())),
                (None, None) if line == "references:" => {}
                _ => return Err(format!("front matter: `{line}`")),
            }
        }
        const KEYS: &[&str] = &[
            "id",
            "name",
            "family",
            "severity",
            "confidence",
            "since",
            "credential",
            "hard-coded",
        ];
        if let Some((key, _)) = fields.iter().find(|(key, _)| !KEYS.contains(key)) {
            return Err(format!("front matter: unknown key `{key}`"));
        }
        let field = |key: &str| {
            let found = fields.iter().find(|(other, _)| *other == key);
            found
                .map(|(_, value)| (*value).to_owned())
                .ok_or_else(|| format!("front matter: no `{key}`"))
        };
        let section = |title: &str| section(body, title).ok_or_else(|| format!("no section `## {title}`"));
        let why = body.split("\n## ").next().unwrap_or_default();
        let meta = RuleMeta {
            id: field("id")?,
            name: field("name")?,
            provider: field("family")?,
            severity: field("severity")?.parse()?,
            confidence: field("confidence")?.parse()?,
            since: field("since")?,
            why: paragraphs(why),
            fix: paragraphs(section("Fix")?),
            check: String::new(),
            rotate: Vec::new(),
            references,
            is_credential: fields.contains(&("credential", "true")),
            is_hard_coded: fields.contains(&("hard-coded", "true")),
        };
        Ok(Self {
            meta,
            bad: examples(section("Bad")?)?,
            good: examples(section("Good")?)?,
        })
    }
}

fn section<'a>(body: &'a str, title: &str) -> Option<&'a str> {
    let heading = format!("\n## {title}\n");
    let start = body.find(&heading)? + heading.len();
    let rest = &body[start..];
    Some(&rest[..rest.find("\n## ").unwrap_or(rest.len())])
}

/// Prose with its lines joined; fenced blocks stay as they are.
fn paragraphs(text: &str) -> String {
    text.trim().to_owned()
}

fn examples(section: &str) -> Result<Vec<Example>, String> {
    let mut examples: Vec<Example> = Vec::new();
    let mut open: Option<Example> = None;
    for line in section.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                let (language, attributes) = info.split_once(' ').unwrap_or((info, ""));
                let lines = attributes
                    .strip_prefix("hl_lines=\"")
                    .and_then(|rest| rest.strip_suffix('"'))
                    .unwrap_or_default();
                let lines: Result<_, _> = lines.split_whitespace().map(str::parse).collect();
                let lines = lines.map_err(|_| format!("`{info}`: hl_lines are numbers"))?;
                open = Some(Example {
                    language: language.to_owned(),
                    lines,
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => examples.extend(open.take()),
            (None, Some(example)) => {
                example.text.push_str(line);
                example.text.push('\n');
            }
            (None, None) => {}
        }
    }
    if open.is_some() {
        return Err("a fenced block does not end".to_owned());
    }
    Ok(examples)
}
