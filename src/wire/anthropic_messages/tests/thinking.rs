//! Thinking and the limit of the output.

use super::*;

#[test]
fn default_limits_stay_within_the_model() {
    for (model, limit) in [
        ("claude-3-haiku-20240307", 4096),
        (OLD, 8192),
        ("claude-sonnet-4-20250514", 8192),
        ("anthropic/claude-haiku-4.5", 8192),
        ("claude-sonnet-4-6", 16_000),
        (ALWAYS, 32_000),
        ("claude-nova-7", 32_000),
        ("glm-9", 8192),
    ] {
        assert_eq!(encode_for(model, &hi()).0["max_tokens"], limit, "{model}");
    }
    for (name, model) in super::super::models::CLAUDE {
        assert!(model.default_max_tokens <= model.max_tokens, "{name}");
    }
}

/// `max_tokens`, `thinking` and `output_config`, and the warnings.
fn thinking(model: &str, call: &ChatCall) -> (Value, Vec<String>) {
    let (body, warnings) = encode_for(model, call);
    let fields = ["max_tokens", "thinking", "output_config"].map(|field| body[field].clone());
    (fields.to_vec().into(), warnings)
}

#[test]
fn effort_becomes_a_budget_for_models_that_take_one() {
    let low = reasoning(Some(ReasoningEffort::Low), None, None);
    assert_eq!(
        thinking(BUDGET, &low),
        (
            json!([10_240, {"type": "enabled", "budget_tokens": 2048}, null]),
            vec![]
        )
    );
    let short = ChatCall {
        max_output_tokens: Some(4000),
        ..reasoning(Some(ReasoningEffort::Max), None, None)
    };
    assert_eq!(
        thinking(BUDGET, &short),
        (
            json!([4000, {"type": "enabled", "budget_tokens": 3000}, null]),
            vec![]
        )
    );
    let none = reasoning(Some(ReasoningEffort::None), None, None);
    assert_eq!(
        thinking(BUDGET, &none),
        (json!([8192, {"type": "disabled"}, null]), vec![])
    );
    let hidden = reasoning(None, Some(2000), Some(ReasoningForm::Hidden));
    assert_eq!(
        thinking(BUDGET, &hidden),
        (
            json!([10_192, {"type": "enabled", "budget_tokens": 2000, "display": "omitted"}, null]),
            vec![]
        )
    );
}

#[test]
fn budgets_are_kept_within_what_the_api_takes() {
    let small = reasoning(None, Some(5), None);
    assert_eq!(
        thinking(BUDGET, &small),
        (
            json!([9216, {"type": "enabled", "budget_tokens": 1024}, null]),
            vec!["reasoning.budget_tokens".to_owned()]
        )
    );
    let large = ChatCall {
        max_output_tokens: Some(2000),
        ..reasoning(None, Some(9000), None)
    };
    assert_eq!(
        thinking(BUDGET, &large),
        (
            json!([2000, {"type": "enabled", "budget_tokens": 1999}, null]),
            vec!["reasoning.budget_tokens".to_owned()]
        )
    );
    let no_room = ChatCall {
        max_output_tokens: Some(100),
        ..reasoning(Some(ReasoningEffort::High), None, None)
    };
    assert_eq!(
        thinking(BUDGET, &no_room),
        (json!([100, null, null]), vec!["reasoning.effort!".to_owned()])
    );
}

