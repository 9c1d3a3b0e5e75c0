//! Reads chart archives, which anyone may have made: nothing is written anywhere, and what an archive holds is bounded
//! before it is held.

use std::collections::BTreeSet;
use std::io::{self, Read};

use tar::{Archive, Entry, EntryType, PaxExtensions};

use super::budget::{self, Budget};
use super::entry_name::EntryName;
use super::gzip::{Gunzip, TooMuch};
use super::{ChartError, File};

/// What an entry may say about the next one, such as its long name.
const EXTENSION: u64 = 1024 * 1024;

const REPACKAGE: &str = "package the chart again with `helm package`";
const FETCH_AGAIN: &str = "fetch the archive once more, and see that it is what `helm package` writes";

/// The files of an archive, in its order, without the folder that they are in.
///
/// # Errors
/// When it is no archive, a damaged one, one that holds more than a chart may, or anything but a chart's files.
pub(super) fn files(bytes: &[u8], budget: &mut Budget) -> Result<Vec<File>, ChartError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        let message = format!("this is no chart archive: it starts with {}, not as gzip does", shown(bytes));
        return Err(ChartError::new("archive/not-gzip", message, "a chart archive is what `helm package` writes"));
    }
    let mut archive = Archive::new(Gunzip::new(bytes, budget.left()));
    let mut reading = Reading::default();
    let result = reading.entries(&mut archive, budget);
    let mut rest = archive.into_inner();
    let result = result.and_then(|()| finish(&mut rest));
    // An archive that is inside of this one may unpack to what is left.
    let accounted = budget.take(rest.unpacked());
    result.and(accounted)?;
    if reading.files.is_empty() {
        return Err(ChartError::new("archive/empty", "the archive has no files", REPACKAGE));
    }
    Ok(reading.files)
}

/// What has been read of an archive.
#[derive(Default)]
struct Reading {
    files: Vec<File>,
    names: BTreeSet<String>,
    folder: Option<String>,
    /// The name of the next entry, where it is too long for its header.
    long_name: Option<Vec<u8>>,
    /// The size of the next entry, where something before it has said it.
    said_size: Option<u64>,
}

impl Reading {
    fn entries<R: Read>(&mut self, archive: &mut Archive<R>, budget: &mut Budget) -> Result<(), ChartError> {
        let entries = archive.entries().map_err(|error| damaged(&error))?;
        for entry in entries.raw(true) {
            budget.entry()?;
            self.entry(entry.map_err(|error| damaged(&error))?)?;
        }
        if self.long_name.is_some() || self.said_size.is_some() {
            return Err(ChartError::new(
                "archive/dangling-extension",
                "the archive ends before its last entry",
                FETCH_AGAIN,
            ));
        }
        Ok(())
    }

