use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The default.
    Default,
    /// A TOML file.
    File(PathBuf),
    /// A `.env` file.
    DotEnv(PathBuf),
    /// The environment.
    Environment,
    /// The program, through [`Settings::with`](super::Settings::with).
    Program,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) | Self::DotEnv(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::Program => f.write_str("program"),
        }
    }
}

/// Where to read settings from. Later ones win: file, `.env`, environment.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A TOML file; it must exist if named.
    pub file: Option<PathBuf>,
    /// A `.env` file; it must exist if named.
    pub dotenv: Option<PathBuf>,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
}

impl Sources {
    /// The usual places: `juno.toml` and `.env` in `folder` where they exist, and this process's environment.
    #[must_use]
    pub fn usual(folder: &Path) -> Self {
        let existing = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { file: existing("juno.toml"), dotenv: existing(".env"), environment }
    }
}
