package crux

import (
	"strings"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Prompt returns a request of one user message.
func Prompt(model, text string) *cruxv1.ChatRequest {
	return &cruxv1.ChatRequest{Model: model, Messages: []*cruxv1.Message{User(Text(text))}}
}

// System returns instructions from the application.
func System(text string) *cruxv1.Message {
	return &cruxv1.Message{Role: cruxv1.Role_ROLE_SYSTEM, Content: []*cruxv1.Part{Text(text)}}
}

// User returns a user's message.
func User(parts ...*cruxv1.Part) *cruxv1.Message {
	return &cruxv1.Message{Role: cruxv1.Role_ROLE_USER, Content: parts}
}

// Assistant returns a message of the model's that was written elsewhere. What a model answered goes back as it came.
func Assistant(parts ...*cruxv1.Part) *cruxv1.Message {
	return &cruxv1.Message{Role: cruxv1.Role_ROLE_ASSISTANT, Content: parts}
}

// Text returns a text part.
func Text(text string) *cruxv1.Part {
	return &cruxv1.Part{Kind: &cruxv1.Part_Text{Text: text}}
}

// MessageText returns the text parts of a message, joined.
func MessageText(message *cruxv1.Message) string {
	var text strings.Builder
	for _, part := range message.GetContent() {
		text.WriteString(part.GetText())
	}
	return text.String()
}

// ToolCalls returns the calls of a message that the caller is to answer: those that are whole, and not run by the
// provider.
func ToolCalls(message *cruxv1.Message) []*cruxv1.ToolCall {
	var calls []*cruxv1.ToolCall
	for _, part := range message.GetContent() {
		if call := part.GetToolCall(); call != nil && !call.GetProviderExecuted() && !part.GetIncomplete() {
			calls = append(calls, call)
		}
	}
	return calls
}
