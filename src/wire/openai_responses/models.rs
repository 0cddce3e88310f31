//! What models take, by their names: tables that providers choose from and may replace by their own.
//!
//! Read 2026-11 from developers.openai.com/api/docs/models, docs.x.ai/docs/models and recordings. A name
//! that is not known is taken for a newer model of its family.

use crate::domain::call::ReasoningEffort;

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// It reasons, and gives its reasoning out encrypted when asked to.
    pub reasons: bool,
    /// Its levels of effort and their words; none: it takes no effort.
    pub efforts: Efforts,
    /// When it takes temperature, `top_p` and log probabilities.
    pub sampling: SamplingRule,
    /// It takes cache breakpoints in content.
    pub cache_breakpoints: bool,
}

/// Levels of effort and their words on the wire, lowest first.
pub type Efforts = &'static [(ReasoningEffort, &'static str)];

/// When a model takes temperature, `top_p` and log probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SamplingRule {
    /// Always.
    Always,
    /// While it does not reason; the flag says whether it does not unless asked to.
    WithoutReasoning {
        /// Its effort is none by default.
        by_default: bool,
    },
    /// Never.
    Never,
}

const NONE: (ReasoningEffort, &str) = (ReasoningEffort::None, "none");
const MINIMAL: (ReasoningEffort, &str) = (ReasoningEffort::Minimal, "minimal");
const LOW: (ReasoningEffort, &str) = (ReasoningEffort::Low, "low");
const MEDIUM: (ReasoningEffort, &str) = (ReasoningEffort::Medium, "medium");
const HIGH: (ReasoningEffort, &str) = (ReasoningEffort::High, "high");
const XHIGH: (ReasoningEffort, &str) = (ReasoningEffort::Max, "xhigh");
const MAX: (ReasoningEffort, &str) = (ReasoningEffort::Max, "max");

const PLAIN: Model = Model {
    reasons: false,
    efforts: &[],
    sampling: SamplingRule::Always,
    cache_breakpoints: false,
};

const REASONING: Model = Model {
    reasons: true,
    efforts: &[LOW, MEDIUM, HIGH],
    sampling: SamplingRule::Never,
    cache_breakpoints: false,
};

/// A model nothing is known of: whatever is asked for is sent.
pub fn any(_model: &str) -> Model {
    Model {
        efforts: &[NONE, MINIMAL, LOW, MEDIUM, HIGH, XHIGH],
        sampling: SamplingRule::Always,
        ..REASONING
    }
}

/// The GPT and o families.
pub fn gpt(model: &str) -> Model {
    let name = bare(model);
    if ["gpt-3", "gpt-4", "chatgpt-4", "gpt-5-chat", "babbage", "davinci"]
        .iter()
        .any(|start| name.starts_with(start))
    {
        return PLAIN;
    }
    if name.starts_with("gpt-oss") {
        return Model {
            sampling: SamplingRule::Always,
            ..REASONING
        };
    }
    let Some((major, minor)) = version(name, "gpt-") else {
        let is_o = version(name, "o").is_some();
        return if is_o
            || ["codex-", "computer-use"]
                .iter()
                .any(|start| name.starts_with(start))
        {
            REASONING
        } else {
            any(model)
        };
    };
    let special = ["-chat", "-codex", "-pro"].iter().any(|word| name.contains(word));
    let efforts: Efforts = match (major, minor) {
        _ if name.contains("-chat") => &[MEDIUM],
        (5, 0) if name.contains("-pro") => &[HIGH],
        _ if name.contains("-pro") => &[MEDIUM, HIGH, XHIGH],
        _ if name.contains("-codex-max") => &[LOW, MEDIUM, HIGH, XHIGH],
        (5, 0 | 1) if name.contains("-codex") => &[LOW, MEDIUM, HIGH],
        _ if name.contains("-codex") => &[LOW, MEDIUM, HIGH, XHIGH],
        (5, 0) => &[MINIMAL, LOW, MEDIUM, HIGH],
        (5, 1) => &[NONE, LOW, MEDIUM, HIGH],
        (5, 2..=5) => &[NONE, LOW, MEDIUM, HIGH, XHIGH],
        _ => &[NONE, LOW, MEDIUM, HIGH, MAX],
    };
    Model {
        reasons: true,
        efforts,
        sampling: match (major, minor) {
            (5, 0) => SamplingRule::Never,
            _ if special => SamplingRule::Never,
            (5, 1..=4) => SamplingRule::WithoutReasoning { by_default: true },
            _ => SamplingRule::WithoutReasoning { by_default: false },
        },
        cache_breakpoints: (major, minor) >= (5, 6),
    }
}

