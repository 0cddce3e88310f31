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
    /// Days within which a model that answered a chat counts as in use; known to admins alone
    #[arg(long, value_name = "DAYS", default_value = "30")]
    used_within: u32,
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
    let limits = Limits {
        price_age: days(args.max_price_age),
        use_age: days(args.used_within),
    };
    let findings = findings(&models, &providers, &limits, now());
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

/// How old what may be.
#[derive(Debug)]
struct Limits {
    /// A price list.
    price_age: Duration,
    /// A use that counts.
    use_age: Duration,
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

fn findings(
    models: &[pb::Model],
    providers: &[pb::Provider],
    limits: &Limits,
    now: Timestamp,
) -> Vec<Finding> {
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
        let used = model
            .last_use_time
            .filter(|_| model.state() == pb::model::State::Retired);
        if let Some(used) = used.filter(|used| now.since(moment(used)) <= limits.use_age) {
            found.push(Finding {
                kind: "use",
                subject: model.id.clone(),
                detail: format!("is retired, and answered a chat on {}", moment(&used).date()),
            });
        }
        let version = model
            .pricing
            .as_ref()
            .map_or("", |pricing| pricing.version.as_str());
        let day = version
            .rsplit_once('@')
            .and_then(|(_, day)| Timestamp::from_date(day));
        if !is_unavailable && day.is_some_and(|day| now.since(day) > limits.price_age) {
            *old_prices.entry((model.provider.as_str(), version)).or_default() += 1;
        }
    }
    let days = limits.price_age.as_secs() / (24 * 60 * 60);
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

fn moment(time: &prost_types::Timestamp) -> Timestamp {
    Timestamp(
        time.seconds
            .saturating_mul(1_000_000)
            .saturating_add(i64::from(time.nanos) / 1000),
    )
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
    use super::{Limits, days, findings};
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
        let limits = Limits {
            price_age: days(90),
            use_age: days(30),
        };

        let subjects = |provider: &pb::Provider| {
            let found = findings(&models, std::slice::from_ref(provider), &limits, now);
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

    #[test]
    fn a_retired_model_that_somebody_uses_is_found() {
        let now = Timestamp::from_date("2026-11-22").unwrap();
        let used = |id: &str, state, days_ago: i64| pb::Model {
            id: id.to_owned(),
            state: i32::from(state),
            last_use_time: Some(prost_types::Timestamp {
                seconds: now.0 / 1_000_000 - days_ago * 24 * 60 * 60,
                nanos: 0,
            }),
            ..Default::default()
        };
        let models = [
            used("p/gone", pb::model::State::Retired, 2),
            used("p/long-gone", pb::model::State::Retired, 31),
            used("p/fine", pb::model::State::Active, 2),
            pb::Model {
                last_use_time: None,
                ..used("p/unused", pb::model::State::Retired, 2)
            },
        ];
        let limits = Limits {
            price_age: days(90),
            use_age: days(30),
        };

        let found = findings(&models, &[], &limits, now);

        let found: Vec<_> = found
            .iter()
            .map(|found| (found.kind, found.subject.as_str(), found.detail.as_str()))
            .collect();
        assert_eq!(
            found,
            [("use", "p/gone", "is retired, and answered a chat on 2026-11-20")]
        );
    }
}
