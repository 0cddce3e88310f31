"""Addresses, TLS and tokens are checked before anything is sent."""

from __future__ import annotations

import json
import pickle
import traceback
from pathlib import Path

import pytest

import crux
from crux.connection import Connection, service_config

SECRET = "crux_sample_token-value"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("localhost:50051", "dns:///localhost:50051"),
        ("localhost", "dns:///localhost:50051"),
        ("[::1]:1", "dns:///[::1]:1"),
        ("[::1]", "dns:///[::1]:50051"),
        ("http://crux.internal:50051/", "dns:///crux.internal:50051"),
        ("https://crux.internal", "dns:///crux.internal:443"),
        ("dns:///crux.internal:50051", "dns:///crux.internal:50051"),
        ("unix:/run/crux.sock", "unix:/run/crux.sock"),
    ],
)
def test_addresses_become_grpc_targets(address, target):
    assert Connection(address).target == target


@pytest.mark.parametrize(
    "address",
    ["crux.internal:50051", "dns:///crux.internal:1", "10.0.0.1:1", "ipv4:127.0.0.1:1,10.0.0.1:1", "http://a:1"],
)
@pytest.mark.parametrize("client", [crux.Crux, crux.AsyncCrux])
def test_a_token_in_plaintext_to_another_machine_is_refused(client, address):
    with pytest.raises(ValueError, match="plaintext"):
        client(address, token=SECRET)

    client(address, token=SECRET, allow_plaintext_token=True)


@pytest.mark.parametrize(
    "address", ["localhost:1", "127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "unix:/a", "ipv4:127.0.0.1:1,127.0.0.2:1"]
)
def test_a_token_in_plaintext_to_this_machine_is_sent(address):
    crux.Crux(address, token=SECRET)


def test_a_token_over_tls_is_sent():
    crux.Crux("https://crux.internal", token=SECRET)
    crux.Crux("crux.internal:1", token=SECRET, tls=True)
    crux.Crux("crux.internal:1", token=SECRET, tls=crux.TLS())


def test_https_without_tls_makes_no_sense():
    with pytest.raises(ValueError, match="TLS"):
        crux.Crux("https://a", tls=False)


def test_a_certificate_needs_its_key():
    with pytest.raises(ValueError, match="together"):
        crux.TLS(cert=b"x")


@pytest.mark.parametrize("client", [crux.Crux, crux.AsyncCrux])
def test_the_token_is_in_no_repr(client):
    made = client("localhost:1", token=SECRET)

    assert SECRET not in repr(made) + str(made) + repr(made._transport) + repr(made._transport.connection)
    assert "key" in repr(crux.TLS(cert=b"CERT", key=b"PRIVATE"))
    assert "PRIVATE" not in repr(crux.TLS(cert=b"CERT", key=b"PRIVATE"))


@pytest.mark.parametrize("token", ["", f"{SECRET}\n", f"{SECRET} x", f"{SECRET}é"])
def test_a_malformed_token_is_refused_without_being_shown(token):
    with pytest.raises(ValueError, match="token: expected") as raised:
        crux.Crux("localhost:1", token=token)
    assert SECRET not in "".join(traceback.format_exception(raised.value))

    with crux.Crux("localhost:1", token=lambda: token) as client, pytest.raises(ValueError, match="token: expected"):
        client.server_info()


def test_the_token_goes_over_other_metadata():
    connection = Connection("localhost:1", token=SECRET, metadata={"Crux-Tenant": "a", "x": "1"})

    assert dict(connection.call_metadata({"x": "2", "Authorization": "none"})) == {
        "crux-tenant": "a",
        "x": "2",
        "authorization": f"Bearer {SECRET}",
    }


def test_the_embedded_service_config_is_the_published_one():
    published = Path(__file__).parents[3] / "service-config.json"

    assert json.loads(service_config()) == json.loads(published.read_text())


def test_errors_survive_pickling():
    error = crux.CallError(crux.v1.ErrorDetail(code=14, message="gone", retryable=True), request_id="r")
    again = pickle.loads(pickle.dumps(error))

    assert str(again) == str(error) == "UNAVAILABLE: gone [request r]"
    assert isinstance(again, crux.CallError)
