//! Private keys, each in a file that only the node's user may read. They are in no database and in no backup of one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Maximal bytes of a key file.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// The folder of the keys and of the control socket.
#[derive(Clone, Debug)]
pub(super) struct KeyFolder(PathBuf);

impl KeyFolder {
    /// Creates the folder if it is missing; others may not enter it.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self(folder.to_owned()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The content of a key file; `None`: there is none.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.0.join(name);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.len() > KEY_BYTES_MAX => {
                Err(io::Error::other(format!("{} is too large to be a key", path.display())))
            }
            Ok(_) => fs::read(&path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a key file. After a crash there is the old content or the new one.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let (path, beside) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let mut file =
            OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(&self.0)?.sync_all()
    }

    /// Removes a key file, if there is one.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => File::open(&self.0)?.sync_all(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_readable_by_its_user_alone_and_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::open(&folder.path().join("mesh")).unwrap();
        assert_eq!(keys.read("root.key").unwrap(), None);
        keys.write("root.key", b"first").unwrap();
        keys.write("root.key", b"second").unwrap();
        assert_eq!(keys.read("root.key").unwrap().as_deref(), Some(&b"second"[..]));
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&keys.path().join("root.key")), mode(keys.path())), (0o600, 0o700));
        keys.remove("root.key").unwrap();
        keys.remove("root.key").unwrap();
        assert_eq!(keys.read("root.key").unwrap(), None);
    }
}
