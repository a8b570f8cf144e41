//! Work is linear in the size of the input: for each reader, decoder and check its worst inputs, at sizes n,
//! 2n, 4n and 8n.
//!
//! The tests compare counted work (nodes visited, bytes searched, bytes decoded) and not time, so they do not
//! depend on the machine. The counters are those of the work budgets. A loop that charges no budget is not
//! visible here, so new loops must charge one.

use std::{fmt::Write, path::Path};

use data_encoding::BASE64_NOPAD;
use keysift_finding::{Blob, Counts, Location, Origin};
use keysift_manifest::{Cluster, NoSurroundings, check};
use keysift_policy::{Policy, Run};
use keysift_report::{Format, Report, Totals};
use keysift_scan::{Options, Scan, Scanner};

use crate::common::builtin_rules;

fn scan(scanner: &Scanner, path: &str, text: &str) -> Scan {
    let mut buffer = text.as_bytes().to_vec();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let origin = Origin::File(Location::named(path));
    scanner.scan(&Blob::whole(&origin, &buffer, text.len()))
}

/// The expected outcome, which shows that an input reaches the code that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// At least one finding of this rule, and the text is read completely at every size: a cut would hide
    /// superlinear work.
    Whole(&'static str),
    /// At least one finding of this rule; larger texts may be cut.
    Rule(&'static str),
    /// The largest text is read in part, and this is reported.
    Cut,
    /// Only work.
    Work,
}

/// An input: its name, file name, size n, a function that creates a text of a size, and the expected outcome.
type Kind = (&'static str, &'static str, usize, fn(usize) -> String, Outcome);

/// Work that does not depend on the size: the first piece of a text, and the free budget of every text.
const FREE: u64 = 60_000;

fn holds(scanner: &Scanner, (name, path, size, make, outcome): Kind) -> Result<(), String> {
    let scans = [1, 2, 4, 8].map(|times| scan(scanner, path, &make(size * times)));
    let work = scans.each_ref().map(|scan| scan.work);
    let found = |rule: &str| scans[0].findings.iter().any(|finding| finding.rule.id == rule);
    let reached = match outcome {
        Outcome::Whole(rule) => found(rule) && scans[3].broken.is_none(),
        Outcome::Rule(rule) => found(rule),
        Outcome::Cut => scans[3].broken.is_some(),
        Outcome::Work => true,
    };
    if !reached {
        let ids: Vec<_> = scans[0].findings.iter().map(|finding| &finding.rule.id).collect();
        return Err(format!(
            "{name}: {outcome:?} was expected: {ids:?} {:?}",
            scans[3].broken
        ));
    }
    let parts: [fn(Counts) -> u64; 3] = [|work| work.nodes, |work| work.bytes, |work| work.decoded];
    for (what, part) in ["nodes", "bytes", "decoded"].into_iter().zip(parts) {
        let (first, last) = (part(work[0]), part(work[3]));
        if last > 8 * first * 13 / 10 + FREE {
            return Err(format!(
                "{name}: {what} grow faster than the text: {:?}",
                work.map(part)
            ));
        }
    }
    if work[3].total() <= work[0].total() {
        return Err(format!("{name}: eight times the text is no more work: {work:?}"));
    }
    Ok(())
}

fn all(kinds: &[Kind]) {
    let scanner = Scanner::new(builtin_rules(), Options::default()).unwrap();
    let faults: Vec<String> = kinds
        .iter()
        .filter_map(|kind| holds(&scanner, *kind).err())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Returns a value that looks generated, different for each number. No text here looks like a live secret.
fn value(number: usize) -> String {
    let mut state = number as u64 ^ 0x9E37_79B9_7F4A_7C15;
    (0..18)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(
                b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"[(state >> 33) as usize % 56],
            )
        })
        .collect()
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

fn wrapped(text: &str) -> String {
    let encoded = BASE64_NOPAD.encode(text.as_bytes());
    encoded
        .as_bytes()
        .chunks(76)
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect()
}

fn zipped(text: &str) -> String {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    BASE64_NOPAD.encode(&encoder.finish().unwrap())
}

fn tower(levels: usize, width: usize) -> String {
    let mut text = format!("x0: &x0 {{password: {}}}\n", value(1));
    for level in 1..levels {
        let below = vec![format!("*x{}", level - 1); width].join(", ");
        let _ = writeln!(text, "x{level}: &x{level} [{below}]");
    }
    text
}

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

fn custom(fields: &str) -> String {
    format!("apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a}}\n{fields}")
}

#[test]
fn structures_take_linear_work() {
    all(&[
        (
            "tower of aliases in values",
            "values.yaml",
            5,
            |n| tower(n, 9),
            Outcome::Whole("helm-values-secret"),
        ),
        (
            "tower of aliases in an object",
            "a.yaml",
            5,
            |n| custom(&tower(n, 9)),
            Outcome::Whole("k8s-cr-inline-secret"),
        ),
        ("a long tower", "values.yaml", 400, |n| tower(n, 1), Outcome::Cut),
        (
            "a mapping that is named often",
            "compose.yaml",
            50,
            |n| {
                let shared = lines(n, |number| format!("  P{number}_PASSWORD: {}\n", value(number)));
                let services = lines(n, |number| {
                    format!("  s{number}: {{image: a, environment: *e}}\n")
                });
                format!("x-e: &e\n{shared}services:\n{services}")
            },
            Outcome::Cut,
        ),
        (
            "merge keys",
            "values.yaml",
            50,
            |n| {
                let shared = lines(n, |number| {
                    format!("  k{number}: {{password: {}}}\n", value(number))
                });
                let merging = lines(n, |number| format!("m{number}: {{<<: *e, a: b}}\n"));
                format!("x-e: &e\n{shared}{merging}")
            },
            Outcome::Rule("helm-values-secret"),
        ),
        (
            "merge keys of merge keys",
            ".github/workflows/a.yml",
            20,
            |n| {
                let first = format!("a0: &a0 {{env: {{DB_PASSWORD: {}}}}}\n", value(1));
                first
                    + &lines(n, |number| {
                        format!("a{}: &a{} {{<<: *a{number}, k: v}}\n", number + 1, number + 1)
                    })
            },
            Outcome::Work,
        ),
        (
            "deep nesting",
            "values.yaml",
            60,
            |n| {
                format!(
                    "{}password: {}{}\n",
                    "{a: ".repeat(n) + "{",
                    value(1),
                    "}".repeat(n + 1)
                )
            },
            Outcome::Work,
        ),
        (
            "many documents",
            "a.yaml",
            300,
            |n| {
                lines(n, |number| {
                    format!("{OBJECT}data: {{db_password: {}}}\n---\n", value(number))
                })
            },
            Outcome::Whole("k8s-configmap-secret"),
        ),
        (
            "objects with remarks",
            "a.yaml",
            100,
            |n| {
                lines(n, |number| {
                    format!(
                        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{number}, annotations: {{keysift.dev/ignore: other-rule}}}}\ndata: {{db_password: {}}}\n---\n",
                        value(number)
                    )
                })
            },
            Outcome::Whole("k8s-configmap-secret"),
        ),
        (
            "documents in strings",
            "a.yaml",
            20,
            |n| {
                let inner = |number| {
                    format!(
                        "  f{number}: |\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {{name: b}}\n    data: {{db_password: {}}}\n",
                        value(number)
                    )
                };
                format!("{OBJECT}data:\n{}", lines(n, inner))
            },
            Outcome::Whole("k8s-configmap-secret"),
        ),
        (
            "json in yaml",
            "a.yaml",
            100,
            |n| {
                let inner = lines(n, |number| {
                    format!("\\\"k{number}\\\":\\\"{}\\\",", value(number))
                });
                format!(
                    "apiVersion: v1\nkind: Secret\nmetadata: {{name: a, annotations: {{kubectl.kubernetes.io/last-applied-configuration: \"{{\\\"kind\\\":\\\"Secret\\\",\\\"data\\\":{{{inner}\\\"z\\\":\\\"1\\\"}}}}\"}}}}\n"
                )
            },
            Outcome::Whole("k8s-secret-last-applied"),
        ),
        (
            "actions of a template on one line",
            "templates/a.yaml",
            500,
            |n| format!("{OBJECT}data: {{a: \"{}\"}}\n", "{{ .a }}".repeat(n)),
            Outcome::Work,
        ),
        (
            "containers with variables",
            "a.yaml",
            50,
            |n| {
                let variables = lines(n, |number| {
                    format!("      - {{name: P{number}_PASSWORD, value: {}}}\n", value(number))
                });
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: a\n    image: b\n    env:\n{variables}"
                )
            },
            Outcome::Whole("k8s-env-literal"),
        ),
    ]);
}

