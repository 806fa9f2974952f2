//! The sink port over a folder: each object a file, with what belongs to it beside it, and the cursor among them.
//!
//! A file appears whole or not at all, and is synced before it is reported as delivered. Nothing is written through a
//! link that leads out of the folder. One export at a time writes to a folder; the lock ends with the sink. The last
//! part of the folder's path stands for the bucket in files that point at each other, so that the folder can be copied
//! into a bucket of that name as it is.

mod folder;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode};
use quillon_sink::{
    CURSOR_BYTES_MAX, Destination, Object, ObjectName, Parcel, Shape, Sink, SinkKind, wrong_shape,
};

use crate::folder::Folder;

/// The cursor's file.
const CURSOR: &str = ".quillon-cursor";
/// How the file ends that holds what belongs to an object.
const METADATA: &str = ".metadata.json";

/// Opens folders, by absolute paths.
#[derive(Clone, Copy, Debug, Default)]
pub struct FolderSinks;

/// A folder.
pub struct FolderSink {
    destination: Destination,
    path: PathBuf,
    /// Opened, and locked, at the first use.
    folder: Arc<Mutex<Option<Folder>>>,
}

impl SinkKind for FolderSinks {
    fn form(&self) -> &'static str {
        "/FOLDER"
    }

    fn takes(&self, address: &str) -> bool {
        address.starts_with('/')
    }

    fn open(&self, address: &str) -> Result<Arc<dyn Sink>, Fault> {
        FolderSink::new(Path::new(address)).map(|sink| Arc::new(sink) as Arc<dyn Sink>)
    }
}

impl FolderSink {
    /// The sink of a folder, which is made at the first use.
    ///
    /// # Errors
    /// `input.invalid` when it has no name.
    pub fn new(path: &Path) -> Result<Self, Fault> {
        let nameless = || {
            Fault::new(FaultCode::InputInvalid, format!("`{}` is not a folder to export to", path.display()))
                .hint("name a folder of its own; its name stands for the bucket")
        };
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(nameless)?;
        let destination = Destination {
            address: path.to_string_lossy().into_owned(),
            region: None,
            container: name.to_owned(),
            prefix: String::new(),
            host: None,
        };
        Ok(Self { destination, path: path.to_owned(), folder: Arc::default() })
    }

    /// Works in the folder on a thread that may wait for a slow disk.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (path, shared) = (self.path.clone(), Arc::clone(&self.folder));
        let task = tokio::task::spawn_blocking(move || {
            let mut held = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let folder = match held.take() {
                Some(folder) => folder,
                None => Folder::open(&path)?,
            };
            work(held.insert(folder))
        });
        task.await.map_err(|error| Fault::internal("writing to a folder stopped").inner(error))?
    }
}

#[async_trait]
impl Sink for FolderSink {
    fn destination(&self) -> &Destination {
        &self.destination
    }

    fn takes(&self) -> Shape {
        Shape::Objects
    }

    async fn cursor(&self) -> Result<Option<Vec<u8>>, Fault> {
        self.work(|folder| folder.read(CURSOR, CURSOR_BYTES_MAX as u64)).await
    }

    async fn keep_cursor(&self, cursor: &[u8]) -> Result<(), Fault> {
        let cursor = cursor.to_vec();
        self.work(move |folder| folder.replace(CURSOR, &cursor)).await
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<(), Fault> {
        let Parcel::Object(object) = parcel else {
            return Err(wrong_shape(&self.destination));
        };
        let object = object.clone();
        self.work(move |folder| put(folder, &object)).await
    }

    async fn size_of(&self, name: &ObjectName) -> Result<Option<u64>, Fault> {
        let name = name.clone();
        self.work(move |folder| folder.size(name.as_str())).await
    }
}

/// What belongs to an object is there before the object is.
fn put(folder: &Folder, object: &Object) -> Result<(), Fault> {
    let name = object.name.as_str();
    if !object.metadata.is_empty() {
        let fields: serde_json::Map<String, serde_json::Value> =
            object.metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone().into())).collect();
        let text = format!("{}\n", serde_json::Value::Object(fields));
        folder.replace(&format!("{name}{METADATA}"), text.as_bytes())?;
    }
    folder.replace(name, &object.content)
}

#[cfg(test)]
mod tests;
