//! `docker-os-password`.

use keysift_finding::Span;

use crate::{Check, Found, Instruction, shell};

/// `docker-os-password`.
pub(crate) struct OsPassword;

impl Check for OsPassword {
    fn page(&self) -> &'static str {
        include_str!("os_password.md")
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Found<'_>) {
        let (text, start) = instruction.arguments();
        if instruction.keyword != "RUN" {
            return;
        }
        for password in passwords(text) {
            let literal = keysift_judge::value(password) == keysift_judge::Value::Literal;
            if literal && !password.contains(['$', '*']) {
                let at = start + (password.as_ptr() as usize - text.as_ptr() as usize);
                found
                    .at(
                        Span::new(at, at + password.len()),
                        "Hard-coded password of an operating system account, stored in the image history",
                    )
                    .secret();
            }
        }
    }
}

/// The passwords that commands give to accounts: `echo NAME:PASSWORD | chpasswd`, `useradd -p HASH`, `openssl passwd PASSWORD`.
fn passwords(script: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for command in script.split("&&").flat_map(|part| part.split(';')) {
        let piped = command.contains("chpasswd") || command.contains("passwd --stdin");
        if let Some(echo) = command.find("echo ").filter(|_| piped) {
            let said = command[echo + 5..]
                .split('|')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches(['"', '\''])
                .trim_start_matches("-e ")
                .trim_matches(['"', '\'']);
            found.push(said.split_once(':').map_or(said, |(_, password)| password));
        }
        found.extend(of_accounts(command));
    }
    found
}

/// The password among the words of `useradd`, `usermod` and `openssl passwd`.
fn of_accounts(command: &str) -> Option<&str> {
    let words = shell::words(command);
    if let Some(at) = words.iter().position(|word| word.ends_with("openssl")) {
        let is_passwd = words.get(at + 1) == Some(&"passwd");
        let rest = words[at..].iter().skip(2).filter(|word| !word.starts_with('-'));
        return rest
            .map(|word| word.trim_end_matches(')'))
            .find(|word| is_passwd && !word.is_empty());
    }
    words
        .iter()
        .find(|word| matches!(**word, "useradd" | "usermod" | "adduser"))?;
    let option = words
        .iter()
        .position(|word| matches!(*word, "-p" | "--password"))?;
    words.get(option + 1).copied()
}

#[cfg(test)]
mod tests {
    use super::passwords;

    #[test]
    fn passwords_of_accounts() {
        for (script, expected) in [
            ("echo 'root:kq7zr' | chpasswd", Some("kq7zr")),
            ("useradd -m -p kq7zr bob", Some("kq7zr")),
            ("usermod -p $(openssl passwd -1 kq7zr) bob", Some("kq7zr")),
            ("useradd -m bob && passwd -l bob", None),
            ("openssl rand -hex 8", None),
        ] {
            assert_eq!(passwords(script).first().copied(), expected, "{script}");
        }
    }
}