#[test]
fn long_lines_and_many_literals_take_linear_work() {
    all(&[
        (
            "secrets on one line",
            "a.js",
            500,
            |n| lines(n, |number| format!("var password{number}=\"{}\";", value(number))),
            Outcome::Whole("generic-password-assignment"),
        ),
        (
            "secrets on lines",
            "a.js",
            500,
            |n| {
                lines(n, |number| {
                    format!("var password{number}=\"{}\";\n", value(number))
                })
            },
            Outcome::Whole("generic-password-assignment"),
        ),
        (
            "parameters with sensitive names",
            "a.py",
            200,
            |n| lines(n, |number| format!("def f{number}(password):\n  pass\n")),
            Outcome::Work,
        ),
        (
            "literals put together",
            "a.js",
            500,
            |n| format!("x = \"{}\";\n", vec!["ab"; n].join("\" +\n  \"")),
            Outcome::Work,
        ),
        (
            "escapes",
            "a.json",
            500,
            |n| format!("{{\"x\": \"{}\"}}", "\\u0061b ".repeat(n)),
            Outcome::Work,
        ),
        (
            "percent-encoding of percent-encoding",
            "a.txt",
            500,
            |n| "%252525613".repeat(n),
            Outcome::Work,
        ),
        (
            "continued lines of a Dockerfile",
            "Dockerfile",
            300,
            |n| format!("FROM a\nRUN x \\\n{}  y\n", "  && echo b \\\n".repeat(n)),
            Outcome::Work,
        ),
        (
            "here-documents",
            "Dockerfile",
            200,
            |n| format!("FROM a\n{}", "RUN <<EOF\nexport A=1\nEOF\n".repeat(n)),
            Outcome::Work,
        ),
    ]);
}

