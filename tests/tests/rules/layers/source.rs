//! Sources as tokens, without tests; comments and strings cannot be mistaken for code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A token and its line.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its text; a string with its quotes, `::` as one.
    pub text: String,
    /// Its line.
    pub line: usize,
    /// The lints that an `#[expect]` around it excuses.
    pub excused: BTreeSet<String>,
}

/// Any string, for [`Source::find`].
pub const TEXT: &str = "\"\"";

/// A source file.
pub struct Source {
    /// Relative to the project's root, with slashes.
    pub path: String,
    /// Its tokens, without those of tests.
    pub tokens: Vec<Token>,
}

/// A path in code, `use` trees unfolded: `["crate", "table", "keys"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its segments.
    pub segments: Vec<String>,
    /// Its line.
    pub line: usize,
}

/// All sources below a directory, files that only tests use left out.
pub fn below(directory: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut only_tests = Vec::new();
    for path in files(directory) {
        let text = tests::file(&path);
        let mut reading = Reading { tokens: Vec::new(), excused: BTreeSet::new(), only_tests: Vec::new() };
        reading.read(text.parse().unwrap());
        let home = path.trim_end_matches("/mod.rs").trim_end_matches("/lib.rs").trim_end_matches(".rs");
        only_tests.extend(reading.only_tests.iter().map(|name| format!("{home}/{name}")));
        sources.push(Source { path, tokens: reading.tokens });
    }
    sources.retain(|source| {
        !only_tests
            .iter()
            .any(|module| source.path == format!("{module}.rs") || source.path.starts_with(&format!("{module}/")))
    });
    sources
}

/// All `.rs` files below a directory.
pub fn files(directory: &str) -> Vec<String> {
    fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&tests::root().join(directory), &mut found);
    let root = tests::root();
    let name = |path: PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    let mut names: Vec<_> = found.into_iter().map(name).collect();
    names.sort();
    names
}

struct Reading {
    tokens: Vec<Token>,
    excused: BTreeSet<String>,
    only_tests: Vec<String>,
}

impl Reading {
    fn read(&mut self, stream: TokenStream) {
        let trees: Vec<_> = stream.into_iter().collect();
        let outside = self.excused.clone();
        let mut before = outside.clone();
        let mut at = 0;
        while at < trees.len() {
            let Some((attribute, after, whole)) = attribute(&trees, at) else {
                self.take(&trees[at], trees.get(at + 1));
                // An `#[expect]` ends with its item or statement.
                if ends(&trees[at]) {
                    self.excused.clone_from(&before);
                }
                at += 1 + usize::from(is_path_mark(&trees, at));
                continue;
            };
            at = after;
            if attribute == "cfg(test)" {
                let end = (at..trees.len()).find(|end| ends(&trees[*end])).map_or(trees.len(), |end| end + 1);
                self.note_module(&trees[at..end]);
                at = end;
            } else if let Some(lints) = attribute.strip_prefix("expect(") {
                let lints = lints.split(',').map(str::trim).filter(|lint| lint.starts_with("clippy"));
                self.excused.extend(lints.map(|lint| lint.replace(' ', "")));
                if whole {
                    before.clone_from(&self.excused);
                }
                self.push(format!("#[{attribute}]"), trees[after - 1].span().start().line);
            } else if !attribute.starts_with("doc") {
                self.push(format!("#[{attribute}]"), trees[after - 1].span().start().line);
            }
        }
        self.excused = outside;
    }

    fn take(&mut self, tree: &TokenTree, next: Option<&TokenTree>) {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                self.push(open.to_owned(), line);
                self.read(group.stream());
                self.push(close.to_owned(), group.span_close().start().line);
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' && is_colon(next) => self.push("::".to_owned(), line),
            other => self.push(other.to_string(), line),
        }
    }

    fn push(&mut self, text: String, line: usize) {
        self.tokens.push(Token { text, line, excused: self.excused.clone() });
    }

    /// Remembers `mod sample;` under `cfg(test)`, whose file is skipped.
    fn note_module(&mut self, item: &[TokenTree]) {
        let texts: Vec<_> = item.iter().map(ToString::to_string).collect();
        if let [.., word, name, end] = texts.as_slice()
            && word == "mod"
            && end == ";"
        {
            self.only_tests.push(name.clone());
        }
    }
}

