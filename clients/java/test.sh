#!/usr/bin/env bash
# Formats, lints, builds, tests and tries out the client as it would be published.
#
# Needs CRUX, the crux binary, a JDK and mvn. Says nothing but its last line while all is well.
set -euo pipefail

: "${CRUX:?set it to the crux binary}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CRUX=$(cd "$(dirname "$CRUX")" && pwd)/$(basename "$CRUX")
scratch=$(mktemp -d)
# shellcheck source=../../tests/clients/server.sh
. "$here/../../tests/clients/server.sh"
trap 'stop_servers; rm -rf "$scratch"' EXIT

passed=0 failed=0

# check <name> <command...>: counts it, and shows what it said if it failed.
check() {
    local name=$1
    shift
    if "$@" >"$scratch/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "java: $name failed:" >&2
        tail -n 100 "$scratch/output" >&2
    fi
}

maven() { mvn -B -ntp -q -Dstyle.color=never "$@"; }

certificates() {
    cd "$scratch"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca \
        -keyout ca.key -out ca.pem
    local name
    for name in server client; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr"
        openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "$name.pem" \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1")
    done
}

# The servers that the tests call; see src/test/java/io/github/cruxrpc/crux/Live.java.
servers() {
    start_server plain --sandbox
    export CRUX_TEST_ADDRESS=$address CRUX_TEST_SANDBOX=$sandbox

    export CRUX_TEST_TOKEN=token-of-the-tests-0123456789
    (umask 077 && echo "$CRUX_TEST_TOKEN" >"$scratch/token")
    printf '[auth]\nbearer_token_file = "%s"\n' "$scratch/token" >"$scratch/guarded.toml"
    start_server guarded --sandbox --config "$scratch/guarded.toml"
    export CRUX_TEST_GUARDED_ADDRESS=$address

    (certificates) >"$scratch/openssl.log" 2>&1
    export CRUX_TEST_CERTIFICATES=$scratch
    printf '[tls]\ncert = "%s"\nkey = "%s"\nclient_ca = "%s"\n' \
        "$scratch/server.pem" "$scratch/server.key" "$scratch/ca.pem" >"$scratch/tls.toml"
    start_server tls --sandbox --config "$scratch/tls.toml"
    export CRUX_TEST_TLS_ADDRESS=$address
}

# Counts what JUnit ran, from surefire's reports. A test that was skipped has not passed.
count_tests() {
    local report tests errors
    for report in "$here"/target/surefire-reports/TEST-*.xml; do
        [ -f "$report" ] || continue
        tests=$(sed -n '1,/<testsuite/s/.* tests="\([0-9]*\)".*/\1/p' "$report" | head -1)
        errors=$(grep -c -E '<(failure|error|skipped)[ />]' "$report" || true)
        passed=$((passed + tests - errors))
        failed=$((failed + errors))
        [ "$errors" -eq 0 ] || grep -h -A 8 -E '<<< (FAILURE|ERROR)!$' "$(sed 's|TEST-\(.*\)xml$|\1txt|' <<<"$report")" >&2 || true
    done
}

# example <name> <pattern>: runs it, and looks for the pattern in what it prints.
example() {
    local classpath
    classpath=$here/target/crux-client-$version.jar:$(cat "$scratch/runtime.classpath")
    java -cp "$classpath" "$here/examples/$1.java" >"$scratch/$1.out" 2>&1 || { cat "$scratch/$1.out" && return 1; }
    grep -q -E "$2" "$scratch/$1.out" || { cat "$scratch/$1.out" && return 1; }
}

# The README's first block, in a project that has nothing but the package.
readme() {
    local project=$scratch/readme
    mkdir -p "$project/src/main/java"
    awk '/^```java$/ { on = 1; next } /^```$/ { if (on) exit } on' "$here/README.md" >"$project/block"
    {
        grep '^import ' "$project/block"
        echo 'public class Main { public static void main(String[] args) throws Exception {'
        grep -v '^import ' "$project/block" | sed "s/localhost:50051/$plain/"
        echo '} }'
    } >"$project/src/main/java/Main.java"
    cat >"$project/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>readme</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies><dependency>
    <groupId>io.github.cruxrpc</groupId><artifactId>crux-client</artifactId><version>$version</version>
  </dependency></dependencies>
  <build><plugins>
    <plugin><artifactId>maven-resources-plugin</artifactId><version>3.3.1</version></plugin>
    <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.14.0</version></plugin>
    <plugin><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version></plugin>
  </plugins></build>
</project>
POM
    # A repository that is thrown away, so that no package of this name stays in the user's own.
    local own
    own=$(tr : '\n' <"$scratch/runtime.classpath" | sed -n 's|/io/grpc/grpc-stub/.*||p')
    cp -al "$own" "$scratch/repository" 2>/dev/null || { rm -rf "$scratch/repository" && cp -a "$own" "$scratch/repository"; }
    (cd "$here" && maven "-Dmaven.repo.local=$scratch/repository" install:install-file \
        "-Dfile=target/crux-client-$version.jar" -DpomFile=pom.xml)
    (cd "$project" && maven "-Dmaven.repo.local=$scratch/repository" compile dependency:build-classpath \
        -Dmdep.includeScope=runtime "-Dmdep.outputFile=$project/classpath")
    java -cp "$project/target/classes:$(cat "$project/classpath")" Main >"$project/out"
    grep -q 'You said' "$project/out"
}

cd "$here"
version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)
servers
plain=$CRUX_TEST_ADDRESS

rm -rf target/surefire-reports
check 'the formatter' maven spotless:check
check 'the build' maven package dependency:build-classpath \
    -Dmdep.includeScope=runtime "-Dmdep.outputFile=$scratch/runtime.classpath" -Dmaven.test.failure.ignore=true
count_tests

export CRUX_ADDRESS=$plain
check 'example StreamChat' example StreamChat 'FINISH_REASON_STOP, [0-9]+ tokens'
check 'example Tools' example Tools '^2 steps$'
check 'example StructuredOutput' example StructuredOutput '^City\[name=.+, population=[0-9]+, sights=\[.*\]\]$'
check 'example Image' example Image 'What is in this picture'
check 'example Cancel' example Cancel '^too late$'
check 'example Errors' example Errors '^no such model: nobody/nothing$'
CRUX_ADDRESS=$CRUX_TEST_GUARDED_ADDRESS CRUX_TOKEN=$CRUX_TEST_TOKEN \
    check 'an example with a token' example StreamChat 'FINISH_REASON_STOP'
check 'the README' readme

stop_servers
echo "java: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