#[test]
fn encoded_text_is_decoded_once() {
    all(&[
        (
            "base64 over lines",
            "a.eml",
            200,
            |n| {
                let text = lines(n, |number| {
                    format!("password: {}\nthe quick brown fox goes home\n", value(number))
                });
                format!("Content-Transfer-Encoding: base64\n\n{}", wrapped(&text))
            },
            Outcome::Whole("generic-password-assignment"),
        ),
        (
            "base64 in base64 in base64",
            "a.txt",
            60,
            |n| {
                let text = lines(n, |number| {
                    format!("password: {}\nthe quick brown fox goes home\n", value(number))
                });
                wrapped(&wrapped(&wrapped(&text)))
            },
            Outcome::Whole("generic-password-assignment"),
        ),
        (
            "base64 that is readable at first",
            "a.txt",
            40,
            |n| {
                let part = format!(
                    "{}\0{}",
                    "plain text and more of it. ".repeat(30),
                    "and then some more.".repeat(9)
                );
                wrapped(&part.repeat(n))
            },
            Outcome::Work,
        ),
        (
            "beginnings of gzip streams",
            "a.txt",
            200,
            |n| format!("H4sI{}\n", "A".repeat(68)).repeat(n),
            Outcome::Work,
        ),
        (
            "gzip bombs",
            "a.txt",
            1,
            |n| {
                lines(n, |number| {
                    format!("data: {}\n", zipped(&format!("{number}{}", " ".repeat(1 << 20))))
                })
            },
            Outcome::Cut,
        ),
        (
            "more than a mebibyte",
            "a.txt",
            3_000,
            |n| wrapped(&"all of this is a readable text, over and over again. ".repeat(n)),
            Outcome::Cut,
        ),
    ]);
}

/// Returns the work of joining the objects of some files, and the rules with findings.
fn joined(files: &[(String, String)]) -> (u64, Vec<String>) {
    let facts = files.iter().filter_map(|(path, text)| {
        let mut facts = check(Path::new(path), text.as_bytes()).facts?;
        facts.path = path.clone();
        Some(facts)
    });
    let cluster = Cluster::new(facts.collect());
    let findings = cluster.findings(&NoSurroundings);
    let found = findings.iter().flat_map(|(_, findings)| findings);
    (
        cluster.steps(),
        found.map(|finding| finding.rule.id.clone()).collect(),
    )
}

