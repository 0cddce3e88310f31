//! `crux models drift`: names that lead nowhere, retired models that are in use, prices that nobody has looked
//! at for long.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::{Answer, Client, Common, Trouble, view};
use crate::domain::time::Timestamp;
use crate::rpc::pb;

/// What `crux models drift` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Days after which a price list is old
    #[arg(long, value_name = "DAYS", default_value = "180")]
    max_price_age: u32,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Something that is out of date.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    kind: &'static str,
    subject: String,
    detail: String,
}

pub(super) async fn run(args: &Args, client: &mut Client) -> Result<Answer, Trouble> {
    let request = pb::ListModelsRequest {
        include_unavailable: true,
        ..Default::default()
    };
    let models = super::all(request, client).await?;
    let request = pb::ListProvidersRequest {
        page_size: super::PAGE,
        ..Default::default()
    };
    let providers = client.list_providers(request).await?.into_inner().providers;
    let age = Duration::from_secs(u64::from(args.max_price_age) * 24 * 60 * 60);
    let findings = findings(&models, &providers, age, now());
    let rows: Vec<Vec<String>> = findings
        .iter()
        .map(|found| vec![found.kind.to_owned(), found.subject.clone(), found.detail.clone()])
        .collect();
    let json: Vec<Value> = findings
        .iter()
        .map(|found| json!({"kind": found.kind, "subject": found.subject, "detail": found.detail}))
        .collect();
    Ok(Answer {
        json: json!({"findings": json}),
        text: if findings.is_empty() {
            "nothing is out of date\n".to_owned()
        } else {
            view::columns(&["WHAT", "WHICH", "WHY"], &rows)
        },
        is_good: findings.is_empty(),
    })
}

fn findings(models: &[pb::Model], providers: &[pb::Provider], age: Duration, now: Timestamp) -> Vec<Finding> {
    let listed: BTreeSet<&str> = providers
        .iter()
        .filter(|provider| provider.last_refresh_time.is_some())
        .map(|provider| provider.id.as_str())
        .collect();
    let mut found = Vec::new();
    let mut old_prices: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for model in models {
        let is_unavailable = matches!(
            model.state(),
            pb::model::State::Retired | pb::model::State::Disabled
        );
        for alias in &model.aliases {
            let detail = if is_unavailable {
                format!("stands for {}, which is {}", model.id, view::state(model))
            } else if model.list_time.is_none() && listed.contains(model.provider.as_str()) {
                format!("stands for {}, which its provider does not list", model.id)
            } else {
                continue;
            };
            found.push(Finding {
                kind: "alias",
                subject: alias.clone(),
                detail,
            });
        }
        let version = model
            .pricing
            .as_ref()
            .map_or("", |pricing| pricing.version.as_str());
        let day = version
            .rsplit_once('@')
            .and_then(|(_, day)| Timestamp::from_date(day));
        if !is_unavailable && day.is_some_and(|day| now.since(day) > age) {
            *old_prices.entry((model.provider.as_str(), version)).or_default() += 1;
        }
    }
    let days = age.as_secs() / (24 * 60 * 60);
    found.extend(
        old_prices
            .into_iter()
            .map(|((provider, version), count)| Finding {
                kind: "price",
                subject: format!("{provider} {version}"),
                detail: format!("{count} models, older than {days} days"),
            }),
    );
    found.sort();
    found
}

#[expect(
    clippy::disallowed_methods,
    reason = "the age of a price list is told by the day it is"
)]
fn now() -> Timestamp {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::findings;
    use crate::domain::time::Timestamp;
    use crate::rpc::pb;

    fn model(id: &str, alias: &str, state: pb::model::State, is_listed: bool, version: &str) -> pb::Model {
        pb::Model {
            id: id.to_owned(),
            provider: "p".to_owned(),
            aliases: vec![alias.to_owned()],
            state: state.into(),
            list_time: is_listed.then(prost_types::Timestamp::default),
            pricing: Some(pb::Pricing {
                version: version.to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    #[test]
    fn names_that_lead_nowhere_and_old_prices_are_found_and_nothing_else() {
        let models = [
            model(
                "p/fine",
                "p/default",
                pb::model::State::Active,
                true,
                "live@2026-11-01",
            ),
            model(
                "p/gone",
                "fast",
                pb::model::State::Retired,
                true,
                "live@2026-11-01",
            ),
            model(
                "p/never",
                "slow",
                pb::model::State::Active,
                false,
                "catalog@2025-01-01",
            ),
            model("p/own", "own", pb::model::State::Active, true, "ours"),
        ];
        let mut provider = pb::Provider {
            id: "p".to_owned(),
            last_refresh_time: Some(prost_types::Timestamp::default()),
            ..Default::default()
        };
        let now = Timestamp::from_date("2026-11-22").unwrap();
        let age = Duration::from_secs(90 * 24 * 60 * 60);

        let subjects = |provider: &pb::Provider| {
            let found = findings(&models, std::slice::from_ref(provider), age, now);
            found.into_iter().map(|found| found.subject).collect::<Vec<_>>()
        };

        assert_eq!(subjects(&provider), ["fast", "slow", "p catalog@2025-01-01"]);
        provider.last_refresh_time = None;
        assert_eq!(
            subjects(&provider),
            ["fast", "p catalog@2025-01-01"],
            "without a list nothing is missing from it"
        );
    }
}
