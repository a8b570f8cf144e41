//! `docker-os-password`.

use keysift_finding::Span;

use crate::{Check, Found, Instruction};

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
        let base = text.as_ptr() as usize;
        for command in text.split("&&").flat_map(|part| part.split(';')) {
            let piped = command.contains("chpasswd") || command.contains("passwd --stdin");
            let Some(echo) = command.find("echo ").filter(|_| piped) else {
                continue;
            };
            let said = command[echo + 5..]
                .split('|')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches(['"', '\''])
                .trim_start_matches("-e ")
                .trim_matches(['"', '\'']);
            let password = said.split_once(':').map_or(said, |(_, password)| password);
            if keysift_judge::value(password) == keysift_judge::Value::Literal
                && !password.contains('$')
                && !password.contains('*')
            {
                let at = start + (password.as_ptr() as usize - base);
                found
                    .at(
                        Span::new(at, at + password.len()),
                        "hard-coded password of an operating system account, stored in the image history",
                    )
                    .secret();
            }
        }
    }
}
