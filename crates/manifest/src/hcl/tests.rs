use super::*;

fn shape(expr: &Expr<'_>) -> String {
    match expr {
        Expr::Text(text) => format!("{:?}", text.raw),
        Expr::Other(raw, _) => (*raw).to_owned(),
        Expr::List(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(" ")),
        Expr::Object(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| format!("{}={}", entry.name, shape(&entry.value)))
                .collect();
            format!("{{{}}}", entries.join(" "))
        }
        Expr::Call { name, arguments } => {
            format!(
                "{name}({})",
                arguments.iter().map(shape).collect::<Vec<_>>().join(" ")
            )
        }
    }
}

fn first(text: &str) -> String {
    shape(&Body::parse(text).attributes[0].value)
}

#[test]
fn expressions_are_read_as_far_as_literals_are_in_them() {
    for (text, expected) in [
        ("a = \"x\"  # c\n", "\"x\""),
        ("a = \"x ${lower(\"y\")} z\"\n", "\"x ${lower(\\\"y\\\")} z\""),
        ("a = \"$${x\"\n", "\"$${x\""),
        ("a = \"x\\\"y\"\n", "\"x\\\\\\\"y\""),
        ("a = 5\n", "5"),
        ("a = var.x[0].y\n", "var.x[0].y"),
        ("a = [\"x\", var.y,\n \"z\",\n]\n", "[\"x\" var.y \"z\"]"),
        ("a = { b = \"x\", \"c\" : 2\n d = e.f\n}\n", "{b=\"x\" c=2 d=e.f}"),
        ("a = jsonencode([{ b = \"x\" }])\n", "jsonencode([{b=\"x\"}])"),
        ("a = x ? \"y\" : \"z\"\n", "x ? \"y\" : \"z\""),
        ("a = [for x in y : x]\n", "[for x in y : x]"),
        ("a = merge({ b = 1 }, c)\n", "merge({b=1} c)"),
        ("a = <<-EOF\n  x\n  y\n  EOF\nb = 1\n", "\"  x\\n  y\\n\""),
        ("a = \"x\" # {\n", "\"x\""),
    ] {
        assert_eq!(first(text), expected, "{text}");
    }
}

#[test]
fn blocks_nest_and_know_their_labels_and_places() {
    let text = "resource \"a\" \"b\" {\n  c = 1\n  d {\n    e = \"f\"\n  }\n  d {}\n}\noutput \"x\" { value = y.z }\n";
    let body = Body::parse(text);
    assert_eq!(body.blocks.len(), 2);
    let resource = &body.blocks[0];
    assert_eq!(
        (resource.kind, resource.labels.as_slice()),
        ("resource", &["a", "b"][..])
    );
    assert_eq!(
        &text[resource.head.start..resource.head.end],
        "resource \"a\" \"b\""
    );
    assert_eq!(resource.body.blocks("d").count(), 2);
    let inner = resource.body.blocks[0].body.get("e").unwrap().span();
    assert_eq!(&text[inner.start..inner.end], "f");
    assert_eq!(shape(body.blocks[1].body.get("value").unwrap()), "y.z");
}

#[test]
fn what_cannot_be_read_hides_nothing_behind_it() {
    for broken in [
        "a b c\n",
        "= 1\n",
        "x = \"open\n",
        "ü\n",
        "]\n",
        "x = (\n)\n",
        "}\n",
    ] {
        let body = Body::parse(&format!("{broken}\nvariable \"v\" {{\n  default = 1\n}}\n"))
            .blocks
            .len();
        assert_eq!(body, 1, "{broken}");
    }
}

#[test]
fn every_prefix_of_a_file_ends() {
    let text = "resource \"a\" \"b\" {\n  c = [\"ü\", { d = <<E\nx\nE\n }, f(g(\"h ${i}\"), [for j in k : j])]\n  /* l */ m = n ? 1 : 2 // o\n}\n";
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        Body::parse(&text[..end]);
        Body::parse(&text[end..]);
    }
    Body::parse(&"a = [".repeat(100_000));
    Body::parse(&"a {".repeat(100_000));
    Body::parse(&"a = f(".repeat(100_000));
}
