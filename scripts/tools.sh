#!/usr/bin/env bash
# Makes sure that the named tools are there: scripts/tools.sh cargo buf grpcurl ...
#
# The one place where versions of tools are pinned. What can be kept apart is installed under target/tools and
# nowhere else; compilers and system packages are installed only where this runs as root with apt-get, and are
# named otherwise. A tool that is there already costs nothing.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

CARGO_MINIMUM=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
readonly CARGO_MINIMUM
readonly BUF=1.75.0
readonly GRPCURL=1.9.3
readonly GRPC_HEALTH_PROBE=0.4.61
readonly HELM=3.22.0
readonly KUSTOMIZE=5.7.1
readonly COMPOSE_GO=2.16.2
readonly PROMETHEUS_OPERATOR=0.85.0
readonly CARGO_DENY=0.20.2
readonly CARGO_LLVM_COV=0.9.1
readonly CARGO_FUZZ=0.13.2

# No download may hang for ever.
readonly LIMIT=2400

tools=${CARGO_TARGET_DIR:-target}/tools
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)

say() { printf 'tools: %s\n' "$*" >&2; }

fail() {
    printf 'tools: %s\n' "$@" >&2
    exit 1
}

# apt <package>...: installs system packages, or names them.
apt() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "missing: $*" "install with your system's packages (Debian's names are given), then run this again"
    fi
    say "apt-get install $*"
    apt_update
    # No package starts a service here.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive timeout "$LIMIT" apt-get install -y -qq --no-install-recommends "$@" \
        </dev/null >/dev/null
}

# One update for all installations of an hour.
apt_update() {
    [ -z "$(find "$tools/apt-updated" -mmin -60 2>/dev/null)" ] || return 0
    timeout "$LIMIT" apt-get update -qq </dev/null >/dev/null
    touch "$tools/apt-updated"
}

# is_at_least <version> <minimum>
is_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# pinned <file> <version>: whether this version was installed by this script.
pinned() { [ -x "$tools/bin/$1" ] && [ "$(cat "$tools/$1.version" 2>/dev/null)" = "$2" ]; }

install_cc() {
    command -v cc >/dev/null || apt gcc libc6-dev
}

install_make() {
    command -v make >/dev/null || apt make
}

install_openssl() {
    command -v openssl >/dev/null || apt openssl
}

# Debian keeps the server's programs off the path.
install_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || apt postgresql
    [ "$(id -u)" != 0 ] || command -v runuser >/dev/null || apt util-linux
}

# The compiler is never installed from here: it is the one thing that a person chooses for the whole machine.
install_cargo() {
    local how="rustup (https://rustup.rs): rustup toolchain install stable --component clippy,rustfmt"
    command -v cargo >/dev/null || fail "cargo is missing; crux needs $CARGO_MINIMUM or later" "get it with $how"
    local version
    version=$(cargo --version | cut -d ' ' -f 2)
    is_at_least "${version%%-*}" "$CARGO_MINIMUM" ||
        fail "cargo is $version; crux needs $CARGO_MINIMUM or later" "get it with $how, or rustup update stable"
    install_cc
}

install_lints() {
    install_cargo
    cargo fmt --version >/dev/null 2>&1 || fail "cargo fmt is missing" "get it with: rustup component add rustfmt"
    cargo clippy --version >/dev/null 2>&1 || fail "cargo clippy is missing" "get it with: rustup component add clippy"
}

install_python() {
    command -v python3 >/dev/null || apt python3 python3-venv
    # Debian's python3 comes without what makes an environment.
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt python3-venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "$(python3 --version) is too old: the providers' SDKs need Python 3.10 or later"
}

install_go() {
    command -v go >/dev/null || apt golang-go ca-certificates
    local version
    version=$(go env GOVERSION)
    # From there on, go fetches the release that a module asks for by itself.
    is_at_least "${version#go}" 1.21 || fail "$version is too old: go 1.21 or later is needed, from https://go.dev/dl"
}

install_node() {
    command -v npm >/dev/null || apt nodejs npm
    local version
    version=$(node --version)
    is_at_least "${version#v}" 20 || fail "node $version is too old: 20 or later is needed, from https://nodejs.org"
}

install_java() {
    command -v javac >/dev/null || apt openjdk-17-jdk-headless
    command -v mvn >/dev/null || apt maven
    local version
    version=$(javac -version 2>&1)
    is_at_least "${version#javac }" 17 || fail "$version is too old: the Java client needs 17 or later"
}

# A browser for tests/web.
install_chromium() {
    command -v chromium >/dev/null || apt chromium
}

install_buf() {
    pinned buf "$BUF" && return
    install_node
    say "buf $BUF"
    timeout "$LIMIT" npm install --silent --no-audit --no-fund --no-save --prefix "$tools/buf" \
        "@bufbuild/buf@$BUF" </dev/null >/dev/null
    mkdir -p "$tools/bin"
    ln -sf ../buf/node_modules/.bin/buf "$tools/bin/buf"
    echo "$BUF" >"$tools/buf.version"
}

