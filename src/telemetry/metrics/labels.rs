//! The labels of metrics. Every value is of a closed set: what the server was configured with, what the contract
//! names, what its own registry knows. Nothing that a caller wrote is ever one.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;

/// What stands for all that is not of the set.
pub(super) const OTHER: &str = "other";

/// A provider, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfProvider {
    pub(super) gen_ai_provider_name: Arc<str>,
}

/// A provider, and how something at it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Ended {
    pub(super) gen_ai_provider_name: Arc<str>,
    pub(super) outcome: &'static str,
}

/// A model of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfModel {
    pub(super) gen_ai_provider_name: Arc<str>,
    pub(super) gen_ai_request_model: Arc<str>,
}

/// Tokens of a kind, of a model.
#[expect(
    clippy::struct_field_names,
    reason = "labels have the names that the conventions give them"
)]
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfTokens {
    pub(super) gen_ai_provider_name: Arc<str>,
    pub(super) gen_ai_request_model: Arc<str>,
    pub(super) gen_ai_token_type: &'static str,
}

/// An RPC, by its full name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfMethod {
    pub(super) rpc_method: &'static str,
}

/// An RPC, and the code that it ended with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfCode {
    pub(super) rpc_method: &'static str,
    pub(super) rpc_response_status_code: &'static str,
}

/// An RPC, and why it failed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfError {
    pub(super) rpc_method: &'static str,
    pub(super) error_type: &'static str,
}

/// A word for why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Cause {
    pub(super) cause: &'static str,
}

/// A state that something is in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct State {
    pub(super) state: &'static str,
}

/// Something that is held in memory of the database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfTopic {
    pub(super) topic: &'static str,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Build {
    pub(super) version: &'static str,
    pub(super) revision: &'static str,
}
