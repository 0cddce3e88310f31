#!/bin/sh
# Assembles the root file system of the image: deploy/rootfs.sh <crux binary> <directory>
#
# It holds the binary, the libraries that it names, their loader, the authorities' certificates and two lines of user
# database; no shell, no package manager, nothing else. The Dockerfile's build stage and tests/deploy/image.sh both run
# this, so that what is tested is what is shipped. To be run as root: /var/lib/crux belongs to the user in it.
set -eu

binary=$1 root=$2
user=65532
certificates=/etc/ssl/certs/ca-certificates.crt

fail() {
    printf 'rootfs: %s\n' "$1" >&2
    exit 1
}

[ -x "$binary" ] || fail "$binary is no program"
[ -s "$certificates" ] || fail "$certificates is missing (Debian's package ca-certificates)"
[ ! -e "$root" ] || [ -z "$(ls -A "$root")" ] || fail "$root is not empty"

# Modes are those named here, whatever the caller's mask.
umask 022
mkdir -p "$root"
chmod 755 "$root"

# put <file> <path in the image>: links are followed, so that every path is a file.
put() {
    mkdir -p "$root/$(dirname "$2")"
    cp -L "$1" "$root/$2"
    chmod "${3:-644}" "$root/$2"
}

put "$binary" /usr/bin/crux 755
# "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)", and the loader as "/lib64/ld-linux-x86-64.so.2 (0x...)". A
# static binary has none.
libraries=$(ldd "$binary" 2>/dev/null || true)
case $libraries in *'not found'*) fail "$libraries" ;; esac
printf '%s\n' "$libraries" | sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' |
    while read -r library; do
        put "$library" "$library" 755
    done

put "$certificates" "$certificates"
mkdir -p "$root/etc" "$root/var/lib/crux" "$root/tmp" "$root/proc" "$root/dev" "$root/sys"
printf 'root:x:0:0:root:/:/nonexistent\ncrux:x:%s:%s:crux:/var/lib/crux:/nonexistent\n' "$user" "$user" \
    >"$root/etc/passwd"
printf 'root:x:0:\ncrux:x:%s:\n' "$user" >"$root/etc/group"
# Without it glibc asks the name server before the hosts file.
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
chmod 700 "$root/var/lib/crux"
chown -R 0:0 "$root"
chown "$user:$user" "$root/var/lib/crux"

# The same input gives the same bytes: times are the source's, not those of the copying.
find "$root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
