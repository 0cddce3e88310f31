// Package crux is the client of crux, one typed gRPC contract in front of many LLM providers.
//
// It is a thin layer over the generated package [github.com/cruxrpc/crux/clients/go/crux/v1]: requests, answers and
// events are the contract's own messages. The layer adds what generated code has not: streams as iterators that keep
// the contract's rules on how a stream ends, typed errors, deadlines, tool loops, structured output, and pages.
//
// A [Client] is safe for concurrent use. Every call takes gRPC's call options, among them [Timeout].
package crux

// Version of this package, as told to servers.
const Version = "0.1.0"
