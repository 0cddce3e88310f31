//! Sampling, response format and the rest of a request's knobs.

use serde_json::{Map, Value, json};

use crate::domain::call::{JsonSchemaFormat, Modality, ResponseFormat, ServiceTier};
use crate::wire::dialect::EncodeError;

use super::encode::Writer;
use super::models::SamplingRule;
use super::schema;

/// The least top-p that goes with thinking.
const LEAST_TOP_P_WITH_THINKING: f64 = 0.95;

impl Writer<'_> {
    /// Writes the knobs that stand on their own.
    pub(super) fn parameters(
        &mut self,
        thinks: bool,
        body: &mut Map<String, Value>,
    ) -> Result<(), EncodeError> {
        self.sampling(thinks, body);
        let call = self.call;
        if !call.sampling.stop_sequences.is_empty() {
            let sequences = call.sampling.stop_sequences.clone();
            body.insert("stop_sequences".to_owned(), sequences.into());
        }
        if let Some(user) = &call.end_user_hash {
            body.insert("metadata".to_owned(), json!({"user_id": user}));
        }
        match call.service_tier {
            None => {}
            Some(ServiceTier::Standard) => {
                body.insert("service_tier".to_owned(), "standard_only".into());
            }
            // Priority capacity where the account has it.
            Some(ServiceTier::Priority) => {
                body.insert("service_tier".to_owned(), "auto".into());
            }
            Some(ServiceTier::Flex) => {
                self.notes
                    .left_out("service_tier", "the API has no slower tier for single calls");
            }
        }
        if call.prompt_cache_key.is_some() {
            let message = "the API caches by cache marks alone";
            self.notes.left_out("prompt_cache_key", message);
        }
        match call
            .output_modalities
            .iter()
            .find(|wanted| **wanted != Modality::Text)
        {
            Some(_) => Err(EncodeError::unsupported(
                "output_modalities",
                "the API puts out text only",
            )),
            None => Ok(()),
        }
    }

    fn sampling(&mut self, thinks: bool, body: &mut Map<String, Value>) {
        let sampling = &self.call.sampling;
        if let Some(temperature) = sampling.temperature {
            match self.against_temperature(temperature, thinks) {
                Some(message) => self.notes.left_out("temperature", message),
                None => put(body, "temperature", temperature),
            }
        }
        if let Some(top_p) = sampling.top_p {
            match self.against_top_p(top_p, thinks, body.contains_key("temperature")) {
                Some(message) => self.notes.left_out("top_p", message),
                None => put(body, "top_p", top_p),
            }
        }
        if let Some(top_k) = sampling.top_k {
            match self.against_sampling(thinks) {
                Some(message) => self.notes.left_out("top_k", message),
                None => {
                    body.insert("top_k".to_owned(), top_k.into());
                }
            }
        }
        for (field, is_set) in [
            ("seed", sampling.seed.is_some()),
            ("presence_penalty", sampling.presence_penalty.is_some()),
            ("frequency_penalty", sampling.frequency_penalty.is_some()),
            ("top_logprobs", sampling.top_logprobs.is_some()),
        ] {
            if is_set {
                self.notes.left_out(field, "the API has no such parameter");
            }
        }
    }

    /// Why the model takes no change to its sampling, if so.
    fn against_sampling(&self, thinks: bool) -> Option<&'static str> {
        match self.model.sampling {
            SamplingRule::None => Some("this model takes no sampling parameters"),
            SamplingRule::All | SamplingRule::OneOf if thinks => {
                Some("the model takes it only without reasoning")
            }
            SamplingRule::All | SamplingRule::OneOf => None,
        }
    }

    fn against_temperature(&self, temperature: f64, thinks: bool) -> Option<&'static str> {
        if !temperature.is_finite() {
            return Some("it is no number");
        }
        // The API's range ends at 1, which is its default: leaving it out is the nearest there is.
        if temperature > 1.0 {
            return Some("the API takes 0 to 1");
        }
        let is_default = (temperature - 1.0).abs() < f64::EPSILON;
        if is_default && self.model.sampling != SamplingRule::None {
            return None;
        }
        self.against_sampling(thinks)
    }

    fn against_top_p(&self, top_p: f64, thinks: bool, has_temperature: bool) -> Option<&'static str> {
        if !top_p.is_finite() {
            return Some("it is no number");
        }
        if has_temperature && self.model.sampling == SamplingRule::OneOf {
            return Some("this model takes temperature or top_p, not both; temperature was sent");
        }
        self.against_sampling(thinks && top_p < LEAST_TOP_P_WITH_THINKING)
    }

    /// Writes the response format, or asks for it in the prompt where that is allowed.
    pub(super) fn response_format(&mut self, system: &mut Vec<Value>) -> Result<Option<Value>, EncodeError> {
        match &self.call.response_format {
            None => Ok(None),
            Some(ResponseFormat::JsonObject) => {
                self.notes.changed(
                    "response_format",
                    "the API has no JSON mode; JSON was asked for in the prompt",
                );
                system.push(text_block(
                    "Answer with one JSON object and nothing else: no prose, no code fence.",
                ));
                Ok(None)
            }
            Some(ResponseFormat::JsonSchema(format)) if self.model.has_structured_output => {
                Ok(Some(json!({"type": "json_schema", "schema": schema_of(format)})))
            }
            Some(ResponseFormat::JsonSchema(format)) if format.strict == Some(false) => {
                self.notes.changed(
                    "response_format",
                    "this model enforces no schema; it was asked for in the prompt",
                );
                let request = format!(
                    "Answer with one JSON value and nothing else: no prose, no code fence. \
                     It must follow this JSON Schema:\n{}",
                    format.schema
                );
                system.push(text_block(&request));
                Ok(None)
            }
            Some(ResponseFormat::JsonSchema(_)) => {
                let message =
                    "this model enforces no schema; with strict = false it is asked for in the prompt";
                Err(EncodeError::unsupported("response_format", message))
            }
        }
    }
}

/// The format's schema in the form the API enforces, with the format's description if it has none.
fn schema_of(format: &JsonSchemaFormat) -> Value {
    let mut schema = schema::enforceable(&format.schema);
    if let Value::Object(fields) = &mut schema
        && !format.description.is_empty()
        && !fields.contains_key("description")
    {
        schema::describe(fields, &format.description);
    }
    schema
}

fn text_block(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn put(body: &mut Map<String, Value>, field: &str, number: f64) {
    body.insert(field.to_owned(), number.into());
}
