//! Key-encryption keys: what wraps the data keys. Several can unwrap, one wraps.

use std::fmt::{self, Debug};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::seal::{KEY_BYTES, SealError, SealKey};
use crate::domain::error::{Error, Reason};

/// Why a key-encryption key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KekError {
    /// Its file cannot be read or made.
    #[error("{path}: {detail}")]
    File {
        /// Which.
        path: String,
        /// What is wrong with it, and the mend.
        detail: String,
    },
    /// What is given is no key.
    #[error("expected 32 bytes in base64 or hexadecimal digits, as `openssl rand -base64 32` prints them")]
    Shape,
    /// None wraps.
    #[error(
        "no key-encryption key: name one in [vault.keks.<name>], which every server on this database shares"
    )]
    None,
    /// None of the known ones has that id.
    #[error("wrapped under the key-encryption key {0}, which is not among [vault.keks]")]
    Unknown(String),
    /// The data key does not unwrap.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The service that holds it cannot be asked.
    #[error("the key service cannot be asked: {0}")]
    Unavailable(String),
    /// The service that holds it refuses.
    #[error("the key service refuses: {0}")]
    Refused(String),
}

impl From<KekError> for Error {
    fn from(error: KekError) -> Self {
        let reason = match error {
            KekError::Unavailable(_) => Reason::StoreUnavailable,
            KekError::File { .. }
            | KekError::Shape
            | KekError::None
            | KekError::Unknown(_)
            | KekError::Seal(_)
            | KekError::Refused(_) => Reason::InvalidState,
        };
        Self::new(reason, format!("the vault: {error}"))
    }
}

/// One key-encryption key.
#[async_trait]
pub trait Kek: Send + Sync + Debug {
    /// What marks the data keys it wrapped; another key has another id.
    fn id(&self) -> &str;

    /// Whether somebody else is asked, who may take long to answer or never do.
    fn is_far(&self) -> bool;

    /// Wraps a data key for `context`.
    async fn wrap(&self, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>, KekError>;

    /// Unwraps what was wrapped for `context`.
    async fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, KekError>;
}

/// The key-encryption keys of a server.
#[derive(Debug, Default)]
pub struct Keks {
    all: Vec<Arc<dyn Kek>>,
}

impl Keks {
    /// `all` unwrap; the first wraps too. Empty, nothing can be stored.
    pub fn new(all: Vec<Arc<dyn Kek>>) -> Self {
        Self { all }
    }

    /// Whether anything can be stored.
    pub fn can_wrap(&self) -> bool {
        !self.all.is_empty()
    }

    /// How many unwrap.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// The one that wraps.
    pub(super) fn current(&self) -> Result<&Arc<dyn Kek>, KekError> {
        self.all.first().ok_or(KekError::None)
    }

    /// Whether somebody else unwraps what is marked with `id`.
    pub(super) fn is_far(&self, id: &str) -> bool {
        self.all.iter().any(|kek| kek.id() == id && kek.is_far())
    }

    pub(super) async fn wrap(
        &self,
        data_key: &SealKey,
        context: &[u8],
    ) -> Result<(String, Vec<u8>), KekError> {
        let kek = self.current()?;
        Ok((kek.id().to_owned(), kek.wrap(data_key.as_bytes(), context).await?))
    }

    pub(super) async fn unwrap(&self, id: &str, wrapped: &[u8], context: &[u8]) -> Result<SealKey, KekError> {
        let kek = self.all.iter().find(|kek| kek.id() == id);
        let kek = kek.ok_or_else(|| KekError::Unknown(id.to_owned()))?;
        let bytes = kek.unwrap(wrapped, context).await?;
        SealKey::from_slice(&bytes).ok_or(KekError::Seal(SealError::Closed))
    }
}

/// A key-encryption key in this server's memory.
pub struct LocalKek {
    id: String,
    key: SealKey,
}

impl fmt::Debug for LocalKek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKek")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A key file is a line of text; whatever is longer is another file.
const LARGEST_FILE: u64 = 1024;

impl LocalKek {
    /// Draws a key that lives as long as the process.
    ///
    /// # Errors
    /// [`KekError::Seal`] when the system gives no random bytes.
    pub fn draw() -> Result<Self, KekError> {
        Ok(Self::new(SealKey::draw()?))
    }

    /// Reads a key that is written in base64 or in hexadecimal digits.
    ///
    /// # Errors
    /// [`KekError::Shape`], which repeats nothing of it.
    pub fn from_text(text: &SecretString) -> Result<Self, KekError> {
        let text = text.expose_secret().trim();
        let bytes = from_hex(text).or_else(|| STANDARD.decode(text).ok().map(Zeroizing::new));
        let key = bytes.and_then(|bytes| SealKey::from_slice(&bytes));
        Ok(Self::new(key.ok_or(KekError::Shape)?))
    }

    /// Reads a key out of a file that nobody but this user can read, or root's and the group that root chose.
    ///
    /// # Errors
    /// [`KekError::File`] says what to mend, [`KekError::Shape`] that it holds no key.
    pub fn from_file(path: &Path) -> Result<Self, KekError> {
        let file = File::open(path).map_err(|error| in_file(path, error.to_string()))?;
        Self::read(path, &file)
    }

