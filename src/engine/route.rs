//! A model's name to the places it can be asked at. Pure.

use std::sync::Arc;

use crate::domain::call::ChatCall;
use crate::domain::error::{Error, Reason, Violation};
use crate::domain::principal::ModelPolicy;
use crate::engine::{Engine, Request, Route};
use crate::wire::dialect::{Dialect, Target};

/// One model at one provider.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) route: Arc<Route>,
    /// The provider's own model id.
    pub(super) model: String,
    pub(super) dialect: &'static dyn Dialect,
}

impl Candidate {
    /// `<provider>/<model>`.
    pub(super) fn id(&self) -> String {
        format!("{}/{}", self.route.endpoint.id, self.model)
    }

    pub(super) fn target(&self) -> Target<'_> {
        Target {
            provider: &self.route.endpoint.id,
            model: &self.model,
        }
    }
}

/// The candidate, if the caller may ask it: by the name it has here, whatever the caller called it.
fn allowed(candidate: Candidate, policy: &ModelPolicy) -> Result<Candidate, Error> {
    let id = candidate.id();
    if policy.allows(&id) {
        return Ok(candidate);
    }
    let message = format!("the tenant's policy does not allow the model {id:?}");
    Err(Error::new(Reason::ModelNotAllowed, message).with("model", id))
}

impl Engine {
    /// Puts the models that aliases stand for in their place.
    pub(super) fn resolve(&self, request: &mut Request) {
        for name in std::iter::once(&mut request.model).chain(&mut request.fallback_models) {
            if let Some(id) = self.models.resolve(name) {
                *name = id;
            }
        }
    }

    /// The candidates of a request in the order they are tried; at least one.
    pub(super) fn plan(&self, request: &Request) -> Result<Vec<Candidate>, Error> {
        let mut violations = self.unknown_options(&request.call);
        let first = self.candidate("model", &request.model, &mut violations);
        let others: Vec<_> = request.fallback_models.iter().enumerate().collect();
        let others = others
            .into_iter()
            .map(|(index, model)| {
                self.candidate(
                    &format!("routing.fallback_models[{index}]"),
                    model,
                    &mut violations,
                )
            })
            .collect::<Vec<_>>();
        if !violations.is_empty() {
            return Err(Error::invalid(violations));
        }
        std::iter::once(first)
            .chain(others)
            .map(|found| found.unwrap_or_else(|| Err(Error::invalid(Vec::new()))))
            .map(|found| allowed(found?, &request.policy))
            .collect()
    }

    /// `None` after a violation was noted.
    fn candidate(
        &self,
        field: &str,
        model: &str,
        violations: &mut Vec<Violation>,
    ) -> Option<Result<Candidate, Error>> {
        let Some((provider, own)) = model.split_once('/').filter(|(_, own)| !own.is_empty()) else {
            let description =
                format!("expected \"<provider>/<model>\", such as \"openai/gpt-5\"; found {model:?}");
            violations.push(Violation {
                field: field.to_owned(),
                description,
            });
            return None;
        };
        let Some(route) = self.routes.get(provider) else {
            let known: Vec<_> = self.routes.keys().map(String::as_str).collect();
            let message = format!("no provider {provider:?}; this server has {}", known.join(", "));
            return Some(Err(
                Error::new(Reason::ModelNotFound, message).with("model", model)
            ));
        };
        if self.models.is_disabled(model) {
            let message = format!("the model {model:?} is switched off on this server");
            return Some(Err(
                Error::new(Reason::ModelNotFound, message).with("model", model)
            ));
        }
        let dialect = route.endpoint.dialects.for_model(own);
        Some(Ok(Candidate {
            route: Arc::clone(route),
            model: own.to_owned(),
            dialect,
        }))
    }

    /// Options for a provider that does not exist would be dropped in silence: a typing error.
    fn unknown_options(&self, call: &ChatCall) -> Vec<Violation> {
        let of_parts = call.messages.iter().enumerate().flat_map(|(message, content)| {
            content.content.iter().enumerate().map(move |(part, content)| {
                (
                    format!("messages[{message}].content[{part}].provider_options"),
                    &content.provider_options,
                )
            })
        });
        let of_call = std::iter::once(("provider_options".to_owned(), &call.provider_options));
        let mut violations = Vec::new();
        for (path, options) in of_call.chain(of_parts).filter(|(_, options)| !options.is_empty()) {
            for id in options.providers().filter(|id| !self.routes.contains_key(*id)) {
                let description = format!("no provider {id:?} on this server");
                violations.push(Violation {
                    field: format!("{path}.{id}"),
                    description,
                });
            }
        }
        violations
    }
}
