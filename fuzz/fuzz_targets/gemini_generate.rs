//! The Gemini dialect.
#![no_main]

use crux::wire::gemini_generate::GeminiGenerate;
use libfuzzer_sys::fuzz_target;

static DIALECT: GeminiGenerate = GeminiGenerate::V1BETA;

fuzz_target!(|input: &[u8]| crux_fuzz::decode(&DIALECT, input));
