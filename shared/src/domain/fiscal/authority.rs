//! How a bill stands with the tax office. Where the office has to agree, a bill is an invoice only when it has.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How a bill stands with the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It has not answered yet.
    Pending,
    /// It has agreed: the bill is an invoice.
    Authorised,
    /// It has refused: the bill is no invoice, and a person has to look at it.
    Rejected,
    /// It does not answer: the bill is handed out under the office's rules for that, and told later.
    Contingency,
}

/// What an office has said of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It agrees.
    Authorised(Authorisation),
    /// It refuses, and why.
    Rejected(String),
    /// It has the bill and will answer: its name for the delivery, to ask by.
    Received(String),
}

/// What an office gives to a bill it agrees to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    /// The seal, or the authorisation's number.
    pub seal: String,
    /// The text of the QR code, where it follows from a signature or from the office's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<String>,
    /// Who has given it, where it is a certifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// How a bill stands, since when, and what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiscalState {
    /// How.
    pub standing: Standing,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The office's name for a delivery it has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<Authorisation>,
}

impl FiscalState {
    /// A bill that is issued.
    pub const fn issued(at: DateTime<Utc>) -> Self {
        Self { standing: Standing::Pending, since: at, receipt: None, why: None, authorisation: None }
    }

    /// Whether nothing that an office says changes it any more.
    pub const fn is_settled(&self) -> bool {
        matches!(self.standing, Standing::Authorised | Standing::Rejected)
    }

    /// The state after an answer. An office may answer twice, and late: what is settled stays.
    #[must_use]
    pub fn after(&self, answer: Answer, now: DateTime<Utc>) -> Self {
        if self.is_settled() {
            return self.clone();
        }
        match answer {
            Answer::Authorised(given) => {
                Self { standing: Standing::Authorised, authorisation: Some(given), ..Self::issued(now) }
            }
            Answer::Rejected(why) => Self { standing: Standing::Rejected, why: Some(why), ..Self::issued(now) },
            Answer::Received(receipt) => Self { receipt: Some(receipt), ..self.clone() },
        }
    }

    /// The state when the office does not answer in time: it stays pending for a while, and then is handed out without.
    #[must_use]
    pub fn without_answer(&self, patience: chrono::TimeDelta, now: DateTime<Utc>) -> Self {
        if self.standing == Standing::Pending && now - self.since >= patience {
            Self { standing: Standing::Contingency, since: now, ..self.clone() }
        } else {
            self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn agreed() -> Answer {
        Answer::Authorised(Authorisation { seal: "S".to_owned(), ..Authorisation::default() })
    }

    #[test]
    fn a_late_answer_ends_a_contingency() {
        let hour = TimeDelta::hours(1);
        let issued = FiscalState::issued(at(0));
        assert_eq!(issued.without_answer(hour, at(59)), issued);
        let without = issued.after(Answer::Received("7".to_owned()), at(1)).without_answer(hour, at(60));
        assert_eq!((without.standing, without.receipt.as_deref()), (Standing::Contingency, Some("7")));
        let settled = without.after(agreed(), at(600));
        assert_eq!((settled.standing, settled.since, settled.receipt.is_none()), (Standing::Authorised, at(600), true));
    }

    proptest! {
        #[test]
        fn what_is_settled_stays(answers in proptest::collection::vec(0..4_u8, 0..8)) {
            let mut state = FiscalState::issued(at(0));
            for (minute, answer) in (1..).zip(answers) {
                let next = match answer {
                    0 => state.after(agreed(), at(minute)),
                    1 => state.after(Answer::Rejected("no".to_owned()), at(minute)),
                    2 => state.after(Answer::Received("7".to_owned()), at(minute)),
                    _ => state.without_answer(TimeDelta::minutes(2), at(minute)),
                };
                prop_assert!(!state.is_settled() || next == state);
                prop_assert_eq!(next.standing == Standing::Authorised, next.authorisation.is_some());
                prop_assert_eq!(next.standing == Standing::Rejected, next.why.is_some());
                state = next;
            }
        }
    }
}
