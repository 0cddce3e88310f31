"""A wire between a client and crux, for breaking: what a node, a balancer or a cable does to connections."""

import contextlib
import socket
import struct
import threading

# A socket that is closed with this sends a reset at once.
RESETS = struct.pack("ii", 1, 0)

# HTTP/2 (RFC 9113, sections 3.4 and 4.1): what a client says first, and the frame that begins a request.
PREFACE_BYTES = 24
FRAME_HEAD_BYTES = 9
HEADERS_FRAME = 1


class Wire:
    """Carries connections to `address`. The first `lost` of them break as their first request begins, unseen by crux."""

    def __init__(self, address: str, lost: int = 0) -> None:
        self._address = address
        self._lost = lost
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        host, port = self._address.rsplit(":", 1)
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection((host, int(port)))
                with self._lock:
                    self._open += [near, far]
                loses, self._lost = self._lost > 0, max(0, self._lost - 1)
                there = (self._carry_until_a_request if loses else carry, near, far)
                for carries, source, target in (there, (carry, far, near)):
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=carries, args=(source, target), daemon=True).start()

    def _carry_until_a_request(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            far.sendall(exactly(near, PREFACE_BYTES))
            while (head := exactly(near, FRAME_HEAD_BYTES))[3] != HEADERS_FRAME:
                far.sendall(head + exactly(near, int.from_bytes(head[:3])))
        self.cut()

    def cut(self) -> None:
        """Cuts every connection; new ones are carried."""
        with self._lock:
            for each in self._open:
                reset(each)
            self._open.clear()

    def stop(self) -> None:
        """Takes no more, and cuts what there is."""
        # Closing alone does not wake who waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()


def carry(source: socket.socket, target: socket.socket) -> None:
    """Carries bytes one way, to the end."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def exactly(source: socket.socket, count: int) -> bytes:
    """So many bytes; an end before them is an error."""
    data = b""
    while len(data) < count:
        more = source.recv(count - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data


def reset(connection: socket.socket) -> None:
    """Ends it without a word, as a crash does; wakes who waits for it."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETS)
        connection.shutdown(socket.SHUT_RD)
    connection.close()
