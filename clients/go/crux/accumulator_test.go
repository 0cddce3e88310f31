package crux_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// answer is a message with a part of every kind.
func answer() []*cruxv1.Part {
	state := &cruxv1.ProviderState{Provider: "openai", Data: []byte{0, 1, 0xff}}
	image := bytes.Repeat([]byte{0, 0xff, 7}, 100)
	citation := &cruxv1.Citation{EndByte: 2, Source: &cruxv1.Citation_Web{Web: &cruxv1.WebSource{Url: "https://example.org"}}}
	return []*cruxv1.Part{
		{Kind: &cruxv1.Part_Reasoning{Reasoning: &cruxv1.Reasoning{Text: "hm, let me see", Form: cruxv1.ReasoningForm_REASONING_FORM_FULL}}, ProviderState: state},
		{Kind: &cruxv1.Part_Text{Text: "grüß Gott, 世界 🙂"}, ProviderState: state, Citations: []*cruxv1.Citation{citation}},
		{Kind: &cruxv1.Part_ToolCall{ToolCall: &cruxv1.ToolCall{Id: "a", Name: "f", ArgumentsJson: `{"city":"Köln","days":[1,2]}`}}},
		{Kind: &cruxv1.Part_ToolCall{ToolCall: &cruxv1.ToolCall{Id: "b", Name: "g", ArgumentsJson: `{}`}}},
		{Kind: &cruxv1.Part_Media{Media: &cruxv1.Media{MimeType: "image/png", Source: &cruxv1.Media_Data{Data: image}}}},
		{Kind: &cruxv1.Part_Refusal{Refusal: "no, I will not"}},
		{Kind: &cruxv1.Part_Opaque{Opaque: &cruxv1.Opaque{Provider: "anthropic", Type: "block", PayloadJson: "{}"}}},
	}
}

// pieces cuts a text anywhere between characters.
func pieces(random *rand.Rand, text string) []string {
	var cut []string
	for text != "" {
		end := 1 + random.IntN(len(text))
		for end < len(text) && !utf8.RuneStart(text[end]) {
			end++
		}
		cut = append(cut, text[:end])
		text = text[end:]
	}
	return cut
}

// events tells a part in one of the many ways it can be told.
func events(random *rand.Rand, index int32, part *cruxv1.Part, whole bool) []*cruxv1.ChatEvent {
	begun := proto.Clone(part).(*cruxv1.Part)
	begun.ProviderState, begun.Citations = nil, nil
	last := proto.Clone(part).(*cruxv1.Part)
	var deltas []*cruxv1.ChatEvent
	switch kind := begun.GetKind().(type) {
	case *cruxv1.Part_Text:
		for _, piece := range pieces(random, kind.Text) {
			deltas = append(deltas, textDelta(index, piece))
		}
		kind.Text = ""
	case *cruxv1.Part_Refusal:
		for _, piece := range pieces(random, kind.Refusal) {
			deltas = append(deltas, textDelta(index, piece))
		}
		kind.Refusal = ""
	case *cruxv1.Part_Reasoning:
		for _, piece := range pieces(random, kind.Reasoning.Text) {
			deltas = append(deltas, &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_ReasoningDelta{
				ReasoningDelta: &cruxv1.TextDelta{PartIndex: index, Text: piece}}})
		}
		kind.Reasoning.Text = ""
	case *cruxv1.Part_ToolCall:
		for _, piece := range pieces(random, kind.ToolCall.ArgumentsJson) {
			deltas = append(deltas, &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_ToolCallDelta{
				ToolCallDelta: &cruxv1.ToolCallDelta{PartIndex: index, ArgumentsJson: piece}}})
		}
		kind.ToolCall.ArgumentsJson = ""
	case *cruxv1.Part_Media:
		for _, piece := range pieces(random, string(kind.Media.GetData())) {
			deltas = append(deltas, &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_MediaDelta{
				MediaDelta: &cruxv1.MediaDelta{PartIndex: index, Data: []byte(piece)}}})
		}
		kind.Media.Source = nil
		last.GetMedia().Source = nil // media bytes are left out of part_finished
	}
	for _, citation := range part.GetCitations() {
		deltas = append(deltas, &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_CitationAdded{
			CitationAdded: &cruxv1.CitationAdded{PartIndex: index, Citation: citation}}})
	}
	told := append([]*cruxv1.ChatEvent{partStarted(index, begun)}, deltas...)
	if whole {
		told = append(told, partFinished(index, last))
	}
	return told
}

// interleave merges sequences in a random order that keeps that of each.
func interleave(random *rand.Rand, sequences [][]*cruxv1.ChatEvent) []*cruxv1.ChatEvent {
	noise := []*cruxv1.ChatEvent{
		{Event: &cruxv1.ChatEvent_Heartbeat{Heartbeat: &cruxv1.Heartbeat{}}},
		{Event: &cruxv1.ChatEvent_AttemptStarted{AttemptStarted: &cruxv1.AttemptStarted{Number: 1}}},
		{},
	}
	var merged []*cruxv1.ChatEvent
	for len(sequences) > 0 {
		i := random.IntN(len(sequences))
		merged = append(merged, sequences[i][0], noise[random.IntN(len(noise))])
		if sequences[i] = sequences[i][1:]; len(sequences[i]) == 0 {
			sequences = append(sequences[:i], sequences[i+1:]...)
		}
	}
	return merged
}

func TestAnyPartitionIsTheSameMessage(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		whole := seed%3 != 0
		var sequences [][]*cruxv1.ChatEvent
		want := &cruxv1.Message{Role: cruxv1.Role_ROLE_ASSISTANT}
		for index, part := range answer() {
			sequences = append(sequences, events(random, int32(index), part, whole))
			if !whole {
				part.ProviderState, part.Incomplete = nil, true
			}
			want.Content = append(want.Content, part)
		}
		var got crux.Accumulator

		for _, event := range interleave(random, sequences) {
			before := proto.Clone(event)
			got.Add(event)
			_ = got.Message()
			if !proto.Equal(before, event) {
				t.Fatalf("seed %d: the event was changed", seed)
			}
		}

		if !proto.Equal(got.Message(), want) {
			t.Fatalf("seed %d: got\n%v, want\n%v", seed, got.Message(), want)
		}
	}
}

func TestPartFinishedIsAuthoritative(t *testing.T) {
	var got crux.Accumulator

	for _, event := range []*cruxv1.ChatEvent{
		partStarted(0, crux.Text("")), textDelta(0, "a draft"), partFinished(0, crux.Text("the text")),
	} {
		got.Add(event)
	}

	if text := got.Response().GetText(); text != "the text" {
		t.Errorf("got %q", text)
	}
}

func TestDeltasWithoutTheirStartAreKept(t *testing.T) {
	var got crux.Accumulator

	got.Add(textDelta(0, "hi"))
	got.Add(&cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_ReasoningDelta{ReasoningDelta: &cruxv1.TextDelta{PartIndex: 1, Text: "hm"}}})
	got.Add(&cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_ToolCallDelta{ToolCallDelta: &cruxv1.ToolCallDelta{PartIndex: 2}}})

	content := got.Message().GetContent()
	if content[0].GetText() != "hi" || content[1].GetReasoning().GetText() != "hm" || len(content) != 3 {
		t.Errorf("got %v", content)
	}
}
