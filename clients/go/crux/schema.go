package crux

import (
	"encoding/json"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// format is the JSON Schema of a Go type, and reads values of it.
type format struct {
	schema   *jsonschema.Schema
	resolved *jsonschema.Resolved
}

// formatOf derives the schema of a type. It fails for types JSON cannot hold, and for those that contain themselves.
func formatOf[T any]() (*format, error) {
	schema, err := jsonschema.For[T](nil)
	if err != nil {
		return nil, err
	}
	withoutNullArrays(schema)
	resolved, err := schema.Resolve(nil)
	if err != nil {
		return nil, err
	}
	return &format{schema, resolved}, nil
}

// withoutNullArrays keeps models from answering null for a slice: an empty array says the same, and not every provider
// takes a type that is one of two.
func withoutNullArrays(schema *jsonschema.Schema) {
	if schema == nil {
		return
	}
	if slices.Equal(schema.Types, []string{"null", "array"}) {
		schema.Type, schema.Types = "array", nil
	}
	for _, property := range schema.Properties {
		withoutNullArrays(property)
	}
	withoutNullArrays(schema.Items)
	withoutNullArrays(schema.AdditionalProperties)
}

// text returns the schema as JSON, properties in the order of the fields.
func (f *format) text() (string, error) {
	text, err := json.Marshal(f.schema)
	return string(text), err
}

// read checks a JSON text against the schema and puts it into a value of the type.
func (f *format) read(text string, value any) error {
	var instance any
	if err := json.Unmarshal([]byte(text), &instance); err != nil {
		return err
	}
	if err := f.resolved.Validate(instance); err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), value)
}
