//! Messages that an expression makes: `google.protobuf.Int64Value{value: 1}`.

use super::Answer;
use super::machine::{Machine, added};
use super::step::Item;
use crate::error::Failure;
use crate::protobuf::Message;

/// The units for making a message, as cel-go counts them.
const OF_MESSAGE: u64 = 40;

impl<'a> Machine<'_, 'a> {
    /// Makes a message. Each field has its place; of those that are given twice, the last counts.
    pub(super) fn message(&mut self, message: Message, fields: &[(usize, Item)]) -> Answer<'a> {
        let mut values = [None, None];
        let mut failed: Option<Failure> = None;
        for (place, item) in fields {
            match self.attempt(&item.step)?.and_then(|value| added(value, item.optional)) {
                Ok(None) => {}
                Ok(given) => {
                    if let Some(value) = values.get_mut(*place) {
                        *value = given;
                    }
                }
                Err(failure) => {
                    failed = Some(failure);
                    break;
                }
            }
        }
        self.meter.charge(OF_MESSAGE)?;
        let [first, second] = values;
        match failed {
            Some(failure) => Err(failure.into()),
            None => Ok(message.make(first, second.as_ref())?),
        }
    }
}
