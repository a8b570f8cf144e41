//! Parses programs with tree-sitter. Only small, shallow files with a candidate are parsed, because error
//! recovery can take gigabytes for 10 KB of brackets (measured: Java and C# with repeated `a<`), and cannot
//! be stopped.

use std::{collections::HashMap, ops::ControlFlow};

use keysift_finding::Span;
use tree_sitter::{Language, Node, ParseOptions, Parser, TreeCursor};

use crate::{Argument, Grammar, Place, known::known_secret};

/// Larger files are not parsed, in bytes.
const LARGEST: usize = 256 << 10;

/// Files with deeper brackets are not parsed. Handwritten programs stay below 30.
const DEEPEST: usize = 100;

/// The parser's budget in hundreds of steps: a fixed number, and one for each number of bytes. Steps and not
/// time, so that findings do not depend on the load of the machine. None of 15,000 handwritten files took
/// more than one per 38 bytes.
const STEPS: (usize, usize) = (200, 16);

/// The budget after a syntax error, when a step may cost 50 times as much. 80 KiB of handwritten code with
/// errors took 564.
const STEPS_IN_ERROR: usize = 2_000;

/// The maximum number of nodes that are visited for arguments.
const NODES: usize = 200_000;

/// A parsed program.
#[derive(Debug)]
pub struct Tree(tree_sitter::Tree);

impl Tree {
    /// Returns whether this build has a grammar for the file, by its name, and the file is small enough.
    pub fn reads(path: &str, len: usize) -> bool {
        len <= LARGEST && language(path).is_some()
    }

    /// Parses a program. Returns `None` if there is no grammar, or the file is too large, too deep or exceeds
    /// the budget of steps.
    pub fn parse(path: &str, text: &[u8]) -> Option<Self> {
        let language = language(path)?;
        if text.len() > LARGEST || depth(text) > DEEPEST {
            return None;
        }
        let most = STEPS.0 + text.len() / STEPS.1;
        within(&language, text, most).0.map(Self)
    }

    /// Returns the kind of text at a span; `None` if the text does not parse there.
    pub fn place(&self, span: Span) -> Option<Place> {
        let mut node = self
            .0
            .root_node()
            .descendant_for_byte_range(span.start, span.end.saturating_sub(1).max(span.start))?;
        loop {
            let kind = node.kind();
            if kind.contains("comment") {
                return Some(Place::Comment);
            }
            if kind.contains("string") && kind != "string_list"
                || kind == "heredoc_body"
                || kind.contains("char_literal")
            {
                let string = std::iter::successors(Some(node), Node::parent)
                    .take_while(|node| node.kind().contains("string"))
                    .last();
                // A string that is a whole statement is documentation.
                let statement = string
                    .and_then(|string| string.parent())
                    .is_some_and(|parent| parent.kind() == "expression_statement");
                return Some(if statement {
                    Place::Documentation
                } else {
                    Place::Literal
                });
            }
            if node.is_error() || node.is_missing() {
                return None;
            }
            // A word of a shell script or the text of an element is a literal without quotes.
            if matches!(
                kind,
                "word" | "template_literal" | "jsx_text" | "text" | "concatenation" | "quoted_template"
            ) {
                return Some(Place::Literal);
            }
            node = match node.parent() {
                Some(parent) if parent.parent().is_some() => parent,
                _ => return Some(Place::Code),
            };
        }
    }

    /// The literals that are passed to named parameters: of functions defined in the same file, and of some
    /// library functions.
    pub fn arguments(&self, text: &[u8]) -> Vec<Argument> {
        let mut functions: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
        let mut calls = Vec::new();
        each_node(self.0.walk(), |node| {
            if node.kind().ends_with("parameters") || node.kind() == "parameter_list" {
                let parameters = parameters(node, text);
                if let Some(name) = node.parent().and_then(|function| function_name(function, text)) {
                    // Overloads with different parameters are ambiguous.
                    functions
                        .entry(name)
                        .and_modify(|known| known.retain(|name| parameters.contains(name)))
                        .or_insert(parameters);
                }
            } else if let Some(arguments) = node
                .child_by_field_name("arguments")
                .filter(|_| !node.kind().contains("decorator"))
            {
                calls.push((node, arguments));
            }
        });
        calls
            .into_iter()
            .flat_map(|(call, arguments)| handed(call, arguments, text, &functions))
            .collect()
    }
}

