use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use juno_reasoning::Depth;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::key::{self, Key};
use super::key_kind::KeyKind;
use super::{KEYS, Secret, SettingsError, Source, Sources};

/// Environment names that begin with `JUNO_` and belong to tools and tests, not to settings.
const NOT_SETTINGS: [&str; 2] = ["JUNO_DATA", "JUNO_CI_CACHE"];

/// Checked settings. Every value knows where it came from; secrets print as `***`.
///
/// ```
/// use juno_core::Settings;
///
/// let settings = Settings::default().with("governance.supervisor_mode", "false")?;
/// assert_eq!(settings.phase(), 2);
/// assert!(!settings.flag("governance.supervisor_mode"));
///
/// let error = settings.with("governance.supervisor_mood", "false").unwrap_err();
/// assert!(error.to_string().contains("governance.supervisor_mode"));
/// # Ok::<(), juno_core::SettingsError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Settings(BTreeMap<&'static str, (Value, Source)>);

impl Settings {
    /// Reads settings from the given places; later ones win.
    ///
    /// # Errors
    /// If a named file cannot be read, a key is unknown, or a value is out of range.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        if let Some(path) = &sources.file {
            settings.read_toml(path)?;
        }
        if let Some(path) = &sources.dotenv {
            for (name, value) in read_dotenv(path)? {
                settings.set_env(&name, &value, &Source::DotEnv(path.clone()))?;
            }
        }
        for (name, value) in &sources.environment {
            settings.set_env(name, value, &Source::Environment)?;
        }
        Ok(settings)
    }

    /// The same settings with one value changed, written as in the environment.
    ///
    /// # Errors
    /// If the path is unknown or the value out of range.
    pub fn with(mut self, path: &str, value: &str) -> Result<Self, SettingsError> {
        let key = key::find(path).ok_or_else(|| unknown(path, &Source::Program, false))?;
        self.set_text(key, value, &Source::Program)?;
        Ok(self)
    }

    /// The same settings with one value changed where nobody has set it: not a file, not the environment, not the
    /// program.
    ///
    /// # Errors
    /// If the path is unknown or the value out of range.
    pub fn or(self, path: &str, value: &str) -> Result<Self, SettingsError> {
        let unset = self.0.get(path).is_none_or(|(_, source)| *source == Source::Default);
        if unset { self.with(path, value) } else { Ok(self) }
    }

    /// Settings as a host in another language states them: those of `folder` and the environment where one is named
    /// ([`Sources::usual`]), `defaults` where these say nothing ([`or`](Self::or)), changed by `values`
    /// ([`with_all`](Self::with_all)) and `database` ([`with_database`](Self::with_database)).
    ///
    /// # Errors
    /// If a file cannot be read, a key is unknown, or a value is out of range.
    pub fn of_host(
        folder: Option<&Path>,
        defaults: &BTreeMap<String, serde_json::Value>,
        values: &BTreeMap<String, serde_json::Value>,
        database: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let settings =
            folder.map_or_else(|| Ok(Self::default()), |folder| Self::load(&Sources::usual(folder)))?;
        let settings = defaults
            .iter()
            .try_fold(settings, |settings, (path, value)| settings.or(path, &as_text(value)))?;
        let settings = settings.with_all(values)?;
        match database {
            Some(database) => settings.with_database(database),
            None => Ok(settings),
        }
    }

    /// The same settings with values as a program holds them: a text is read as in the environment, anything else as
    /// its JSON.
    ///
    /// # Errors
    /// If a path is unknown or a value out of range.
    pub fn with_all(self, values: &BTreeMap<String, serde_json::Value>) -> Result<Self, SettingsError> {
        values.iter().try_fold(self, |settings, (path, value)| settings.with(path, &as_text(value)))
    }

    /// The same settings with state kept in this SQLite file, or as long as the process lives for `:memory:`. A full
    /// address (`sqlite:///…`) works too.
    ///
    /// # Errors
    /// If `database` is blank.
    pub fn with_database(self, database: &str) -> Result<Self, SettingsError> {
        match database {
            ":memory:" => self.with("database.url", "memory:"),
            address if address == "memory:" || address.contains("://") => self.with("database.url", address),
            path => self.with("database.url", &format!("sqlite:///{path}")),
        }
    }

    /// What may happen: 1 to 4.
    #[must_use]
    pub fn phase(&self) -> u8 {
        u8::try_from(self.int("phase")).unwrap_or(1)
    }

    /// How deep explanations go.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.parsed("reasoning.level").unwrap_or_default()
    }

    /// Where state lives. It may hold a password.
    #[must_use]
    pub fn database_url(&self) -> Secret {
        Secret::from(self.text("database.url").unwrap_or_default())
    }

    /// A `true`/`false` setting; `false` for a path that is none.
    #[must_use]
    pub fn flag(&self, path: &str) -> bool {
        self.value(path).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A whole number; 0 for a path that is none.
    #[must_use]
    pub fn int(&self, path: &str) -> i64 {
        self.value(path).and_then(Value::as_integer).unwrap_or(0)
    }

    /// A number; 0 for a path that is none.
    #[must_use]
    pub fn float(&self, path: &str) -> f64 {
        self.value(path).and_then(Value::as_float).unwrap_or(0.0)
    }

    /// A text, if it is set and not empty.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        self.value(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A value read as a type, such as a table of weights.
    ///
    /// # Errors
    /// If the value does not have that shape.
    pub fn parsed<T: DeserializeOwned>(&self, path: &str) -> Result<T, SettingsError> {
        let (value, source) = self.0.get(path).ok_or_else(|| unknown(path, &Source::Program, false))?;
        value.clone().try_into().map_err(|e: toml::de::Error| SettingsError::Value {
            key: path.to_owned(),
            origin: source.to_string(),
            expected: "a table as the documentation shows".into(),
            given: format!(": {}", e.message()),
        })
    }

    /// Every setting with its value as text (secrets masked) and its source, in the order of [`KEYS`].
    pub fn rows(&self) -> impl Iterator<Item = (&'static Key, String, &Source)> {
        KEYS.iter().filter_map(|key| {
            let (value, source) = self.0.get(key.path)?;
            let shown = if key.kind == KeyKind::Secret { "***".to_owned() } else { value.to_string() };
            Some((key, shown, source))
        })
    }

    fn value(&self, path: &str) -> Option<&Value> {
        self.0.get(path).map(|(value, _)| value)
    }

    fn read_toml(&mut self, path: &Path) -> Result<(), SettingsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
        let table: Table = text.parse().map_err(|e: toml::de::Error| SettingsError::Syntax {
            path: path.to_owned(),
            reason: e.message().to_owned(),
        })?;
        self.set_table("", table, &Source::File(path.to_owned()))
    }

    fn set_table(&mut self, prefix: &str, table: Table, source: &Source) -> Result<(), SettingsError> {
        for (name, value) in table {
            let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match (key::find(&path), value) {
                (Some(key), value) => self.set(key, value, source)?,
                (None, Value::Table(inner))
                    if KEYS.iter().any(|k| k.path.starts_with(&format!("{path}."))) =>
                {
                    self.set_table(&path, inner, source)?;
                }
                (None, _) => return Err(unknown(&path, source, false)),
            }
        }
        Ok(())
    }

    fn set_env(&mut self, name: &str, value: &str, source: &Source) -> Result<(), SettingsError> {
        match key::find_env(name) {
            Some(key) => self.set_text(key, value, source),
            None if name.starts_with("JUNO_") && !NOT_SETTINGS.contains(&name) => {
                Err(unknown(name, source, true))
            }
            None => Ok(()),
        }
    }

    fn set_text(&mut self, key: &'static Key, text: &str, source: &Source) -> Result<(), SettingsError> {
        let bad = || wrong(key, source, text);
        let value = match key.kind {
            KeyKind::Bool => match text.trim().to_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Value::Boolean(true),
                "false" | "0" | "no" | "off" => Value::Boolean(false),
                _ => return Err(bad()),
            },
            KeyKind::Int(..) => Value::Integer(text.trim().parse().map_err(|_| bad())?),
            KeyKind::Float(..) => Value::Float(text.trim().parse().map_err(|_| bad())?),
            KeyKind::Text | KeyKind::Secret | KeyKind::Word(_) => Value::String(text.to_owned()),
            KeyKind::Table => Value::Table(serde_json::from_str(text).map_err(|_| bad())?),
        };
        self.set(key, value, source)
    }

    fn set(&mut self, key: &'static Key, value: Value, source: &Source) -> Result<(), SettingsError> {
        let value = match (key.kind, value) {
            // A whole number is a number.
            (KeyKind::Float(..), Value::Integer(n)) => Value::Float(n as f64),
            (_, value) => value,
        };
        let fits = match (key.kind, &value) {
            (KeyKind::Bool, Value::Boolean(_))
            | (KeyKind::Text | KeyKind::Secret, Value::String(_))
            | (KeyKind::Table, Value::Table(_)) => true,
            (KeyKind::Int(low, high), Value::Integer(n)) => (low..=high).contains(n),
            (KeyKind::Float(low, high), Value::Float(x)) => (low..=high).contains(x),
            (KeyKind::Word(words), Value::String(word)) => words.contains(&word.as_str()),
            _ => false,
        };
        if !fits {
            return Err(wrong(key, source, &value.to_string()));
        }
        self.0.insert(key.path, (value, source.clone()));
        Ok(())
    }
}

