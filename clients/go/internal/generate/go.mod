module github.com/cruxrpc/crux/clients/go/internal/generate

go 1.23

require (
	github.com/bufbuild/protocompile v0.14.1
	golang.org/x/mod v0.22.0
	google.golang.org/protobuf v1.34.2
)

require golang.org/x/sync v0.8.0 // indirect
