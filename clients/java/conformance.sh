#!/usr/bin/env bash
# The driver of clients/conformance/README.md: JSON lines in, JSON lines out. Built when a source is newer than it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
built=$here/target/conformance.classpath

if [ ! -f "$built" ] || [ -n "$(find "$here/pom.xml" "$here/src" -newer "$built" -print -quit)" ]; then
    (cd "$here" && mvn -B -ntp -q -Dstyle.color=never test-compile dependency:build-classpath \
        -Dmdep.includeScope=test -Dmdep.outputFile="$built.new") >&2
    mv "$built.new" "$built"
fi

exec java -cp "$here/target/test-classes:$here/target/classes:$(cat "$built")" \
    io.github.cruxrpc.crux.conformance.Driver
