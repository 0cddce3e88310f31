# shellcheck shell=bash
# Starts the servers that the tests call, and says in CRUX_TEST_... where they are. To be sourced after server.sh.

certificates=$scratch/certificates
mkdir -p "$certificates"
(
    cd "$certificates"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=test authority' \
        -keyout ca.key -out ca.pem
    for who in server client; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$who" -keyout "$who.key" -out "$who.csr"
        openssl x509 -req -in "$who.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "$who.pem" \
            -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:crux.example\nbasicConstraints=CA:FALSE\n')
    done
) >"$scratch/openssl.log" 2>&1 || {
    cat "$scratch/openssl.log" >&2
    exit 1
}

printf '[auth]\nbearer_token = "correct-horse"\n' >"$scratch/token.toml"
printf '[tls]\ncert = "certificates/server.pem"\nkey = "certificates/server.key"\nclient_ca = "certificates/ca.pem"\n' \
    >"$scratch/mtls.toml"

start_server token --sandbox --config token.toml
export CRUX_TEST_TOKEN_ADDRESS=$address
start_server mtls --sandbox --config mtls.toml
export CRUX_TEST_MTLS_ADDRESS=$address CRUX_TEST_CERTIFICATES=$certificates
start_server main --sandbox
export CRUX_TEST_ADDRESS=$address CRUX_TEST_SANDBOX=$sandbox
