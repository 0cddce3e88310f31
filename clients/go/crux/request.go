package crux

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// shallowCopy returns a request whose fields can be set without changing the other. Its messages, which may hold
// megabytes of media, are the same.
func shallowCopy(request *cruxv1.ChatRequest) *cruxv1.ChatRequest {
	copied := &cruxv1.ChatRequest{}
	to := copied.ProtoReflect()
	request.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		to.Set(field, value)
		return true
	})
	to.SetUnknown(request.ProtoReflect().GetUnknown())
	copied.Messages = slices.Clone(request.GetMessages())
	copied.Tools = slices.Clone(request.GetTools())
	return copied
}
