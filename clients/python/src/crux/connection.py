"""Where the server is, and how it is connected to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike

    from typing_extensions import Self

_RECEIVE_LIMIT_BYTES = 64 * 1024 * 1024
_RETRY_BUFFER_BYTES = 64 * 1024 * 1024
_CONNECT_TIMEOUT_MS = 5_000
_DEFAULT_PORT = 50051
_SCHEMES = ("dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "xds:", "passthrough:")


@dataclass(frozen=True, repr=False)
class TLS:
    """Certificates for TLS, each as PEM. Without any, the server's is checked against the usual authorities."""

    ca: bytes | None = None
    """Authorities that may have signed the server's certificate."""
    cert: bytes | None = None
    """The caller's own certificate chain, for mTLS. Goes with `key`."""
    key: bytes | None = None
    """The private key of `cert`."""
    server_name: str | None = None
    """The name the server's certificate must have, where it is not the address's own."""

    @classmethod
    def from_files(
        cls,
        *,
        ca: str | PathLike[str] | None = None,
        cert: str | PathLike[str] | None = None,
        key: str | PathLike[str] | None = None,
        server_name: str | None = None,
    ) -> Self:
        """Reads PEM files; raises OSError."""

        def read(path: str | PathLike[str] | None) -> bytes | None:
            if path is None:
                return None
            with open(path, "rb") as file:  # noqa: PTH123 - takes every PathLike
                return file.read()

        return cls(ca=read(ca), cert=read(cert), key=read(key), server_name=server_name)

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise ValueError("TLS: cert and key go together")

    def __repr__(self) -> str:
        given = [name for name in ("ca", "cert", "key", "server_name") if getattr(self, name) is not None]
        return f"TLS({', '.join(given)})"


@dataclass(frozen=True, repr=False)
class Connection:
    """A checked set of what it takes to connect."""

    address: str
    token: str | Callable[[], str] | None = field(default=None)
    tls: TLS | bool | None = None
    allow_plaintext_token: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[tuple[str, Any]] = ()

    def __post_init__(self) -> None:
        if not self.address:
            raise ValueError("address: expected <host>:<port>, found nothing")
        if self.tls is False and self.address.startswith("https://"):
            raise ValueError("address: an https:// address goes with TLS")
        if isinstance(self.token, str):
            _check_token(self.token)
        exposed = self.token is not None and self.credentials is None and not _is_loopback(_host(self.target))
        if exposed and not self.allow_plaintext_token:
            raise ValueError(
                f"a token would go to {self.address} in plaintext: pass tls=True, or allow_plaintext_token=True"
            )

    @property
    def target(self) -> str:
        """The address as gRPC spells it."""
        address = self.address
        for scheme in ("http://", "https://"):
            if address.startswith(scheme):
                rest = address.removeprefix(scheme).rstrip("/")
                port = {"http://": 80, "https://": 443}[scheme]
                return f"dns:///{rest if _has_port(rest) else f'{rest}:{port}'}"
        if address.startswith(_SCHEMES):
            return address
        return f"dns:///{address if _has_port(address) else f'{address}:{_DEFAULT_PORT}'}"

    @property
    def credentials(self) -> grpc.ChannelCredentials | None:
        """None for plaintext."""
        tls = self.tls
        if tls is None:
            tls = self.address.startswith("https://")
        if tls is False:
            return None
        files = tls if isinstance(tls, TLS) else TLS()
        return grpc.ssl_channel_credentials(files.ca, files.key, files.cert)

    @property
    def channel_options(self) -> list[tuple[str, Any]]:
        """Options of the channel; the caller's own come last, and win."""
        options: list[tuple[str, Any]] = [
            ("grpc.primary_user_agent", f"crux-client-python/{_version()}"),
            ("grpc.service_config", service_config()),
            ("grpc.service_config_disable_resolution", 1),
            ("grpc.enable_retries", 1),
            # A request larger than the buffer would not be retried; it is in memory anyhow.
            ("grpc.per_rpc_retry_buffer_size", _RETRY_BUFFER_BYTES),
            ("grpc.max_receive_message_length", _RECEIVE_LIMIT_BYTES),
            ("grpc.max_send_message_length", -1),
            # Pings while calls run, however quiet they are.
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.keepalive_timeout_ms", 20_000),
            ("grpc.keepalive_permit_without_calls", 0),
            ("grpc.http2.max_pings_without_data", 0),
            # gRPC gives a connection 20 s by default: too long to learn that an address is wrong.
            ("grpc.min_reconnect_backoff_ms", _CONNECT_TIMEOUT_MS),
        ]
        if isinstance(self.tls, TLS) and self.tls.server_name:
            options.append(("grpc.ssl_target_name_override", self.tls.server_name))
        return [*options, *self.options]

    def call_metadata(self, extra: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
        """Metadata of one call: the connection's, the call's own over it, and the token."""
        merged = {key.lower(): value for key, value in {**self.metadata, **(extra or {})}.items()}
        token = self.token() if callable(self.token) else self.token
        if token is not None:
            _check_token(token)
            merged["authorization"] = f"Bearer {token}"
        return tuple(merged.items())

    def __repr__(self) -> str:
        return f"Connection({self.address!r})"


def service_config() -> str:
    """Returns the published service config: round robin, and gRPC's own retries."""
    return resources.files("crux").joinpath("service_config.json").read_text(encoding="utf-8")


def _version() -> str:
    try:
        return metadata.version("crux-client")
    except metadata.PackageNotFoundError:  # run from its sources
        return "0"


def _check_token(token: str) -> None:
    # gRPC would refuse it too, but print it.
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("token: expected visible ASCII characters")


def _has_port(authority: str) -> bool:
    return authority.rpartition("]")[2].count(":") == 1


def _host(target: str) -> str:
    scheme, _, rest = target.partition(":")
    if scheme.startswith("unix"):
        return "localhost"
    endpoint = rest.rpartition("/")[2] if rest.startswith("//") else rest
    if "," in endpoint:  # ipv4:1.2.3.4:1,5.6.7.8:1
        hosts = [_host(f"{scheme}:{one}") for one in endpoint.split(",")]
        return next((host for host in hosts if not _is_loopback(host)), hosts[0])
    host = endpoint.rpartition(":")[0] if _has_port(endpoint) else endpoint
    return host.strip("[]")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
