//! What every [`ActionExecutor`] has to do.

use juno_action::{ActionError, ActionExecutor};
use juno_domain::{Action, ErrorKind, PrincipalId};

/// Previews and executes each of `actions` once, and an action that no executor but a general one can know.
///
/// The actions are really carried out: give a test system, and actions that it can do.
///
/// # Panics
/// If the executor has no recordable name, previews one action in two ways, cannot do one of `actions`, does what it
/// could not preview, or does not explain itself.
pub async fn action_executor_suite(executor: &dyn ActionExecutor, actions: &[Action]) {
    let name = executor.name().to_owned();
    assert!(!name.trim().is_empty(), "an executor has a name");
    PrincipalId::new(format!("executor:{name}")).expect("its name can be recorded");
    for (nth, action) in actions.iter().enumerate() {
        let preview = executor.preview(action).await.expect("a preview");
        assert!(!preview.summary.trim().is_empty(), "a preview says what would happen: {action:?}");
        assert_eq!(executor.preview(action).await.expect("a preview"), preview, "previewing changes nothing");
        let effect = executor.execute(action, &format!("juno-suite-{nth}")).await.expect("an effect");
        assert!(!effect.detail.trim().is_empty(), "an effect says what was done: {action:?}");
        assert_eq!(executor.name(), name);
    }
    let unheard_of = Action::Custom {
        name: "suite.unheard_of".into(),
        target: "nothing".into(),
        category: juno_domain::ActionCategory::TicketManagement,
        reversible: true,
        arguments: std::collections::BTreeMap::new(),
    };
    if let Err(error) = executor.preview(&unheard_of).await {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        let refused = executor.execute(&unheard_of, "juno-suite").await;
        let refused = refused.expect_err("what cannot be previewed is not executed");
        assert!(matches!(refused, ActionError::Unsupported { .. }), "{refused}");
    }
}