/// The attribute at a place, the place after it, and whether it speaks of what it stands in.
fn attribute(trees: &[TokenTree], at: usize) -> Option<(String, usize, bool)> {
    let is = |at: usize, mark: char| matches!(trees.get(at), Some(TokenTree::Punct(p)) if p.as_char() == mark);
    if !is(at, '#') {
        return None;
    }
    let inner = is(at + 1, '!');
    let body = at + 1 + usize::from(inner);
    let Some(TokenTree::Group(group)) = trees.get(body) else { return None };
    let text = group.stream().to_string().replace(" (", "(").replace("( ", "(").replace(" )", ")");
    (group.delimiter() == Delimiter::Bracket).then(|| (text, body + 1, inner))
}

fn ends(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Punct(mark) => mark.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

fn is_colon(tree: Option<&TokenTree>) -> bool {
    matches!(tree, Some(TokenTree::Punct(mark)) if mark.as_char() == ':')
}

fn is_path_mark(trees: &[TokenTree], at: usize) -> bool {
    is_colon(trees.get(at)) && is_colon(trees.get(at + 1))
}

impl Source {
    /// All paths of the code.
    pub fn paths(&self) -> Vec<Named> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            at = self.path(at, &[], &mut found);
        }
        found
    }

    /// Reads the path that starts at a token, if any, and returns the position after it.
    fn path(&self, start: usize, prefix: &[String], found: &mut Vec<Named>) -> usize {
        let text = |at: usize| self.tokens.get(at).map_or("", |token| token.text.as_str());
        let mut segments = prefix.to_vec();
        let mut at = start;
        if !is_word(text(at)) {
            return at + 1;
        }
        loop {
            segments.push(text(at).to_owned());
            at += 1;
            if text(at) != "::" {
                break;
            }
            at += 1;
            if text(at) == "{" {
                at += 1;
                while text(at) != "}" {
                    at = self.path(at, &segments, found);
                }
                return at + 1;
            }
            if !is_word(text(at)) {
                break;
            }
        }
        found.push(Named { segments, line: self.tokens[start].line });
        at
    }

    /// The places where these tokens occur in sequence; [`TEXT`] is any string.
    pub fn find(&self, words: &[&str]) -> Vec<&Token> {
        let is = |token: &Token, word: &str| token.text == word || word == TEXT && token.text.starts_with('"');
        let windows = self.tokens.windows(words.len());
        let found = windows.filter(|window| window.iter().zip(words).all(|(token, word)| is(token, word)));
        found.map(|window| &window[0]).collect()
    }

    /// The path of its module, the package first: `["shared", "domain", "period"]`.
    pub fn module(&self) -> Vec<String> {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').filter(|part| !["src", "lib", "main"].contains(part)).map(str::to_owned).collect()
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

#[test]
fn code_is_told_from_comments_strings_and_tests() {
    let text = r#"
        //! crate::a
        use crate::{b, c::{self, d}};
        /* crate::e */
        #[expect(clippy::panic, reason = "told")]
        fn f() { let s = "crate::g"; super::h::<T>(); panic!() }
        fn k() { panic!() }
        #[cfg(test)]
        mod tests { use crate::i; }
        #[cfg(test)]
        mod sample;
        #[cfg(test)]
        use crate::j;
    "#;
    let mut reading = Reading { tokens: Vec::new(), excused: BTreeSet::new(), only_tests: Vec::new() };
    reading.read(text.parse().unwrap());
    assert_eq!(reading.only_tests, ["sample"]);
    let source = Source { path: "shared/src/x/mod.rs".to_owned(), tokens: reading.tokens };
    let paths: Vec<_> = source.paths().into_iter().map(|named| named.segments.join("::")).collect();
    let paths: Vec<_> = paths.iter().filter(|path| path.contains("::")).collect();
    assert_eq!(paths, ["crate::b", "crate::c::self", "crate::c::d", "super::h"]);
    let excused: Vec<_> = source.find(&["panic", "!"]).iter().map(|token| token.excused.len()).collect();
    assert_eq!(excused, [1, 0]);
    assert_eq!(source.module(), ["shared", "x"]);
}
