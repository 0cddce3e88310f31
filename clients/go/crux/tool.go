package crux

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Tool is a function that a model may call, in a [Run]. Make it with [NewTool].
type Tool struct {
	name       string
	definition *cruxv1.Tool
	err        error
	call       func(ctx context.Context, arguments string) ([]*cruxv1.Part, error)
}

// NewTool declares a tool. Its arguments are described by the struct A: names by its json tags, descriptions by its
// jsonschema tags, optional where a tag has omitempty. The function is given arguments that fit. It may be called
// several times at once.
//
// A string result goes to the model as it is, a [*cruxv1.Part] or several too (text and media), anything else as JSON.
// An error's text goes to the model as a failed result, and the conversation goes on.
//
// Where A has no JSON Schema, [Tool.Definition] and the run say so.
func NewTool[A, R any](name, description string, function func(ctx context.Context, arguments A) (R, error)) *Tool {
	format, err := formatOf[A]()
	if err == nil && format.schema.Type != "object" {
		err = fmt.Errorf("the arguments are a struct or a map, not %v", reflect.TypeFor[A]())
	}
	if err != nil {
		return &Tool{name: name, err: fmt.Errorf("crux: tool %q: %w", name, err)}
	}
	schema := ""
	if len(format.schema.Properties) > 0 || reflect.TypeFor[A]().Kind() == reflect.Map {
		schema, err = format.text()
	}
	return &Tool{
		name: name,
		err:  err,
		definition: &cruxv1.Tool{Kind: &cruxv1.Tool_Function{Function: &cruxv1.FunctionTool{
			Name:            name,
			Description:     description,
			InputSchemaJson: schema,
		}}},
		call: func(ctx context.Context, arguments string) ([]*cruxv1.Part, error) {
			if arguments == "" {
				arguments = "{}"
			}
			var parsed A
			if err := format.read(arguments, &parsed); err != nil {
				return nil, fmt.Errorf("the arguments do not fit: %w", err)
			}
			result, err := function(ctx, parsed)
			if err != nil {
				return nil, err
			}
			return resultParts(result)
		},
	}
}

// Definition returns the tool as requests have it.
func (t *Tool) Definition() (*cruxv1.Tool, error) { return t.definition, t.err }

// resultParts turns what a tool returned into what a model is told.
func resultParts(result any) ([]*cruxv1.Part, error) {
	switch result := result.(type) {
	case string:
		return []*cruxv1.Part{Text(result)}, nil
	case *cruxv1.Part:
		if result == nil {
			return nil, nil
		}
		return []*cruxv1.Part{result}, nil
	case []*cruxv1.Part:
		return result, nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	return []*cruxv1.Part{Text(string(text))}, nil
}

// ToolResult returns the answer to a call, for those who run tools themselves. It belongs into a message of
// [ToolMessage].
func ToolResult(call *cruxv1.ToolCall, parts ...*cruxv1.Part) *cruxv1.Part {
	return &cruxv1.Part{Kind: &cruxv1.Part_ToolResult{ToolResult: &cruxv1.ToolResult{
		ToolCallId: call.GetId(),
		Name:       call.GetName(),
		Content:    parts,
	}}}
}

// ToolFailure returns the answer to a call that failed, and why.
func ToolFailure(call *cruxv1.ToolCall, reason string) *cruxv1.Part {
	part := ToolResult(call, Text(reason))
	part.GetToolResult().IsError = true
	return part
}

// ToolMessage returns a message of tool results. It follows the message that holds the calls.
func ToolMessage(results ...*cruxv1.Part) *cruxv1.Message {
	return &cruxv1.Message{Role: cruxv1.Role_ROLE_TOOL, Content: results}
}