#[test]
fn joining_the_objects_of_a_cluster_takes_linear_work() {
    const RULE: &str = "rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]";
    let role = |name: &str, more: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}, labels: {{l: l}}}}\n{more}\n---\n"
        )
    };
    let binding = |number: usize, role: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b{number}}}\nroleRef: {{kind: ClusterRole, name: {role}}}\nsubjects: [{{kind: ServiceAccount, name: a{number}, namespace: x}}]\n---\n"
        )
    };
    let pod = |number: usize| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, namespace: x, labels: {{app: a}}}}\nspec: {{serviceAccountName: a{number}, containers: [{{name: c, image: d}}]}}\n---\n"
        )
    };
    let service = |number: usize| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s{number}, namespace: x}}\nspec: {{type: LoadBalancer, selector: {{app: a}}}}\n---\n"
        )
    };
    let one = |text: String| vec![("a.yaml".to_owned(), text)];
    type Make<'a> = &'a dyn Fn(usize) -> Vec<(String, String)>;
    let kinds: [(&str, &str, Make<'_>); 6] = [
        ("bindings of one role", "rbac-read-secrets-cluster", &|n| {
            one(role("r", RULE) + &lines(n, |number| binding(number, "r")))
        }),
        (
            "roles of one name in many files",
            "rbac-read-secrets-cluster",
            &|n| {
                (0..n)
                    .map(|number| {
                        (
                            format!("d{number}/a.yaml"),
                            role("r", RULE) + &binding(number, "r"),
                        )
                    })
                    .collect()
            },
        ),
        ("roles that collect roles", "rbac-read-secrets-cluster", &|n| {
            let collecting = |number| {
                let name = format!("c{number}");
                role(
                    &name,
                    "aggregationRule: {clusterRoleSelectors: [{matchLabels: {l: l}}]}",
                ) + &binding(number, &name)
            };
            one(lines(n, |number| role(&format!("r{number}"), RULE)) + &lines(n, collecting))
        }),
        ("workloads and bindings", "internet-to-secret-path", &|n| {
            one(role("r", RULE) + &lines(n, |number| binding(number, "r") + &pod(number)) + &service(0))
        }),
        ("services with one selector", "k8s-automount-token", &|n| {
            one(lines(n, |number| service(number) + &pod(number)))
        }),
        ("accounts that are not there", "rbac-dangling", &|n| {
            let account = |number| {
                format!(
                    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: z{number}, namespace: x}}\n---\n"
                )
            };
            one(role("r", RULE) + &lines(n, |number| binding(number, "r") + &account(number)))
        }),
    ];
    for (name, rule, make) in kinds {
        let [first, last] = [25, 200].map(|size| joined(&make(size)));
        assert!(first.1.iter().any(|found| found == rule), "{name}: {:?}", first.1);
        // Searching in sorted lists adds a logarithm.
        assert!(last.0 <= 8 * first.0 * 2 + 200, "{name}: {} {}", first.0, last.0);
    }
}

/// Returns the cost of reporting a text: bytes read by excerpts, and bytes of output in all formats.
fn reported(scanner: &Scanner, path: &str, text: &str) -> (u64, u64) {
    let mut buffer = text.as_bytes().to_vec();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let origin = Origin::File(Location::named(path));
    let blob = Blob::whole(&origin, &buffer, text.len());
    let mut scan = scanner.scan(&blob);
    assert!(!scan.findings.is_empty(), "{path}");
    let (policy, report) = (Run::new(Policy::default()), Report::new(Default::default()));
    policy.inline_ignores(&blob, &scan.inline_ignores);
    policy.decide(&blob, &mut scan.findings);
    report.blob(&blob, scan.findings, &scan.secrets);
    let looked_at = report.looked_at();
    let finished = report.finish(&policy, Totals::default());
    let mut out = Vec::new();
    for (format, ..) in Format::NAMED {
        finished.write(*format, &mut out).unwrap();
    }
    (looked_at, out.len() as u64)
}

#[test]
fn reports_take_linear_work() {
    let scanner = Scanner::new(builtin_rules(), Options::default()).unwrap();
    let same = value(1);
    let kinds: [(&str, &dyn Fn(usize) -> String); 4] = [
        ("a.js", &|n| {
            lines(n, |number| format!("var password{number}=\"{}\";", value(number)))
        }),
        ("a.js", &|n| {
            lines(n, |number| {
                format!("var password{number}=\"{}\";\n", value(number))
            })
        }),
        // One secret in many places: each place lists some of the others, not all.
        ("a.js", &|n| {
            lines(n, |number| format!("var password{number}=\"{same}\";\n"))
        }),
        ("a.js", &|n| {
            lines(n, |number| {
                format!(
                    "var password{number}=\"{}\"; // keysift:allow is no mark\n",
                    value(number)
                )
            })
        }),
    ];
    for (number, (path, make)) in kinds.into_iter().enumerate() {
        // More than the 100 other places of a secret that are listed.
        let costs = [1, 2, 4, 8].map(|times| reported(&scanner, path, &make(150 * times)));
        let (first, last) = (costs[0], costs[3]);
        assert!(
            last.0 <= 9 * first.0 && last.1 <= 9 * first.1,
            "kind {number}: {costs:?}"
        );
        assert!(last.0 > first.0 && last.1 > first.1, "kind {number}: {costs:?}");
    }
}

#[test]
fn too_deeply_encoded_text_is_reported() {
    let scanner = Scanner::new(builtin_rules(), Options::default()).unwrap();
    let mut text = format!(
        "var password=\"{}\"; // and some more words of a text\n",
        value(7)
    );
    for depth in 1..=4 {
        text = data_encoding::BASE64.encode(text.as_bytes());
        let scan = scan(&scanner, "a.txt", &format!("x = {text}\n"));
        match depth {
            4 => assert!(scan.broken.is_some_and(|why| why.contains("levels deep"))),
            _ => assert!(
                !scan.findings.is_empty() && scan.broken.is_none(),
                "{depth}: {:?}",
                scan.broken
            ),
        }
    }
}
