"""Tokens and certificates, against servers that want them."""

from __future__ import annotations

import traceback

import pytest

import crux

TOKEN = "correct-horse"


def test_the_right_token_is_served(token_server, way):
    info = way.call(token_server.address, "server_info", options={"token": TOKEN})
    assert info.caller.scopes

    asked = []
    way.call(token_server.address, "server_info", options={"token": lambda: asked.append(1) or TOKEN})
    assert asked


@pytest.mark.parametrize("token", [None, "wrong-token-value"])
def test_a_wrong_token_is_unauthenticated_and_not_shown(token_server, way, token):
    with pytest.raises(crux.CallError) as raised:
        way.call(token_server.address, "chat", model="openai/gpt-5", messages="x", options={"token": token})

    error = raised.value
    assert error.code.name == "UNAUTHENTICATED"
    assert error.reason_name == "UNAUTHENTICATED"
    assert not error.retryable
    assert "wrong-token-value" not in "".join(traceback.format_exception(error))


def test_mtls_is_served(mtls_server, certificates, way):
    tls = crux.TLS.from_files(
        ca=certificates / "ca.pem", cert=certificates / "client.pem", key=certificates / "client.key"
    )

    response = way.call(
        mtls_server.address, "chat", model="openai/gpt-5", messages="x", options={"tls": tls, "token": None}
    )

    assert response.text == "You said: x"


def test_no_client_certificate_is_refused(mtls_server, certificates, way):
    tls = crux.TLS.from_files(ca=certificates / "ca.pem")

    with pytest.raises(crux.CallError) as raised:
        way.call(mtls_server.address, "server_info", options={"tls": tls})

    assert raised.value.code.name == "UNAUTHENTICATED"


def test_a_server_of_another_authority_is_refused(mtls_server, way):
    with pytest.raises(crux.CallError) as raised:
        way.call(mtls_server.address, "server_info", options={"tls": True})

    assert raised.value.code.name == "UNAVAILABLE"


def test_plaintext_to_a_tls_server_fails(mtls_server, way):
    with pytest.raises(crux.CallError) as raised:
        way.call(mtls_server.address, "server_info")

    assert raised.value.code.name == "UNAVAILABLE"


def test_the_name_of_the_server_can_be_said(mtls_server, certificates, way):
    files = {
        "ca": certificates / "ca.pem",
        "cert": certificates / "client.pem",
        "key": certificates / "client.key",
    }
    tls = crux.TLS.from_files(**files, server_name="crux.example")
    assert way.call(mtls_server.address, "server_info", options={"tls": tls}).server.version

    wrong = crux.TLS.from_files(**files, server_name="other.example")
    with pytest.raises(crux.CallError):
        way.call(mtls_server.address, "server_info", options={"tls": wrong})