# module <binary> <package> <module's version>: builds a program of a Go module.
module() {
    local binary=$1 package=$2 version=$3
    pinned "$binary" "$version" && return
    install_go
    say "$binary $version"
    mkdir -p "$tools/build" "$tools/bin"
    # Its progress is long and of interest only when it fails.
    if ! GOBIN="$tools/build" timeout "$LIMIT" go install "$package@v$version" </dev/null 2>"$tools/$binary.log"; then
        cat "$tools/$binary.log" >&2
        return 1
    fi
    mv "$tools/build/$(basename "${package%/v[0-9]}")" "$tools/bin/$binary"
    echo "$version" >"$tools/$binary.version"
}

install_grpcurl() { module grpcurl github.com/fullstorydev/grpcurl/cmd/grpcurl "$GRPCURL"; }
install_grpc_health_probe() {
    module grpc-health-probe github.com/grpc-ecosystem/grpc-health-probe "$GRPC_HEALTH_PROBE"
}
install_helm() { module helm helm.sh/helm/v3/cmd/helm "$HELM"; }
install_kustomize() { module kustomize sigs.k8s.io/kustomize/kustomize/v5 "$KUSTOMIZE"; }
# Checks Compose files where there is no Docker.
install_compose_spec() { module compose-spec github.com/compose-spec/compose-go/v2/cmd "$COMPOSE_GO"; }

# What a ServiceMonitor may hold, as the operator defines it.
install_service_monitor() {
    [ "$(cat "$tools/servicemonitor.version" 2>/dev/null)" != "$PROMETHEUS_OPERATOR" ] || return 0
    install_go
    local module=github.com/prometheus-operator/prometheus-operator directory
    directory=$(cd "$tools" && GOFLAGS=-mod=mod timeout "$LIMIT" \
        go mod download -json "$module@v$PROMETHEUS_OPERATOR" | sed -n 's/^.*"Dir": "\(.*\)",*$/\1/p')
    install -m 644 "$directory/example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml" \
        "$tools/servicemonitor.yaml"
    echo "$PROMETHEUS_OPERATOR" >"$tools/servicemonitor.version"
}

# What tests/deploy contains crux with, and what goes into the image.
install_containment() {
    { command -v unshare && command -v nsenter; } >/dev/null || apt util-linux
    command -v strip >/dev/null || apt binutils
    [ -s /etc/ssl/certs/ca-certificates.crt ] || apt ca-certificates
}

install_nginx() {
    command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || apt nginx-light
}

# Out of Debian's package, without the service that it would start.
install_prometheus() {
    command -v promtool >/dev/null || [ -x "$tools/bin/promtool" ] && return
    command -v apt-get >/dev/null || fail "missing: prometheus and promtool" "install them, then run this again"
    say "prometheus, of Debian's package"
    apt_update
    mkdir -p "$tools/debian" "$tools/bin"
    (cd "$tools/debian" && timeout "$LIMIT" apt-get download -qq prometheus >/dev/null && dpkg -x prometheus_*.deb .)
    rm -f "$tools"/debian/*.deb
    ln -sf ../debian/usr/bin/prometheus ../debian/usr/bin/promtool "$tools/bin/"
}

# crate <binary> <package> <version>
crate() {
    pinned "$1" "$3" && return
    install_cargo
    say "$2 $3 (built from source, minutes the first time)"
    # Built apart, so that a build of crux and this one do not wait for each other.
    timeout "$LIMIT" cargo install --quiet --locked --root "$tools" --target-dir "$tools/build" "$2@$3" </dev/null
    rm -rf "$tools/build"
    echo "$3" >"$tools/$1.version"
}

install_deny() { crate cargo-deny cargo-deny "$CARGO_DENY"; }

install_fuzz() {
    crate cargo-fuzz cargo-fuzz "$CARGO_FUZZ"
    command -v c++ >/dev/null || apt g++
}

# Coverage is read by LLVM's own tools, which must be of the compiler's LLVM version. rustup has them as a
# component, Debian as llvm-<version>.
install_llvm_cov() {
    crate cargo-llvm-cov cargo-llvm-cov "$CARGO_LLVM_COV"
    local version own
    version=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    own=$(rustc --print target-libdir)/../bin
    if [ -x "$own/llvm-profdata" ]; then
        printf 'LLVM_COV=%s\nLLVM_PROFDATA=%s\n' "$own/llvm-cov" "$own/llvm-profdata" >"$tools/llvm.env"
        return
    fi
    if ! command -v "llvm-profdata-$version" >/dev/null; then
        say "coverage needs llvm-cov and llvm-profdata of LLVM $version, the compiler's own" \
            "(rustup component add llvm-tools, or Debian's llvm-$version)"
        apt "llvm-$version"
    fi
    printf 'LLVM_COV=%s\nLLVM_PROFDATA=%s\n' \
        "$(command -v "llvm-cov-$version")" "$(command -v "llvm-profdata-$version")" >"$tools/llvm.env"
}

trap 'say "$tool could not be installed"' ERR
for tool in "$@"; do
    [ "$(type -t "install_$tool")" = function ] || fail "no such tool: $tool"
    "install_$tool"
done
