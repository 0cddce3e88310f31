#!/usr/bin/env bash
# Regenerates the generated code from the contract, and the service config that is shipped with it.
#
# Needs mvn. Generators are kept in $TOOLS (default: .tools beside this file).
set -euo pipefail

# The oldest runtimes that the generated code is for; see "Versions" in README.md.
PROTOC=3.25.1
GRPC=1.64.2
DEPENDENCY_PLUGIN=3.8.1

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
proto=$here/../../proto
tools=${TOOLS:-$here/.tools}
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)

case $(uname -s) in
Linux) system=linux ;;
Darwin) system=osx ;;
*) echo "no generators for $(uname -s)" >&2 && exit 1 ;;
esac
case $(uname -m) in
x86_64 | amd64) machine=x86_64 ;;
aarch64 | arm64) machine=aarch_64 ;;
*) echo "no generators for $(uname -m)" >&2 && exit 1 ;;
esac

# fetch <group> <artifact> <version> <classifier> <type>: copies it to $tools as <artifact>-<version>-<classifier>.<type>.
fetch() {
    [ -f "$tools/$2-$3${4:+-$4}.$5" ] && return
    (cd "$tools" && mvn -B -ntp -q -Dstyle.color=never "org.apache.maven.plugins:maven-dependency-plugin:$DEPENDENCY_PLUGIN:copy" \
        -Dartifact="$1:$2:$3:$5${4:+:$4}" -DoutputDirectory="$tools" -Dmdep.overWriteReleases=true) >&2
}

fetch com.google.protobuf protoc "$PROTOC" "$system-$machine" exe
fetch io.grpc protoc-gen-grpc-java "$GRPC" "$system-$machine" exe
# The well-known types that the contract imports.
fetch com.google.protobuf protobuf-java "$PROTOC" '' jar

protoc=$tools/protoc-$PROTOC-$system-$machine.exe
plugin=$tools/protoc-gen-grpc-java-$GRPC-$system-$machine.exe
chmod +x "$protoc" "$plugin"
include=$tools/include-$PROTOC
if [ ! -d "$include" ]; then
    mkdir -p "$include.new"
    (cd "$include.new" && jar --extract --file "$tools/protobuf-java-$PROTOC.jar" google/protobuf/{duration,field_mask,struct,timestamp}.proto)
    mv "$include.new" "$include"
fi

generated=$here/src/generated
rm -rf "$generated"
resources=$generated/resources/io/github/cruxrpc/crux
mkdir -p "$generated/java" "$resources"
(cd "$proto" && "$protoc" -I . -I "$include" --java_out="$generated/java" \
    --plugin=protoc-gen-grpc-java="$plugin" --grpc-java_out=@generated=omit:"$generated/java" crux/v1/*.proto)
cp "$here/../service-config.json" "$resources/service-config.json"
