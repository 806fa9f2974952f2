//! What a store keeps: an envelope that it may read and sealed bytes that it cannot.

use quillon_base::{DataClass, Fault, FaultCode, KeyKind, PrincipalId, RecordId, RegionRule, Timestamp};

/// The largest sealed body that a store takes, in bytes.
pub const RECORD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The four bytes that open every sealed blob; the vault writes them.
pub const SEALED_MAGIC: &[u8; 4] = b"QSB1";

/// Bytes that the vault has sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes what the vault made.
    ///
    /// # Errors
    /// `store.refused` when the bytes do not start like a sealed blob, `input.invalid` when they are too many.
    pub fn new(bytes: Vec<u8>) -> Result<Self, Fault> {
        if !bytes.starts_with(SEALED_MAGIC) {
            return Err(Fault::new(FaultCode::StoreRefused, "the store takes only sealed content"));
        }
        if bytes.len() > RECORD_BYTES_MAX {
            let size = bytes.len();
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("a record of {size} bytes is too large"),
            )
            .hint(format!("a record may hold up to {RECORD_BYTES_MAX} bytes")));
        }
        Ok(Self(bytes))
    }

    /// The sealed bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// One record: an envelope without content, and a sealed body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The promise it is kept under.
    pub class: DataClass,
    /// Its id, unique in its class.
    pub id: RecordId,
    /// Whose it is.
    pub subject: PrincipalId,
    /// What it belongs to, as a keyed digest or an id: a conversation, a workspace. Never readable content.
    pub group: String,
    /// When it was made; the order of [`crate::Store::list`], then its id.
    pub created: Timestamp,
    /// When it may be removed without asking.
    pub expires: Option<Timestamp>,
    /// What it says, sealed.
    pub body: Sealed,
}

impl Record {
    /// Checks what every store checks before a write.
    ///
    /// # Errors
    /// `store.refused` when the class is not sealed or may not rest in a store, `input.invalid` for a bad group.
    pub fn check(&self) -> Result<(), Fault> {
        let row = self.class.row();
        if row.key == KeyKind::None || row.region == RegionRule::Anywhere {
            let name = row.name;
            return Err(Fault::new(
                FaultCode::StoreRefused,
                format!("records of class `{name}` do not rest in a store"),
            )
            .hint("the table of data classes says where each class is kept"));
        }
        let group_is_plain =
            self.group.len() <= 128 && self.group.bytes().all(|byte| byte.is_ascii_graphic());
        if !group_is_plain {
            return Err(Fault::new(FaultCode::InputInvalid, "a record's group is an id or a digest"));
        }
        Ok(())
    }
}

/// Which records to list.
#[derive(Clone, Debug)]
pub struct Page {
    /// Of this class.
    pub class: DataClass,
    /// Of this subject, or of anyone.
    pub subject: Option<PrincipalId>,
    /// Of this group, or of any.
    pub group: Option<String>,
    /// Newest first, or oldest first.
    pub newest_first: bool,
    /// After this record in the chosen order, to page on.
    pub after: Option<(Timestamp, RecordId)>,
    /// At most this many.
    pub limit: u32,
}
