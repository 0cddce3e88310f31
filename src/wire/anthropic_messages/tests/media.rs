//! Media, and what the API has no place for.

use super::*;

#[test]
fn media_become_images_and_documents() {
    let bytes = || MediaSource::Data(Bytes::from_static(b"abc"));
    let url = |url: &str| MediaSource::Url(url.to_owned());
    for (part, expected) in [
        (
            media("image/png", bytes()),
            json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "YWJj"}}),
        ),
        (
            media("image/jpeg", url("https://x/y")),
            json!({"type": "image", "source": {"type": "url", "url": "https://x/y"}}),
        ),
        (
            media("", url("https://x/y.PNG?z")),
            json!({"type": "image", "source": {"type": "url", "url": "https://x/y.PNG?z"}}),
        ),
        (
            media("", url("https://x/y.pdf")),
            json!({"type": "document", "source": {"type": "url", "url": "https://x/y.pdf"}}),
        ),
        (
            media("application/pdf", bytes()),
            json!({"type": "document",
                   "source": {"type": "base64", "media_type": "application/pdf", "data": "YWJj"}}),
        ),
        (
            media("text/markdown; charset=utf-8", bytes()),
            json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "abc"}}),
        ),
        (
            media("image/png", file("p")),
            json!({"type": "image", "source": {"type": "file", "file_id": "file_1"}}),
        ),
        (
            media("text/csv", file("p")),
            json!({"type": "container_upload", "file_id": "file_1"}),
        ),
    ] {
        let body = encode(&chat(vec![message(Role::User, vec![part])]));
        assert_eq!(body["messages"][0]["content"][0], expected);
    }
}

#[test]
fn a_named_document_has_a_title_and_its_options() {
    let mut part = media("application/pdf", MediaSource::Url("https://x/y".to_owned()));
    if let PartKind::Media(media) = &mut part.kind {
        media.name = Some("y.pdf".to_owned());
    }
    part.provider_options = options("p", &json!({"citations": {"enabled": true}}));

    let body = encode(&chat(vec![message(Role::User, vec![part])]));

    assert_eq!(
        body["messages"][0]["content"][0],
        json!({"type": "document", "source": {"type": "url", "url": "https://x/y"}, "title": "y.pdf",
               "citations": {"enabled": true}})
    );
}

#[test]
fn files_need_a_beta_and_their_own_provider() {
    let call = chat(vec![message(
        Role::User,
        vec![media("application/pdf", file("p"))],
    )]);
    let encoded = try_encode(&call, BUDGET).unwrap();
    assert_eq!(
        header(&encoded, "anthropic-beta").as_deref(),
        Some("files-api-2025-04-14")
    );

    let call = chat(vec![message(
        Role::User,
        vec![media("application/pdf", file("elsewhere"))],
    )]);
    assert_eq!(refused(&call, BUDGET), "messages[0].content[0].media");
}

#[test]
fn what_the_api_has_no_place_for_is_refused() {
    let bytes = || MediaSource::Data(Bytes::from_static(b"\xff"));
    for mime in ["audio/wav", "video/mp4", "application/zip", "text/plain"] {
        let call = chat(vec![message(Role::User, vec![media(mime, bytes())])]);
        assert_eq!(refused(&call, BUDGET), "messages[0].content[0].media", "{mime}");
    }
    let call = chat(vec![message(Role::Assistant, vec![media("image/png", bytes())])]);
    assert_eq!(refused(&call, BUDGET), "messages[0].content[0].media");
    let call = ChatCall {
        output_modalities: vec![Modality::Text, Modality::Image],
        ..hi()
    };
    assert_eq!(refused(&call, BUDGET), "output_modalities");
}

#[test]
fn tool_results_hold_media() {
    let image = media("image/png", MediaSource::Data(Bytes::from_static(b"abc")));
    let call = chat(vec![
        message(Role::Assistant, vec![tool_call("a", "{}")]),
        message(
            Role::Tool,
            vec![tool_result("a", vec![Part::text("see"), image], false)],
        ),
    ]);
    let body = encode(&call);
    let content = &body["messages"][1]["content"][0]["content"];
    assert_eq!(content[0]["type"], "text");
    assert_eq!(content[1]["source"]["data"], "YWJj");
}
