//! `git cat-file --batch`: names in, objects out. All names are asked for at once, and the answers come as fast as git makes them.

use std::{
    collections::HashSet,
    io::{self, BufRead, BufReader, Read, Write},
    process::ChildStdout,
    sync::Arc,
};

use keysift_finding::Blob;

use super::command::{Git, Running};

/// What git has under a name.
pub(super) enum Object {
    Bytes(Vec<u8>),
    TooLarge,
    Missing,
}

/// The objects of a list of names, in its order.
pub(super) struct Objects<'g, 'f> {
    git: &'g Git<'f>,
    names: Arc<Vec<String>>,
    at: usize,
    process: Option<(Running, BufReader<ChildStdout>)>,
    /// What is here, as far as git can tell without reading it; asked for when the first object could not be read. A partial clone may
    /// lack a million objects, and git ends at each.
    here: Option<Arc<HashSet<String>>>,
}

impl<'g, 'f> Objects<'g, 'f> {
    pub(super) fn new(git: &'g Git<'f>, names: Vec<String>) -> Self {
        Self {
            git,
            names: Arc::new(names),
            at: 0,
            process: None,
            here: None,
        }
    }

    /// Asks for all names that are left.
    fn start(&mut self) -> io::Result<()> {
        let (names, at, here) = (Arc::clone(&self.names), self.at, self.here.clone());
        let ask = move |git: &mut dyn Write| {
            let mut git = io::BufWriter::with_capacity(64 << 10, git);
            let there = |name: &&String| here.as_ref().is_none_or(|here| here.contains(*name));
            for name in names[at..].iter().filter(there) {
                git.write_all(name.as_bytes())?;
                git.write_all(b"\n")?;
            }
            git.flush()
        };
        let args = ["cat-file", "--batch", "--buffer"];
        let mut running = Running::start(self.git.folder, &args, ask, self.git.stop)?;
        let answers = BufReader::with_capacity(256 << 10, running.answers()?);
        self.process = Some((running, answers));
        Ok(())
    }

    /// The next object; `None` behind the last name.
    pub(super) fn next(&mut self, limit: u64) -> io::Result<Option<Object>> {
        let Some(name) = self.names.get(self.at) else {
            return Ok(None);
        };
        let lacking = self.here.as_ref().is_some_and(|here| !here.contains(name));
        let object = if lacking {
            Object::Missing
        } else {
            if self.process.is_none() {
                self.start()?;
            }
            let answers = self.process.as_mut().map(|(_, answers)| answer(answers, limit));
            match answers.unwrap_or(Ok(Object::Missing)) {
                Ok(object) => object,
                // A damaged object ends the process: the next one is asked for what is left.
                Err(_) => {
                    self.stop();
                    if self.here.is_none() {
                        self.here = all(self.git, |_, _| true)
                            .ok()
                            .map(|names| Arc::new(names.into_iter().collect()));
                    }
                    Object::Missing
                }
            }
        };
        self.at += 1;
        Ok(Some(object))
    }

    fn stop(&mut self) {
        if let Some((running, _)) = self.process.take() {
            running.kill();
        }
    }
}

/// The names of all objects that are here, of those that `wanted` wants: it is given a kind and a name.
pub(super) fn all(git: &Git<'_>, wanted: impl Fn(&str, &str) -> bool) -> io::Result<Vec<String>> {
    let output = git.output(&[
        "cat-file",
        "--batch-all-objects",
        "--unordered",
        "--batch-check=%(objecttype) %(objectname)",
    ])?;
    let text = String::from_utf8_lossy(&output);
    let names = text.lines().filter_map(|line| line.split_once(' '));
    Ok(names
        .filter(|(kind, name)| wanted(kind, name))
        .map(|(_, name)| name.to_owned())
        .collect())
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
        let read = io::copy(&mut answers.take(size.saturating_add(1)), &mut io::sink())?;
        return match read > size {
            true => Ok(Object::TooLarge),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        };
    }
    // What a header claims is not believed: memory grows with what comes.
    let mut bytes = Vec::with_capacity(size.min(1 << 20) as usize + Blob::PADDING);
    answers.take(size).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    answers.read_exact(&mut [0])?;
    Ok(Object::Bytes(bytes))
}

impl Drop for Objects<'_, '_> {
    fn drop(&mut self) {
        self.stop();
    }
}
