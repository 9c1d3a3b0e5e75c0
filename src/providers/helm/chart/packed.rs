//! Chart archives for tests, as they should be and as they should not.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

/// A tar archive, entry by entry, whatever the entries are.
#[derive(Default)]
pub(crate) struct Packed(Vec<u8>);

impl Packed {
    /// A chart of this name and version, with these files more.
    pub(crate) fn chart(name: &str, version: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
        let metadata = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
        let packed = Self::default().file(&format!("{name}/Chart.yaml"), metadata.as_bytes());
        files.iter().fold(packed, |packed, (path, data)| packed.file(&format!("{name}/{path}"), data)).gzip()
    }

    pub(crate) fn file(self, name: &str, data: &[u8]) -> Self {
        self.entry(EntryType::Regular, name.as_bytes(), data)
    }

    /// Any entry; the name may be up to 100 bytes.
    pub(crate) fn entry(self, kind: EntryType, name: &[u8], data: &[u8]) -> Self {
        self.lying(kind, name, data.len() as u64, data)
    }

    /// An entry that says another size than it has.
    pub(crate) fn lying(mut self, kind: EntryType, name: &[u8], size: u64, data: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// A header of POSIX about the next entry.
    pub(crate) fn about_next(self, key: &str, value: &[u8]) -> Self {
        let rest = 1 + key.len() + 1 + value.len() + 1;
        let length = (rest + 1..).find(|length| *length == rest + length.to_string().len()).unwrap();
        let record = [format!("{length} {key}=").as_bytes(), value, b"\n"].concat();
        self.entry(EntryType::XHeader, b"pax", &record)
    }

    /// The archive with its end.
    pub(crate) fn tar(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }

    pub(crate) fn gzip(self) -> Vec<u8> {
        gzip(&self.tar())
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}
