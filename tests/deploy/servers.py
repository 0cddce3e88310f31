"""What the tests start: crux, which can be restarted on its port, and the proxies in front of it."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
STARTING = 15.0


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def wait_for(holds, what: str, seconds: float = STARTING) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Crux:
    """One crux with its own sandbox, always on the same port. Its log goes on over restarts."""

    def __init__(self, name: str, scratch: Path, **settings: str) -> None:
        self.name = name
        self.port = free_port()
        self.log = scratch / f"{name}.log"
        self.home = scratch / name
        self.home.mkdir()
        self.settings = settings
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **self.settings}
        command = [os.environ["CRUX"], "serve", "--sandbox"]
        command += ["--listen", f"127.0.0.1:{self.port}", "--admin-listen", "127.0.0.1:0"]
        before = self.count("serving")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.home, env=environment, stdout=log, stderr=log)
        wait_for(lambda: self.count("serving") > before or self.process.poll() is not None, f"the start of {self.name}")
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-2000:]}")

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def freeze(self) -> None:
        """It is there and does nothing, until it thaws."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def gone(self, seconds: float = 40.0) -> int:
        """Waits for its end; its exit code."""
        return self.process.wait(seconds)

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def lines(self) -> list[dict]:
        if not self.log.exists():
            return []
        # The last line may be half written.
        whole = [line for line in self.log.read_text().split("\n")[:-1] if line.startswith("{")]
        return [json.loads(line) for line in whole]

    def count(self, message: str) -> int:
        return sum(line["message"] == message for line in self.lines())

    def calls(self) -> list[dict]:
        """What it says of each call at its end."""
        return [line for line in self.lines() if "request_id" in line]


class Proxy:
    """A proxy over TLS, from its file in deploy/ with other addresses, and with changes where a test is of those."""

    def __init__(self, name: str, scratch: Path, backends: list[Crux], certificate: Path, **changes: str) -> None:
        self.name = name
        self.port = free_port()
        self.scratch = scratch
        self.file = scratch / {"nginx": "nginx.conf", "envoy": "envoy.yaml"}[name]
        self.output = scratch / f"{name}.log"
        self.accesses = scratch / f"{name}.access"
        text = (DEPLOY / name / self.file.name).read_text()
        for setting, value in changes.items():
            text, count = re.subn(rf"\b{setting} [^;]+;", f"{setting} {value};", text)
            assert count, f"{setting} is not set"
        for number, backend in enumerate(backends, start=11):
            text = text.replace(f"10.0.0.{number}:50051", f"127.0.0.1:{backend.port}")
            text = text.replace(
                f"{{ address: 10.0.0.{number}, port_value: 50051 }}",
                f"{{ address: 127.0.0.1, port_value: {backend.port} }}",
            )
        key = certificate.with_suffix(".key")
        text = text.replace("/etc/nginx/tls/tls.crt", str(certificate)).replace("/etc/nginx/tls/tls.key", str(key))
        text = text.replace("/etc/envoy/tls/tls.crt", str(certificate)).replace("/etc/envoy/tls/tls.key", str(key))
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.port}").replace("/run/nginx.pid", f"{scratch}/nginx.pid")
        text = text.replace("/tmp/nginx-", f"{scratch}/nginx-")
        text = text.replace("0.0.0.0, port_value: 8443", f"127.0.0.1, port_value: {self.port}")
        text = text.replace("port_value: 9901", f"port_value: {free_port()}")
        # The file says what is logged; the tests want to know who took each call.
        text = text.replace(
            "access_log off;",
            f"log_format calls '$upstream_addr|$status|$http_grpc_previous_rpc_attempts|$request_time';"
            f" access_log {self.accesses} calls;",
        )
        assert not re.search(r"10\.0\.0\.\d+", text), "an address was not replaced"
        self.file.write_text(text)
        self.process: subprocess.Popen | None = None

    def command(self, *more: str) -> list[str]:
        if self.name == "nginx":
            return ["nginx", "-e", "stderr", "-p", str(self.scratch), "-c", str(self.file), *more]
        return ["envoy", "-c", str(self.file), "--concurrency", "2", "--log-level", "warning", "--disable-hot-restart", *more]

    def check(self) -> subprocess.CompletedProcess:
        """The proxy's own word on its file."""
        flag = ["-t"] if self.name == "nginx" else ["--mode", "validate"]
        return subprocess.run(self.command(*flag), capture_output=True, text=True, timeout=60)

    def start(self) -> None:
        with self.output.open("ab") as log:
            foreground = ["-g", "daemon off;"] if self.name == "nginx" else []
            self.process = subprocess.Popen(self.command(*foreground), stdout=log, stderr=log)
        wait_for(lambda: is_listening(self.port), f"the start of {self.name}")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def certificate(scratch: Path) -> Path:
    """A certificate for localhost, which is its own authority; the key is beside it."""
    path = scratch / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        + ["-keyout", str(path.with_suffix(".key")), "-out", str(path)],
        check=True,
        capture_output=True,
    )
    return path
