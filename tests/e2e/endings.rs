//! A stream cannot lie about how it ended: every fault, at every provider, at every byte.

use crux::rpc::pb;

use crate::harness::{MODELS, ask, collect, faulty, start, without_state};

/// What a fault after the first content must end as.
const AFTER_CONTENT: [(&str, &[&str]); 8] = [
    ("cut-utf8", &["PROVIDER_STREAM_BROKEN"]),
    ("cut-json", &["PROVIDER_STREAM_BROKEN"]),
    ("no-terminal", &["PROVIDER_STREAM_BROKEN"]),
    (
        "error-midstream",
        &[
            "PROVIDER_UNAVAILABLE",
            "PROVIDER_RATE_LIMITED",
            "PROVIDER_REJECTED",
            "PROVIDER_PROTOCOL",
        ],
    ),
    ("garbage", &["PROVIDER_PROTOCOL"]),
    ("huge-frame=9000000", &["PROVIDER_PROTOCOL"]),
    ("stall=6,chunks=20", &["PROVIDER_TIMEOUT"]),
    (
        "cut=100000,chunks=20000,chunk-bytes=20",
        &["PROVIDER_STREAM_BROKEN"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_after_content_fails_with_what_was_used() {
    let server = start(&[("CRUX_TIMEOUTS__IDLE", "300ms")]).await;
    for model in MODELS {
        for (fault, reasons) in AFTER_CONTENT {
            let streamed = server
                .stream(ask(&faulty(model, fault), "hello there my friend"))
                .await;

            let at = format!("{model} {fault}: {:?}", streamed.status);
            assert!(reasons.contains(&streamed.reason().as_str()), "{at}");
            let failed = streamed.failed();
            assert_eq!(
                failed.error.as_ref().unwrap().code,
                streamed.code() as i32,
                "{at}"
            );
            assert_eq!(failed.attempts.len(), 1, "retried after content: {at}");
            let usage = failed.usage.as_ref().unwrap();
            assert!(
                usage.output_tokens.unwrap() > 0 && usage.input_tokens.is_some(),
                "{at}: {usage:?}"
            );
            let kinds = streamed.kinds();
            let started = kinds.iter().filter(|kind| **kind == "part_started").count();
            assert_eq!(
                started,
                kinds.iter().filter(|kind| **kind == "part_finished").count(),
                "{at}"
            );
            // Without the terminal event alone, the part itself is whole.
            assert!(
                fault == "no-terminal" || streamed.parts().last().unwrap().incomplete,
                "{at}"
            );
        }
        server.until_quiet().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_statuses_with_the_most_specific_reason() {
    let server = start(&[("CRUX_RETRY__MAX_ATTEMPTS", "1")]).await;
    for model in MODELS {
        for (fault, expected) in [
            ("status=401", "PROVIDER_AUTH_FAILED"),
            ("status=429", "PROVIDER_RATE_LIMITED"),
            ("status=500", "PROVIDER_UNAVAILABLE"),
            ("status=503", "PROVIDER_UNAVAILABLE"),
            ("status=529", "PROVIDER_UNAVAILABLE"),
            ("refuse", "PROVIDER_UNAVAILABLE"),
        ] {
            let streamed = server.stream(ask(&faulty(model, fault), "hi")).await;
            assert_eq!(
                streamed.reason(),
                expected,
                "{model} {fault}: {:?}",
                streamed.status
            );
            assert!(
                streamed.events.is_empty(),
                "{model} {fault}: an error before the start has no event"
            );

            let whole = server
                .client
                .clone()
                .chat(ask(&faulty(model, fault), "hi"))
                .await
                .unwrap_err();
            assert_eq!(crate::harness::reason(&whole), expected, "{model} {fault} whole");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_with_status_200_is_an_error() {
    let server = start(&[("CRUX_RETRY__MAX_ATTEMPTS", "1")]).await;
    for model in MODELS {
        let streamed = server.stream(ask(&faulty(model, "error-200"), "hi")).await;
        assert!(
            streamed.reason().starts_with("PROVIDER_"),
            "{model}: {:?}",
            streamed.status
        );
        let whole = server
            .client
            .clone()
            .chat(ask(&faulty(model, "error-200"), "hi"))
            .await
            .unwrap_err();
        assert!(
            crate::harness::reason(&whole).starts_with("PROVIDER_"),
            "{model}: {whole:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_marker_after_the_last_word_is_forgiven_and_usage_twice_counts_once() {
    let server = start(&[]).await;
    for model in MODELS {
        let plain = server.stream(ask(model, "hi")).await;
        for fault in ["no-marker", "usage-twice"] {
            let streamed = server.stream(ask(&faulty(model, fault), "hi")).await;
            assert!(streamed.status.is_ok(), "{model} {fault}: {:?}", streamed.status);
            // A model with a fault in its name has no price.
            let counts = |usage: &Option<pb::Usage>| pb::Usage {
                cost_nano_usd: None,
                cost_basis: 0,
                price_version: String::new(),
                ..usage.clone().unwrap_or_default()
            };
            assert_eq!(
                counts(&streamed.outcome().usage),
                counts(&plain.outcome().usage),
                "{model} {fault}"
            );
        }
    }
}

/// Cuts each provider's stream after every single byte of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cut_at_any_byte_is_never_ok_unless_the_last_word_was_out() {
    let server = start(&[("CRUX_RETRY__MAX_ATTEMPTS", "1")]).await;
    let mut cuts = 0;
    for model in MODELS {
        let whole = server.stream(ask(model, "hi")).await;
        let mut first_ok = None;
        for cut in 0..20_000 {
            let streamed = server
                .stream(ask(&faulty(model, &format!("cut={cut}")), "hi"))
                .await;
            cuts += 1;
            match &streamed.status {
                Ok(()) => {
                    // From here on only late usage or a closing marker can be missing.
                    first_ok.get_or_insert(cut);
                    assert_eq!(streamed.text(), whole.text(), "{model} cut at {cut}");
                    assert_eq!(streamed.outcome().finish_reason, whole.outcome().finish_reason);
                }
                Err(status) => {
                    assert!(
                        first_ok.is_none(),
                        "{model}: OK at {first_ok:?}, not at {cut}: {status:?}"
                    );
                    let reason = streamed.reason();
                    assert!(
                        ["PROVIDER_STREAM_BROKEN", "PROVIDER_UNAVAILABLE"].contains(&reason.as_str()),
                        "{model} cut at {cut}: {status:?}"
                    );
                }
            }
            // The connection was closed in order: nothing was cut, the end is reached.
            if first_ok.is_some_and(|first| cut > first + 400) {
                break;
            }
        }
        assert!(first_ok.is_some(), "{model}");
    }
    println!("{cuts} cuts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_cut_at_any_byte_is_never_ok() {
    let server = start(&[("CRUX_RETRY__MAX_ATTEMPTS", "1")]).await;
    for model in MODELS {
        for cut in (0..120).chain([200, 250, 300]) {
            let status = server
                .client
                .clone()
                .chat(ask(&faulty(model, &format!("cut={cut}")), "hi"))
                .await;
            // A body shorter than the cut is whole.
            if let Ok(answer) = &status {
                let answer: &pb::ChatResponse = answer.get_ref();
                assert_eq!(answer.text, "You said: hi", "{model} cut at {cut}");
                assert!(cut > 100, "{model} cut at {cut}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_splitting_of_the_bytes_gives_the_same_answer() {
    let server = start(&[]).await;
    for model in MODELS {
        let whole = server.stream(ask(model, "ünïcödé 🦀 text")).await;
        for split in [1, 2, 3, 7] {
            let request = ask(&faulty(model, &format!("split={split}")), "ünïcödé 🦀 text");
            let streamed = collect(server.client.clone().stream_chat(request).await).await;
            assert_eq!(
                without_state(streamed.parts()),
                without_state(whole.parts()),
                "{model} split={split}"
            );
        }
    }
}