/// Parses a text with a budget in hundreds of steps. Returns the number that it took.
fn within(language: &Language, text: &[u8], most: usize) -> (Option<tree_sitter::Tree>, usize) {
    let mut parser = Parser::new();
    if parser.set_language(language).is_err() {
        return (None, 0);
    }
    let (mut taken, mut in_error) = (0, 0);
    // The parser calls this after every hundred steps.
    let mut progress = |state: &tree_sitter::ParseState| {
        taken += 1;
        in_error += usize::from(state.has_error());
        match taken > most || in_error > STEPS_IN_ERROR {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |at: usize, _| text.get(at..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    (tree, taken)
}

/// Visits up to a number of nodes, in text order.
fn each_node<'t>(mut cursor: TreeCursor<'t>, mut on_node: impl FnMut(Node<'t>)) {
    for _ in 0..NODES {
        on_node(cursor.node());
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

fn of<'t>(node: Node<'_>, text: &'t [u8]) -> &'t [u8] {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The names of parameters in order, without the receiver.
fn parameters<'t>(list: Node<'_>, text: &'t [u8]) -> Vec<&'t [u8]> {
    let mut names = Vec::new();
    let mut cursor = list.walk();
    for parameter in list.named_children(&mut cursor).filter(|node| !node.is_extra()) {
        let mut inner = parameter.walk();
        let named: Vec<_> = parameter
            .children_by_field_name("name", &mut inner)
            .map(|node| of(node, text))
            .collect();
        if !named.is_empty() {
            names.extend(named);
            continue;
        }
        let pattern = parameter
            .child_by_field_name("pattern")
            .or_else(|| parameter.named_child(0))
            .unwrap_or(parameter);
        names.push(of(pattern, text));
    }
    names.retain(|name| !matches!(*name, b"self" | b"cls" | b"this" | b"&self" | b"&mut self"));
    names
}

/// The name by which a function is called: for a constructor, the class.
fn function_name<'t>(function: Node<'_>, text: &'t [u8]) -> Option<&'t [u8]> {
    let name = of(function.child_by_field_name("name")?, text);
    if !matches!(
        name,
        b"__init__" | b"constructor" | b"initialize" | b"__construct"
    ) {
        return Some(name);
    }
    let class = std::iter::successors(function.parent(), Node::parent)
        .take(4)
        .find(|node| node.kind().contains("class"));
    class
        .and_then(|class| class.child_by_field_name("name"))
        .map(|name| of(name, text))
}

/// The literals that a call passes.
fn handed<'t>(
    call: Node<'t>,
    arguments: Node<'t>,
    text: &[u8],
    functions: &HashMap<&[u8], Vec<&[u8]>>,
) -> Vec<Argument> {
    let callee = ["function", "name", "constructor", "type", "method"]
        .iter()
        .find_map(|field| call.child_by_field_name(field));
    let Some(callee) = callee.map(|node| of(node, text)) else {
        return Vec::new();
    };
    let last = callee
        .rsplit(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .next()
        .unwrap_or_default();
    let names = functions.get(last);
    let known = known_secret(last);
    if names.is_none() && known.is_none() {
        return Vec::new();
    }
    let mut cursor = arguments.walk();
    let given: Vec<_> = arguments
        .named_children(&mut cursor)
        .filter(|node| !node.is_extra())
        .collect();
    let mut found = Vec::new();
    for (number, value) in given.iter().enumerate() {
        let by_name = names
            .and_then(|names| names.get(number))
            .map(|name| String::from_utf8_lossy(name).into_owned());
        let by_table = known
            .filter(|known| known.at == number && given.len() >= known.of)
            .map(|_| "password".to_owned());
        if let (Some(name), Some(value)) = (by_name.or(by_table), literal(*value, text)) {
            found.push(Argument { name, value });
        }
    }
    found
}

/// The text of a string literal without its quotes; `None` if it has interpolations.
fn literal(node: Node<'_>, text: &[u8]) -> Option<Span> {
    if node.kind() == "argument" {
        return literal(node.named_child(0)?, text);
    }
    if !node.kind().contains("string") {
        return None;
    }
    let mut cursor = node.walk();
    if node
        .named_children(&mut cursor)
        .any(|child| child.kind().contains("interpolation") || child.kind().contains("substitution"))
    {
        return None;
    }
    let bytes = of(node, text);
    let quote = bytes
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    let quotes = bytes[quote..]
        .iter()
        .take_while(|byte| **byte == bytes[quote])
        .count()
        .min(3);
    let quotes = if quotes == 2 { 1 } else { quotes };
    let (start, end) = (
        node.start_byte() + quote + quotes,
        node.end_byte().checked_sub(quotes)?,
    );
    (start < end).then(|| Span::new(start, end))
}

/// The nesting depth of brackets, including angle brackets. Brackets in strings and comments count, which
/// only rejects more files. Angle brackets count in runs without a closing one, because comparisons have
/// none.
fn depth(text: &[u8]) -> usize {
    let (mut open, mut angles, mut deepest) = (0usize, 0usize, 0usize);
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'<' => angles += 1,
            b'>' => angles = angles.saturating_sub(1),
            b';' | b'\n' => angles = 0,
            _ => continue,
        }
        deepest = deepest.max(open + angles);
    }
    deepest
}

/// The grammar of a file, if this build has it.
fn language(path: &str) -> Option<Language> {
    Some(match crate::Language::of(path)?.grammar? {
        Grammar::Python => tree_sitter_python::LANGUAGE.into(),
        Grammar::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
        Grammar::Go => tree_sitter_go::LANGUAGE.into(),
        Grammar::Java => tree_sitter_java::LANGUAGE.into(),
        other => return more(other),
    })
}

#[cfg(not(feature = "all-grammars"))]
fn more(_grammar: Grammar) -> Option<Language> {
    None
}

#[cfg(feature = "all-grammars")]
fn more(grammar: Grammar) -> Option<Language> {
    Some(match grammar {
        Grammar::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Grammar::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        Grammar::Ruby => tree_sitter_ruby::LANGUAGE.into(),
        Grammar::Rust => tree_sitter_rust::LANGUAGE.into(),
        Grammar::CSharp => tree_sitter_c_sharp::LANGUAGE.into(),
        Grammar::Php => tree_sitter_php::LANGUAGE_PHP.into(),
        Grammar::C => tree_sitter_c::LANGUAGE.into(),
        Grammar::Cpp => tree_sitter_cpp::LANGUAGE.into(),
        Grammar::Bash => tree_sitter_bash::LANGUAGE.into(),
        Grammar::Hcl => tree_sitter_hcl::LANGUAGE.into(),
        Grammar::Kotlin => tree_sitter_kotlin_ng::LANGUAGE.into(),
        Grammar::Scala => tree_sitter_scala::LANGUAGE.into(),
        Grammar::Swift => tree_sitter_swift::LANGUAGE.into(),
        Grammar::Python | Grammar::JavaScript | Grammar::Go | Grammar::Java => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(path: &str, text: &str) -> Vec<(String, String)> {
        let tree = Tree::parse(path, text.as_bytes()).unwrap();
        let found = tree.arguments(text.as_bytes()).into_iter();
        found
            .map(|argument| {
                (
                    argument.name,
                    text[argument.value.start..argument.value.end].to_owned(),
                )
            })
            .collect()
    }

    #[test]
    fn literals_passed_to_parameters() {
        let pair = |name: &str| {
            [
                ("user".to_owned(), "app".to_owned()),
                (name.to_owned(), "kq7zr".to_owned()),
            ]
        };
        assert_eq!(
            arguments(
                "a.py",
                "def connect(user, password=None):\n  pass\nconnect('app', 'kq7zr')\n"
            ),
            pair("password")
        );
        assert_eq!(
            arguments(
                "a.py",
                "class C:\n  def __init__(self, user, secret: str):\n    pass\nx = C('app', 'kq7zr')\n"
            ),
            pair("secret")
        );
        assert_eq!(
            arguments("a.js", "function login(user, password) {}\nlogin('app', 'kq7zr')"),
            pair("password")
        );
        assert_eq!(
            arguments(
                "a.go",
                "package a\nfunc login(user, password string) {}\nfunc b() { login(\"app\", \"kq7zr\") }"
            ),
            pair("password")
        );
        assert_eq!(
            arguments(
                "A.java",
                "class A { void login(String user, String password) {} void b() { login(\"app\", \"kq7zr\"); } }"
            ),
            pair("password")
        );
        assert_eq!(
            arguments("a.py", "auth = HTTPBasicAuth('app', 'kq7zr')"),
            [("password".to_owned(), "kq7zr".to_owned())]
        );
        assert_eq!(arguments("a.py", "login(f'app', f'{x}')"), []);
    }

    #[test]
    fn places_in_a_program() {
        let text = "\"\"\"password = 'a1'\"\"\"\n# password = 'b2'\npassword = 'c3'\npassword = d4\n";
        let tree = Tree::parse("a.py", text.as_bytes()).unwrap();
        let place = |mark: &str| {
            let at = text.find(mark).unwrap();
            tree.place(Span::new(at, at + 2)).unwrap()
        };
        assert_eq!(
            [place("a1"), place("b2"), place("c3"), place("d4")],
            [Place::Documentation, Place::Comment, Place::Literal, Place::Code]
        );
    }

    #[test]
    fn expensive_files_are_not_parsed() {
        assert!(Tree::parse("A.java", "a<".repeat(5_000).as_bytes()).is_none());
        assert!(Tree::parse("a.py", "(".repeat(5_000).as_bytes()).is_none());
        assert!(Tree::parse("a.py", "a = 1\n".repeat(100_000).as_bytes()).is_none());
        assert!(Tree::parse("a.txt", b"a = 1").is_none());
        // Without a budget this takes 25 million steps, half a minute.
        let errors = "let</a> ./a/,iffunction =; )>".repeat(2_000);
        assert!(Tree::parse("a.js", errors.as_bytes()).is_none());
    }
    /// A very dense program: a table of single digits.
    fn table(path: &str, items: usize) -> String {
        let table = "1,".repeat(items);
        match path.rsplit('.').next().unwrap() {
            "py" => format!("a=[{table}]\n"),
            "js" => format!("let a=[{table}];\n"),
            "go" => format!("package a\nvar a=[]int{{{table}}}\n"),
            _ => format!("class A{{int[] a={{{table}}};}}\n"),
        }
    }

    /// Repeated fragments, unlike any program, which make parsers guess and recover.
    fn soups(mut seed: u64, pieces: &[&str], size: usize) -> String {
        let mut random = move |bound: usize| {
            seed = seed
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (seed >> 33) as usize % bound
        };
        let unit: String = (0..=random(8)).map(|_| pieces[random(pieces.len())]).collect();
        unit.repeat(size / unit.len())
    }

    const PATHS: [&str; 4] = ["a.py", "a.js", "a.go", "A.java"];

    #[test]
    fn the_densest_programs_are_parsed_whole() {
        for path in PATHS {
            let text = table(path, 120_000);
            let tree = Tree::parse(path, text.as_bytes()).expect(path);
            assert!(!tree.0.root_node().has_error(), "{path}");
        }
    }

    #[test]
    fn what_is_parsed_depends_on_the_text_alone() {
        let pieces = [
            "x ", "(x) ", "{x} ", "[x] ", "= ", ": ", ", ", "async ", "`", "$", "'", "if ", "class ",
            "func ", "... ", "=> ", "- ", "/ ", "\n", ";\n",
        ];
        let (mut whole, mut cut) = (0, 0);
        for seed in 0..48 {
            let path = PATHS[seed as usize % 4];
            let text = soups(seed, &pieces, 6_000);
            let most = STEPS.0 + text.len() / STEPS.1;
            let language = language(path).unwrap();
            let ((tree, taken), (again, also)) = (
                within(&language, text.as_bytes(), most),
                within(&language, text.as_bytes(), most),
            );
            assert_eq!(
                (taken, tree.is_some()),
                (also, again.is_some()),
                "{path} {text:.60}"
            );
            assert!(taken <= most + 1, "{path} {taken}");
            whole += usize::from(tree.is_some());
            // With half of the steps it takes it must fail, on a machine of any speed.
            if tree.is_some() && taken > 1 {
                let (half, steps) = within(&language, text.as_bytes(), taken / 2);
                assert_eq!(
                    (half.is_none(), steps),
                    (true, taken / 2 + 1),
                    "{path} {text:.60}"
                );
                cut += 1;
            }
        }
        assert!(whole > 20 && cut > 20, "{whole} {cut}");
    }
}
