//! No two files depend on each other, directly or indirectly. A module and its submodules count as one: the parent
//! names its parts, and they use its items.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Named, Source, below};
use super::{none, resolved};

type Module = Vec<String>;

/// The dependencies and re-exports of the files of some packages.
struct Files {
    /// By module: the paths in its code.
    needs: BTreeMap<Module, Vec<Module>>,
    /// By re-exported path (`pub use`): its origin.
    passed_on: BTreeMap<Module, Module>,
}

impl Files {
    fn of(sources: Vec<Source>) -> Self {
        let mut files = Self { needs: BTreeMap::new(), passed_on: BTreeMap::new() };
        for source in sources {
            let (module, path) = (source.module(), source.path.clone());
            let (public, own) = split(source);
            let absolute = |source: &Source, named: Vec<Named>| -> Vec<Module> {
                named.iter().map(|named| resolved(source, named)).collect()
            };
            for from in absolute(&public, public.paths()) {
                let from = if from.first() == module.first() { from } else { [module.clone(), from].concat() };
                let name = from.last().cloned().unwrap_or_default();
                files.passed_on.insert([module.clone(), vec![name]].concat(), from);
            }
            let needs = absolute(&own, own.paths());
            assert!(files.needs.insert(module, needs).is_none(), "{path}: a second file of this module");
        }
        files
    }

    /// The module that a path leads to.
    fn leads_to(&self, path: &Module) -> Option<&Module> {
        let mut path = path.clone();
        for _ in 0..8 {
            let length = (1..=path.len()).rev().find(|length| self.needs.contains_key(&path[..*length]))?;
            match path.get(..=length).and_then(|name| self.passed_on.get(name)) {
                Some(from) if *from != path => path = [from.clone(), path[length + 1..].to_vec()].concat(),
                _ => return self.needs.get_key_value(&path[..length]).map(|(module, _)| module),
            }
        }
        None
    }

    fn edges(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let edges = self.needs.iter().map(|(module, needs)| {
            let to = needs.iter().filter_map(|path| self.leads_to(path));
            let family = |to: &&Module| to.starts_with(module) || module.starts_with(to);
            (module, to.filter(|to| !family(to)).collect())
        });
        edges.collect()
    }
}

/// The `pub use` items of a file, and the rest of it.
fn split(source: Source) -> (Source, Source) {
    let (mut public, mut own) = (Vec::new(), Vec::new());
    let mut tokens = source.tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if token.text != "pub" {
            own.push(token);
            continue;
        }
        let mut item = vec![token];
        // `pub(crate)`, `pub(super)`, `pub(in path)`
        if tokens.peek().is_some_and(|token| token.text == "(") {
            item.extend(std::iter::from_fn(|| tokens.next_if(|token| token.text != ")")));
            item.extend(tokens.next());
        }
        if tokens.peek().is_some_and(|token| token.text == "use") {
            public.extend(std::iter::from_fn(|| tokens.next_if(|token| token.text != ";")).skip(1));
            public.extend(tokens.next());
        } else {
            own.extend(item.into_iter().take(1));
        }
    }
    (Source { path: source.path.clone(), tokens: public }, Source { path: source.path, tokens: own })
}

/// The circles, each once: the modules that reach each other.
fn circles(files: &Files) -> Vec<String> {
    let edges = files.edges();
    let reach = |from: &Module| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&Module> = edges.get(from).into_iter().flatten().copied().collect();
        while let Some(module) = next.pop() {
            if seen.insert(module) {
                next.extend(edges.get(module).into_iter().flatten().copied());
            }
        }
        seen
    };
    let reached: BTreeMap<_, _> = edges.keys().map(|module| (*module, reach(module))).collect();
    let mut found = BTreeSet::new();
    for (module, others) in &reached {
        if others.contains(*module) {
            let circle = others.iter().filter(|other| reached.get(*other).is_some_and(|back| back.contains(*module)));
            found.insert(circle.map(|module| module.join("::")).collect::<Vec<_>>().join(", "));
        }
    }
    found.into_iter().collect()
}

#[test]
fn no_two_files_need_each_other() {
    let mut sources: Vec<_> =
        ["shared/src", "functions", "local/src", "tests/src"].into_iter().flat_map(below).collect();
    // A separate program over the package.
    sources.retain(|source| !source.path.ends_with("/main.rs"));
    none(&circles(&Files::of(sources)), "move what both need into a file of its own");
}

#[test]
fn a_circle_is_found_through_what_a_parent_passes_on() {
    let file = |path: &str, text: &str| {
        let tokens = text.split_whitespace().map(|text| super::source::Token {
            text: text.to_owned(),
            line: 1,
            excused: BTreeSet::new(),
        });
        Source { path: path.to_owned(), tokens: tokens.collect() }
    };
    let files = |b: &str| {
        Files::of(vec![
            file("shared/src/x/mod.rs", "pub mod a ; pub mod b ; pub use a :: A ; pub use b :: { B , C } ;"),
            file("shared/src/x/a.rs", "use crate :: x :: B ;"),
            file("shared/src/x/b.rs", b),
        ])
    };
    assert_eq!(circles(&files("use crate :: x :: A ;")), ["shared::x::a, shared::x::b"]);
    assert_eq!(circles(&files("use super :: A ;")), ["shared::x::a, shared::x::b"]);
    assert_eq!(circles(&files("use crate :: y :: A ;")), [""; 0]);
}
