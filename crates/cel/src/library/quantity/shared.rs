//! Quantities as Kubernetes' functions hold them: changed in place where Go changes them.
//!
//! A quantity that is no small number (more than 18 digits, or `1.5Gi`) points to its decimal there, and
//! a sum is written into it: after `q.add(quantity('1Gi'))`, `q` is the sum too. A small one that is
//! compared with such a one becomes a decimal, and is no integer from then on. Policies are
//! decided by it, so it is the same here.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::amount::Amount;

/// A quantity.
#[derive(Debug)]
pub struct Quantity(Mutex<Held>);

#[derive(Debug, Clone)]
enum Held {
    /// A small amount, which no other quantity shares.
    Alone(Amount),
    /// A decimal, which sums share with their first operand.
    Shared(Arc<Mutex<Amount>>),
}

impl From<Amount> for Quantity {
    fn from(amount: Amount) -> Self {
        Self(Mutex::new(match amount {
            Amount::Small { .. } => Held::Alone(amount),
            Amount::Decimal { .. } => Held::Shared(Arc::new(Mutex::new(amount))),
        }))
    }
}

/// Equality by amount. It changes nothing, unlike [`Quantity::compare`].
impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.amount() == other.amount()
    }
}

impl Quantity {
    /// The amount that it has now.
    pub(super) fn amount(&self) -> Amount {
        match &*lock(&self.0) {
            Held::Alone(amount) => amount.clone(),
            Held::Shared(amount) => lock(amount).clone(),
        }
    }

    /// The order; if one of the two is a decimal, this one becomes a decimal.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let (amount, other) = (self.amount(), other.amount());
        if let Amount::Decimal { .. } = other
            && let Amount::Small { .. } = amount
        {
            *lock(&self.0) = Held::Shared(Arc::new(Mutex::new(amount.clone().into_decimal())));
        }
        amount.cmp(&other)
    }

    /// The sum, or nothing if it has too many digits. A decimal becomes the sum itself.
    pub(super) fn add(&self, other: &Amount) -> Option<Self> {
        self.change(|amount| amount.add(other))
    }

    /// The difference, or nothing if it has too many digits. A decimal becomes the difference itself.
    pub(super) fn sub(&self, other: &Amount) -> Option<Self> {
        self.change(|amount| amount.sub(other))
    }

    fn change(&self, operation: impl FnOnce(&Amount) -> Option<Amount>) -> Option<Self> {
        match &*lock(&self.0) {
            Held::Alone(amount) => operation(amount).map(Self::from),
            Held::Shared(shared) => {
                let mut amount = lock(shared);
                *amount = operation(&amount)?;
                Some(Self(Mutex::new(Held::Shared(Arc::clone(shared)))))
            }
        }
    }
}

/// Locks what only one evaluation knows, so never for long. Nothing panics while it is locked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
