//! temporary
#![allow(clippy::all, clippy::disallowed_methods, clippy::print_stdout, missing_docs)]
use quillon_host::*;
use quillon_host_local::*;
use std::time::Instant;
fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let read = std::env::args().nth(2).is_some_and(|a| a == "read"); let only = std::env::args().nth(2).is_some_and(|a| a == "only");
    let host = LocalHost::new(LocalPaths { config: "/tmp/none".into(), home: None });
    let files = host.open_workspace(folder.as_ref()).unwrap();
    let options = WalkOptions { below: None, file_bytes_max: 10 << 20, files_max: 2_000_000 };
    for _ in 0..5 {
        for (threads, stat) in [(1, false), (2, false), (2, true)] { if only { continue; }
            let start = Instant::now();
            let n = std::sync::atomic::AtomicUsize::new(0);
            let list = std::sync::Mutex::new(Vec::new());
            ignore::WalkBuilder::new(&folder)
                .hidden(false)
                .require_git(false)
                .git_global(false)
                .threads(threads)
                .build_parallel()
                .run(|| {
                    Box::new(|e| {
                        if let Ok(e) = e {
                            if e.file_type().is_some_and(|t| t.is_file()) {
                                n.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                                if stat {
                                    let m = e.metadata().unwrap();
                                    list.lock().unwrap().push((e.into_path(), m.len()));
                                }
                            }
                        }
                        ignore::WalkState::Continue
                    })
                });
            if stat {
                list.lock().unwrap().sort();
            }
            let took = start.elapsed();
            println!(
                "ignore threads={threads} stat+sort={stat} {} files in {:?} = {:.0} files/s",
                n.load(std::sync::atomic::Ordering::Relaxed),
                took,
                n.load(std::sync::atomic::Ordering::Relaxed) as f64 / took.as_secs_f64()
            );
        }
        let start = Instant::now();
        let walked = files.walk(&options, &|| false).unwrap();
        let took = start.elapsed();
        println!(
            "walk {} files {} skipped in {:?} = {:.0} files/s",
            walked.files.len(),
            walked.skipped.len(),
            took,
            walked.files.len() as f64 / took.as_secs_f64()
        );
        if read {
            let start = Instant::now();
            let mut bytes = 0;
            let mut n = 0;
            for file in &walked.files {
                if let Ok(r) = files.read(&file.path, 10 << 20) {
                    bytes += r.bytes.len();
                    n += 1;
                }
            }
            let took = start.elapsed();
            println!(
                "read {n} files {bytes} bytes in {:?} = {:.0} files/s",
                took,
                n as f64 / took.as_secs_f64()
            );
        }
    }
}
