//! What one call of a binding function carries with it: a failure to reject with at its end.
use std::cell::RefCell;
use std::future::Future;

use crate::error::Fault;

tokio::task_local! {
    static CALL: Call;
}

/// JUNO's traits that only compute have no way to fail, so what a plugin throws is kept: the core gets a safe answer
/// instead, and the promise of the call that set the work going rejects with what was kept. Each call keeps its own.
#[derive(Default)]
pub(crate) struct Call {
    kept: RefCell<Option<Fault>>,
}

impl Call {
    /// Runs `work` as one call.
    pub(crate) async fn run<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        CALL.scope(Self::default(), async {
            let output = work.await;
            Self::raise()?;
            output
        })
        .await
    }

    /// Keeps a failure, the first one wins, and gives its text.
    pub(crate) fn keep(fault: Fault) -> Kept {
        let text = fault.message().to_owned();
        let _no_call = CALL.try_with(|call| {
            call.kept.borrow_mut().get_or_insert(fault);
        });
        Kept(text)
    }

    /// Fails with what was kept.
    pub(crate) fn raise() -> Result<(), Fault> {
        CALL.try_with(|call| call.kept.borrow_mut().take()).unwrap_or(None).map_or(Ok(()), Err)
    }
}

/// The text of a failure that is kept to be raised later.
pub(crate) struct Kept(pub(crate) String);
