//! What keys are made of, at random.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use shared::domain::billing::cycle::CycleDay;
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::ledger::{AdditionalSpan, LineSpan};
use shared::domain::billing::page::PageId;
use shared::domain::billing::series::Given;
use shared::domain::call::Direction;
use shared::domain::country::Country;
use shared::domain::customer::Product;
use shared::domain::document::{Document, Segment};
use shared::domain::guard::threshold::{Subject, Threshold};
use shared::domain::hook::id::HookId;
use shared::domain::identity::Identity;
use shared::domain::ids::{
    AccountId, AppName, ClientId, ContractId, CustomerCode, Extension, OfferId, Partnum, PlanId, ProfileId, RunId,
    SourceId,
};
use shared::domain::money::{Currency, Money};
use shared::domain::msisdn::Msisdn;
use shared::domain::payment_file::name::FileId;
use shared::domain::period::Hour;
use shared::domain::recording::{Recording, RecordingState};
use shared::domain::usage::Traffic;
use shared::domain::usage_file::source::Source;
use shared::table::keys::{self, Key};

/// What keys are made of.
#[derive(Debug, Clone)]
pub struct Parts {
    pub id: String,
    pub other: String,
    pub free: String,
    pub app: String,
    pub seconds: i64,
    pub rev: u64,
    pub line: u32,
}

pub fn parts() -> impl Strategy<Value = Parts> {
    // Short ids meet each other more often; the separators and their escapes are what free text may try.
    let id = || prop_oneof!["[A-Za-z0-9._-]{1,64}", "[AB.-]{1,2}"];
    let free = || prop_oneof!["[ -~]{1,60}", "[#%23A5]{1,12}", r"[\PC&&[^\u{2028}\u{2029}]]{1,40}"];
    let seconds = 0..=253_402_300_799_i64;
    (id(), id(), free(), free(), seconds, 0..=999_999_999_999_u64, 0..10_000_000_u32)
        .prop_map(|(id, other, free, app, seconds, rev, line)| Parts { id, other, free, app, seconds, rev, line })
}

impl Parts {
    pub fn msisdn(&self) -> Msisdn {
        Msisdn::parse(&format!("300{:07}", self.line), Country::by_code("co").unwrap()).unwrap()
    }

