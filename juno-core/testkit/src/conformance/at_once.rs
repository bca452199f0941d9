use std::sync::Arc;

use tokio::sync::Barrier;

/// Starts all of these at one moment, each in a task of its own, and waits for them.
pub(super) async fn at_once<S: ?Sized + Send + Sync + 'static, T: Send + 'static, R: Send + 'static, F>(
    store: &Arc<S>,
    given: Vec<T>,
    call: impl Fn(Arc<S>, T) -> F,
) -> Vec<R>
where
    F: Future<Output = R> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(given.len()));
    let start = |one: T| {
        let (barrier, call) = (Arc::clone(&barrier), call(Arc::clone(store), one));
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    };
    let tasks: Vec<_> = given.into_iter().map(start).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.expect("a task"));
    }
    results
}
