//! The rules that hold on every schedule.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Kind, Plan};
use crate::queue::Time;
use crate::server::{Change, State, Value};

/// What was shown, what arrived, and how often was loaded.
#[derive(Debug, Default)]
pub(super) struct Rules {
    shown: State,
    /// The greatest value of each key that was ever shown.
    greatest: State,
    /// The values that a live state must contain.
    owed: BTreeMap<usize, Value>,
    applied: BTreeSet<usize>,
    snapshot: State,
    /// An event could not be applied since the last snapshot.
    pub(super) lacks_event: bool,
    loads: u64,
    /// How many loads beyond the first have a reason: gaps, failures, refusals and wishes.
    pub(super) reasons: u64,
    has_been_early: bool,
    last_load: Option<Time>,
}

impl Rules {
    pub(super) fn shown(&self) -> &State {
        &self.shown
    }

    /// Notes that a live state must contain a change.
    pub(super) fn owe(&mut self, change: Change) {
        let value = self.owed.entry(change.key).or_default();
        *value = change.value.max(*value);
    }

    pub(super) fn load(&mut self, now: Time, is_open: bool) -> Result<(), String> {
        self.loads += 1;
        if !is_open && !self.has_been_early {
            self.has_been_early = true;
            self.reasons += 1;
        }
        if self.last_load.is_some_and(|last| now < last + 1_000) {
            return Err("two loads begin within a second".to_owned());
        }
        self.last_load = Some(now);
        if self.loads > self.reasons + 1 {
            return Err(format!(
                "load {} has no reason: there were {} beside the first",
                self.loads, self.reasons
            ));
        }
        Ok(())
    }

    pub(super) fn replace(&mut self, state: State) {
        self.lacks_event = false;
        self.snapshot.clone_from(&state);
        self.shown = state;
    }

    pub(super) fn apply(&mut self, change: Change, plan: &Plan) -> Result<(), String> {
        if self.lacks_event {
            return Err(format!(
                "{change:?} is applied to a state that lacks another"
            ));
        }
        self.shown.insert(change.key, change.value);
        if plan.kind == Kind::Nothing {
            return Ok(());
        }
        if !self.applied.insert(change.index) {
            return Err(format!("{change:?} is applied twice"));
        }
        let contained = self.snapshot.get(&change.key);
        if contained.is_some_and(|value| *value >= change.value) {
            return Err(format!("{change:?} is applied to a state that contains it"));
        }
        Ok(())
    }

    /// Checks what is shown as live.
    pub(super) fn check_live(&mut self, plan: &Plan) -> Result<(), String> {
        let value = |state: &State, key: usize| state.get(&key).copied().unwrap_or(0);
        for key in 0..plan.keys {
            let shown = value(&self.shown, key);
            let before = value(&self.greatest, key);
            if plan.kind != Kind::Nothing && shown < before {
                return Err(format!("key {key} is live as {shown}, and was {before}"));
            }
            let owed = value(&self.owed, key);
            if plan.kind != Kind::Nothing && shown < owed {
                return Err(format!(
                    "key {key} is live as {shown}, and {owed} is missing"
                ));
            }
            self.greatest.insert(key, shown.max(before));
        }
        Ok(())
    }
}
