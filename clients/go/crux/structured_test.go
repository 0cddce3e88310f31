package crux_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

type city struct {
	Name string   `json:"name"`
	Tags []string `json:"tags"`
}

// says answers with a text and a finish reason.
func says(reason cruxv1.FinishReason, text string, parts ...*cruxv1.Part) *server {
	return &server{chat: func(context.Context, *cruxv1.ChatRequest) (*cruxv1.ChatResponse, error) {
		outcome := &cruxv1.Outcome{FinishReason: reason}
		return &cruxv1.ChatResponse{Text: text, Message: crux.Assistant(parts...), Outcome: outcome}, nil
	}}
}

func TestStructuredIsTheValue(t *testing.T) {
	s := says(cruxv1.FinishReason_FINISH_REASON_STOP, `{"name":"Köln","tags":["a"]}`)
	before := proto.Clone(prompt)

	value, response, err := crux.Structured[city](context.Background(), s.serve(t), prompt)

	if want := (city{"Köln", []string{"a"}}); err != nil || !reflect.DeepEqual(value, want) || response.GetOutcome() == nil {
		t.Errorf("got %v, %v", value, err)
	}
	const schema = `{"type":"object","properties":{"name":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}},` +
		`"required":["name","tags"],"additionalProperties":false}`
	if got := s.asked()[0].GetResponseFormat().GetJsonSchema().GetSchemaJson(); got != schema {
		t.Errorf("got %s", got)
	}
	if !proto.Equal(before, prompt) {
		t.Error("the request was changed")
	}
}

func TestOwnResponseFormatIsKept(t *testing.T) {
	s := says(cruxv1.FinishReason_FINISH_REASON_STOP, `{"name":"Köln","tags":[]}`)
	request := proto.Clone(prompt).(*cruxv1.ChatRequest)
	request.ResponseFormat = &cruxv1.ResponseFormat{Kind: &cruxv1.ResponseFormat_JsonObject{JsonObject: &cruxv1.JsonObjectFormat{}}}

	_, _, err := crux.Structured[city](context.Background(), s.serve(t), request)

	if err != nil || s.asked()[0].GetResponseFormat().GetJsonObject() == nil {
		t.Errorf("got %v, %v", s.asked()[0].GetResponseFormat(), err)
	}
}

func TestAnswersOfAnotherFormAreTypedErrors(t *testing.T) {
	refusal := &cruxv1.Part{Kind: &cruxv1.Part_Refusal{Refusal: "I will not"}}
	for name, test := range map[string]struct {
		reason cruxv1.FinishReason
		text   string
		parts  []*cruxv1.Part
		want   string
	}{
		"cut":            {cruxv1.FinishReason_FINISH_REASON_MAX_TOKENS, `{"name":"Kö`, nil, `{"name":"Kö`},
		"cut but whole":  {cruxv1.FinishReason_FINISH_REASON_MAX_TOKENS, `{"name":"","tags":[]}`, nil, `{"name":"","tags":[]}`},
		"refused":        {cruxv1.FinishReason_FINISH_REASON_REFUSAL, "", []*cruxv1.Part{refusal}, "I will not"},
		"tool calls":     {cruxv1.FinishReason_FINISH_REASON_TOOL_CALLS, "", nil, ""},
		"no JSON":        {cruxv1.FinishReason_FINISH_REASON_STOP, "Köln", nil, "Köln"},
		"another type":   {cruxv1.FinishReason_FINISH_REASON_STOP, `{"name":1,"tags":[]}`, nil, `{"name":1,"tags":[]}`},
		"a field short":  {cruxv1.FinishReason_FINISH_REASON_STOP, `{"name":"Köln"}`, nil, `{"name":"Köln"}`},
		"unknown reason": {77, `{"name":"","tags":[]}`, nil, `{"name":"","tags":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			value, response, err := crux.Structured[city](context.Background(), says(test.reason, test.text, test.parts...).serve(t), prompt)

			var format *crux.FormatError
			if !errors.As(err, &format) || format.Text() != test.want || format.FinishReason() != test.reason ||
				response == nil || value.Name != "" {
				t.Errorf("got %v, %v", value, err)
			}
		})
	}
}
