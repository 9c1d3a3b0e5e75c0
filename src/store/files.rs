//! The files of one stack's state, and the system calls that make a change to them last.
//!
//! Knows nothing of what is in them. A file is replaced in this order: write
//! another one, sync it, rename it, sync the folder. Without the first sync a
//! crash of the machine may leave the new name on an empty file; without the
//! second it may bring the old file back after we said that it is gone.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::address::StackName;
use crate::state::StoreError;

/// A state names what there is and holds the key of its hashes: its owner's business alone.
const OWNER_ONLY: u32 = 0o600;

/// Where the files of one stack are. A stack's name has no dot in it, so no two stacks share a file.
#[derive(Clone)]
pub(super) struct Files {
    folder: PathBuf,
    stack: StackName,
}

impl Files {
    pub(super) fn new(folder: &Path, stack: &StackName) -> Self {
        // An empty path means the current folder to `join`, and nothing to `open`.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Self { folder: folder.to_owned(), stack: stack.clone() }
    }

    pub(super) fn stack(&self) -> &StackName {
        &self.stack
    }

    pub(super) fn snapshot(&self) -> PathBuf {
        self.named("json")
    }

    pub(super) fn backup(&self) -> PathBuf {
        self.named("json.backup")
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.named("journal")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.named("lock")
    }

    fn named(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.stack))
    }

    /// Makes the folder, if it is not there.
    pub(super) fn create_folder(&self) -> Result<(), StoreError> {
        if self.folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(&self.folder).map_err(failed("create the folder", &self.folder))?;
        // The new folder's own name has to last too. Where the parent cannot be
        // opened there is nothing more that can be done about it.
        let parent = self.folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        let _ = sync_folder(parent.unwrap_or(Path::new(".")));
        Ok(())
    }

    /// Removes what a crash left half-written. Only the holder of the lock may do that.
    pub(super) fn remove_leftovers(&self) -> Result<(), StoreError> {
        for file in [self.snapshot(), self.backup(), self.journal()] {
            let leftover = temporary(&file);
            match fs::remove_file(&leftover) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", &leftover)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes the present snapshot the backup too; it stays where it is.
    pub(super) fn keep_backup(&self) -> Result<(), StoreError> {
        let (snapshot, backup) = (self.snapshot(), self.backup());
        let link = temporary(&backup);
        let linked = step("link", &link).and_then(|()| fs::hard_link(&snapshot, &link));
        if linked.is_err() {
            // Some file systems have no hard links; a copy does as well.
            let bytes = fs::read(&snapshot).map_err(failed("read", &snapshot))?;
            write_synced(&link, &bytes)?;
        }
        let renamed = step("rename", &backup).and_then(|()| fs::rename(&link, &backup));
        // Renaming one link of a file over another one of it does nothing, and leaves both.
        let _ = fs::remove_file(&link);
        renamed.map_err(failed("replace", &backup))
    }
}

/// Puts `bytes` in the place of `file`, all or nothing, so that it lasts.
///
/// `before_rename` runs when the new content is safe and the old one still in place.
pub(super) fn replace(
    file: &Path,
    bytes: &[u8],
    before_rename: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let new = temporary(file);
    write_synced(&new, bytes)?;
    let renamed = before_rename()
        .and_then(|()| step("rename", file).and_then(|()| fs::rename(&new, file)).map_err(failed("replace", file)));
    if let Err(error) = renamed {
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    step("sync", folder).and_then(|()| sync_folder(folder)).map_err(failed("sync the folder", folder))
}

/// Writes a file that is not there yet, and removes it again when that fails.
fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let written = create(path).and_then(|mut file| {
        step("write", path)?;
        file.write_all(bytes)?;
        step("sync", path)?;
        file.sync_all()
    });
    written.map_err(|error| {
        let _ = fs::remove_file(path);
        failed("write", path)(error)
    })
}

fn create(path: &Path) -> io::Result<File> {
    step("create", path)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path)?;
    keep_private(&file)?;
    Ok(file)
}

/// Sets the mode that the umask may have narrowed when the file was made.
pub(super) fn keep_private(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))
}

/// Opens the lock file, which may be there already, and leaves its content alone.
pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(OWNER_ONLY).open(path)
}

/// The content of a file, or `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match step("read", path).and_then(|()| fs::read(path)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems cannot sync a folder, and say so with EINVAL (fsync(2)).
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

/// The name under which a file is written before it takes its place.
fn temporary(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let file = path.display().to_string();
    move |source| StoreError::Io { doing, file, source }
}

/// Stands before every system call that reads or changes a file: where tests crash, break in and break things.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "in tests a step can fail")]
pub(super) fn step(_: &'static str, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) fn step(call: &'static str, path: &Path) -> io::Result<()> {
    steps::reached(call, path)
}

/// What happens at a [`step`], for tests.
#[cfg(test)]
pub(super) mod steps {
    use std::cell::RefCell;
    use std::io;
    use std::path::Path;

    type Hook = Box<dyn FnMut(&'static str, &Path) -> io::Result<()>>;

    thread_local! {
        static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
    }

    /// Runs `action` with `hook` called before each of its system calls; an error stands for a call that failed.
    pub(in crate::store) fn with<T>(
        hook: impl FnMut(&'static str, &Path) -> io::Result<()> + 'static,
        action: impl FnOnce() -> T,
    ) -> T {
        HOOK.set(Some(Box::new(hook)));
        let result = action();
        HOOK.set(None);
        result
    }

    pub(super) fn reached(call: &'static str, path: &Path) -> io::Result<()> {
        HOOK.with_borrow_mut(|hook| hook.as_mut().map_or(Ok(()), |hook| hook(call, path)))
    }
}
