"""Rolling restarts under load: two crux, each restarted twice, behind each proxy and with the client's own round robin.

No call may fail that the contract says can be retried, and every stream ends with `finished`, or with `failed` and
SHUTTING_DOWN when it outlives the drain. Prints what was counted, and ends with "rolling: N passed, N failed".
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import grpc

from counting import check, finish
from load import OPTIONS, Load
from servers import Crux, Proxy, certificate, wait_for

GRACE = 1.5
# What may become of a call. Those that are left are left by the load itself.
ALLOWED = {
    ("whole", "finished"),
    ("read", "finished"),
    ("stream", "finished"),
    ("stream", "failed SHUTTING_DOWN"),
    ("long", "failed SHUTTING_DOWN"),
    ("long", "left"),
}


def calls_since(crux: Crux, moment: int) -> int:
    return len(crux.calls()) - moment


def rejoined(crux: Crux) -> float:
    """Waits until a server that came back has calls again."""
    begun, moment = time.monotonic(), len(crux.calls())
    wait_for(lambda: calls_since(crux, moment) >= 5, f"calls at {crux.name}", 20)
    return time.monotonic() - begun


def roll(name: str, servers: list[Crux], channels: list[grpc.Channel]) -> None:
    print(f"-- {name}")
    moments = [len(server.calls()) for server in servers]
    load = Load(channels, name.replace(" ", "-"))
    load.start()
    for server in servers:
        rejoined(server)
    took, codes, waits = [], [], []
    for _ in range(2):
        for server in servers:
            begun = time.monotonic()
            server.terminate()
            codes.append(server.gone())
            took.append(time.monotonic() - begun)
            # As long as a machine's restart takes at least, calls have one server alone.
            time.sleep(0.3)
            server.start()
            # What minReadySeconds and a readiness probe are for: the next goes when this one takes calls.
            waits.append(rejoined(server))
    load.stop()

    endings = load.endings()
    # A server says its line after the caller knows the end.
    time.sleep(0.3)
    seen = [line for server, moment in zip(servers, moments) for line in server.calls()[moment:]]
    lines = Counter(line["request_id"] for line in seen)
    finished = Counter(line["request_id"] for line in seen if line.get("outcome") == "finished")
    refused = sum(line.get("reason") == "SHUTTING_DOWN" and line.get("outcome") == "failed" and
                  not line.get("time_to_first_token_ms") for line in seen)
    chats = [call for call in load.calls if call.kind != "read"]
    again = sum(lines[call.id] > 1 for call in chats)
    allowed = sum(count for key, count in endings.items() if key in ALLOWED)
    print(f"   calls {len(load.calls)}, ended as they may {allowed}, otherwise {len(load.calls) - allowed}")
    for (kind, ending), count in sorted(endings.items()):
        print(f"   {kind:7} {ending:45} {count:6}")
    print(f"   refused by a server that goes away {refused}, taken by the other one instead {again}")
    print(f"   drains {', '.join(f'{each:.1f}' for each in took)} s; calls again after "
          f"{', '.join(f'{each:.1f}' for each in waits)} s")
    for call in load.calls:
        if (call.kind, call.ending) not in ALLOWED:
            print(f"   | {call.id} {call.kind}: {call.ending}: {call.words[:200]}")

    check(f"{name}: every call ended as the contract lets it", allowed == len(load.calls))
    check(f"{name}: streams that outlived the drain ended with SHUTTING_DOWN", endings["long", "failed SHUTTING_DOWN"] >= 4)
    check(f"{name}: streams that could end did", endings["stream", "finished"] > 50)
    check(f"{name}: no call ran to its end twice", max(finished.values()) == 1)
    check(f"{name}: every restart ended with exit code 0", codes == [0, 0, 0, 0])
    check(f"{name}: within its grace and a second", max(took) < GRACE + 1.6)
    check(f"{name}: both servers were at work in the end", min(len(server.calls()) for server in servers) > 0)


def run(scratch: Path) -> None:
    settings = {"CRUX_SERVER__DRAIN_GRACE": f"{int(GRACE * 1000)}ms", "CRUX_REGISTRY__BACKGROUND": "false"}
    servers = [Crux(name, scratch, **settings) for name in ("first", "second")]
    proxies = []
    try:
        for server in servers:
            server.start()

        target = "ipv4:" + ",".join(f"127.0.0.1:{server.port}" for server in servers)
        channels = [grpc.insecure_channel(target, options=OPTIONS) for _ in range(2)]
        roll("round robin", servers, channels)
        for channel in channels:
            channel.close()

        pem = certificate(scratch)
        for name in ("nginx", "envoy"):
            proxy = Proxy(name, scratch, servers, pem)
            proxies.append(proxy)
            said = proxy.check()
            check(f"{name} accepts its file", said.returncode == 0 and "warn" not in said.stderr, said.stderr)
            proxy.start()
            credentials = grpc.ssl_channel_credentials(pem.read_bytes())
            channels = [
                grpc.secure_channel(f"localhost:{proxy.port}", credentials, options=OPTIONS) for _ in range(2)
            ]
            roll(name, servers, channels)
            if name == "nginx":
                accesses = [line.split("|") for line in proxy.accesses.read_text().splitlines()]
                passed_on = sum("," in servers_tried for servers_tried, *_ in accesses)
                repeated = sum(previous not in ("-", "") for _, _, previous, _ in accesses)
                own = [access for access in accesses if access[1] != "200"]
                check("nginx: there was always a server to pass a call on to", passed_on > 0 and not own, own[:5])
                print(f"   of {len(accesses)} requests, nginx passed {passed_on} on to the next server; "
                      f"{repeated} were the client's own repetitions")
            for channel in channels:
                channel.close()
            proxy.stop()
    finally:
        for proxy in proxies:
            proxy.stop()
            if not proxy.output.exists() or "-v" in sys.argv:
                print(proxy.output.read_text()[-3000:])
        for server in servers:
            server.kill()


with tempfile.TemporaryDirectory() as directory:
    run(Path(directory))
finish("rolling")
