//! Models as they go out in lists: each is encoded once for as long as nothing changes, not once a call.

use std::fmt;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use bytes::Bytes;
use prost::Message as _;

use crate::domain::model::Model;
use crate::registry::Snapshot;
use crate::rpc::convert::model as convert;

/// `crux.v1.ListModelsResponse` as the server writes it: on the wire a message is its bytes behind their length.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListedRows {
    /// Encoded `crux.v1.Model`s.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub models: Vec<Bytes>,
    /// Empty on the last page.
    #[prost(string, tag = "2")]
    pub next_page_token: String,
}

/// The rows of the snapshot that was asked for last.
#[derive(Debug)]
pub(super) struct Rows(ArcSwap<Sheet>);

/// The rows of one snapshot, in order of id.
#[derive(Debug)]
pub(super) struct Sheet {
    snapshot: Arc<Snapshot>,
    rows: Vec<Row>,
}

/// A model, and its encoded forms as soon as somebody has asked for them.
pub(super) struct Row {
    pub(super) model: Arc<Model>,
    for_admins: OnceLock<Bytes>,
    for_others: OnceLock<Bytes>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Row").field(&self.model.id).finish()
    }
}

impl Rows {
    /// No rows, before anybody asks.
    pub(super) fn new() -> Self {
        Self(ArcSwap::from_pointee(Sheet::of(Arc::default())))
    }

    /// The rows of `snapshot`.
    pub(super) fn of(&self, snapshot: Arc<Snapshot>) -> Arc<Sheet> {
        let held = self.0.load_full();
        if Arc::ptr_eq(&held.snapshot, &snapshot) {
            return held;
        }
        // Two calls may do this at once, right after a change: both are right, and one is kept.
        let sheet = Arc::new(Sheet::of(snapshot));
        self.0.store(Arc::clone(&sheet));
        sheet
    }
}

impl Sheet {
    fn of(snapshot: Arc<Snapshot>) -> Self {
        let row = |model: &Arc<Model>| Row {
            model: Arc::clone(model),
            for_admins: OnceLock::new(),
            for_others: OnceLock::new(),
        };
        Self {
            rows: snapshot.models(None).map(row).collect(),
            snapshot,
        }
    }

    /// The rows behind the id `after`.
    pub(super) fn after(&self, after: Option<&str>) -> &[Row] {
        let start = after.map_or(0, |after| {
            self.rows.partition_point(|row| row.model.id.as_str() <= after)
        });
        self.rows.get(start..).unwrap_or_default()
    }
}

impl Row {
    /// The model as `crux.v1.Model` on the wire.
    pub(super) fn encoded(&self, is_for_admin: bool) -> Bytes {
        let form = if is_for_admin {
            &self.for_admins
        } else {
            &self.for_others
        };
        let encode = || convert::model(&self.model, is_for_admin).encode_to_vec().into();
        form.get_or_init(encode).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use prost::Message as _;

    use super::{ListedRows, Row, Rows};
    use crate::domain::model::{Facts, Model, ModelState};
    use crate::domain::time::Timestamp;
    use crate::registry::Snapshot;
    use crate::rpc::pb;

    #[test]
    fn encoded_rows_read_as_the_contracts_message() {
        let model = pb::Model {
            id: "a/b".to_owned(),
            input_modalities: vec![1, 2],
            ..Default::default()
        };
        let rows = ListedRows {
            models: vec![
                model.encode_to_vec().into(),
                pb::Model::default().encode_to_vec().into(),
            ],
            next_page_token: "more".to_owned(),
        };

        let read = pb::ListModelsResponse::decode(rows.encode_to_vec().as_slice()).unwrap();

        assert_eq!(read.models, [model, pb::Model::default()]);
        assert_eq!(read.next_page_token, "more");
    }

    #[test]
    fn only_admins_see_whether_a_model_is_used() {
        let model = Model {
            id: "a/b".to_owned(),
            provider: "a".to_owned(),
            provider_model: "b".to_owned(),
            facts: Facts::default(),
            aliases: Vec::new(),
            state: ModelState::Active,
            list_time: None,
            last_use_time: Some(Timestamp(7)),
            update_time: Timestamp(1),
            etag: String::new(),
        };
        let row = Row {
            model: Arc::new(model),
            for_admins: OnceLock::new(),
            for_others: OnceLock::new(),
        };
        let seen = |is_for_admin| pb::Model::decode(row.encoded(is_for_admin)).unwrap();

        assert!(seen(true).last_use_time.is_some());
        assert_eq!(seen(false).last_use_time, None);
        assert_eq!(seen(false).id, "a/b");
    }

    #[test]
    fn rows_are_those_of_the_snapshot_that_is_asked_for() {
        let rows = Rows::new();
        let (one, other) = (Arc::new(Snapshot::default()), Arc::new(Snapshot::default()));

        let first = rows.of(Arc::clone(&one));

        assert!(Arc::ptr_eq(&first, &rows.of(one)));
        assert!(Arc::ptr_eq(&rows.of(Arc::clone(&other)).snapshot, &other));
    }
}
