package crux

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// maskOf returns the mask of an update: the fields named, or else every field that is set but those that say what is
// updated.
func maskOf(resource proto.Message, fields []string) (*fieldmaskpb.FieldMask, error) {
	if len(fields) == 0 {
		resource.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			if name := string(field.Name()); name != "id" && name != "etag" {
				fields = append(fields, name)
			}
			return true
		})
		slices.Sort(fields)
	}
	if slices.Equal(fields, []string{"*"}) {
		return &fieldmaskpb.FieldMask{Paths: fields}, nil
	}
	mask, err := fieldmaskpb.New(resource, fields...)
	if err != nil {
		return nil, fmt.Errorf("crux: %w", err)
	}
	return mask, nil
}
