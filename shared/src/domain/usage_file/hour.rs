//! What the words of several sources on a line's data traffic add up to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::day::Counted;
use super::source::{Source, counting};
use crate::domain::billing::class::Place;
use crate::domain::billing::rating::{Rated, Rating};
use crate::domain::ids::{AppName, SourceId};
use crate::domain::period::Hour;
use crate::domain::usage::Traffic;

/// A session within its line and hour: a digest of its id.
pub type SessionDigest = [u8; 8];

/// A session as a source tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub digest: SessionDigest,
    /// Up and down together.
    pub bytes: u64,
    /// Where it took place.
    pub place: Place,
}

impl Session {
    /// Its class and units.
    pub const fn rated(&self) -> Rated {
        Rating::session(self.bytes, self.place)
    }
}

/// One source's word on the sessions of a line that start in an hour with an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourWord {
    /// The hour.
    pub hour: Hour,
    /// The app; none where a corrected file has nothing to say of the hour any more.
    pub app: Option<AppName>,
    /// Who says so.
    pub source: Source,
    /// The sessions.
    pub sessions: Vec<Session>,
    /// When the file was taken in.
    pub ingested_at: DateTime<Utc>,
}

/// The words of one line, hour by hour.
fn by_hour(words: &[HourWord]) -> BTreeMap<Hour, Vec<&HourWord>> {
    let mut by_hour: BTreeMap<Hour, Vec<&HourWord>> = BTreeMap::new();
    for word in words {
        by_hour.entry(word.hour).or_default().push(word);
    }
    by_hour
}

/// The traffic that the words on one line amount to: of each file the newest version, and each session as the first by
/// rank tells it.
pub fn traffic(words: &[HourWord]) -> Vec<Traffic> {
    let mut rows = Vec::new();
    for words in by_hour(words).into_values() {
        let newest = counting(words.iter().map(|word| &word.source));
        let mut words: Vec<_> = words.into_iter().filter(|word| newest.has(&word.source)).collect();
        words.sort_by_key(|word| (word.source.rank(), &word.app));
        let mut seen = BTreeSet::new();
        for word in words {
            let own: Vec<_> = word.sessions.iter().filter(|session| seen.insert(session.digest)).collect();
            if let Some(row) = row(word, &own) {
                rows.push(row);
            }
        }
    }
    rows
}

/// What is left of a word, none where nothing is.
fn row(word: &HourWord, own: &[&Session]) -> Option<Traffic> {
    let app = word.app.clone()?;
    let source: SourceId = word.source.name.as_str().parse().ok()?;
    let bytes = own.iter().map(|session| session.bytes).sum();
    (!own.is_empty()).then_some(Traffic { hour: word.hour, app, source, bytes, ingested_at: word.ingested_at })
}

/// Who tells a session.
pub type Tellings = BTreeMap<Source, Counted>;

/// The sessions of a source that others tell too, by hour and digest, each with all who tell it. Earlier versions of the
/// source's own file are none of them: it replaces what they say.
pub fn shared(words: &[HourWord], own: &Source) -> BTreeMap<(Hour, SessionDigest), Tellings> {
    let mut tellings: BTreeMap<(Hour, SessionDigest), Tellings> = BTreeMap::new();
    for word in words.iter().filter(|word| word.source.file() != own.file() || word.source.sequence == own.sequence) {
        for session in &word.sessions {
            let told = tellings.entry((word.hour, session.digest)).or_default();
            told.insert(word.source.clone(), Counted { rated: Some(session.rated()), app: word.app.clone() });
        }
    }
    tellings.retain(|_, told| told.len() > 1 && told.contains_key(own));
    tellings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, sequence: u32, chunk: u32) -> Source {
        Source { stream: "s".parse().unwrap(), name: name.parse().unwrap(), sequence, chunk }
    }

    fn word(source: Source, app: &str, sessions: &[(u8, u64)]) -> HourWord {
        let session = |(digest, bytes): &(u8, u64)| Session { digest: [*digest; 8], bytes: *bytes, place: Place::Home };
        HourWord {
            hour: "2026-03-10T13".parse().unwrap(),
            app: app.parse().ok(),
            source,
            sessions: sessions.iter().map(session).collect(),
            ingested_at: DateTime::UNIX_EPOCH,
        }
    }

    fn shown(words: &[HourWord]) -> Vec<String> {
        traffic(words).iter().map(|row| format!("{} {} {}", row.app, row.source, row.bytes)).collect()
    }

    #[test]
    fn a_session_counts_as_the_first_tells_it() {
        let words = [
            word(source("b", 1, 0), "Mapas", &[(1, 100), (2, 5)]),
            word(source("a", 1, 1), "Video", &[(1, 70)]),
            word(source("a", 1, 0), "Mapas", &[(3, 1)]),
        ];
        assert_eq!(shown(&words), ["Mapas a 1", "Video a 70", "Mapas b 5"]);
        assert_eq!(shown(&words[..1]), ["Mapas b 105"]);
    }

    #[test]
    fn the_newest_version_of_a_file_counts() {
        let old = word(source("a", 1, 0), "Video", &[(1, 70)]);
        let other = word(source("b", 1, 0), "Video", &[(1, 50)]);
        let new = word(source("a", 2, 0), "Mapas", &[(2, 3)]);
        assert_eq!(shown(&[old.clone(), other.clone(), new]), ["Mapas a 3", "Video b 50"]);
        let silent = word(source("a", 2, 0), "", &[]);
        assert_eq!(shown(&[old, other, silent]), ["Video b 50"]);
    }

    #[test]
    fn a_shared_session_names_all_who_tell_it() {
        let words = [
            word(source("b", 1, 0), "Mapas", &[(1, 100), (2, 5)]),
            word(source("a", 1, 0), "Video", &[(1, 70)]),
            word(source("b", 2, 0), "Mapas", &[(1, 100), (2, 5), (9, 9)]),
            word(source("b", 2, 1), "Mapas", &[(9, 9)]),
            word(source("c", 1, 0), "Mapas", &[(7, 1)]),
        ];
        let shared = shared(&words, &source("b", 2, 0));
        let found: Vec<_> = shared
            .iter()
            .map(|((_, digest), told)| {
                (digest[0], told.keys().map(|one| (one.name.as_str(), one.chunk)).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(found, [(1, vec![("a", 0), ("b", 0)]), (9, vec![("b", 0), ("b", 1)])]);
    }
}
