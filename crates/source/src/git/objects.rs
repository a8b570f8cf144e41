//! `git cat-file --batch`: names in, objects out. All names are asked for at once, and the answers come as fast as git makes them.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
};

/// What git has under a name.
pub(super) enum Object {
    Bytes(Vec<u8>),
    TooLarge,
    Missing,
}

/// The objects of a list of names, in its order.
pub(super) struct Objects<'f> {
    folder: &'f Path,
    names: VecDeque<String>,
    process: Option<(Child, BufReader<ChildStdout>)>,
}

impl<'f> Objects<'f> {
    pub(super) fn new(folder: &'f Path, names: impl IntoIterator<Item = String>) -> Self {
        Self {
            folder,
            names: names.into_iter().collect(),
            process: None,
        }
    }

    /// Asks for all names that are left.
    fn start(&mut self) -> io::Result<()> {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(self.folder)
            .args(["cat-file", "--batch", "--buffer"])
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(mut ask), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("git gives no pipes"));
        };
        let mut text = String::new();
        for name in &self.names {
            text.push_str(name);
            text.push('\n');
        }
        // Git stops reading names when nobody reads its answers: the names have a thread of their own.
        thread::spawn(move || ask.write_all(text.as_bytes()));
        self.process = Some((child, BufReader::with_capacity(256 << 10, answers)));
        Ok(())
    }

    /// The next object; `None` behind the last name.
    pub(super) fn next(&mut self, limit: u64) -> io::Result<Option<Object>> {
        if self.names.is_empty() {
            return Ok(None);
        }
        if self.process.is_none() {
            self.start()?;
        }
        let object = match self
            .process
            .as_mut()
            .map_or(Ok(Object::Missing), |(_, answers)| answer(answers, limit))
        {
            Ok(object) => object,
            // A damaged object ends the process: the next one is asked for what is left.
            Err(_) => {
                self.stop();
                Object::Missing
            }
        };
        self.names.pop_front();
        Ok(Some(object))
    }

    fn stop(&mut self) {
        if let Some((mut child, _)) = self.process.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// One answer of git: a line that ends in the size, the bytes, a line break.
pub(super) fn answer(answers: &mut impl BufRead, limit: u64) -> io::Result<Object> {
    let mut header = String::new();
    if answers.read_line(&mut header)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let Some(size) = header
        .trim_end()
        .rsplit(' ')
        .next()
        .and_then(|size| size.parse::<u64>().ok())
    else {
        return Ok(Object::Missing);
    };
    if limit != 0 && size > limit {
        io::copy(&mut answers.take(size.saturating_add(1)), &mut io::sink())?;
        return Ok(Object::TooLarge);
    }
    let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
    answers.read_exact(&mut bytes)?;
    answers.read_exact(&mut [0])?;
    Ok(Object::Bytes(bytes))
}

impl Drop for Objects<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}
