//! `crux models set`: an administrator's changes of a model.

use clap::Args as ClapArgs;
use prost_types::FieldMask;

use super::{Answer, Client, Common, Trouble, one, view};
use crate::domain::usage::NanoUsd;
use crate::rpc::pb;

/// What `crux models set` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Id or alias
    model: String,
    /// Name for people
    #[arg(long)]
    name: Option<String>,
    /// In a sentence
    #[arg(long)]
    description: Option<String>,
    /// Another name it answers to, in place of those it has; may be given again
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    /// active, deprecated, retired or disabled
    #[arg(long, value_name = "STATE", value_parser = ["active", "deprecated", "retired", "disabled"])]
    state: Option<String>,
    /// Input and output tokens together
    #[arg(long, value_name = "TOKENS")]
    window: Option<i32>,
    /// Output tokens
    #[arg(long, value_name = "TOKENS")]
    max_output: Option<i32>,
    /// A feature it has, in place of those an administrator has set; may be given again
    #[arg(long, value_name = "FEATURE")]
    can: Vec<String>,
    /// A feature it lacks; may be given again
    #[arg(long, value_name = "FEATURE")]
    cannot: Vec<String>,
    /// A price in USD for a million tokens, such as input=1.25; all that are known at once
    #[arg(long, value_name = "KIND=USD")]
    price: Vec<String>,
    /// Which price list they are from [default: admin at today's date]
    #[arg(
        long,
        value_name = "VERSION",
        requires = "price",
        default_value = "",
        hide_default_value = true
    )]
    price_version: String,
    /// Go back to what the provider says of this field, such as `pricing`, or * for all; may be given again
    #[arg(long, value_name = "FIELD")]
    reset: Vec<String>,
    /// Only if the model still has this etag
    #[arg(long, value_name = "ETAG", default_value = "", hide_default_value = true)]
    etag: String,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) const EXAMPLES: &str = "\
crux models set openai/gpt-5-mini --alias openai/default --alias fast
  crux models set my-vllm/llama --window 32768 --can tools --price input=0 --price output=0
  crux models set openai/gpt-4o --state disabled
  crux models set openai/gpt-4o --reset state";

pub(super) async fn run(args: &Args, client: &mut Client) -> Result<Answer, Trouble> {
    let request = request(args).map_err(Trouble::Usage)?;
    let response = client.update_model(request).await?.into_inner();
    Ok(one(&response.model.unwrap_or_default()))
}

fn request(args: &Args) -> Result<pb::UpdateModelRequest, String> {
    let mut model = pb::Model {
        id: args.model.clone(),
        etag: args.etag.clone(),
        ..Default::default()
    };
    let mut paths = args.reset.clone();
    let mut path = |name: &str| paths.push(name.to_owned());
    if let Some(name) = &args.name {
        model.display_name.clone_from(name);
        path("display_name");
    }
    if let Some(description) = &args.description {
        model.description.clone_from(description);
        path("description");
    }
    if !args.alias.is_empty() {
        model.aliases.clone_from(&args.alias);
        path("aliases");
    }
    if let Some(state) = &args.state {
        let name = format!("STATE_{}", state.to_uppercase());
        model.state = pb::model::State::from_str_name(&name).unwrap_or_default().into();
        path("state");
    }
    if args.window.is_some() {
        model.context_window_tokens = args.window;
        path("context_window_tokens");
    }
    if args.max_output.is_some() {
        model.max_output_tokens = args.max_output;
        path("max_output_tokens");
    }
    let features = args.can.iter().map(|name| (name, true));
    let features: Vec<_> = features
        .chain(args.cannot.iter().map(|name| (name, false)))
        .collect();
    if !features.is_empty() {
        let mut capabilities = pb::ModelCapabilities::default();
        for (name, is_supported) in features {
            *view::feature(&mut capabilities, name)? = Some(is_supported);
        }
        model.capabilities = Some(capabilities);
        path("capabilities");
    }
    if !args.price.is_empty() {
        model.pricing = Some(pricing(args)?);
        path("pricing");
    }
    if paths.is_empty() {
        return Err("nothing to change: give at least one option, such as --alias or --reset".to_owned());
    }
    Ok(pb::UpdateModelRequest {
        model: Some(model),
        update_mask: Some(FieldMask { paths }),
    })
}

fn pricing(args: &Args) -> Result<pb::Pricing, String> {
    let mut pricing = pb::Pricing {
        version: args.price_version.clone(),
        ..Default::default()
    };
    for pair in &args.price {
        let wrong = || format!("--price: expected KIND=USD, such as input=1.25; found {pair:?}");
        let (kind, price) = pair.split_once('=').ok_or_else(wrong)?;
        let price = NanoUsd::from_decimal_usd(price)
            .filter(|price| price.0 >= 0)
            .ok_or_else(wrong)?;
        let slot = match kind {
            "input" => &mut pricing.input,
            "output" => &mut pricing.output,
            "cache_read" => &mut pricing.cache_read,
            "cache_write" => &mut pricing.cache_write,
            "input_image" => &mut pricing.input_image,
            "input_audio" => &mut pricing.input_audio,
            "output_image" => &mut pricing.output_image,
            "output_audio" => &mut pricing.output_audio,
            _ => {
                let kinds: Vec<_> = view::prices(&pricing).iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "--price: no kind {kind:?}; there are {}",
                    kinds.join(", ")
                ));
            }
        };
        *slot = Some(price.0);
    }
    Ok(pricing)
}
