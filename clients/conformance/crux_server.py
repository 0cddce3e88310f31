"""A crux of its own process with its sandbox inside, what its sandbox counts, and certificates to serve with."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable

STARTS_WITHIN_SECONDS = 20


class CruxServer:
    """`crux serve --sandbox` on free ports, with nothing of the caller's environment."""

    def __init__(self, crux: str, settings: dict[str, str] | None = None) -> None:
        self._home = tempfile.TemporaryDirectory()
        environment = {"PATH": os.environ["PATH"], "HOME": self._home.name, **(settings or {})}
        command = [crux, "serve", "--sandbox", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
        self._log = pathlib.Path(self._home.name) / "log"
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                command, env=environment, cwd=self._home.name, stdout=log, stderr=subprocess.STDOUT
            )
        serving = self._serving()
        self.address: str = serving["address"]
        self._sandbox = f"http://{serving['sandbox']}/sandbox"

    def _serving(self) -> dict[str, str]:
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            for line in self._log.read_text(encoding="utf-8").splitlines():
                if '"message":"serving"' in line:
                    return json.loads(line)
            time.sleep(0.05)
        raise SystemExit(f"conformance: crux did not start:\n{self._log.read_text(encoding='utf-8')}")

    def stats(self) -> dict[str, int]:
        """What the sandbox counted."""
        with urllib.request.urlopen(f"{self._sandbox}/stats", timeout=5) as answer:
            return json.load(answer)

    def last_request(self) -> str:
        """The last request that the sandbox got, as it wrote it down."""
        with urllib.request.urlopen(f"{self._sandbox}/requests?last=1", timeout=5) as answer:
            return answer.read().decode()

    def forget(self) -> None:
        """Lets the sandbox forget what it counted."""
        urllib.request.urlopen(urllib.request.Request(f"{self._sandbox}/reset", method="POST"), timeout=5).close()

    def once_open(self, action: Callable[[], None]) -> threading.Thread:
        """Does something a moment after the provider has been asked; to be joined."""

        def wait_and_act() -> None:
            until = time.monotonic() + 10
            while time.monotonic() < until and not self.stats()["open"]:
                time.sleep(0.02)
            time.sleep(0.3)
            action()

        thread = threading.Thread(target=wait_and_act)
        thread.start()
        return thread

    def signal(self, name: str) -> None:
        """Sends it a signal."""
        self._process.send_signal(getattr(signal, f"SIG{name}"))

    def stop(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()
        self._home.cleanup()


class Certificates:
    """A certificate authority, and certificates of a server and a client, made by openssl in a directory."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", "/CN=conformance", "-keyout", "ca.key", "-out", "ca.pem")  # fmt: skip
        for name, alternative in (("server", "IP:127.0.0.1,DNS:localhost"), ("client", "DNS:client.test")):
            self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                          f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
            (directory / "extensions").write_text(f"subjectAltName={alternative}\n", encoding="utf-8")
            self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2",
                          "-CAcreateserial", "-extfile", "extensions", "-out", f"{name}.pem")  # fmt: skip

    def path(self, name: str) -> str:
        """Where `ca.pem`, `server.key` and the others are."""
        return str(self._directory / name)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._directory, check=True, capture_output=True)
