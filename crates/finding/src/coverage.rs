//! What was read, what was passed over, and what could not be read.

use std::collections::BTreeMap;

/// Why something was passed over on purpose. Each is counted and shown; none changes the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// A NUL byte in the first 8 KiB: not text.
    Binary,
    /// Larger than the size limit.
    TooLarge,
    /// A symbolic link below a scanned folder: what it points to is scanned where it lies.
    SymbolicLink,
    /// A pointer of Git LFS: the content is on another server.
    LfsPointer,
    /// A layer that the base image has too.
    BaseLayer,
    /// An archive below a scanned folder, which nobody asked to open.
    Archive,
    /// A member of an archive that only its password opens.
    Encrypted,
    /// A FIFO, socket or device below a scanned folder.
    SpecialFile,
    /// A submodule: a repository of its own, which is read where it is checked out.
    Submodule,
}

impl Skip {
    /// The reason in words.
    pub fn reason(self) -> &'static str {
        match self {
            Skip::Binary => "binary",
            Skip::TooLarge => "too large",
            Skip::SymbolicLink => "symbolic link",
            Skip::LfsPointer => "LFS pointer",
            Skip::BaseLayer => "base image layer",
            Skip::Archive => "archive",
            Skip::Encrypted => "encrypted",
            Skip::SpecialFile => "FIFO, socket or device",
            Skip::Submodule => "submodule",
        }
    }

    /// The reason as a key in machine-readable reports.
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

/// Something that was asked for and could not be read. It makes the run incomplete (exit 2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// What: a path as the user would write it.
    pub what: String,
    /// Why, in words.
    pub why: String,
}

/// How much of the input was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Texts read (files, or standard input).
    pub files: u64,
    /// Bytes read from them.
    pub bytes: u64,
    /// Passed over on purpose, by reason.
    pub skipped: BTreeMap<Skip, u64>,
}
