//! What was read, skipped on purpose, or could not be read.

use std::collections::BTreeMap;

/// Why an input was skipped on purpose. Each is counted and reported; none changes the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Not text: a NUL byte in the first 8 KiB.
    Binary,
    /// Larger than the size limit.
    TooLarge,
    /// A symbolic link below a scanned folder. Its target is scanned at its own path, if that is in scope.
    SymbolicLink,
    /// A Git LFS pointer: the content is on another server.
    LfsPointer,
    /// A layer of the base image.
    BaseLayer,
    /// An archive below a scanned folder; archives are opened only on request.
    Archive,
    /// A password-protected archive member.
    Encrypted,
    /// A FIFO, socket or device below a scanned folder.
    SpecialFile,
    /// A submodule. It is a repository of its own and is read if it is checked out.
    Submodule,
}

impl Skip {
    /// Returns what was skipped, as a noun in the singular.
    pub fn reason(self) -> &'static str {
        match self {
            Skip::Binary => "binary file",
            Skip::TooLarge => "too large file",
            Skip::SymbolicLink => "symbolic link",
            Skip::LfsPointer => "LFS pointer",
            Skip::BaseLayer => "base image layer",
            Skip::Archive => "archive",
            Skip::Encrypted => "encrypted file",
            Skip::SpecialFile => "special file",
            Skip::Submodule => "submodule",
        }
    }

    /// Returns the key of the reason in machine-readable reports.
    pub fn key(self) -> &'static str {
        match self {
            Skip::Binary => "binary",
            Skip::TooLarge => "too-large",
            Skip::SymbolicLink => "symbolic-link",
            Skip::LfsPointer => "lfs-pointer",
            Skip::BaseLayer => "base-layer",
            Skip::Archive => "archive",
            Skip::Encrypted => "encrypted",
            Skip::SpecialFile => "special-file",
            Skip::Submodule => "submodule",
        }
    }
}

/// An input that was requested and could not be read. It makes the run incomplete (exit code 2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The path, as the user would write it.
    pub what: String,
    /// The reason, as text.
    pub why: String,
}

/// How much of the input was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Number of texts read (files, or standard input).
    pub files: u64,
    /// Number of bytes read from them.
    pub bytes: u64,
    /// Number of inputs skipped on purpose, by reason.
    pub skipped: BTreeMap<Skip, u64>,
}
