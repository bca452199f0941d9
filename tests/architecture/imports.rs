//! Which file of a crate imports from which, and whether that goes in circles.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust::{Token, behind_bracket, tokens};

/// The Rust files of one crate: path below its `src` folder (`a/b.rs`) → text.
pub(crate) type Files = BTreeMap<String, String>;

/// Which file imports from which others.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

type ModulePath = Vec<String>;

/// Reads the imports of a crate: `use`, and paths that begin with `crate`, `super`, `self` or a child module.
///
/// Names are followed through re-exports to the file that defines them, so that a `lib.rs` or `mod.rs` that only
/// lists and exports is not part of any way. Code for tests does not count.
pub(crate) fn imports(files: &Files) -> Imports {
    let mut scan = Scan::default();
    for (file, text) in files {
        scan.modules.insert(module_of(file), file.clone());
        scan.file(file, &tokens(text));
    }
    let in_test = |module: &ModulePath| scan.tests.iter().any(|test| module.starts_with(test));
    let mut out = Imports::new();
    for reference in scan.references.iter().filter(|reference| !in_test(&reference.module)) {
        let Some(from) = scan.modules.get(&reference.module) else { continue };
        for to in scan.files_behind(reference) {
            if to != *from {
                out.entry(from.clone()).or_default().insert(to);
            }
        }
    }
    out
}

/// A way that leads back to its start, if there is one: `a.rs`, `b.rs`, `a.rs`.
pub(crate) fn cycle(imports: &Imports) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    imports.keys().find_map(|file| walk(imports, file, &mut Vec::new(), &mut done))
}

fn walk(
    imports: &Imports,
    file: &str,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = way.iter().position(|earlier| earlier == file) {
        return Some([&way[start..], &[file.to_owned()]].concat());
    }
    if done.contains(file) {
        return None;
    }
    way.push(file.to_owned());
    let found = imports.get(file).into_iter().flatten().find_map(|to| walk(imports, to, way, done));
    way.pop();
    done.insert(file.to_owned());
    found
}

