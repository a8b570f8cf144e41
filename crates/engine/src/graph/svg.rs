//! Writes the graph as SVG, without Graphviz: a column for each kind of node, a band for each namespace.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
};

use keysift_manifest::NodeState;
use keysift_report::{Untrusted, Xml, counted};

use super::picture::{Kind, Node, Picture};

/// Sizes, in pixels.
const WIDTH: usize = 190;
const HEIGHT: usize = 34;
const BETWEEN: usize = 90;
const GAP: usize = 14;
const BAND: usize = 24;
const MARGIN: usize = 12;

/// The maximum length of a visible name; the full name is in the node's title.
const NAME: usize = 26;

/// The position of a node.
struct Place {
    x: usize,
    y: usize,
}

/// Writes the picture as one `svg` element. The page around it, or `style`, styles its classes.
pub(super) fn write(picture: &Picture<'_>, style: &str) -> String {
    let (places, bands, width, height) = layout(picture);
    let mut out = String::new();
    let nodes = counted(picture.nodes.len() as u64, "node");
    let edges = counted(picture.edges.len() as u64, "edge");
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{nodes}, {edges}: who can read which Secret\">{style}"
    );
    out.push_str(
        "<defs><marker id=\"keysift-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"edge\" d=\"M 1 1 L 7 4 L 1 7\"/></marker></defs>\n",
    );
    for (name, top, tall) in &bands {
        let (w, y) = (width - MARGIN, top + 16);
        let _ = writeln!(
            out,
            "<rect class=\"band\" x=\"{}\" y=\"{top}\" width=\"{w}\" height=\"{tall}\" rx=\"8\"/>\
             <text class=\"band-name\" x=\"{MARGIN}\" y=\"{y}\">{}</text>",
            MARGIN / 2,
            text(name)
        );
    }
    for (from, relation, to) in &picture.edges {
        if let (Some(from), Some(to)) = (places.get(from), places.get(to)) {
            edge(from, relation, to, &mut out);
        }
    }
    for node in &picture.nodes {
        if let Some(place) = places.get(node.id) {
            shape(node, place, &mut out);
        }
    }
    if picture.left_out > 0 {
        let y = height - 6;
        let count = counted(picture.left_out as u64, "node");
        let _ = writeln!(
            out,
            "<text class=\"relation\" x=\"{MARGIN}\" y=\"{y}\">not drawn: {count} without a path to a Secret</text>"
        );
    }
    out.push_str("</svg>\n");
    out
}

/// The positions of all nodes, the bands of namespaces (name, top, height), and the width and height of the
/// picture.
type Layout<'p> = (
    HashMap<&'p str, Place>,
    Vec<(&'p str, usize, usize)>,
    usize,
    usize,
);

/// Places nodes in bands by namespace and columns by kind.
fn layout<'p>(picture: &'p Picture<'_>) -> Layout<'p> {
    let mut by_band: BTreeMap<&str, BTreeMap<Kind, Vec<&Node<'_>>>> = BTreeMap::new();
    for node in &picture.nodes {
        let columns = by_band.entry(node.namespace).or_default();
        columns.entry(node.kind).or_default().push(node);
    }
    // Kinds without nodes take no space.
    let mut columns: BTreeMap<Kind, usize> = picture.nodes.iter().map(|node| (node.kind, 0)).collect();
    columns
        .values_mut()
        .zip(0..)
        .for_each(|(column, number)| *column = number);
    let (mut places, mut bands, mut top) = (HashMap::new(), Vec::new(), MARGIN / 2);
    for (name, kinds) in &by_band {
        let rows = kinds.values().map(Vec::len).max().unwrap_or_default();
        let tall = BAND + rows * (HEIGHT + GAP);
        for (kind, nodes) in kinds {
            for (row, node) in nodes.iter().enumerate() {
                let x = MARGIN + columns[kind] * (WIDTH + BETWEEN);
                let y = top + BAND + row * (HEIGHT + GAP);
                places.insert(node.id, Place { x, y });
            }
        }
        if !name.is_empty() {
            bands.push((*name, top, tall));
        }
        top += tall + GAP;
    }
    let width = 2 * MARGIN + columns.len() * (WIDTH + BETWEEN) - BETWEEN.min(columns.len() * BETWEEN);
    (places, bands, width, top + MARGIN)
}

fn edge(from: &Place, relation: &str, to: &Place, out: &mut String) {
    let (y1, y2) = (from.y + HEIGHT / 2, to.y + HEIGHT / 2);
    // An edge within a column, or to a column on the left, starts and ends on the right side.
    let (x1, x2) = match to.x > from.x {
        true => (from.x + WIDTH, to.x),
        false => (from.x + WIDTH, to.x + WIDTH),
    };
    let bend = BETWEEN / 2;
    let c2 = if to.x > from.x { x2 - bend } else { x2 + bend };
    let (c1, mx, my) = (x1 + bend, (x1 + x2) / 2, (y1 + y2) / 2);
    let short: String = relation.chars().take(14).collect();
    let cut = if relation.chars().count() > 14 { "…" } else { "" };
    let _ = writeln!(
        out,
        "<g><title>{}</title><path class=\"edge\" d=\"M {x1} {y1} C {c1} {y1} {c2} {y2} {x2} {y2}\" marker-end=\"url(#keysift-arrow)\"/>\
         <text class=\"relation\" x=\"{mx}\" y=\"{}\" text-anchor=\"middle\">{}{cut}</text></g>",
        text(relation),
        my.saturating_sub(3),
        text(&short)
    );
}

fn shape(node: &Node<'_>, place: &Place, out: &mut String) {
    let Place { x, y } = *place;
    let missing = match node.state {
        NodeState::Dangling => " missing",
        NodeState::Plain | NodeState::Unused => "",
    };
    let class = format!("node {}{missing}", node.kind.class());
    let (right, bottom, middle) = (x + WIDTH, y + HEIGHT, y + HEIGHT / 2);
    let body = match node.kind {
        Kind::Outside => format!(
            "<ellipse class=\"{class}\" cx=\"{}\" cy=\"{middle}\" rx=\"{}\" ry=\"{}\"/>",
            x + WIDTH / 2,
            WIDTH / 2,
            HEIGHT / 2
        ),
        Kind::Route => format!(
            "<path class=\"{class}\" d=\"M {} {y} H {right} L {} {bottom} H {x} Z\"/>",
            x + 14,
            right - 14
        ),
        Kind::Workload => {
            format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>")
        }
        Kind::Account => format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"{}\"/>",
            HEIGHT / 2
        ),
        Kind::Secret => format!(
            "<path class=\"{class}\" d=\"M {} {y} H {} L {right} {middle} L {} {bottom} H {} L {x} {middle} Z\"/>",
            x + 12,
            right - 12,
            right - 12,
            x + 12
        ),
    };
    let name = node.name;
    let short: String = name.chars().take(NAME).collect();
    let cut = if name.chars().count() > NAME { "…" } else { "" };
    let state = match node.state {
        NodeState::Plain => "",
        NodeState::Dangling => " (not defined in the scanned files)",
        NodeState::Unused => " (not used by any workload in the scanned files)",
    };
    let label = if node.kind == Kind::Outside {
        " class=\"outside-name\""
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "<g><title>{}{state}</title>{body}<text{label} x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}{cut}</text></g>",
        text(node.id),
        x + WIDTH / 2,
        middle + 4,
        text(&short)
    );
}

/// Escapes text for XML and masks possible secrets.
fn text(text: &str) -> String {
    Untrusted::sentence(text).to::<Xml>().to_string()
}