    /// Reads the key in the file at `path`, or draws one and writes it there, for nobody but this user. The flag
    /// says that it was drawn.
    ///
    /// # Errors
    /// As [`Self::from_file`].
    pub fn from_file_or_drawn(path: &Path) -> Result<(Self, bool), KekError> {
        // The file is whole when it has its name: two servers that start at once end with one key.
        if !path.exists() {
            let drawn = SealKey::draw()?;
            let text = Zeroizing::new(STANDARD.encode(drawn.as_bytes()));
            if write_new(path, &text).map_err(|error| in_file(path, error.to_string()))? {
                return Ok((Self::new(drawn), true));
            }
        }
        Ok((Self::from_file(path)?, false))
    }

    fn read(path: &Path, file: &File) -> Result<Self, KekError> {
        let metadata = file
            .metadata()
            .map_err(|error| in_file(path, error.to_string()))?;
        let mode = metadata.mode() & 0o777;
        // What is root's, root has handed to a group on purpose: so Kubernetes mounts secrets for pods that are not root's.
        let (allowed, mend) = if metadata.uid() == 0 {
            (0o740, "chmod 640")
        } else {
            (0o700, "chmod 600")
        };
        if mode & !allowed != 0 {
            let detail =
                format!("others can reach it (mode {mode:03o}); it opens every stored key: run {mend} on it");
            return Err(in_file(path, detail));
        }
        let mut text = String::new();
        file.take(LARGEST_FILE)
            .read_to_string(&mut text)
            .map_err(|error| in_file(path, error.to_string()))?;
        Self::from_text(&SecretString::from(text)).map_err(|error| in_file(path, error.to_string()))
    }

    fn new(key: SealKey) -> Self {
        let mut digest = Sha256::new();
        digest.update("crux key-encryption key\n");
        digest.update(key.as_bytes());
        let digest = digest.finalize();
        // Half of a digest of 256 random bits tells nothing of them, and no two keys share it.
        let id = digest
            .iter()
            .take(8)
            .fold("local/".to_owned(), |id, byte| format!("{id}{byte:02x}"));
        Self { id, key }
    }

    /// The id goes into what is sealed: a wrapped key with another one's mark does not open.
    fn context(&self, context: &[u8]) -> Vec<u8> {
        [context, self.id.as_bytes()].concat()
    }
}

#[async_trait]
impl Kek for LocalKek {
    fn id(&self) -> &str {
        &self.id
    }

    fn is_far(&self) -> bool {
        false
    }

    async fn wrap(&self, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>, KekError> {
        Ok(self.key.seal(data_key, &self.context(context))?)
    }

    async fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, KekError> {
        Ok(self.key.open(wrapped, &self.context(context))?)
    }
}

fn in_file(path: &Path, detail: String) -> KekError {
    KekError::File {
        path: path.display().to_string(),
        detail,
    }
}

/// Writes a file that is not there yet; `false` if somebody else did so first.
fn write_new(path: &Path, text: &str) -> std::io::Result<bool> {
    let draft = path.with_extension(uuid::Uuid::new_v4().simple().to_string());
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    // A link fails where the name is taken; a rename would replace the key that another server wraps with.
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() != KEY_BYTES * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES));
    for at in (0..text.len()).step_by(2) {
        bytes.push(u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::{Kek as _, KekError, LocalKek};

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[tokio::test]
    async fn a_key_wraps_for_a_context_and_is_told_by_its_id() {
        let kek = LocalKek::from_text(&HEX.into()).unwrap();
        let same = LocalKek::from_text(&format!("{BASE64}\n").into()).unwrap();
        assert_eq!(kek.id(), same.id());

        let wrapped = kek.wrap(&[7; 32], b"here").await.unwrap();
        assert_eq!(same.unwrap(&wrapped, b"here").await.unwrap().as_slice(), [7; 32]);
        assert!(same.unwrap(&wrapped, b"there").await.is_err());
        assert!(!format!("{kek:?}").contains("00, 1") && !kek.id().contains("000102"));
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        for bad in ["", "canary", &HEX[1..], &BASE64[4..]] {
            let refused = LocalKek::from_text(&bad.to_owned().into()).unwrap_err();
            assert_eq!(refused, KekError::Shape);
        }
    }

    #[test]
    fn a_file_is_drawn_once_for_this_user_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("crux.kek");

        let (first, is_drawn) = LocalKek::from_file_or_drawn(&path).unwrap();
        assert!(is_drawn);
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        let (second, is_drawn) = LocalKek::from_file_or_drawn(&path).unwrap();
        assert!(!is_drawn);
        assert_eq!(first.id(), second.id());
        assert_eq!(
            directory.path().read_dir().unwrap().count(),
            1,
            "the draft is gone"
        );
    }

    #[test]
    fn others_may_not_read_the_file_and_a_group_may_where_it_is_root_s() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("crux.kek");
        LocalKek::from_file_or_drawn(&path).unwrap();
        let is_roots = path.metadata().unwrap().uid() == 0;
        let taken = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            LocalKek::from_file(&path)
        };
        for mode in [0o400, 0o600] {
            assert!(taken(mode).is_ok(), "{mode:o}");
        }
        for mode in [0o440, 0o640] {
            assert_eq!(taken(mode).is_ok(), is_roots, "{mode:o}");
        }
        for mode in [0o604, 0o644, 0o620, 0o660, 0o610, 0o666] {
            let refused = taken(mode).unwrap_err().to_string();
            assert!(refused.contains("run chmod 6"), "{refused}");
        }
    }
}
