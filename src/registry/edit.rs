//! An administrator's change of a model: what may be said, and that nobody else's change is lost.

use std::sync::Arc;

use super::{Registry, Snapshot, stored};
use crate::domain::audit::AuditRecord;
use crate::domain::error::{Error, Reason, Violation};
use crate::domain::model::{Changes, Model, ModelChange};
use crate::domain::time::Timestamp;
use crate::store::{Held as _, StoreError};

/// What is to be changed.
pub struct Edit<'a> {
    /// `<provider>/<model>`, or an alias.
    pub model: &'a str,
    /// The etag the caller has read; empty for whatever is there.
    pub etag: &'a str,
    /// Changes what was said before.
    pub apply: &'a (dyn Fn(&mut Changes) + Send + Sync),
    /// Who does it: kept with the change, or neither.
    pub record: Option<&'a AuditRecord>,
}

impl std::fmt::Debug for Edit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edit")
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// How often a change is put onto what another server wrote meanwhile.
const TRIES: usize = 3;
/// The most aliases of a model.
const MAX_ALIASES: usize = 32;
/// The longest alias.
const MAX_ALIAS_BYTES: usize = 128;

impl Registry {
    /// Changes what this server says and does about a model.
    ///
    /// # Errors
    /// `ModelNotFound`, `EtagMismatch`, `InvalidRequest` for aliases that cannot be, `ResourceExists` for one that
    /// another model has, `StoreUnavailable`.
    pub async fn edit(&self, edit: Edit<'_>, now: Timestamp) -> Result<Arc<Model>, Error> {
        for _ in 0..TRIES {
            let snapshot = self.snapshot();
            let model = snapshot.find(edit.model).ok_or_else(|| not_found(edit.model))?;
            if !edit.etag.is_empty() && edit.etag != model.etag {
                return Err(mismatch(&model.id));
            }
            let before = snapshot.change(&model.id);
            let mut changes = before.map(|change| change.changes.clone()).unwrap_or_default();
            (edit.apply)(&mut changes);
            check_aliases(&snapshot, &model.id, &changes)?;
            let change = ModelChange {
                model_id: model.id.clone(),
                changes,
                version: before.map_or(0, |change| change.version),
                update_time: now,
            };
            match self.store.save_model_change(&change, edit.record).await {
                Ok(_) => {
                    self.reload().await.map_err(|error| stored(&error))?;
                    let edited = self.snapshot();
                    return edited
                        .find(&model.id)
                        .cloned()
                        .ok_or_else(|| not_found(&model.id));
                }
                // Another server was first: what it wrote is read, and edited in turn.
                Err(StoreError::Stale) => self.reload().await.map_err(|error| stored(&error))?,
                Err(StoreError::Exists) => {
                    let message = "another model has one of the aliases";
                    return Err(Error::about(Reason::ResourceExists, MODEL, &model.id, message));
                }
                Err(error) => return Err(stored(&error)),
            }
        }
        Err(mismatch(edit.model))
    }
}

const MODEL: &str = "crux.v1.Model";

fn not_found(model: &str) -> Error {
    Error::new(Reason::ModelNotFound, format!("there is no model {model:?}")).with("model", model)
}

fn mismatch(model: &str) -> Error {
    let message = "the model was changed meanwhile: read it again";
    Error::about(Reason::EtagMismatch, MODEL, model, message)
}

fn check_aliases(snapshot: &Snapshot, id: &str, changes: &Changes) -> Result<(), Error> {
    let mut violations = Vec::new();
    let mut violated = |field: String, description: String| violations.push(Violation { field, description });
    let aliases = changes.aliases.as_deref().unwrap_or_default();
    if aliases.len() > MAX_ALIASES {
        let description = format!("expected at most {MAX_ALIASES}, found {}", aliases.len());
        violated("model.aliases".to_owned(), description);
    }
    for (index, alias) in aliases.iter().enumerate() {
        let field = format!("model.aliases[{index}]");
        let is_word =
            (1..=MAX_ALIAS_BYTES).contains(&alias.len()) && alias.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_word {
            let description =
                format!("expected 1 to {MAX_ALIAS_BYTES} visible ASCII characters, found {alias:?}");
            violated(field, description);
        } else if snapshot.models(None).any(|model| model.id == *alias) {
            violated(
                field,
                format!("expected a name that is free; {alias:?} is a model's id"),
            );
        } else if aliases.iter().take(index).any(|before| before == alias) {
            violated(
                field,
                format!("expected each alias once; {alias:?} is there twice"),
            );
        } else if let Some(other) = snapshot.alias(alias).filter(|other| *other != id)
            && snapshot
                .change(other)
                .is_some_and(|change| change.changes.aliases.is_some())
        {
            let message = format!("{other} has the alias {alias:?}");
            return Err(Error::about(Reason::ResourceExists, MODEL, other, message));
        }
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid(violations))
    }
}
