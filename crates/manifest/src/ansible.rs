//! Playbooks, task files and variables of Ansible.

use std::path::Path;

use crate::{
    FieldKind, Literal,
    collect::{describes, field_name, is_schema_reference},
    command,
    yaml::{Cursor, Id, Node, Scalar, Tree},
};

/// Folders of roles, of inventories and of projects, whose YAML is Ansible's.
const FOLDERS: &[&str] = &["group_vars", "host_vars", "tasks", "handlers", "playbooks"];

/// What holds the literals of a file.
const OWNER: &str = "Ansible variables and tasks";

/// Whether a file belongs to Ansible, by its folders or as a list of plays.
pub(crate) fn is_ansible(path: &Path, name: &str, text: &[u8]) -> bool {
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let folders: Vec<String> = path
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let within = |wanted: &str| folders.iter().any(|folder| folder == wanted);
    let bare =
        !name.contains('.') && (within("group_vars") || within("host_vars")) && text.starts_with(b"---");
    if !yaml {
        return bare;
    }
    let of_role = within("roles") && (within("vars") || within("defaults"));
    let listed = || first_line(text).is_some_and(|line| line.starts_with("- "));
    let by_folder = FOLDERS.iter().any(|folder| within(folder));
    if within("group_vars") || within("host_vars") || of_role {
        return true;
    }
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    listed()
        && (by_folder && has("name:") || has("hosts:") && (has("tasks:") || has("roles:") || has("vars:")))
}

/// The first line that says something.
fn first_line(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(&text[..text.len().min(4096)])
        .or_else(|error| std::str::from_utf8(&text[..error.valid_up_to()]))
        .ok()?;
    text.lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#') && *line != "---")
}

/// Modules that are a command.
fn is_command(module: &str) -> bool {
    let name = module.rsplit('.').next().unwrap_or_default();
    matches!(
        name,
        "shell" | "command" | "raw" | "cmd" | "script" | "win_shell" | "win_command"
    )
}

/// Every scalar under the name of its key, and what commands are handed.
pub(crate) fn literals(tree: &Tree) -> Vec<Literal<'_>> {
    let mut found = Vec::new();
    let mut walk = tree.walk(tree.documents.iter().copied(), None::<&str>);
    while let Some((node, parent)) = walk.next() {
        let Node::Mapping(entries) = tree.node(node) else {
            walk.below(node, parent);
            continue;
        };
        for (key, value) in entries.iter().rev() {
            let Some(key) = tree
                .scalar(*key)
                .filter(|key| !describes(&key.text) || key.text == "metadata")
            else {
                continue;
            };
            let Some(scalar) = tree.scalar(*value) else {
                walk.enter(*value, Some(&key.text));
                continue;
            };
            if scalar.tagged || scalar.block && !is_command(&key.text) {
                continue;
            }
            if is_command(&key.text) || scalar.text.contains('=') && scalar.text.contains(' ') {
                found.extend(of_command(tree, scalar));
            } else if !is_schema_reference(&key.text, &scalar.text) {
                let name = field_name(&key.text, parent);
                found.push(Literal::of_scalar(FieldKind::Ansible, name, scalar, OWNER));
            }
        }
    }
    found
}

fn of_command<'t>(tree: &'t Tree, scalar: &'t Scalar) -> Vec<Literal<'t>> {
    let credentials = command::credentials(&[command::Word::of(tree, scalar)]).into_iter();
    credentials
        .map(|credential| Literal::of_credential(FieldKind::AnsibleCommand, credential, OWNER))
        .collect()
}

/// Objects that tasks hand to modules: `kubernetes.core.k8s: {definition: {kind: Secret, …}}`.
pub(crate) fn definitions(tree: &Tree) -> Vec<Id> {
    let mut found = Vec::new();
    let mut walk = tree.walk(tree.documents.iter().copied(), ());
    while let Some((node, ())) = walk.next() {
        let is_object = tree.text(node, "kind").is_some() && tree.text(node, "apiVersion").is_some();
        match is_object {
            true => found.push(node),
            false => walk.below(node, ()),
        }
    }
    found
}

/// A task, with what is above it.
#[derive(Clone, Copy)]
pub(crate) struct Task<'t> {
    pub(crate) node: Cursor<'t>,
    /// Whether a block or the play around it says `no_log`.
    pub(crate) hidden: bool,
}

/// Keys of lists of tasks.
const LISTS: &[&str] = &[
    "tasks",
    "pre_tasks",
    "post_tasks",
    "handlers",
    "block",
    "rescue",
    "always",
];

/// The tasks of a file. Nested blocks are read eight deep.
pub(crate) fn tasks(tree: &Tree) -> Vec<Task<'_>> {
    let mut found = Vec::new();
    for root in &tree.documents {
        let items = tree.at(*root).items();
        items.for_each(|item| add(item, false, 8, &mut found));
    }
    found
}

fn add<'t>(node: Cursor<'t>, hidden: bool, depth: usize, found: &mut Vec<Task<'t>>) {
    let hidden = hidden || hides(node);
    let mut is_task = !node.get("hosts").exists();
    for key in LISTS {
        let list = node.get(key);
        is_task &= !list.exists();
        if depth > 0 {
            list.items().for_each(|item| add(item, hidden, depth - 1, found));
        }
    }
    if is_task {
        found.push(Task { node, hidden });
    }
}

/// Whether `no_log` is set; a variable may say so too.
fn hides(node: Cursor<'_>) -> bool {
    node.get("no_log")
        .str()
        .is_some_and(|text| !matches!(text.to_ascii_lowercase().as_str(), "false" | "no" | "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_ansible() {
        let is = |path: &str, text: &str| {
            let path = Path::new(path);
            is_ansible(
                path,
                &path.file_name().unwrap().to_string_lossy(),
                text.as_bytes(),
            )
        };
        assert!(is("site.yml", "---\n- hosts: all\n  tasks: []\n"));
        assert!(is("roles/a/tasks/main.yml", "- name: x\n  debug: {}\n"));
        assert!(is("inventory/group_vars/all.yml", "a: b\n"));
        assert!(is("group_vars/all/vault", "---\na: b\n"));
        assert!(is("roles/a/defaults/main.yml", "a: b\n"));
        assert!(!is("deploy/tasks/a.yaml", "kind: Task\n"));
        assert!(!is("a/defaults/main.yml", "a: b\n"));
        assert!(!is("a.yml", "- name: x\n  hosts: y\n"));
    }
}
