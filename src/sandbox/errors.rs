//! The providers' error bodies, each in its own words; when an error is due is decided elsewhere.

use http::StatusCode;
use serde_json::{Value, json};

use super::provider::Provider;
use super::reply::{Reply, Request};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    MissingKey,
    BadKey,
    UnknownModel(String),
    UnknownPath,
    MalformedJson(String),
    /// A request that cannot be honoured, with the parameter at fault where there is one.
    Invalid {
        message: String,
        param: Option<String>,
    },
    /// A fault that was asked for.
    Status(u16),
}

impl Problem {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid {
            message: message.into(),
            param: None,
        }
    }

    pub(super) fn invalid_param(message: impl Into<String>, param: impl Into<String>) -> Self {
        Self::Invalid {
            message: message.into(),
            param: Some(param.into()),
        }
    }
}

/// What an error says, before a provider's envelope is put around it.
struct Said {
    status: u16,
    /// The word for the kind of error, in the provider's vocabulary.
    kind: &'static str,
    /// A finer word, where the provider has one.
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
}

/// Replies with a problem as the request's provider states it.
pub(super) fn reply(request: &Request, problem: &Problem) -> Reply {
    let said = said(request, problem);
    let status = StatusCode::from_u16(said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = envelope(request, &said);
    let reply = match request.provider {
        Provider::Gemini if request.query.get("alt") == Some("sse") => {
            Reply::pretty("text/event-stream", &body)
        }
        Provider::Gemini if request.path.ends_with(":streamGenerateContent") => {
            Reply::pretty("application/json; charset=UTF-8", &json!([body]))
        }
        Provider::Gemini => Reply::pretty("application/json; charset=UTF-8", &body),
        Provider::OpenAi => Reply::pretty("application/json", &body),
        Provider::Ollama => Reply::whole("application/json; charset=utf-8", body.to_string()),
        Provider::Anthropic | Provider::OpenRouter | Provider::DeepSeek | Provider::Xai => Reply::json(&body),
    };
    let reply = match request.provider {
        Provider::Anthropic => {
            let retry = matches!(said.status, 408 | 409 | 429 | 500..);
            reply.with_header("x-should-retry", if retry { "true" } else { "false" })
        }
        Provider::OpenAi
        | Provider::Gemini
        | Provider::Ollama
        | Provider::OpenRouter
        | Provider::DeepSeek
        | Provider::Xai => reply,
    };
    reply.with_status(status)
}

/// The body of an error of this status, for an error that comes with a status of 200.
pub(super) fn body(request: &Request, problem: &Problem) -> Value {
    envelope(request, &said(request, problem))
}

fn envelope(request: &Request, said: &Said) -> Value {
    let Said {
        status,
        kind,
        code,
        message,
        param,
    } = said;
    match request.provider {
        Provider::OpenAi | Provider::DeepSeek => {
            json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
        }
        Provider::Anthropic => {
            let id = format!("req_011{}", request.seed.alphanumeric(0, 21));
            json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": id})
        }
        Provider::Gemini => {
            let mut error = json!({"code": status, "message": message, "status": kind});
            if let (Some(details), Some(fields)) = (google_details(request, said), error.as_object_mut()) {
                fields.insert("details".to_owned(), details);
            }
            json!({ "error": error })
        }
        Provider::Ollama => json!({ "error": message }),
        Provider::OpenRouter => {
            json!({"error": {"message": message, "code": status}, "user_id": "user_sandbox"})
        }
        Provider::Xai => json!({"code": kind, "error": message}),
    }
}

fn google_details(request: &Request, said: &Said) -> Option<Value> {
    let retry = request.plan.retry_after.as_deref().unwrap_or("2");
    match (said.status, said.code) {
        (_, Some("API_KEY_INVALID")) => Some(json!([
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
             "domain": "googleapis.com", "metadata": {"service": "generativelanguage.googleapis.com"}},
            {"@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": said.message},
        ])),
        (429, _) => Some(json!([
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [
                {"quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
                 "quotaId": "GenerateRequestsPerMinutePerProjectPerModel", "quotaValue": "10"}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{retry}s")},
        ])),
        _ => None,
    }
}

fn said(request: &Request, problem: &Problem) -> Said {
    let provider = request.provider;
    match problem {
        Problem::MissingKey => missing_key(provider),
        Problem::BadKey => bad_key(provider),
        Problem::UnknownModel(model) => unknown_model(request, model),
        Problem::UnknownPath => of_status(
            provider,
            404,
            format!("{} {} is not served", request.method, request.path),
        ),
        Problem::MalformedJson(error) => malformed(provider, error),
        Problem::Invalid { message, param } => Said {
            param: param.clone(),
            code: None,
            ..of_status(provider, 400, message.clone())
        },
        Problem::Status(status) => of_status(provider, *status, message_for(provider, *status).to_owned()),
    }
}

fn missing_key(provider: Provider) -> Said {
    let (status, message) = match provider {
        Provider::OpenAi => (
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using \
             Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        ),
        Provider::Anthropic => (401, "x-api-key header is required"),
        Provider::Gemini => (
            403,
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key \
             or other form of API consumer identity to call this API.",
        ),
        Provider::Ollama => (401, "unauthorized"),
        Provider::OpenRouter => (401, "Missing Authentication header"),
        Provider::DeepSeek => (401, "Authentication Fails (governor)"),
        Provider::Xai => (
            401,
            "Missing API key. You can obtain an API key from https://console.x.ai.",
        ),
    };
    Said {
        code: None,
        ..of_status(provider, status, message.to_owned())
    }
}

fn bad_key(provider: Provider) -> Said {
    let (status, code, message) = match provider {
        Provider::OpenAi => (
            401,
            Some("invalid_api_key"),
            "Incorrect API key provided: invalid. You can find your API key at \
             https://platform.openai.com/account/api-keys.",
        ),
        Provider::Anthropic => (401, None, "invalid x-api-key"),
        Provider::Gemini => (
            400,
            Some("API_KEY_INVALID"),
            "API key not valid. Please pass a valid API key.",
        ),
        Provider::Ollama => (401, None, "unauthorized"),
        Provider::OpenRouter => (401, None, "User not found."),
        Provider::DeepSeek => (
            401,
            Some("invalid_request_error"),
            "Authentication Fails, Your api key: ****alid is invalid",
        ),
        Provider::Xai => (
            400,
            None,
            "Incorrect API key provided. You can obtain an API key from https://console.x.ai.",
        ),
    };
    let said = of_status(provider, status, message.to_owned());
    let kind = if provider == Provider::OpenAi {
        "invalid_request_error"
    } else {
        said.kind
    };
    Said { kind, code, ..said }
}

fn unknown_model(request: &Request, model: &str) -> Said {
    let provider = request.provider;
    let (status, message) = match provider {
        Provider::OpenAi if request.path.starts_with("/responses") => {
            (400, format!("The requested model '{model}' does not exist."))
        }
        Provider::OpenAi => (
            404,
            format!("The model `{model}` does not exist or you do not have access to it."),
        ),
        Provider::Anthropic => (404, format!("model: {model}")),
        Provider::Gemini => {
            let method = request
                .path
                .rsplit_once(':')
                .map_or("generateContent", |(_, verb)| verb);
            let method = method.replace("streamGenerateContent", "generateContent");
            let message = format!(
                "models/{model} is not found for API version v1beta, or is not supported for {method}. Call \
                 ModelService.ListModels to see the list of available models and their supported methods."
            );
            (404, message)
        }
        Provider::Ollama => (404, format!("model '{model}' not found")),
        Provider::OpenRouter => (400, format!("{model} is not a valid model ID")),
        Provider::DeepSeek => (400, "Model Not Exist".to_owned()),
        Provider::Xai => (400, format!("Model not found: {model}")),
    };
    let param = (provider == Provider::OpenAi && status == 400).then(|| "model".to_owned());
    let said = of_status(provider, status, message);
    let code = if provider == Provider::OpenAi {
        Some("model_not_found")
    } else {
        said.code
    };
    Said { code, param, ..said }
}

fn malformed(provider: Provider, error: &str) -> Said {
    let message = match provider {
        Provider::OpenAi => {
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP \
             library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
                .to_owned()
        }
        Provider::Anthropic => format!("The request body is not valid JSON: {error}"),
        Provider::Gemini => format!("Invalid JSON payload received. {error}"),
        Provider::Ollama => error.to_owned(),
        Provider::OpenRouter => "Invalid JSON body".to_owned(),
        Provider::DeepSeek | Provider::Xai => format!("Failed to parse the request body as JSON: {error}"),
    };
    Said {
        code: None,
        ..of_status(provider, 400, message)
    }
}

/// The kind of error a provider gives a status.
fn of_status(provider: Provider, status: u16, message: String) -> Said {
    let (kind, code) = match provider {
        Provider::OpenAi => match status {
            429 => ("requests", Some("rate_limit_exceeded")),
            500.. => ("server_error", None),
            _ => ("invalid_request_error", None),
        },
        Provider::Anthropic => match status {
            401 => ("authentication_error", None),
            402 => ("billing_error", None),
            403 => ("permission_error", None),
            404 => ("not_found_error", None),
            413 => ("request_too_large", None),
            429 => ("rate_limit_error", None),
            504 => ("timeout_error", None),
            529 => ("overloaded_error", None),
            500.. => ("api_error", None),
            _ => ("invalid_request_error", None),
        },
        Provider::Gemini => match status {
            401 => ("UNAUTHENTICATED", None),
            403 => ("PERMISSION_DENIED", None),
            404 => ("NOT_FOUND", None),
            429 => ("RESOURCE_EXHAUSTED", None),
            500 => ("INTERNAL", None),
            504 => ("DEADLINE_EXCEEDED", None),
            501.. => ("UNAVAILABLE", None),
            _ => ("INVALID_ARGUMENT", None),
        },
        Provider::DeepSeek => match status {
            401 => ("authentication_error", Some("invalid_request_error")),
            402 => ("unknown_error", Some("invalid_request_error")),
            429 => ("rate_limit_error", Some("rate_limit_error")),
            500.. => ("server_error", Some("internal_error")),
            _ => ("invalid_request_error", Some("invalid_request_error")),
        },
        Provider::Xai => match status {
            401 => ("unauthenticated", None),
            403 => ("permission-denied", None),
            404 => ("not-found", None),
            429 => ("resource-exhausted", None),
            503 => ("unavailable", None),
            500.. => ("internal", None),
            _ => ("invalid-argument", None),
        },
        Provider::Ollama | Provider::OpenRouter => ("", None),
    };
    Said {
        status,
        kind,
        code,
        message,
        param: None,
    }
}

/// The words of a status that was asked for.
fn message_for(provider: Provider, status: u16) -> &'static str {
    match (provider, status) {
        (Provider::OpenAi, 429) => {
            "Rate limit reached for this model on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try \
             again in 2s. Visit https://platform.openai.com/account/rate-limits to learn more."
        }
        (Provider::OpenAi, 500) => "The server had an error while processing your request. Sorry about that!",
        (Provider::OpenAi, 503) => "The engine is currently overloaded, please try again later",
        (Provider::Anthropic, 429) => {
            "This request would exceed your organization's rate limit of 50 requests per minute. For details, refer \
             to: https://docs.claude.com/en/api/rate-limits."
        }
        (Provider::Anthropic, 529) => "Overloaded",
        (Provider::Gemini, 429) => {
            "You exceeded your current quota, please check your plan and billing details."
        }
        (Provider::Gemini, 503) => "The model is overloaded. Please try again later.",
        (Provider::Gemini, 500) => "An internal error has occurred. Please retry.",
        (Provider::OpenRouter, 402) => "Insufficient credits. Add more using https://openrouter.ai/credits",
        (Provider::OpenRouter, 429) => "Rate limit exceeded: free-models-per-min.",
        (Provider::DeepSeek, 402) => "Insufficient Balance",
        (Provider::Ollama, 503) => "server busy, please try again.  maximum pending requests exceeded",
        (Provider::Ollama, 500) => "model requires more system memory (5.0 GiB) than is available (3.9 GiB)",
        (_, 400) => "The request could not be understood.",
        (_, 401) => "The API key is not valid.",
        (_, 402) => "The account has no credit left.",
        (_, 403) => "The key may not use this resource.",
        (_, 404) => "The requested resource was not found.",
        (_, 408) => "The request timed out.",
        (_, 413) => "The request is too large.",
        (_, 422) => "The request has a parameter that is not allowed.",
        (_, 429) => "Too many requests, please slow down.",
        (_, 503 | 529) => "The service is overloaded, please try again later.",
        (_, 504) => "The request took too long.",
        (_, 500..) => "Internal server error",
        _ => "The request is refused.",
    }
}
