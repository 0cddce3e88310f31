//! The Chat Completions dialect.
#![no_main]

use crux::wire::openai_chat::OpenaiChat;
use crux::wire::openai_chat::quirks::Quirks;
use libfuzzer_sys::fuzz_target;

static DIALECT: OpenaiChat = OpenaiChat {
    quirks: Quirks::COMMON,
};

fuzz_target!(|input: &[u8]| crux_fuzz::decode(&DIALECT, input));
