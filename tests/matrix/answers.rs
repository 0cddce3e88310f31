//! Answers in each API's words, made for the test: a call of the tool `lookup`, with whatever state the
//! provider wants back. Every piece of state begins with STATE.

pub(crate) const RESPONSES: &str = r#"{
    "id": "resp_1", "object": "response", "status": "completed", "model": "m", "output": [
        {"type": "reasoning", "id": "STATErs1", "encrypted_content": "STATEencrypted01",
            "summary": [{"type": "summary_text", "text": "Oslo it is."}]},
        {"type": "message", "id": "STATEmsg1", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "Looking it up.", "annotations": []}]},
        {"type": "function_call", "id": "STATEfc1", "call_id": "call_1", "name": "lookup",
            "arguments": "{\"city\": \"Oslo\"}", "status": "completed"}
    ],
    "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
}"#;

pub(crate) const CHAT: &str = r#"{
    "id": "chatcmpl-1", "object": "chat.completion", "model": "m", "choices": [{
        "index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "Looking it up.", "tool_calls": [
                {"id": "call_1", "type": "function",
                    "function": {"name": "lookup", "arguments": "{\"city\": \"Oslo\"}"}}
            ]
        }
    }],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
}"#;

pub(crate) const OPENROUTER: &str = r#"{
    "id": "gen-1", "object": "chat.completion", "model": "m", "choices": [{
        "index": 0, "finish_reason": "tool_calls", "native_finish_reason": "tool_use", "message": {
            "role": "assistant", "content": "Looking it up.", "reasoning": "Oslo it is.",
            "reasoning_details": [
                {"type": "reasoning.text", "text": "Oslo it is.", "signature": "STATEsignature01",
                    "format": "anthropic-claude-v1", "index": 0}
            ],
            "tool_calls": [
                {"id": "call_1", "index": 0, "type": "function",
                    "function": {"name": "lookup", "arguments": "{\"city\": \"Oslo\"}"}}
            ]
        }
    }],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "cost": 0.0001}
}"#;

pub(crate) const DEEPSEEK: &str = r#"{
    "id": "1", "object": "chat.completion", "model": "m", "choices": [{
        "index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "Looking it up.", "reasoning_content": "STATE of mind: Oslo it is.",
            "tool_calls": [
                {"id": "call_1", "index": 0, "type": "function",
                    "function": {"name": "lookup", "arguments": "{\"city\": \"Oslo\"}"}}
            ]
        }
    }],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
}"#;

pub(crate) const MESSAGES: &str = r#"{
    "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [
        {"type": "thinking", "thinking": "Oslo it is.", "signature": "STATEsignature01"},
        {"type": "redacted_thinking", "data": "STATEredacted001"},
        {"type": "text", "text": "Looking it up."},
        {"type": "tool_use", "id": "toolu_1", "name": "lookup", "input": {"city": "Oslo"}}
    ],
    "stop_reason": "tool_use", "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 4}
}"#;

pub(crate) const GENERATE: &str = r#"{
    "responseId": "r1", "modelVersion": "m", "candidates": [{
        "index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [
            {"text": "Oslo it is.", "thought": true},
            {"text": "Looking it up."},
            {"functionCall": {"name": "lookup", "args": {"city": "Oslo"}}, "thoughtSignature": "STATEsignature01"}
        ]}
    }],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7}
}"#;

pub(crate) const OLLAMA: &str = r#"{
    "model": "m", "created_at": "2026-11-22T06:00:00Z", "message": {
        "role": "assistant", "content": "Looking it up.", "thinking": "STATE of mind: Oslo it is.",
        "tool_calls": [{"id": "call_1", "function": {"index": 0, "name": "lookup", "arguments": {"city": "Oslo"}}}]
    },
    "done": true, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 4
}"#;
