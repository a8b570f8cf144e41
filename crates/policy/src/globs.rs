//! Patterns of paths and of rules.

use globset::{Error, Glob, GlobSet, GlobSetBuilder};

use crate::Predicate;

/// Compiles patterns to a predicate that is true if one matches. A pattern that ends with `/` matches
/// everything below a folder.
pub(crate) fn any_of(patterns: &[String]) -> Result<Predicate, Error> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern)?);
        if let Some(folder) = pattern.strip_suffix('/') {
            builder.add(Glob::new(&format!("{folder}/**"))?);
        }
    }
    builder.build().map(predicate)
}

/// Compiles the pattern of a rule id.
///
/// # Errors
/// If the pattern is malformed.
pub fn rule_pattern(pattern: &str) -> Result<Predicate, Error> {
    any_of(&[pattern.to_owned()])
}

/// Compiles a path pattern with the meaning of a `.gitignore` line: it matches a path and everything below
/// it, and without a slash at any depth.
///
/// # Errors
/// If the pattern is malformed.
pub fn path_pattern(pattern: &str) -> Result<Predicate, Error> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let name = pattern.trim_end_matches('/');
    let rooted = name.strip_prefix('/').unwrap_or(name);
    let mut builder = GlobSetBuilder::new();
    let mut add = |text: &str| -> Result<(), Error> {
        builder.add(Glob::new(text)?);
        builder.add(Glob::new(&format!("{text}/**"))?);
        Ok(())
    };
    add(rooted)?;
    if !name.contains('/') {
        add(&format!("**/{name}"))?;
    }
    builder.build().map(predicate)
}

fn predicate(set: GlobSet) -> Predicate {
    Box::new(move |text| set.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_as_in_gitignore() {
        for (pattern, matched, other) in [
            ("vendor", "a/vendor/b.c", "vendored/b.c"),
            ("vendor/", "vendor/b.c", "src/vendors.c"),
            ("/docs", "docs/a.md", "src/docs/a.md"),
            ("./a/b.env", "a/b.env", "b.env"),
            ("*.lock", "web/yarn.lock", "web/yarn.lock.md"),
            ("src/test/**", "src/test/a", "test/a"),
        ] {
            let asked = path_pattern(pattern).expect(pattern);
            assert!(asked(matched), "{pattern} {matched}");
            assert!(!asked(other), "{pattern} {other}");
        }
        assert!(path_pattern("a[").is_err());
    }
}
