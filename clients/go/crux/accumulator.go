package crux

import (
	"slices"

	"google.golang.org/protobuf/proto"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Accumulator puts the events of one stream together. Its zero value is ready. Not for concurrent use.
type Accumulator struct {
	generation string
	parts      map[int32]*partSoFar
	outcome    *cruxv1.Outcome
	chunks     []*cruxv1.RawChunk
}

// partSoFar is a part of which deltas have come.
type partSoFar struct {
	part  *cruxv1.Part
	whole bool
	// What deltas said beyond part.
	text, data []byte
	citations  []*cruxv1.Citation
}

// Add takes the next event. Events it does not know, and those that are no part of the answer, change nothing.
func (a *Accumulator) Add(event *cruxv1.ChatEvent) {
	switch event := event.GetEvent().(type) {
	case *cruxv1.ChatEvent_Started:
		a.generation = event.Started.GetGenerationId()
	case *cruxv1.ChatEvent_PartStarted:
		a.at(event.PartStarted.GetPartIndex()).part = event.PartStarted.GetPart()
	case *cruxv1.ChatEvent_TextDelta:
		part := a.at(event.TextDelta.GetPartIndex())
		if part.part.GetKind() == nil {
			part.part = &cruxv1.Part{Kind: &cruxv1.Part_Text{}}
		}
		part.text = append(part.text, event.TextDelta.GetText()...)
	case *cruxv1.ChatEvent_ReasoningDelta:
		part := a.at(event.ReasoningDelta.GetPartIndex())
		if part.part.GetKind() == nil {
			part.part = &cruxv1.Part{Kind: &cruxv1.Part_Reasoning{Reasoning: &cruxv1.Reasoning{}}}
		}
		part.text = append(part.text, event.ReasoningDelta.GetText()...)
	case *cruxv1.ChatEvent_ToolCallDelta:
		part := a.at(event.ToolCallDelta.GetPartIndex())
		part.text = append(part.text, event.ToolCallDelta.GetArgumentsJson()...)
	case *cruxv1.ChatEvent_MediaDelta:
		part := a.at(event.MediaDelta.GetPartIndex())
		part.data = append(part.data, event.MediaDelta.GetData()...)
	case *cruxv1.ChatEvent_CitationAdded:
		part := a.at(event.CitationAdded.GetPartIndex())
		part.citations = append(part.citations, event.CitationAdded.GetCitation())
	case *cruxv1.ChatEvent_PartFinished:
		part := a.at(event.PartFinished.GetPartIndex())
		part.part, part.whole = event.PartFinished.GetPart(), true
	case *cruxv1.ChatEvent_Finished:
		a.outcome = event.Finished
	case *cruxv1.ChatEvent_RawChunk:
		a.chunks = append(a.chunks, event.RawChunk)
	}
}

// at returns the part of an index, a new one where there is none.
func (a *Accumulator) at(index int32) *partSoFar {
	if a.parts == nil {
		a.parts = map[int32]*partSoFar{}
	}
	if a.parts[index] == nil {
		a.parts[index] = &partSoFar{}
	}
	return a.parts[index]
}

// Message returns the message as far as it has come. Parts that are not whole are marked incomplete; parts of a kind
// this package does not know are kept, and go back with the message.
func (a *Accumulator) Message() *cruxv1.Message {
	indices := make([]int32, 0, len(a.parts))
	for index := range a.parts {
		indices = append(indices, index)
	}
	slices.Sort(indices)
	message := &cruxv1.Message{Role: cruxv1.Role_ROLE_ASSISTANT}
	for _, index := range indices {
		message.Content = append(message.Content, a.parts[index].join())
	}
	return message
}

// Response returns the answer as Chat would have. Its outcome is nil until the stream has finished.
func (a *Accumulator) Response() *cruxv1.ChatResponse {
	message := a.Message()
	return &cruxv1.ChatResponse{
		GenerationId: a.generation,
		Text:         MessageText(message),
		Message:      message,
		Outcome:      a.outcome,
		RawChunks:    a.chunks,
	}
}

// join returns the part. A whole one is as it came, but for media bytes, which come in deltas alone.
func (p *partSoFar) join() *cruxv1.Part {
	if p.whole && len(p.data) == 0 {
		return p.part
	}
	part := &cruxv1.Part{}
	if p.part != nil {
		part = proto.Clone(p.part).(*cruxv1.Part)
	}
	if media, is := part.GetKind().(*cruxv1.Part_Media); is && media.Media.GetSource() == nil && len(p.data) > 0 {
		media.Media.Source = &cruxv1.Media_Data{Data: slices.Clone(p.data)}
	}
	if p.whole {
		return part
	}
	switch kind := part.GetKind().(type) {
	case *cruxv1.Part_Text:
		kind.Text += string(p.text)
	case *cruxv1.Part_Refusal:
		kind.Refusal += string(p.text)
	case *cruxv1.Part_Reasoning:
		kind.Reasoning.Text += string(p.text)
	case *cruxv1.Part_ToolCall:
		kind.ToolCall.ArgumentsJson += string(p.text)
	}
	part.Citations = append(part.Citations, p.citations...)
	part.Incomplete = true
	return part
}
