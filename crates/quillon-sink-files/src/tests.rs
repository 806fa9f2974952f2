//! A folder as a sink: the suite of the port, and what only a folder can do.
#![expect(clippy::disallowed_methods, reason = "tests look at the folder, and damage it on purpose")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use quillon_sink::conformance;

use super::*;

fn object(name: &str, content: &[u8]) -> Parcel {
    Parcel::Object(Object {
        name: ObjectName::new(name).unwrap(),
        media_type: "application/json",
        content: content.to_vec(),
        metadata: vec![("signature", "00ff".into())],
    })
}

#[tokio::test]
async fn conforms() {
    let root = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    let make = || {
        number.set(number.get() + 1);
        let folder = root.path().join(format!("records-{}", number.get()));
        Arc::new(FolderSink::new(&folder).unwrap()) as Arc<dyn Sink>
    };
    conformance::objects_of(&make).await;
}

#[tokio::test]
async fn what_is_delivered_lies_there_with_what_belongs_to_it_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("records");
    let sink = FolderSink::new(&folder).unwrap();
    sink.deliver(&object("a/b.json", b"{}")).await.unwrap();
    let mut names: Vec<_> = fs::read_dir(folder.join("a")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["b.json", "b.json.metadata.json"]);
    assert_eq!(fs::read(folder.join("a/b.json")).unwrap(), b"{}");
    let metadata = fs::read_to_string(folder.join("a/b.json.metadata.json")).unwrap();
    assert_eq!(metadata, "{\"signature\":\"00ff\"}\n");
    let mode = fs::metadata(folder.join("a/b.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o137, 0, "{mode:o}");
}

#[tokio::test]
async fn two_exports_do_not_write_at_once() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (FolderSink::new(root.path()).unwrap(), FolderSink::new(root.path()).unwrap());
    assert_eq!(one.cursor().await.unwrap(), None);
    let fault = two.cursor().await.unwrap_err();
    assert_eq!((fault.code, fault.hint.is_some()), (FaultCode::Locked, true));
    drop(one);
    assert_eq!(two.cursor().await.unwrap(), None);
}

#[tokio::test]
async fn a_link_does_not_lead_out() {
    let root = tempfile::tempdir().unwrap();
    let (folder, outside) = (root.path().join("records"), root.path().join("outside"));
    fs::create_dir_all(&folder).unwrap();
    fs::create_dir_all(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("a")).unwrap();
    let sink = FolderSink::new(&folder).unwrap();
    assert!(sink.deliver(&object("a/b.json", b"{}")).await.is_err());
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[tokio::test]
async fn what_is_no_folder_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [file.clone(), file.join("below")] {
        let fault = FolderSink::new(&path).unwrap().cursor().await.unwrap_err();
        assert!(
            matches!(fault.code, FaultCode::SinkRefused | FaultCode::SinkFailed) && fault.hint.is_some(),
            "{path:?}: {fault}; {:?}",
            fault.detail()
        );
    }
    assert_eq!(FolderSink::new(Path::new("/")).err().unwrap().code, FaultCode::InputInvalid);
    assert!(FolderSinks.takes("/a") && !FolderSinks.takes("s3://a") && !FolderSinks.takes("a"));
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_no_half_file() {
    // `/dev/full` takes no byte; behind the name of a new file it stands for a disk without room.
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("a")).unwrap();
    let sink = FolderSink::new(root.path()).unwrap();
    sink.deliver(&object("a/b.json", b"whole")).await.unwrap();
    std::os::unix::fs::symlink("/dev/full", root.path().join("a/.new-b.json")).unwrap();
    assert!(sink.deliver(&object("a/b.json", b"other")).await.is_err());
    assert_eq!(fs::read(root.path().join("a/b.json")).unwrap(), b"whole");
}

#[test]
fn the_errors_of_a_disk_have_codes() {
    let code = |kind: std::io::ErrorKind| folder::fault(&kind.into(), "/x").code;
    use std::io::ErrorKind::*;
    assert_eq!(code(StorageFull), FaultCode::DiskFull);
    assert_eq!(code(QuotaExceeded), FaultCode::DiskFull);
    assert_eq!(code(ReadOnlyFilesystem), FaultCode::SinkRefused);
    assert_eq!(code(PermissionDenied), FaultCode::SinkRefused);
    assert_eq!(code(Interrupted), FaultCode::SinkFailed);
}
