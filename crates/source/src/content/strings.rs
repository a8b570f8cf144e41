//! Extracts printable strings from databases and Java classes.

use std::io::{self, Read};

/// Minimum length of a string; shorter ones are mostly chance.
const SHORTEST: usize = 6;

/// Maximum number of bytes kept from one file.
const MOST: usize = 32 << 20;

/// Returns the printable runs, one a line.
pub(super) fn runs(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    let mut start = 0;
    loop {
        let read = crate::read::read_full(reader, &mut chunk)?;
        for byte in &chunk[..read] {
            match byte {
                b'\t' | b' '..=b'~' | 0x80.. => text.push(*byte),
                _ => end(&mut text, &mut start),
            }
        }
        if read < chunk.len() {
            break;
        }
        if text.len() > MOST {
            return Err(io::Error::other("more than 32 MiB of strings: not all were read"));
        }
    }
    end(&mut text, &mut start);
    Ok(text)
}

/// Ends a run, and drops it if it is too short.
fn end(text: &mut Vec<u8>, start: &mut usize) {
    if text.len() - *start < SHORTEST {
        text.truncate(*start);
    } else {
        text.push(b'\n');
        *start = text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_lines() {
        let text = runs(&mut &b"\0\x01ab\0password=x\0\0longer text\x02"[..]).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "password=x\nlonger text\n");
    }
}
