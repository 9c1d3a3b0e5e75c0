//! What is inside of gzip, as far as there is room for it.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;

/// A bomb is noticed at this many bytes, not after it has gone off.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("more than {0} bytes once it is unpacked")]
pub(super) struct TooMuch(pub(super) u64);

/// Reads one member after another, as `gzip -d` does.
pub(super) struct Gunzip<'a> {
    member: Option<GzDecoder<&'a [u8]>>,
    limit: u64,
    read: u64,
}

impl<'a> Gunzip<'a> {
    pub(super) fn new(packed: &'a [u8], limit: u64) -> Self {
        Self { member: Some(GzDecoder::new(packed)), limit, read: 0 }
    }

    /// Bytes that have come out of it.
    pub(super) fn unpacked(&self) -> u64 {
        self.read
    }
}

impl Read for Gunzip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 {
                self.read += read as u64;
                return if self.read > self.limit { Err(io::Error::other(TooMuch(self.limit))) } else { Ok(read) };
            }
            // Tapes and disks leave zeros at the end of what was written to them.
            let rest = self.member.take().map(GzDecoder::into_inner).unwrap_or_default();
            if rest.iter().any(|byte| *byte != 0) {
                self.member = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

/// Unpacks all of it.
///
/// # Errors
/// When it is damaged, or more than the limit.
pub(crate) fn gunzip(packed: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    Gunzip::new(packed, limit).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}