impl Default for Settings {
    /// The defaults of [`KEYS`].
    fn default() -> Self {
        let mut values = BTreeMap::new();
        for key in KEYS.iter().filter(|key| !key.default.is_empty()) {
            // INVARIANT: every default is TOML; a test reads them all.
            if let Some(value) =
                format!("v = {}", key.default).parse::<Table>().ok().and_then(|mut t| t.remove("v"))
            {
                values.insert(key.path, (value, Source::Default));
            }
        }
        Self(values)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows().map(|(key, value, source)| (key.path, format!("{value} ({source})")));
        f.debug_map().entries(rows).finish()
    }
}

impl fmt::Display for Settings {
    /// One line per setting: path, value (secrets masked), source.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows().try_for_each(|(key, value, source)| writeln!(f, "{} = {value}  # {source}", key.path))
    }
}

/// A program's value as the environment would write it.
fn as_text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn read_dotenv(path: &Path) -> Result<Vec<(String, String)>, SettingsError> {
    let file =
        std::fs::File::open(path).map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
    // The library's own message shows the line, which may hold a secret.
    dotenvy::Iter::new(std::io::BufReader::new(file)).collect::<Result<_, _>>().map_err(|_| {
        SettingsError::Syntax { path: path.to_owned(), reason: "write one `NAME=value` on each line".into() }
    })
}

