"""Runs a program in a root file system as a container engine would: alone in it, without rights.

contain.py <root> [--writable <path>]... [--bind <file>:<path>]... [NAME=value]... -- <program> [argument]...

The root is mounted read-only; each writable path is an empty memory file system of the unprivileged user's. The user has
no capability, can gain none, and nothing of the caller's environment. The process id stays the caller's, and so does
the network. To be started by `unshare --mount`, as root or as root of a user namespace.
"""

import argparse
import ctypes
import os
import subprocess
import sys

USER = 65532
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def arrange(root: str, writable: list[str], binds: list[str]) -> None:
    mount("--bind", root, root)
    for path in writable:
        mount("-t", "tmpfs", "-o", f"uid={USER},gid={USER},mode=0700,nosuid,nodev", "tmpfs", root + path)
    for bind in binds:
        source, path = bind.split(":")
        mount("--bind", source, root + path)
        mount("-o", "remount,bind,ro", root + path)
    mount("-o", "remount,bind,ro,nosuid,nodev", root)


def renounce(capabilities: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(capabilities):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"capability {capability} stays")
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    # Leaving root empties every set of capabilities.
    os.setresuid(USER, USER, USER)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")


def main() -> None:
    own, program = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, program = own[:at], own[at + 1 :]
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("--writable", action="append", default=[])
    parser.add_argument("--bind", action="append", default=[])
    parser.add_argument("environment", nargs="*")
    arguments = parser.parse_intermixed_args(own)

    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        capabilities = int(file.read()) + 1
    arrange(arguments.root, arguments.writable, arguments.bind)
    os.chroot(arguments.root)
    os.chdir("/var/lib/crux")
    renounce(capabilities)
    environment = dict(pair.split("=", 1) for pair in arguments.environment)
    os.execve(program[0], program, environment)


main()
