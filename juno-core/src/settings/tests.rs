use juno_confidence::CalibrationMethod;

use super::*;

fn environment(pairs: &[(&str, &str)]) -> Sources {
    Sources {
        environment: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..Sources::default()
    }
}

#[test]
fn every_default_is_valid_for_its_own_key() {
    let defaults = Settings::default();
    for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
        let (value, _) = defaults.0.get(key.path).unwrap_or_else(|| panic!("{} has no default", key.path));
        Settings::default().set(key, value.clone(), &Source::Program).unwrap();
    }
    assert!(defaults.flag("governance.supervisor_mode") && defaults.flag("governance.autonomous_actions"));
    assert_eq!(defaults.int("governance.approval_timeout_hours"), 24);
    assert_eq!(defaults.depth(), Depth::Detailed);
}

#[test]
fn file_dotenv_and_environment_win_in_that_order_and_are_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("juno.toml"), "phase = 1\n[memory]\nretention_days = 10\n").unwrap();
    std::fs::write(folder.path().join(".env"), "JUNO_PHASE=3\nSUPERVISOR_MODE=false\n").unwrap();
    let mut sources = environment(&[("JUNO_PHASE", "4"), ("HOME", "/root"), ("JUNO_DATA", "/data")]);
    sources.file = Some(folder.path().join("juno.toml"));
    sources.dotenv = Some(folder.path().join(".env"));
    let settings = Settings::load(&sources).unwrap();
    assert_eq!(settings.phase(), 4);
    assert_eq!(settings.int("memory.retention_days"), 10);
    assert!(!settings.flag("governance.supervisor_mode"));
    let source_of = |path| settings.rows().find(|(key, ..)| key.path == path).unwrap().2.to_string();
    assert_eq!(source_of("phase"), "environment");
    assert!(source_of("governance.supervisor_mode").ends_with(".env"));
    assert_eq!(source_of("seed"), "default");
}

#[test]
fn what_somebody_set_is_kept_where_a_program_only_has_a_default() {
    let or = |settings: Settings| settings.or("governance.supervisor_mode", "false").unwrap();
    assert!(!or(Settings::default()).flag("governance.supervisor_mode"));
    let stated = Settings::load(&environment(&[("SUPERVISOR_MODE", "true")])).unwrap();
    assert!(or(stated).flag("governance.supervisor_mode"));
    assert!(Settings::default().or("governance.supervisor_mood", "false").is_err());
}

#[test]
fn an_unknown_key_names_the_nearest_one() {
    let error = Settings::load(&environment(&[("JUNO_PHASES", "2")])).unwrap_err().to_string();
    assert!(error.contains("did you mean `JUNO_PHASE`"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("juno.toml");
    std::fs::write(&file, "[memory]\nretention_day = 3\n").unwrap();
    let sources = Sources { file: Some(file), ..Sources::default() };
    let error = Settings::load(&sources).unwrap_err().to_string();
    assert!(error.contains("did you mean `memory.retention_days`"), "{error}");
}

#[test]
fn values_out_of_range_are_refused() {
    for (path, bad) in [
        ("phase", "5"),
        ("phase", "two"),
        ("confidence.threshold", "NaN"),
        ("confidence.threshold", "1.5"),
        ("memory.enabled", "maybe"),
        ("reasoning.level", "deep"),
        ("teams", "not json"),
    ] {
        let error = Settings::default().with(path, bad).unwrap_err();
        assert_eq!(error.kind(), juno_domain::ErrorKind::InvalidInput, "{path}={bad}");
    }
}

#[test]
fn a_word_that_is_none_names_the_nearest_one() {
    let error = Settings::default().with("confidence.calibration", "isotone").unwrap_err().to_string();
    assert_eq!(
        error,
        "`confidence.calibration` from program must be one of platt, beta, isotonic, temperature, not `isotone`; did \
         you mean `isotonic`?"
    );
    let misspelt = [("JUNO_CONFIDENCE_CALIBRATION", "plat")];
    let error = Settings::load(&environment(&misspelt)).unwrap_err().to_string();
    assert!(error.contains("did you mean `platt`?"), "{error}");
}

#[test]
fn every_calibration_method_can_be_named() {
    for method in CalibrationMethod::ALL {
        let stated = environment(&[("JUNO_CONFIDENCE_CALIBRATION", method.name())]);
        let parsed: CalibrationMethod =
            Settings::load(&stated).unwrap().parsed("confidence.calibration").unwrap();
        assert_eq!(parsed, method);
    }
    let Some(KeyKind::Word(words)) = key::find("confidence.calibration").map(|key| key.kind) else {
        panic!()
    };
    assert_eq!(words, CalibrationMethod::ALL.map(CalibrationMethod::name));
    assert_eq!(
        Settings::default().parsed::<CalibrationMethod>("confidence.calibration").unwrap(),
        CalibrationMethod::default()
    );
}

/// control: SOC2-CC6.1, GDPR-32
#[test]
fn secrets_never_show() {
    let settings = Settings::load(&environment(&[
        ("JIRA_API_TOKEN", "hunter2"),
        ("DATABASE_URL", "postgresql://juno:hunter2@db/juno"),
    ]))
    .unwrap();
    for shown in [format!("{settings:?}"), settings.to_string(), format!("{:?}", settings.database_url())] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    assert!(settings.database_url().expose().contains("hunter2"));

    let folder = tempfile::tempdir().unwrap();
    let dotenv = folder.path().join(".env");
    std::fs::write(&dotenv, "JIRA_API_TOKEN hunter2\n").unwrap();
    let error = Settings::load(&Sources { dotenv: Some(dotenv), ..Sources::default() }).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn values_of_a_program_are_read_by_their_json() {
    let values = serde_json::json!({
        "phase": 3, "governance.supervisor_mode": false, "confidence.threshold": "0.8", "roles": {"director": ["ann"]}
    });
    let settings = Settings::default().with_all(&serde_json::from_value(values).unwrap()).unwrap();
    assert_eq!(settings.phase(), 3);
    assert!(!settings.flag("governance.supervisor_mode"));
    assert_eq!(settings.float("confidence.threshold"), 0.8);
    let wrong = serde_json::from_value(serde_json::json!({"phase": [2]})).unwrap();
    assert!(Settings::default().with_all(&wrong).unwrap_err().to_string().contains("`phase`"));
}

#[test]
fn a_database_is_a_file_an_address_or_memory() {
    let url = |given| Settings::default().with_database(given).unwrap().database_url().expose().to_owned();
    assert_eq!(url(":memory:"), "memory:");
    assert_eq!(url("/tmp/juno.db"), "sqlite:////tmp/juno.db");
    assert_eq!(url("juno.db"), "sqlite:///juno.db");
    assert_eq!(url("sqlite:///juno.db"), "sqlite:///juno.db");
}