/// The Grok family.
pub fn grok(model: &str) -> Model {
    let name = bare(model);
    if name.contains("non-reasoning") || name.starts_with("grok-2") {
        return PLAIN;
    }
    let efforts: Efforts = match version(name, "grok-") {
        _ if name.contains("multi-agent") => &[LOW, MEDIUM, HIGH, XHIGH],
        Some((3, _)) if name.contains("-mini") => &[LOW, HIGH],
        Some((3, _)) => return PLAIN,
        // 4.20 came before 4.3.
        Some((4, 0..=2 | 20)) => &[],
        Some((4, 3)) => &[NONE, LOW, MEDIUM, HIGH],
        Some((4, 4..=6)) => &[LOW, MEDIUM, HIGH],
        Some(_) => &[LOW, MEDIUM, HIGH, XHIGH],
        None if name == "grok-latest" => &[LOW, MEDIUM, HIGH],
        None => &[],
    };
    Model {
        reasons: true,
        efforts,
        sampling: SamplingRule::Always,
        cache_breakpoints: false,
    }
}

/// A model's name without the vendor and fine-tuning marks before it.
fn bare(model: &str) -> &str {
    let name = model.rsplit('/').next().unwrap_or(model);
    name.strip_prefix("ft:").unwrap_or(name)
}

/// The version in a name such as `gpt-5.2-mini`.
fn version(name: &str, family: &str) -> Option<(u32, u32)> {
    let rest = name.strip_prefix(family)?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (major, minor) = match rest.get(..end)?.split_once('.') {
        Some((major, minor)) => (major, minor),
        None => (rest.get(..end)?, "0"),
    };
    Some((major.parse().ok()?, minor.parse().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::{Model, SamplingRule, any, gpt, grok};

    fn words(model: Model) -> Vec<&'static str> {
        model.efforts.iter().map(|(_, word)| *word).collect()
    }

    #[test]
    fn families_are_told_apart() {
        for name in [
            "gpt-4o",
            "gpt-4.1-nano",
            "gpt-3.5-turbo",
            "chatgpt-4o-latest",
            "gpt-5-chat-latest",
        ] {
            assert!(!gpt(name).reasons, "{name}");
        }
        for name in ["o1", "o4-mini", "openai/o3-2025-04-16", "codex-mini-latest"] {
            assert_eq!(words(gpt(name)), ["low", "medium", "high"], "{name}");
            assert_eq!(gpt(name).sampling, SamplingRule::Never, "{name}");
        }
        assert_eq!(words(gpt("gpt-5-mini")), ["minimal", "low", "medium", "high"]);
        assert_eq!(words(gpt("gpt-5-pro-2025-10-06")), ["high"]);
        assert_eq!(words(gpt("gpt-5.2")), ["none", "low", "medium", "high", "xhigh"]);
        assert_eq!(
            words(gpt("gpt-5.6-sol")),
            ["none", "low", "medium", "high", "max"]
        );
        assert_eq!(
            words(gpt("gpt-6-astra")),
            ["none", "low", "medium", "high", "max"]
        );
        assert!(gpt("gpt-5.6").cache_breakpoints && !gpt("gpt-5.5").cache_breakpoints);
        assert_eq!(gpt("my-own-model"), any("my-own-model"));
        assert!(!grok("grok-4-fast-non-reasoning").reasons);
        for name in ["grok-4-0709", "grok-4", "grok-4.20-reasoning", "grok-code-fast-1"] {
            assert!(grok(name).reasons && words(grok(name)).is_empty(), "{name}");
        }
        assert!(!grok("grok-3").reasons);
        assert_eq!(words(grok("grok-4.5")), ["low", "medium", "high"]);
        assert_eq!(words(grok("grok-4.7")), ["low", "medium", "high", "xhigh"]);
        assert_eq!(words(grok("grok-4.3")), ["none", "low", "medium", "high"]);
        assert_eq!(words(grok("x-ai/grok-3-mini")), ["low", "high"]);
    }

    #[test]
    fn a_model_that_reasons_by_default_takes_no_temperature() {
        let by_default = |name| gpt(name).sampling;
        assert_eq!(by_default("gpt-5"), SamplingRule::Never);
        assert_eq!(
            by_default("gpt-5.4-nano"),
            SamplingRule::WithoutReasoning { by_default: true }
        );
        assert_eq!(
            by_default("gpt-5.5"),
            SamplingRule::WithoutReasoning { by_default: false }
        );
    }
}
