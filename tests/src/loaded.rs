//! What all worlds of a process have in common, read or made once.

use std::collections::BTreeMap;
use std::sync::Arc;

use local::demo::{self, DemoFile, clients::Secrecy};
use local::operate::Credentials;
use local::store::{Contents, Store, StoreError};
use local::template::Template;
use shared::clock::Clock;
use shared::domain::country::Country;
use tokio::sync::Mutex;

use crate::role::Roles;

/// The template of a country, parsed once per process.
#[expect(clippy::expect_used, reason = "a test without its template cannot go on")]
pub(crate) async fn template(country: &'static str) -> Template {
    static READ: Mutex<BTreeMap<&str, Template>> = Mutex::const_new(BTreeMap::new());
    let parameters = [("Country".to_owned(), country.to_owned())];
    let parse = || Template::parse(&crate::file("template.yaml"), &parameters).expect("a template");
    READ.lock().await.entry(country).or_insert_with(parse).clone()
}

/// The template's roles for a country, parsed once per process.
pub(crate) async fn roles(country: &'static str) -> Arc<Roles> {
    static READ: Mutex<BTreeMap<&str, Arc<Roles>>> = Mutex::const_new(BTreeMap::new());
    let read = || Arc::new(Roles::of(&crate::file("template.yaml"), country));
    READ.lock().await.entry(country).or_insert_with(read).clone()
}

/// Loads the demo data. Generating and importing it takes most of a world's set-up time, so it is done once per process
/// and copied into later worlds.
pub(crate) async fn load(
    store: &mut Store,
    country: &'static Country,
    clock: &Clock,
) -> Result<Vec<Credentials>, StoreError> {
    type Loaded = Arc<(Contents, Vec<DemoFile>)>;
    static LOADED: Mutex<BTreeMap<&str, Loaded>> = Mutex::const_new(BTreeMap::new());
    let mut loaded = LOADED.lock().await;
    if let Some(known) = loaded.get(country.code).cloned() {
        drop(loaded);
        let (contents, files) = known.as_ref();
        store.restore(contents)?;
        store.put(files).await?;
        return store.demo_clients(Secrecy::Own, clock).await;
    }
    store.load_demo(country, clock).await?;
    let clients = store.demo_clients(Secrecy::Own, clock).await?;
    store.know_keys_of(country, clock, &["FF", "FX", "GA", "GB", "GC"])?;
    let files = demo::data(country, clock.now())?.files;
    loaded.insert(country.code, Arc::new((store.contents()?, files)));
    Ok(clients)
}
