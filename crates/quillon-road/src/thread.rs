//! Work that may block, on threads of its own.

use quillon_base::Fault;

/// Does work that may block, such as reading many files, on a thread of its own. The thread goes on when nobody waits
/// for it any more.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let stopped = |error| Fault::internal("work on a thread of its own stopped").inner(error);
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(stopped(error)))
}
