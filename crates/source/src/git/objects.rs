//! Reads objects with `git cat-file --batch`. All names are written at once; the answers are read as git
//! produces them.

use std::{
    collections::HashSet,
    io::{self, BufRead, BufReader, Read, Write},
    process::ChildStdout,
    sync::Arc,
};

use keysift_finding::Blob;

use super::command::{Git, Running};

/// The object of a name.
pub(super) enum Object {
    Bytes(Vec<u8>),
    TooLarge,
    Missing,
}

/// Reads the objects of a list of names, in order.
pub(super) struct Objects<'g, 'f> {
    git: &'g Git<'f>,
    names: Arc<Vec<String>>,
    at: usize,
    process: Option<(Running, BufReader<ChildStdout>)>,
    /// Names of the objects that exist locally, listed when the first object cannot be read. A partial clone
    /// can lack a million objects, and git exits at each.
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

    /// Requests all remaining names.
    fn start(&mut self) -> io::Result<()> {
        let (names, at, here) = (Arc::clone(&self.names), self.at, self.here.clone());
        let request = move |git: &mut dyn Write| {
            let mut git = io::BufWriter::with_capacity(64 << 10, git);
            let there = |name: &&String| here.as_ref().is_none_or(|here| here.contains(*name));
            for name in names[at..].iter().filter(there) {
                git.write_all(name.as_bytes())?;
                git.write_all(b"\n")?;
            }
            git.flush()
        };
        let args = ["cat-file", "--batch", "--buffer"];
        let mut running = Running::start(self.git.folder, &args, request, self.git.stop)?;
        let answers = BufReader::with_capacity(256 << 10, running.answers()?);
        self.process = Some((running, answers));
        Ok(())
    }

    /// Returns the next object; `None` after the last name.
    pub(super) fn next(&mut self, limit: u64) -> io::Result<Option<Object>> {
        let Some(name) = self.names.get(self.at) else {
            return Ok(None);
        };
        let is_missing = self.here.as_ref().is_some_and(|here| !here.contains(name));
        let object = if is_missing {
            Object::Missing
        } else {
            if self.process.is_none() {
                self.start()?;
            }
            let answers = self.process.as_mut().map(|(_, answers)| answer(answers, limit));
            match answers.unwrap_or(Ok(Object::Missing)) {
                Ok(object) => object,
                // A damaged object ends the process. The next call starts another for the remaining names.
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

/// Returns the names of all local objects for which `wanted` returns true, given their type and name.
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

/// Reads one answer of git: a header line that ends in the size, the content, a line break.
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
    // The size in the header is not trusted: memory grows with the data that is read.
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
