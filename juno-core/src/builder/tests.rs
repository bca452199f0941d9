use juno_domain::{ErrorKind, Impact};
use juno_governance::OnExpiry;

use super::*;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let memory = Settings::default().with("database.url", "memory:").unwrap();
    pairs.iter().fold(memory, |settings, (path, value)| settings.with(path, value).unwrap())
}

fn rules(pairs: &[(&str, &str)]) -> PolicyRules {
    policy_rules(&settings(pairs)).unwrap()
}

/// What opening with these settings says.
async fn refused(pairs: &[(&str, &str)]) -> (ErrorKind, String) {
    match JunoBuilder::new(settings(pairs)).open().await {
        Ok(_) => panic!("{pairs:?} opens"),
        Err(error) => (error.kind(), error.to_string()),
    }
}

fn person(name: &str) -> PrincipalId {
    PrincipalId::new(name).unwrap()
}

fn team(name: &str) -> TeamId {
    TeamId::new(name).unwrap()
}

#[tokio::test]
async fn a_threshold_above_the_automatic_one_raises_that_too() {
    for threshold in ["0.95", "1", "1.0"] {
        let rules = rules(&[("confidence.threshold", threshold)]);
        assert_eq!(rules.auto_approve.min_confidence, rules.confidence_threshold);
        assert!(JunoBuilder::new(settings(&[("confidence.threshold", threshold)])).open().await.is_ok());
    }
    let low = rules(&[("confidence.threshold", "0.2")]);
    assert_eq!(low.auto_approve.min_confidence, PolicyRules::default().auto_approve.min_confidence);
    // What somebody wrote down is not bent in silence.
    let stated = ("governance.approval_rules", r#"{"auto_approve":{"min_confidence":0.8}}"#);
    let (kind, why) = refused(&[("confidence.threshold", "0.95"), stated]).await;
    assert!(kind == ErrorKind::InvalidInput && why.contains("auto_approve.min_confidence"), "{why}");
}

#[test]
fn rules_say_what_no_setting_says() {
    let stated = (
        "governance.approval_rules",
        r#"{"confidence_threshold":0.8,"ladders":{"low":{"rungs":[{"role":"team_lead","deadline_hours":5,"on_expiry":"deny"}]}}}"#,
    );
    let own = rules(&[stated]);
    let low = own.ladders.of(Impact::Low).rungs()[0];
    assert!((own.confidence_threshold.get() - 0.8).abs() < 1e-12);
    assert_eq!((low.deadline_hours, low.on_expiry), (5, OnExpiry::Deny));

    let set = rules(&[
        stated,
        ("confidence.threshold", "0.6"),
        ("governance.approval_timeout_hours", "48"),
        ("governance.auto_escalation", "true"),
    ]);
    let low = set.ladders.of(Impact::Low).rungs()[0];
    assert!((set.confidence_threshold.get() - 0.6).abs() < 1e-12);
    assert_eq!((low.deadline_hours, low.on_expiry), (48, OnExpiry::Escalate));
    assert_eq!(set.ladders.of(Impact::High).rungs()[0].deadline_hours, 12, "only low and medium wait longer");
}

#[test]
fn where_nobody_is_named_an_account_of_its_own_name_holds_each_role() {
    let book = roles(&settings(&[])).unwrap();
    let names = ["team_lead", "project_manager", "engineering_manager", "director"];
    for (role, name) in Role::LADDER.into_iter().zip(names) {
        assert_eq!(book.holders(role, &team("any")), [&person(name)].into());
    }
    assert!(!book.holds(&person("admin"), Role::Admin, &team("any")));
}

#[test]
fn roles_are_held_everywhere_or_in_one_team() {
    let text = r#"{"director":["dana"],"payments":{"team_lead":["ann","bo"]}}"#;
    let book = roles(&settings(&[("roles", text)])).unwrap();
    assert_eq!(book.holders(Role::TeamLead, &team("payments")), [&person("ann"), &person("bo")].into());
    assert_eq!(book.holders(Role::Director, &team("other")), [&person("dana")].into());
    assert!(book.holders(Role::TeamLead, &team("other")).is_empty(), "the accounts are gone");
}

#[test]
fn boards_of_one_name_are_one_team() {
    let config = config(&settings(&[("teams", r#"{"7":"Payments","8":"Payments","9":"Core"}"#)])).unwrap();
    let teams = &config.connectors.teams;
    assert_eq!(teams.iter().map(|team| team.name.as_str()).collect::<Vec<_>>(), ["Core", "Payments"]);
    assert_eq!(teams[1].boards, [BoardId(7), BoardId(8)]);
    assert_eq!(config.history.team_of_board[&BoardId(8)], team("Payments"));
}

/// A value of a wrong shape is told with the setting's name, without Rust's own names for things.
#[tokio::test]
async fn what_a_setting_cannot_hold_is_said_by_its_name() {
    for (path, value) in [
        ("teams", r#"{"left":"Payments"}"#),
        ("teams", r#"{"7":3}"#),
        ("teams", r#"{"7":""}"#),
        ("roles", r#"{"boss":["ann"]}"#),
        ("roles", r#"{"team_lead":"ann"}"#),
        ("roles", r#"{"payments":{"boss":["ann"]}}"#),
        ("roles", r#"{"team_lead":[""]}"#),
        ("statuses", r#"{"Released":"finished"}"#),
        ("confidence.weights", r#"{"data_quality":-1}"#),
        ("risk.categories", r#"{"velocity":-2}"#),
        ("risk.thresholds", r#"{"speed":0.5}"#),
        ("governance.approval_rules", r#"{"auto_aprove":{}}"#),
        ("jira.time_zone", "Mars/Olympus"),
        ("tenant", "  "),
    ] {
        let (kind, why) = refused(&[(path, value)]).await;
        assert_eq!(kind, ErrorKind::InvalidInput, "{path}={value}: {why}");
        for ours in ["enum ", "struct ", "::", "untagged"] {
            assert!(!why.contains(ours), "{path}={value}: {why}");
        }
    }
}

#[tokio::test]
async fn a_database_address_opens_a_file_or_says_what_would() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep").join("juno.db");
    let address = format!("sqlite:///{}", file.display());
    let juno = JunoBuilder::new(settings(&[("database.url", &address)])).open().await.unwrap();
    assert_eq!(juno.audit.head().await.unwrap().size, 0);
    assert!(file.is_file());

    let without_a_server =
        if cfg!(feature = "postgres") { ErrorKind::Unavailable } else { ErrorKind::Unsupported };
    for (address, kind) in [
        ("postgresql://juno:hunter2@127.0.0.1:1/juno", without_a_server),
        ("mysql://juno:hunter2@db/juno", ErrorKind::InvalidInput),
        ("hunter2", ErrorKind::InvalidInput),
        ("sqlite:///", ErrorKind::InvalidInput),
    ] {
        let (found, why) = refused(&[("database.url", address)]).await;
        assert_eq!(found, kind, "{why}");
        assert!(!why.contains("hunter2"), "{why}");
    }
}

/// A folder for keys is all it takes; without it the file says what is missing.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn memories_are_encrypted_where_keys_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (file, keys) = (folder.path().join("juno.db"), folder.path().join("keys"));
    let settings = Settings::default().with_database(&file.to_string_lossy()).unwrap();
    let sealed = settings.clone().with("memory.encryption.keys", &keys.to_string_lossy()).unwrap();
    let now = "2026-03-02T09:00:00Z".parse().unwrap();
    {
        let juno = JunoBuilder::new(sealed.clone()).open().await.unwrap();
        let id = juno_domain::MemoryId::new("m1").unwrap();
        let (scope, kind) = (juno.memory.scope(), juno_memory::MemoryKind::Semantic);
        let memory =
            juno_memory::Memory::new(id, kind, scope.clone(), "quibbling in payroll", "a letter", now);
        juno.memory.remember(&memory).await.unwrap();
        assert_eq!(juno.memory.get(&scope, &memory.id).await.unwrap(), Some(memory));
        for file in std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()) {
            let bytes = if file.is_file() { std::fs::read(file).unwrap() } else { Vec::new() };
            assert!(!bytes.windows(5).any(|at| at == b"quibb" || at == b"lette"));
        }
    }
    let open = JunoBuilder::new(settings).open().await.unwrap();
    let error = open.memory.health().await.unwrap_err();
    assert!(error.to_string().contains("`memory.encryption.keys`"), "{error}");
    let taken = sealed.with("memory.encryption.keys", &file.to_string_lossy()).unwrap();
    let error = JunoBuilder::new(taken).open().await.err().unwrap();
    assert!(error.to_string().starts_with("`memory.encryption.keys`: "), "{error}");
}

/// Nothing goes into a database in the clear that was asked to be encrypted.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgresql_refuses_to_encrypt_memories() {
    let folder = tempfile::tempdir().unwrap();
    let address = ("database.url", "postgresql://juno@127.0.0.1:1/juno");
    let keys = folder.path().to_string_lossy();
    let (kind, why) = refused(&[address, ("memory.encryption.keys", &keys)]).await;
    assert!(kind == ErrorKind::Unsupported && why.contains("`memory.encryption.keys`"), "{why}");
}

/// The server keeps copies of what was erased, so what is personal wants keys that lie elsewhere.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn personal_parts_in_postgresql_want_a_folder_for_their_keys() {
    let personal = ("audit.personal", "reasons");
    let address = ("database.url", "postgresql://juno@127.0.0.1:1/juno");
    let (kind, why) = refused(&[address, personal]).await;
    assert!(kind == ErrorKind::InvalidInput && why.contains("`audit.keys`"), "{why}");
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("file");
    std::fs::write(&taken, "x").unwrap();
    let (_, why) = refused(&[address, personal, ("audit.keys", &taken.to_string_lossy())]).await;
    assert!(why.starts_with("`audit.keys`: "), "{why}");
    let keys = folder.path().join("keys");
    let (kind, why) = refused(&[address, personal, ("audit.keys", &keys.to_string_lossy())]).await;
    assert!(kind == ErrorKind::Unavailable && keys.is_dir(), "{why}");
}

#[tokio::test]
async fn a_model_that_settings_name_has_to_be_there_and_whole() {
    let (kind, why) = refused(&[("risk.model", "/nowhere/model.juno")]).await;
    assert!(kind == ErrorKind::NotFound && why.contains("`risk.model`: cannot read"), "{why}");
    let file = std::env::temp_dir().join(format!("juno-no-model-{}", std::process::id()));
    std::fs::write(&file, "juno-risk-model 1 and then nothing\n").unwrap();
    let (kind, why) = refused(&[("risk.model", &file.to_string_lossy())]).await;
    assert!(
        kind == ErrorKind::Corrupt && why.contains("`risk.model`: the saved model cannot be used"),
        "{why}"
    );
    // One that is handed in is taken whatever settings say.
    let named = settings(&[("risk.model", &file.to_string_lossy())]);
    assert!(JunoBuilder::new(named).model(Arc::new(ShrunkHistoryModel)).open().await.is_ok());
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn channels_that_settings_name_are_opened_or_said_to_be_missing() {
    let secret = ("notifications.webhook.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let url = ("notifications.webhook.url", "https://example.com/hunter2");
    let host = ("notifications.smtp.host", "localhost");
    let from = ("notifications.smtp.from", "JUNO <juno@example.com>");
    for half in [url, secret] {
        let (kind, why) = refused(&[half]).await;
        assert!(kind == ErrorKind::InvalidInput && why.contains("go together"), "{why}");
    }
    let choices = [
        (cfg!(feature = "webhook"), "`webhook`", [url, secret]),
        (cfg!(feature = "smtp"), "`smtp`", [host, from]),
    ];
    for (built_in, name, values) in &choices {
        let (built_in, name, values) = (*built_in, *name, values.as_slice());
        if built_in {
            assert!(JunoBuilder::new(settings(values)).open().await.is_ok(), "{name}");
        } else {
            let (kind, why) = refused(values).await;
            assert!(kind == ErrorKind::Unsupported && why.contains(name), "{why}");
        }
    }
    for (built_in, wrong) in [
        (cfg!(feature = "webhook"), [("notifications.webhook.url", "http://example.com/hunter2"), secret]),
        (cfg!(feature = "webhook"), [url, ("notifications.webhook.secret", "hunter2")]),
        (cfg!(feature = "smtp"), [host, ("notifications.smtp.from", "nobody")]),
    ] {
        let (kind, why) = refused(&wrong).await;
        assert_eq!(kind, if built_in { ErrorKind::InvalidInput } else { ErrorKind::Unsupported }, "{why}");
        assert!(!why.contains("hunter2"), "{why}");
    }
}
