package crux

import (
	"iter"

	"google.golang.org/protobuf/proto"
)

// pages returns the items of every page. fetch gets one: its items, and the next one's token, empty on the last. An
// error ends it.
func pages[T any](token string, fetch func(token string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for token := token; ; {
			items, next, err := fetch(token)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			token = next
		}
	}
}

// copyOf returns a copy of a request that may be changed; a new one for nil.
func copyOf[M any, P interface {
	*M
	proto.Message
}](message P) P {
	if message == nil {
		return new(M)
	}
	return proto.Clone(message).(P)
}
