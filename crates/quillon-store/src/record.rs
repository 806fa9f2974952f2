//! What a store keeps: an envelope that it may read and sealed bytes that it cannot.

use quillon_base::{
    DataClass, Fault, FaultCode, KeyKind, PrincipalId, RecordId, Region, RegionRule, Retention, Timestamp,
};

/// The largest sealed body that a store takes, in bytes.
pub const RECORD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most records of one page.
pub const PAGE_RECORDS_MAX: u32 = 1_000;

/// The most bytes of bodies in one page, unless its first record is larger.
pub const PAGE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The longest name of a group, in bytes.
pub const GROUP_BYTES_MAX: usize = 128;

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

    /// The sealed bytes, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
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
    /// Checks what every store checks before a write, whichever region it holds.
    ///
    /// # Errors
    /// `store.refused` when the class is not sealed, may not rest in a store, or is kept for a time and the record has no
    /// end; `input.invalid` for a bad group.
    pub fn check(&self) -> Result<(), Fault> {
        let row = self.class.row();
        let name = row.name;
        if row.key == KeyKind::None || row.region == RegionRule::Anywhere {
            return Err(refused(format!("records of class `{name}` do not rest in a store")));
        }
        if matches!(row.retention, Retention::Days(_)) && self.expires.is_none() {
            return Err(refused(format!(
                "records of class `{name}` are kept for a time, and this one has no end"
            )));
        }
        let group_is_plain =
            self.group.len() <= GROUP_BYTES_MAX && self.group.bytes().all(|byte| byte.is_ascii_graphic());
        if !group_is_plain {
            return Err(Fault::new(FaultCode::InputInvalid, "a record's group is an id or a digest"));
        }
        Ok(())
    }

    /// Checks what a store of `region` checks before a write.
    ///
    /// # Errors
    /// As [`Record::check`], and `store.refused` when the class stays on the device and `region` is elsewhere.
    pub fn check_for(&self, region: &Region) -> Result<(), Fault> {
        self.check()?;
        let row = self.class.row();
        if row.region == RegionRule::Device && *region != Region::device() {
            let name = row.name;
            return Err(refused(format!("records of class `{name}` do not rest in region `{region}`")));
        }
        Ok(())
    }
}

fn refused(message: String) -> Fault {
    Fault::new(FaultCode::StoreRefused, message)
        .hint("the table of data classes says where each class is kept")
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
    /// After this place in the chosen order, to page on.
    pub after: Option<(Timestamp, RecordId)>,
    /// At most this many, and no more than [`PAGE_RECORDS_MAX`]. A page also ends before [`PAGE_BYTES_MAX`] would be
    /// passed, so only an empty page is the end.
    pub limit: u32,
}

impl Page {
    /// Checks what every store checks before a list.
    ///
    /// # Errors
    /// `input.invalid` when the page is too large.
    pub fn check(&self) -> Result<(), Fault> {
        if self.limit > PAGE_RECORDS_MAX {
            let limit = self.limit;
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("a page of {limit} records is too large"),
            )
            .hint(format!(
                "a page may hold up to {PAGE_RECORDS_MAX} records; ask for the next one after it"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::record;

    #[test]
    fn only_sealed_bytes_within_the_limit_are_taken() {
        let code = |bytes: Vec<u8>| Sealed::new(bytes).map(|_| ()).map_err(|fault| fault.code);
        assert_eq!(code(b"plain text".to_vec()), Err(FaultCode::StoreRefused));
        assert_eq!(code(Vec::new()), Err(FaultCode::StoreRefused));
        assert_eq!(code(SEALED_MAGIC.to_vec()), Ok(()));
        let mut bytes = SEALED_MAGIC.to_vec();
        bytes.resize(RECORD_BYTES_MAX, 0);
        assert_eq!(code(bytes.clone()), Ok(()));
        bytes.push(0);
        assert_eq!(code(bytes), Err(FaultCode::InputInvalid));
    }

    #[test]
    fn a_refusal_names_the_class_and_the_region() {
        let checkpoint = Record { class: DataClass::FileCheckpoint, ..record(1) };
        assert_eq!(checkpoint.check_for(&Region::device()), Ok(()));
        let region = Region::new("eu-west-2").unwrap();
        let refused = checkpoint.check_for(&region).unwrap_err();
        let sentence = "records of class `file_checkpoint` do not rest in region `eu-west-2`";
        assert_eq!((refused.code, refused.message.as_str()), (FaultCode::StoreRefused, sentence));
    }
}