    pub fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.seconds, 0).unwrap()
    }

    pub fn client(&self) -> ClientId {
        self.id.parse().unwrap()
    }

    pub fn offer(&self) -> OfferId {
        self.id.parse().unwrap()
    }

    pub fn plan(&self) -> PlanId {
        self.id.parse().unwrap()
    }

    pub fn contract(&self) -> ContractId {
        self.other.parse().unwrap()
    }

    pub fn partnum(&self) -> Partnum {
        self.id.parse().unwrap()
    }

    pub fn account(&self) -> AccountId {
        self.other.parse().unwrap()
    }

    pub fn profile(&self) -> ProfileId {
        self.other.parse().unwrap()
    }

    pub fn document(&self) -> Identity {
        Identity::plain(&self.app, &self.free)
    }

    pub fn traffic(&self) -> Traffic {
        let app: AppName = self.app.parse().unwrap();
        let source: SourceId = self.id.parse().unwrap();
        Traffic { hour: Hour::of(self.time()), app, source, bytes: 1, ingested_at: self.time() }
    }

    pub fn source(&self) -> Source {
        let sequence = u32::try_from(self.rev % 1_000_000).unwrap();
        let (stream, name) = (self.id.parse().unwrap(), self.other.parse().unwrap());
        Source { stream, name, sequence, chunk: self.line % 1_000_000 }
    }

    pub fn customer(&self) -> CustomerCode {
        self.other.parse().unwrap()
    }

    pub fn product(&self) -> Product {
        Product {
            customer: self.customer(),
            contract: self.rev,
            msisdn: self.msisdn(),
            name: String::new(),
            address: String::new(),
            plan: 1,
            plan_description: String::new(),
            plan_value: Money { minor: 0, currency: Currency::COP },
        }
    }

    /// The days of a line on a contract.
    pub fn span(&self) -> LineSpan {
        LineSpan { line: self.msisdn(), profile: None, from: self.time().date_naive(), to: None }
    }

    /// The days of an additional plan.
    pub fn additional(&self) -> AdditionalSpan {
        AdditionalSpan { line: self.msisdn(), plan: self.plan(), from: self.time().date_naive(), to: None }
    }

    pub fn extension(&self) -> Extension {
        u64::from(self.line).try_into().unwrap()
    }

    pub fn recording(&self) -> Recording {
        Recording {
            id: self.rev.try_into().unwrap(),
            customer: self.customer(),
            extension: self.extension(),
            start: self.time(),
            seconds: 1,
            direction: Direction::In,
            origin: 1.try_into().unwrap(),
            destination: String::new(),
            files: std::collections::BTreeMap::new(),
            state: RecordingState::Kept,
        }
    }

    pub fn paper(&self) -> Document {
        Document {
            name: self.id.parse().unwrap(),
            customer: self.customer(),
            document: self.document(),
            segment: Segment::Corporate,
            created: self.time(),
        }
    }

    pub fn run(&self) -> RunId {
        self.id.parse().unwrap()
    }

    pub fn page(&self) -> PageId {
        PageId { list: u16::try_from(self.line % 10_000).unwrap(), page: self.line }
    }

    pub fn cycle_day(&self) -> CycleDay {
        (self.line % 31 + 1).try_into().unwrap()
    }

    pub fn given(&self) -> Given {
        let kind = if self.line.is_multiple_of(2) { DocumentKind::Invoice } else { DocumentKind::CreditNote };
        Given { number: self.id.parse().unwrap(), kind, series: self.other.parse().unwrap(), authorization: None }
    }

    /// A line, or all of a contract.
    pub fn subject(&self) -> Subject {
        if self.line.is_multiple_of(3) { Subject::All } else { Subject::Line(self.msisdn()) }
    }

    pub fn threshold(&self) -> Threshold {
        match self.line % 4 {
            0 => Threshold::Amount(i64::from(self.line + 1).try_into().unwrap()),
            1 => Threshold::RoamingCap(1.try_into().unwrap()),
            _ => Threshold::Allowance {
                plan: self.plan(),
                allowance: self.other.parse().unwrap(),
                percent: 80.try_into().unwrap(),
            },
        }
    }

    pub fn file(&self) -> FileId {
        let (stream, name) = (self.id.parse().unwrap(), self.other.parse().unwrap());
        FileId { stream, name, digest: format!("{:064x}", self.rev) }
    }

    /// A digest as parts have it.
    pub fn short(&self) -> String {
        format!("{:032x}", self.rev)
    }

    pub fn hook(&self) -> HookId {
        (self.line + 1).to_string().parse().unwrap()
    }

    /// One key of every entity, by its name in the map.
    pub fn keys(&self) -> Vec<(&'static str, Key)> {
        let (line, source) = (self.msisdn(), self.source());
        let (hour, day) = (Hour::of(self.time()), self.time().date_naive());
        let (stream, name) = source.file();
        vec![
            ("client", keys::client(&self.client())),
            ("client name", keys::client_name(&self.client())),
            ("wrong secrets", keys::wrong_secrets(&self.client(), &self.free, self.time())),
            ("revoked token", keys::revoked_token(&self.free)),
            ("stored answer", keys::stored_answer(&self.client(), &self.free)),
            ("plan", keys::plan(&self.plan())),
            ("offer", keys::offer(&self.offer())),
            ("catalogue service", keys::catalogue_service(&self.partnum())),
            ("subscriber", keys::subscriber(&line)),
            ("former line", keys::former_line(&line)),
            ("status change", keys::status_change(&line, self.rev)),
            ("acquisition", keys::acquisition(&line, &self.offer(), self.rev)),
            ("request", keys::request(&line, self.rev, &self.plan())),
            ("activation", keys::activation(&line, self.rev, &self.plan())),
            ("upgrade", keys::upgrade(&line, self.rev, &self.plan())),
            ("coming plan", keys::coming_plan(day, &self.plan(), &line, self.rev)),
            ("traffic", keys::traffic(&line, &self.traffic())),
            ("hour of a source", keys::hour_word(&line, hour, Some(&self.traffic().app), &source)),
            ("day of a source", keys::day_word(&line, day, &source)),
            ("shared call", keys::shared_call(&line, day, self.time(), &self.id.parse().unwrap())),
            ("shared session", keys::shared_session(&line, day, hour, self.rev.to_be_bytes())),
            ("call", keys::call(&line, self.time(), &self.id.parse().unwrap())),
            ("extension", keys::extension(self.extension())),
            ("recording of an extension", keys::recording_of_extension(&self.recording())),
            ("recording", keys::recording(self.recording().id)),
            ("erasure", keys::erasure(day, self.recording().id, self.rev)),
            ("site", keys::site(&self.document(), &self.id.parse().unwrap())),
            ("documented customer", keys::documented_customer(&self.document())),
            ("one documented customer", keys::one_documented_customer(&self.document(), &self.customer())),
            ("document", keys::document(&self.paper())),
            ("newest billing group", keys::newest_group(&self.customer())),
            ("place of a document", keys::document_place(&self.customer(), &self.paper().name)),
            ("billing group", keys::group(&self.customer(), &self.id.parse().unwrap())),
            ("customer", keys::customer(&self.customer())),
            ("bill", keys::bill(&self.customer(), self.time().date_naive(), &self.id.parse().unwrap())),
            ("product", keys::product(&self.product())),
            ("identity", keys::identity(&self.document(), &self.customer())),
            ("account", keys::account(&self.account())),
            ("profile of an account", keys::account_profile(&self.account(), &self.profile())),
            ("purchase", keys::purchase(&self.account(), self.rev)),
            ("account by document", keys::document_account(&self.document(), &self.account())),
            ("line of a profile", keys::profile_line(&self.profile(), &line)),
            ("profile", keys::profile(&self.profile())),
            ("services of a profile", keys::profile_services(&self.profile())),
            ("usage file", keys::usage_file(stream, name)),
            ("version of a usage file", keys::usage_file_version(stream, name, source.sequence)),
            ("arrival of a file", keys::arrival(day, stream, name, source.sequence, &format!("{:064x}", self.rev))),
            ("tariff", keys::tariff(source.sequence)),
            ("import lease", keys::import_lease()),
            ("contract", keys::contract(&self.contract())),
            ("charge", keys::charge(&self.contract(), &line, self.rev)),
            ("withdrawal", keys::withdrawal(&self.contract(), &line, self.rev)),
            ("additional plan", keys::additional_span(&self.contract(), &self.additional())),
            ("line of a contract", keys::line_span(&self.contract(), &self.span())),
            ("plan start", keys::plan_start(&self.contract(), &line, self.rev, self.time().date_naive())),
            ("change of services", keys::service_facts(&self.contract(), &self.profile(), self.rev)),
            ("adjustment", keys::adjustment(&self.contract(), &self.id.parse().unwrap())),
            ("contract of a cycle day", keys::cycle(self.cycle_day(), &self.contract())),
            ("bill run", keys::run(&self.run())),
            ("open page", keys::open_page(&self.run(), self.page())),
            ("done page", keys::done_page(&self.run(), self.page())),
            (
                "numbers of a list",
                keys::stretch(&self.run(), self.page().list, self.given().kind, self.time().date_naive()),
            ),
            ("returned number", keys::free_number(&self.run(), self.time().date_naive(), &self.given())),
            ("closing of a run", keys::closing(&self.run())),
            ("series", keys::series(&self.given().series)),
            ("newest series", keys::newest_series()),
            ("bill in full", keys::numbered(&self.given().number)),
            ("making of a document", keys::rendering(&self.given().number)),
            ("wanted document", keys::wanted(&self.given().number)),
            ("payment", keys::payment(&self.id.parse().unwrap())),
            ("row that was left", keys::left_row(&self.id.parse().unwrap(), &self.file().row(self.rev))),
            ("payment file", keys::payment_file(&self.file())),
            ("payment file that is done", keys::payment_file_done(&self.file())),
            ("arrival of a payment file", keys::payment_arrival(self.time().date_naive(), &self.file())),
            ("part", keys::part(&keys::numbered(&self.given().number), &self.short(), self.line as usize % 1_000)),
            (
                "part of a contract's books",
                keys::part(&keys::contract(&self.contract()), &self.short(), self.line as usize % 1_000),
            ),
            ("parked contract", keys::parked(&self.contract())),
            ("parking", keys::parking(&self.contract(), &self.run(), self.rev)),
            ("case", keys::case(&self.contract(), &self.run(), self.rev)),
            ("subscriptions of a client", keys::hook_index(&self.client())),
            ("subscription", keys::hook(&self.client(), self.hook())),
            ("end of a subscription", keys::hook_end(&self.client(), self.hook())),
            ("threshold", keys::threshold(&self.contract(), day, &self.subject(), &self.threshold())),
            ("agreement", keys::agreement(&self.contract(), day, &line)),
            ("watch of a contract", keys::contract_watch(&self.contract())),
            ("look", keys::look(hour, &self.contract(), &self.subject())),
            ("walk of looks", keys::looks_walked()),
        ]
    }
}