#[test]
fn effort_steers_models_that_think_as_they_see_fit() {
    for (effort, word) in [
        (ReasoningEffort::Minimal, "low"),
        (ReasoningEffort::Medium, "medium"),
        (ReasoningEffort::Max, "max"),
    ] {
        assert_eq!(
            thinking(ADAPTIVE, &reasoning(Some(effort), None, None)),
            (json!([32_000, {"type": "adaptive"}, {"effort": word}]), vec![])
        );
    }
    let none = reasoning(Some(ReasoningEffort::None), None, None);
    assert_eq!(
        thinking(ADAPTIVE, &none),
        (json!([32_000, {"type": "disabled"}, null]), vec![])
    );
    assert_eq!(
        thinking("claude-sonnet-5-5", &none),
        (json!([32_000, {"type": "between_tools"}, null]), vec![])
    );
    assert_eq!(
        thinking(ALWAYS, &none),
        (
            json!([32_000, null, {"effort": "low"}]),
            vec!["reasoning.effort".to_owned()]
        )
    );
    let budget = reasoning(Some(ReasoningEffort::High), Some(2000), None);
    assert_eq!(
        thinking(ADAPTIVE, &budget),
        (
            json!([32_000, {"type": "adaptive"}, {"effort": "high"}]),
            vec!["reasoning.budget_tokens!".to_owned()]
        )
    );
    assert_eq!(
        thinking("claude-opus-4-6", &budget),
        (
            json!([18_000, {"type": "enabled", "budget_tokens": 2000}, null]),
            vec![]
        )
    );
}

#[test]
fn the_form_of_reasoning_becomes_a_display() {
    let form = |form| reasoning(None, None, Some(form));
    assert_eq!(
        thinking(ADAPTIVE, &form(ReasoningForm::Summary)),
        (
            json!([32_000, {"type": "adaptive", "display": "summarized"}, null]),
            vec![]
        )
    );
    assert_eq!(
        thinking(ADAPTIVE, &form(ReasoningForm::Full)),
        (
            json!([32_000, {"type": "adaptive", "display": "summarized"}, null]),
            vec!["reasoning.form".to_owned()]
        )
    );
    assert_eq!(
        thinking(ADAPTIVE, &form(ReasoningForm::Hidden)),
        (json!([32_000, null, null]), vec![])
    );
    assert_eq!(
        thinking(ALWAYS, &form(ReasoningForm::Hidden)),
        (
            json!([32_000, {"type": "adaptive", "display": "omitted"}, null]),
            vec![]
        )
    );
}

#[test]
fn a_forced_call_leaves_no_room_for_a_budget() {
    let call = ChatCall {
        tools: vec![function("f")],
        tool_choice: Some(ToolChoice {
            mode: ToolMode::Required,
            tool_names: vec![],
        }),
        ..reasoning(Some(ReasoningEffort::Low), None, None)
    };
    assert_eq!(
        thinking(BUDGET, &call),
        (json!([8192, null, null]), vec!["reasoning.effort!".to_owned()])
    );
}

#[test]
fn all_that_was_asked_of_thinking_is_named_where_a_forced_call_rules_it_out() {
    let forced = |effort, budget, form| {
        let call = ChatCall {
            tools: vec![function("f")],
            tool_choice: Some(ToolChoice {
                mode: ToolMode::Required,
                tool_names: vec![],
            }),
            ..reasoning(effort, budget, form)
        };
        thinking(BUDGET, &call).1
    };

    let all = forced(Some(ReasoningEffort::Low), Some(2000), Some(ReasoningForm::Full));
    assert_eq!(
        all,
        ["reasoning.effort!", "reasoning.budget_tokens!", "reasoning.form"]
    );
    assert_eq!(
        forced(None, None, Some(ReasoningForm::Summary)),
        ["reasoning.form"]
    );
    // Nothing is to be seen, and nothing is.
    assert_eq!(
        forced(Some(ReasoningEffort::Low), None, Some(ReasoningForm::Hidden)),
        ["reasoning.effort!"]
    );
}

#[test]
fn models_that_do_not_think_say_so() {
    let call = reasoning(Some(ReasoningEffort::Low), Some(2000), None);
    let expected = vec![
        "reasoning.effort!".to_owned(),
        "reasoning.budget_tokens!".to_owned(),
    ];
    assert_eq!(thinking(OLD, &call), (json!([8192, null, null]), expected));
}