fn unknown(name: &str, source: &Source, environment: bool) -> SettingsError {
    let near = if environment {
        key::nearest(name, KEYS.iter().map(Key::env_name))
    } else {
        key::nearest(name, KEYS.iter().map(|key| key.path.to_owned()))
    };
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    SettingsError::UnknownKey { key: name.to_owned(), origin: source.to_string(), hint }
}

fn wrong(key: &Key, source: &Source, given: &str) -> SettingsError {
    let expected = match key.kind {
        KeyKind::Bool => "`true` or `false`".to_owned(),
        KeyKind::Int(low, high) => format!("a whole number from {low} to {high}"),
        KeyKind::Float(low, high) => format!("a number from {low} to {high}"),
        KeyKind::Text | KeyKind::Secret => "a text".to_owned(),
        KeyKind::Word(words) => format!("one of {}", words.join(", ")),
        KeyKind::Table => "a table (in the environment: JSON)".to_owned(),
    };
    let given = match key.kind {
        KeyKind::Secret => String::new(),
        KeyKind::Word(words) => {
            let word = given.trim_matches('"');
            let near = key::nearest(word, words.iter().map(|word| (*word).to_owned()));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!(", not `{}`{hint}", word.chars().take(80).collect::<String>())
        }
        _ => format!(", not `{}`", given.chars().take(80).collect::<String>()),
    };
    SettingsError::Value { key: key.path.to_owned(), origin: source.to_string(), expected, given }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
