//! Paths that suggest sample data.

/// Folders and parts of file names that suggest samples, with the reason.
const FOLDERS: &[(&str, &str)] = &[
    ("__tests__", "among tests"),
    ("demo", "in a demo"),
    ("demos", "in a demo"),
    ("doc", "in documentation"),
    ("docs", "in documentation"),
    ("e2e", "among tests"),
    ("example", "among examples"),
    ("examples", "among examples"),
    ("fixture", "among fixtures"),
    ("fixtures", "among fixtures"),
    ("mock", "among mocks"),
    ("mocks", "among mocks"),
    ("node_modules", "in a third-party package"),
    ("sample", "among samples"),
    ("samples", "among samples"),
    ("spec", "among tests"),
    ("specs", "among tests"),
    ("test", "among tests"),
    ("test-data", "among test data"),
    ("test_data", "among test data"),
    ("testdata", "among test data"),
    ("testing", "among tests"),
    ("tests", "among tests"),
    ("third_party", "in a third-party package"),
    ("vendor", "in a third-party package"),
];

/// The reason of [`sample_path`] for documentation that a distribution package installs.
pub const PACKAGED: &str = "documentation of a package";

/// The reason why secrets in this file are less likely to be live, from its path relative to the scanned
/// root.
pub fn sample_path(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    // Documentation that distribution packages install.
    if ["share/doc/", "share/man/", "share/info/", "share/gtk-doc/"]
        .iter()
        .any(|folder| lower.contains(folder))
    {
        return Some(PACKAGED);
    }
    let mut segments = lower.split(['/', '\\']).rev();
    let file = segments.next()?;
    if let Some((_, why)) = segments.find_map(|segment| FOLDERS.iter().find(|(folder, _)| *folder == segment))
    {
        return Some(why);
    }
    let (stem, ending) = file.split_once('.').unwrap_or((file, ""));
    let tested = stem.starts_with("test_")
        || ["_test", "_tests", "_spec"].iter().any(|end| stem.ends_with(end))
        || matches!(stem, "tests" | "conftest")
        || ending == "t"
        || is_program(ending) && ["-test", "-tests", "-spec"].iter().any(|end| stem.ends_with(end))
        || is_program(ending) && (stem.starts_with("test-") || stem == "test")
        || camel_test(path);
    let kind = |word: &str| file.split('.').skip(1).any(|part| part == word);
    if tested || kind("test") || kind("spec") {
        return Some("among tests");
    }
    if stem
        .split(['-', '_'])
        .any(|part| matches!(part, "example" | "examples" | "sample" | "samples"))
    {
        return Some("a sample file");
    }
    (kind("example") || kind("sample") || kind("dist") || kind("template")).then_some("a sample file")
}

/// Returns whether a reason of [`sample_path`] means test code, test data or a third-party package.
pub fn is_test_path(reason: &str) -> bool {
    matches!(
        reason,
        "among tests" | "among fixtures" | "among mocks" | "among test data" | "in a third-party package"
    )
}

/// Returns whether a file is a program by its extension: `test-env.yaml` configures an environment,
/// `test-env.c` is a test.
fn is_program(ending: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "c", "cc", "cpp", "cxx", "go", "h", "hpp", "java", "js", "jsx", "kt", "lua", "mjs", "php", "pl",
        "pm", "py", "rb", "rs", "scala", "swift", "ts", "tsx",
    ];
    ENDINGS.contains(&ending)
}

/// Returns whether a file name ends in `Test` as class names do: `LoginTest.java`, `StoreTests.cs`,
/// `CartIT.java`.
fn camel_test(path: &str) -> bool {
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    ["Test", "Tests", "TestCase", "Spec", "IT"].iter().any(|end| {
        stem.strip_suffix(end).is_some_and(|before| {
            before.ends_with(|char: char| char.is_ascii_lowercase() || char.is_ascii_digit())
        })
    })
}

/// Returns whether a file holds secrets by its name, under any keys: `secrets.yaml`,
/// `config/credentials.json`.
pub fn is_secrets_file(path: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "",
        "yaml",
        "yml",
        "json",
        "env",
        "toml",
        "ini",
        "properties",
        "conf",
        "cfg",
        "txt",
        "tfvars",
    ];
    let file = path
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .trim_start_matches('.')
        .to_ascii_lowercase();
    let (stem, ending) = file.split_once('.').unwrap_or((&file, ""));
    let last = ending.rsplit('.').next().unwrap_or_default();
    matches!(stem, "secret" | "secrets" | "credentials") && ENDINGS.contains(&last)
}

/// Returns whether a file is a lockfile of a package manager by its name; those are full of hashes.
pub fn lockfile(path: &str) -> bool {
    const NAMES: &[&str] = &[
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "cargo.lock",
        "poetry.lock",
        "pipfile.lock",
        "composer.lock",
        "gemfile.lock",
        "go.sum",
        "packages.lock.json",
        "flake.lock",
        "bun.lock",
        "deno.lock",
        "uv.lock",
        "podfile.lock",
    ];
    let file = path
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    NAMES.contains(&file.as_str())
}

#[cfg(test)]
mod tests {
    use super::{is_secrets_file, lockfile, sample_path};

    #[test]
    fn files_of_secrets_by_their_name() {
        for path in [
            "secrets.yaml",
            "a/Secrets.json",
            ".secrets",
            "config/secrets.prod.env",
            "credentials",
        ] {
            assert!(is_secrets_file(path), "{path}");
        }
        for path in [
            "secrets.py",
            "secrets.md",
            "mysecrets.yaml",
            "secrets/app.yaml",
            "secrets.go",
        ] {
            assert!(!is_secrets_file(path), "{path}");
        }
    }

    #[test]
    fn lockfiles_by_their_name() {
        assert!(lockfile("a/Cargo.lock") && lockfile("yarn.lock") && !lockfile("lock.rs"));
    }

    #[test]
    fn whole_segments_only() {
        for path in [
            "tests/a.py",
            "src/__tests__/a.js",
            "a/b_test.go",
            "app.test.ts",
            ".env.example",
            "pkg/testdata/key.pem",
            "src/LoginTest.java",
            "Store/CartTests.cs",
            "t/01-login.t",
            "lib/test-json.c",
        ] {
            assert!(sample_path(path).is_some(), "{path}");
        }
        for path in [
            "src/attestation.py",
            "latest/a.py",
            "contest.go",
            "src/tester/a.py",
            ".env",
            "k8s/test-env.yaml",
            "src/Latest.java",
            "src/UNIT.java",
        ] {
            assert_eq!(sample_path(path), None, "{path}");
        }
    }
}