    fn entry<R: Read>(&mut self, entry: Entry<'_, R>) -> Result<(), ChartError> {
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName => {
                let mut name = extension(entry)?;
                while name.last() == Some(&0) {
                    name.pop();
                }
                self.long_name = Some(name);
                return Ok(());
            }
            EntryType::XHeader => return self.extensions(&extension(entry)?),
            EntryType::XGlobalHeader | EntryType::GNULongLink => return extension(entry).map(drop),
            _ => {}
        }
        let size = entry.header().entry_size().map_err(|error| damaged(&error))?;
        let said = self.said_size.take();
        let name = self.long_name.take().unwrap_or_else(|| entry.header().path_bytes().into_owned());
        let shown = String::from_utf8_lossy(&name).chars().take(200).collect::<String>().escape_debug().to_string();
        if said.is_some_and(|said| said != size) {
            let message = format!("the entry `{shown}` has two sizes, {size} and {}", said.unwrap_or_default());
            return Err(ChartError::new("archive/two-sizes", message, REPACKAGE));
        }
        // As tar was before folders had a type of their own.
        let is_old_folder = kind.as_byte() == 0 && name.ends_with(b"/");
        match kind {
            EntryType::Directory => return Ok(()),
            _ if is_old_folder => return Ok(()),
            EntryType::Regular | EntryType::Continuous => {}
            _ => return Err(refuse_kind(kind, &shown)),
        }
        let name = EntryName::parse(&name)?;
        Budget::check_file(&shown, size)?;
        self.place(&name)?;
        let data = content(entry, size, &shown)?;
        self.files.push(File { name: name.file, data });
        Ok(())
    }

    /// Sees that the file is in the same folder as the others, and not there yet.
    fn place(&mut self, name: &EntryName) -> Result<(), ChartError> {
        let folder = self.folder.get_or_insert_with(|| name.folder.clone());
        if *folder != name.folder {
            let message = format!("the archive has more than one folder at its top, `{folder}` and `{}`", name.folder);
            return Err(ChartError::new("archive/several-folders", message, "package one chart in one archive"));
        }
        if !self.names.insert(name.file.clone()) {
            let message = format!("the archive has `{}` twice", name.file);
            return Err(ChartError::new("archive/duplicate", message, REPACKAGE));
        }
        Ok(())
    }

    /// What a POSIX header says about the entry that follows it.
    fn extensions(&mut self, text: &[u8]) -> Result<(), ChartError> {
        for extension in PaxExtensions::new(text) {
            let extension = extension.map_err(|error| damaged(&error))?;
            let value = extension.value_bytes();
            match extension.key_bytes() {
                b"path" => self.long_name = Some(value.to_vec()),
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                    self.said_size = Some(size.ok_or_else(|| damaged(&io::Error::other("a size that is no number")))?);
                }
                key if key.starts_with(b"GNU.sparse.") => {
                    return Err(refuse_kind(EntryType::GNUSparse, "(its name is in the extension)"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads an entry that is about the next one.
fn extension<R: Read>(entry: Entry<'_, R>) -> Result<Vec<u8>, ChartError> {
    let size = entry.header().entry_size().map_err(|error| damaged(&error))?;
    if size > EXTENSION {
        let message = format!("an extension header has {size} bytes, and {EXTENSION} (1 MiB) is the limit");
        return Err(ChartError::new("archive/long-extension", message, REPACKAGE));
    }
    content(entry, size, "an extension header")
}

fn content<R: Read>(mut entry: Entry<'_, R>, size: u64, name: &str) -> Result<Vec<u8>, ChartError> {
    let mut data = Vec::new();
    entry.read_to_end(&mut data).map_err(|error| damaged(&error))?;
    if data.len() as u64 != size {
        let message = format!("the archive ends in the middle of `{name}`");
        return Err(ChartError::new("archive/truncated", message, FETCH_AGAIN));
    }
    if data.starts_with(b"\xef\xbb\xbf") {
        data.drain(..3);
    }
    Ok(data)
}

/// Reads what follows the archive's end: other programs might take it for another archive.
fn finish(rest: &mut impl Read) -> Result<(), ChartError> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = rest.read(&mut buffer).map_err(|error| damaged(&error))?;
        if read == 0 {
            return Ok(());
        }
        if buffer[..read].iter().any(|byte| *byte != 0) {
            let message = "something follows the end of the archive";
            return Err(ChartError::new("archive/after-the-end", message, REPACKAGE));
        }
    }
}

fn refuse_kind(kind: EntryType, name: &str) -> ChartError {
    let what = match kind {
        EntryType::Symlink => "a symbolic link",
        EntryType::Link => "a hard link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a pipe",
        EntryType::GNUSparse => "a sparse file",
        _ => "neither a file nor a folder",
    };
    let code =
        if matches!(kind, EntryType::Symlink | EntryType::Link) { "archive/link" } else { "archive/special-file" };
    let help = "a chart archive has files and folders only; `helm package` puts what links lead to into it";
    ChartError::new(code, format!("the entry `{name}` is {what}"), help)
}

fn damaged(error: &io::Error) -> ChartError {
    if error.get_ref().is_some_and(|inner| inner.is::<TooMuch>()) {
        return budget::too_large();
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return ChartError::new("archive/truncated", "the archive ends too early", FETCH_AGAIN);
    }
    ChartError::new("archive/damaged", format!("the archive is damaged: {error}"), FETCH_AGAIN)
}

/// How something starts that is no archive.
fn shown(bytes: &[u8]) -> String {
    match bytes {
        [] => "nothing, since it is empty".to_owned(),
        _ => format!("`{}`", String::from_utf8_lossy(&bytes[..bytes.len().min(16)]).escape_debug()),
    }
}
