//! The Ollama dialect.
#![no_main]

use crux::wire::ollama_chat::OllamaChat;
use libfuzzer_sys::fuzz_target;

static DIALECT: OllamaChat = OllamaChat::DEFAULT;

fuzz_target!(|input: &[u8]| crux_fuzz::decode(&DIALECT, input));
