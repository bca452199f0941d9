//! Finds in a source which tests say that they are evidence for a control.

/// What the sources are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    Python,
    Node,
}

impl Language {
    /// By the ending of a file's name; None for what holds no tests.
    pub(crate) fn of(file: &str) -> Option<Self> {
        match file.rsplit_once('.')?.1 {
            "rs" => Some(Self::Rust),
            "py" => Some(Self::Python),
            "mjs" => Some(Self::Node),
            _ => None,
        }
    }

    /// The line above a test that names its controls.
    const fn marker(self) -> &'static str {
        match self {
            Self::Rust => "/// control: ",
            Self::Python => "# control: ",
            Self::Node => "// control: ",
        }
    }

    /// The name of the test that begins with these lines.
    fn test_below(self, lines: &[&str]) -> Option<String> {
        match self {
            Self::Rust => test_below(lines),
            // Decorators and other remarks may stand between.
            Self::Python => {
                let mut rest = lines.iter().skip_while(|line| line.starts_with(['@', '#']));
                let line = rest.next()?.trim_start_matches("async ");
                let name = line.strip_prefix("def ")?.split('(').next()?;
                name.starts_with("test_").then(|| name.to_owned())
            }
            Self::Node => {
                let mut rest = lines.iter().skip_while(|line| line.starts_with("//"));
                let name = rest.next()?.strip_prefix("test('")?.split('\'').next()?;
                (!name.is_empty()).then(|| name.to_owned())
            }
        }
    }
}

/// A test that is evidence, and for what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) test: String,
    pub(crate) controls: Vec<String>,
}

/// The marked tests of a source, in order.
///
/// # Errors
/// If a marker stands above something that is no test, or names no control, or one twice.
pub(crate) fn marked(source: &str, language: Language) -> Result<Vec<Marked>, String> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let mut found = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let Some(ids) = line.strip_prefix(language.marker()) else { continue };
        let at = format!("line {}", place + 1);
        let controls: Vec<String> = ids.split(',').map(|id| id.trim().to_owned()).collect();
        if controls.iter().any(String::is_empty) {
            return Err(format!("{at}: a control without an id"));
        }
        if (1..controls.len()).any(|n| controls[..n].contains(&controls[n])) {
            return Err(format!("{at}: a control stands twice"));
        }
        let test =
            language.test_below(&lines[place + 1..]).ok_or_else(|| format!("{at}: no test stands below"))?;
        found.push(Marked { test, controls });
    }
    Ok(found)
}

/// The name of the test that begins with these lines: attributes, one of which makes it a test, then the function.
fn test_below(lines: &[&str]) -> Option<String> {
    let mut is_test = false;
    for line in lines {
        let attribute = line.starts_with("#[");
        is_test |= attribute && (line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
        if attribute || line.starts_with("///") {
            continue;
        }
        let name = line.split_once("fn ")?.1.split(['(', '<']).next()?;
        return (is_test && !name.is_empty()).then(|| name.to_owned());
    }
    None
}

#[test]
fn markers_are_read_above_tests_and_nowhere_else() {
    let source = "
        /// What it holds.
        /// control: ASI03, SOC2-CC6.3
        #[tokio::test(flavor = \"multi_thread\")]
        #[ignore]
        async fn one() {}
            /// control: ASI01
            #[test]
            fn two(x in 0..3) {}
        // control: ASI09
        #[test]
        fn three() {}
    ";
    let of = |test: &str, controls: &[&str]| Marked {
        test: test.into(),
        controls: controls.iter().map(|id| (*id).to_owned()).collect(),
    };
    assert_eq!(
        marked(source, Language::Rust).unwrap(),
        [of("one", &["ASI03", "SOC2-CC6.3"]), of("two", &["ASI01"])]
    );
    for (wrong, why) in [
        ("/// control: ASI01\nfn no_test() {}", "line 1: no test"),
        ("/// control: ASI01\n\n#[test]\nfn apart() {}", "line 1: no test"),
        ("/// control: ASI01\n#[test]", "line 1: no test"),
        ("\n/// control: ASI01,\n#[test]\nfn a() {}", "line 2: a control without an id"),
        ("/// control: ASI01, ASI01\n#[test]\nfn a() {}", "line 1: a control stands twice"),
    ] {
        assert!(marked(wrong, Language::Rust).unwrap_err().starts_with(why), "{wrong}");
    }
    let python =
        "# control: ASI02\n@mark\nasync def test_one(x: int) -> None:\n# control: ASI10\ndef test_two():";
    assert_eq!(
        marked(python, Language::Python).unwrap(),
        [of("test_one", &["ASI02"]), of("test_two", &["ASI10"])]
    );
    assert!(marked("# control: ASI02\ndef helper():", Language::Python).is_err());
    let node = "// control: ASI02, ASI10\ntest('it runs once', async () => {";
    assert_eq!(marked(node, Language::Node).unwrap(), [of("it runs once", &["ASI02", "ASI10"])]);
    assert!(marked("// control: ASI02\nconst test = 1", Language::Node).is_err());
}
