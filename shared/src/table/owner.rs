//! An owner, and what is its: asked for in an order that tells a caller nothing of what it may not see.
//!
//! Who may be refused waits for the owner, so a refusal costs nothing of what is refused, and takes as long as for
//! something unknown. Who sees every customer is refused nothing, and both are read at the same time.

use std::pin::pin;

use futures_util::future::{Either, select};

use super::Reader;
use super::item::Item;
use super::keys::Range;
use super::page::{Paged, Sieve, Window};
use super::read::Freshness;
use crate::domain::owned::{Owned, Sight};
use crate::error::Result;

/// An owner that the caller may see, and what is its. When the owner is refused, what is its is not waited for.
///
/// # Errors
/// The owner's before those of what is its.
pub async fn owner_first<O, T>(
    sight: &impl Sight,
    owner: impl Future<Output = Result<O>>,
    content: impl Future<Output = Result<T>>,
) -> Result<(O, T)> {
    if !sight.sees_all() {
        let owner = owner.await?;
        return Ok((owner, content.await?));
    }
    match select(pin!(owner), pin!(content)).await {
        Either::Left((owner, content)) => {
            let owner = owner?;
            Ok((owner, content.await?))
        }
        Either::Right((content, owner)) => Ok((owner.await?, content?)),
    }
}

impl Reader {
    /// An owner and a page of what it lists, as far as it is still its own; none when the caller may not see the owner.
    ///
    /// Read at the same time, the page cannot be filtered by its owner, so it is read once more when it has to be.
    pub(super) async fn owner_and_list<O: Owned, T>(
        &self,
        sight: &impl Sight,
        owner: impl Future<Output = Result<Option<O>>>,
        (range, window): (Range, &Window),
        read: impl Fn(Item) -> Result<T>,
        is_of: impl Fn(&T, &O) -> bool,
    ) -> Result<Option<(O, Paged<T>)>> {
        let owner = if sight.sees_all() {
            let all = |item| read(item).map(Some);
            let listed = self.page(range.clone(), Freshness::Eventual, window, Sieve::All, all);
            let (owner, listed) = tokio::join!(owner, listed);
            let (Some(owner), listed) = (owner?, listed?) else { return Ok(None) };
            if listed.rows.iter().all(|row| is_of(row, &owner)) {
                return Ok(Some((owner, listed)));
            }
            owner
        } else {
            let Some(owner) = owner.await?.filter(|owner| sight.sees(owner.customer())) else { return Ok(None) };
            owner
        };
        let own = |item| read(item).map(|row| Some(row).filter(|row| is_of(row, &owner)));
        let listed = self.page(range, Freshness::Eventual, window, Sieve::All, own).await?;
        Ok(Some((owner, listed)))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use super::*;
    use crate::domain::ids::CustomerCode;
    use crate::domain::owned::Everybody;
    use crate::error::Error;

    struct Nobody;

    impl Sight for Nobody {
        fn sees(&self, _: &CustomerCode) -> bool {
            false
        }

        fn sees_all(&self) -> bool {
            false
        }
    }

    const NOT_FOUND: Error = Error::NotFound("it");

    /// An owner that is refused, not at once.
    async fn late() -> Result<()> {
        tokio::task::yield_now().await;
        Err(NOT_FOUND)
    }

    #[tokio::test]
    async fn what_is_refused_is_not_asked_for_and_not_waited_for() {
        let asked = Cell::new(false);
        let content = async {
            asked.set(true);
            Ok(())
        };
        let refused = owner_first(&Nobody, late(), content).await;
        assert!(matches!(refused, Err(Error::NotFound(_))) && !asked.get());
        let unknown = owner_first(&Everybody, ready(Err::<(), _>(NOT_FOUND)), pending::<Result<()>>()).await;
        assert!(matches!(unknown, Err(Error::NotFound(_))));
    }

    #[tokio::test]
    async fn the_owner_answers_before_the_content() {
        let broken = || ready(Err::<(), _>(Error::internal("broken")));
        assert!(matches!(owner_first(&Everybody, late(), broken()).await, Err(Error::NotFound(_))));
        assert!(matches!(owner_first(&Everybody, ready(Ok(1)), broken()).await, Err(Error::Internal(_))));
        assert_eq!(owner_first(&Nobody, ready(Ok(1)), ready(Ok(2))).await.ok(), Some((1, 2)));
    }
}