fn module_of(file: &str) -> ModulePath {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let mut module: ModulePath = path.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

/// A path as it is written in a module.
#[derive(Debug, Clone)]
struct Reference {
    module: ModulePath,
    path: Vec<String>,
}

#[derive(Debug, Default)]
struct Scan {
    /// Module → the file that holds it.
    modules: BTreeMap<ModulePath, String>,
    /// Modules that exist for tests only.
    tests: BTreeSet<ModulePath>,
    /// What is imported or named; re-exports are not among them.
    references: Vec<Reference>,
    /// Module and name → the path that brings the name into the module.
    names: BTreeMap<(ModulePath, String), Vec<String>>,
    /// Module → the paths of all that it takes over with `*`.
    globs: BTreeMap<ModulePath, Vec<Vec<String>>>,
    /// Names defined in a module.
    definitions: BTreeSet<(ModulePath, String)>,
}

impl Scan {
    fn file(&mut self, file: &str, tokens: &[Token]) {
        let mut module = module_of(file);
        // Inline modules that are open, each with the depth of braces outside it.
        let (mut inline, mut depth) = (Vec::new(), 0_usize);
        let (mut i, mut public, mut for_tests) = (0, false, false);
        while let Some(token) = tokens.get(i) {
            let next = tokens.get(i + 1);
            match token {
                Token::Sign('#') if matches!(next, Some(Token::Sign('['))) => {
                    let end = behind_bracket(tokens, i + 1);
                    let has = |word: &str| tokens[i..end].iter().any(|token| token.is(word));
                    for_tests |= has("test") && !has("not");
                    i = end;
                    continue;
                }
                Token::Word(word) if word == "pub" => {
                    public = true;
                    i = if next == Some(&Token::Sign('(')) { behind_bracket(tokens, i + 1) } else { i + 1 };
                    continue;
                }
                Token::Word(word)
                    if word == "mod" && matches!(tokens.get(i + 2), Some(Token::Sign('{' | ';'))) =>
                {
                    let name = next.and_then(Token::word).unwrap_or_default().to_owned();
                    let child = [module.as_slice(), &[name]].concat();
                    let has_body = tokens.get(i + 2) == Some(&Token::Sign('{'));
                    if for_tests {
                        self.tests.insert(child);
                        i = if has_body { behind_bracket(tokens, i + 2) } else { i + 3 };
                    } else if has_body {
                        self.modules.insert(child.clone(), file.to_owned());
                        inline.push(depth);
                        module = child;
                        depth += 1;
                        i += 3;
                    } else {
                        i += 3;
                    }
                    (public, for_tests) = (false, false);
                    continue;
                }
                _ if for_tests => {
                    // An item for tests ends with its first block or semicolon.
                    let end = (i..tokens.len())
                        .find(|&j| matches!(tokens[j], Token::Sign('{' | ';')))
                        .unwrap_or(tokens.len());
                    i = if tokens.get(end) == Some(&Token::Sign('{')) {
                        behind_bracket(tokens, end)
                    } else {
                        end + 1
                    };
                    (public, for_tests) = (false, false);
                    continue;
                }
                Token::Word(word) if word == "use" => {
                    let end =
                        (i..tokens.len()).find(|&j| tokens[j] == Token::Sign(';')).unwrap_or(tokens.len());
                    self.uses(&module, &tokens[i + 1..end], public);
                    i = end;
                }
                Token::Word(word) if next == Some(&Token::Path) && i > 0 && begins_a_path(&tokens[i - 1]) => {
                    let mut path = vec![word.clone()];
                    while let (Some(Token::Path), Some(Token::Word(word))) =
                        (tokens.get(i + 1), tokens.get(i + 2))
                    {
                        path.push(word.clone());
                        i += 2;
                    }
                    self.references.push(Reference { module: module.clone(), path });
                }
                Token::Word(word) => {
                    let defines = ["fn", "struct", "enum", "trait", "type", "const", "static", "union"];
                    if let (true, Some(Token::Word(name))) = (defines.contains(&word.as_str()), next) {
                        self.definitions.insert((module.clone(), name.clone()));
                    }
                }
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => {
                    depth = depth.saturating_sub(1);
                    if inline.last() == Some(&depth) {
                        inline.pop();
                        module.pop();
                    }
                }
                _ => {}
            }
            public = false;
            i += 1;
        }
    }

    /// Takes one `use`, from behind the word to before the semicolon.
    fn uses(&mut self, module: &ModulePath, tokens: &[Token], public: bool) {
        let mut leaves = Vec::new();
        tree(tokens, &[], &mut leaves);
        for (path, name) in leaves {
            if name == "*" {
                self.globs.entry(module.clone()).or_default().push(path.clone());
            } else {
                self.names.insert((module.clone(), name), path.clone());
            }
            if !public {
                self.references.push(Reference { module: module.clone(), path });
            }
        }
    }

    /// The files in which a path may end: one, or several behind a `*`.
    fn files_behind(&self, reference: &Reference) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        let Some(module) = self.resolve(&reference.module, &reference.path, 0) else { return out };
        if reference.path.last().is_some_and(|last| last == "*") {
            let exported = self.names.iter().filter(|((owner, _), _)| *owner == module);
            for (_, path) in exported {
                out.extend(
                    self.resolve(&module, path, 0).and_then(|module| self.modules.get(&module)).cloned(),
                );
            }
        }
        out.extend(self.modules.get(&module).cloned());
        out
    }

    /// The module that defines what a path names, if that is in this crate.
    fn resolve(&self, from: &ModulePath, path: &[String], hops: u8) -> Option<ModulePath> {
        // Names that refer to each other in a circle do not compile; the bound only keeps this from looping.
        if hops > 16 {
            return None;
        }
        let mut rest = path.iter().map(String::as_str).peekable();
        let mut module = match rest.next()? {
            "crate" => Vec::new(),
            "self" => from.clone(),
            "super" => {
                let mut module = from.clone();
                module.pop();
                while rest.next_if(|next| *next == "super").is_some() {
                    module.pop();
                }
                module
            }
            child => {
                let child = [from.as_slice(), &[child.to_owned()]].concat();
                self.modules.contains_key(&child).then_some(child)?
            }
        };
        for name in rest {
            let child = [module.as_slice(), &[name.to_owned()]].concat();
            if self.modules.contains_key(&child) {
                module = child;
            } else if let Some(path) = self.names.get(&(module.clone(), name.to_owned())) {
                module = self.resolve(&module, path, hops + 1)?;
            } else if let Some(target) = self.behind_globs(&module, name, hops) {
                module = target;
            } else {
                break;
            }
        }
        Some(module)
    }

    fn behind_globs(&self, module: &ModulePath, name: &str, hops: u8) -> Option<ModulePath> {
        let targets = self.globs.get(module)?.iter().filter_map(|path| self.resolve(module, path, hops + 1));
        targets.into_iter().find(|target| self.definitions.contains(&(target.clone(), name.to_owned())))
    }
}

/// Whether a word behind this token can be the first of a path.
fn begins_a_path(before: &Token) -> bool {
    !matches!(before, Token::Path | Token::Sign('$' | '.'))
}

/// Spreads a tree of imports into (path, name it gets).
fn tree(tokens: &[Token], prefix: &[String], out: &mut Vec<(Vec<String>, String)>) {
    let mut path = prefix.to_vec();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        match token {
            Token::Word(word) if word == "as" => {
                let name = tokens.get(i + 1).and_then(Token::word).unwrap_or("_");
                out.push((path, name.to_owned()));
                return;
            }
            // `a::{self, b}` brings in `a` itself.
            Token::Word(word) if word == "self" && !prefix.is_empty() && path == prefix => {}
            Token::Word(word) => path.push(word.clone()),
            Token::Sign('*') => path.push("*".into()),
            Token::Sign('{') => {
                let inner = &tokens[i + 1..behind_bracket(tokens, i) - 1];
                branches(inner).into_iter().for_each(|branch| tree(branch, &path, out));
                return;
            }
            _ => {}
        }
        i += 1;
    }
    if let Some(name) = path.last().cloned() {
        out.push((path, name));
    }
}

/// Splits at the commas outside inner braces.
fn branches(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut out, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth = depth.saturating_sub(1),
            Token::Sign(',') if depth == 0 => {
                out.push(&tokens[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(&tokens[start..]);
    out.retain(|branch| !branch.is_empty());
    out
}
