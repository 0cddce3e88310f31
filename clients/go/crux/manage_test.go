package crux_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// paged serves 5 models in pages of 2. The page that begins with failing fails.
func paged(failing string) (*server, *[]*cruxv1.ListModelsRequest) {
	var asked []*cruxv1.ListModelsRequest
	return &server{models: func(request *cruxv1.ListModelsRequest) (*cruxv1.ListModelsResponse, error) {
		asked = append(asked, request)
		token := request.GetPageToken()
		if token == failing && failing != "" {
			return nil, status.Error(codes.Internal, "no")
		}
		from := 0
		if token != "" {
			_, _ = fmt.Sscan(token, &from)
		}
		response := &cruxv1.ListModelsResponse{}
		for i := from; i < min(from+2, 5); i++ {
			response.Models = append(response.Models, &cruxv1.Model{Id: fmt.Sprint(i)})
		}
		if from+2 < 5 {
			response.NextPageToken = fmt.Sprint(from + 2)
		}
		return response, nil
	}}, &asked
}

func TestAllIsEveryPage(t *testing.T) {
	s, asked := paged("")
	request := &cruxv1.ListModelsRequest{Provider: "openai", PageSize: 2}
	before := proto.Clone(request)
	var ids []string

	for model, err := range s.serve(t).Models().All(context.Background(), request) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, model.GetId())
	}

	if !slices.Equal(ids, []string{"0", "1", "2", "3", "4"}) || len(*asked) != 3 || (*asked)[2].GetProvider() != "openai" {
		t.Errorf("got %v after %v", ids, *asked)
	}
	if !proto.Equal(before, request) {
		t.Error("the request was changed")
	}
}

func TestPagesAreFetchedAsTheyAreNeeded(t *testing.T) {
	s, asked := paged("")

	for range s.serve(t).Models().All(context.Background(), nil) {
		break
	}

	if len(*asked) != 1 {
		t.Errorf("got %v", *asked)
	}
}

func TestErrorEndsThePages(t *testing.T) {
	s, _ := paged("2")
	items, failures := 0, 0

	for _, err := range s.serve(t).Models().All(context.Background(), nil) {
		if err != nil {
			failures++
		} else {
			items++
		}
	}

	if items != 2 || failures != 1 {
		t.Errorf("got %d items and %d errors", items, failures)
	}
}

func TestUpdateNamesItsFields(t *testing.T) {
	var sent *cruxv1.UpdateModelRequest
	models := (&server{update: func(request *cruxv1.UpdateModelRequest) { sent = request }}).serve(t).Models()
	model := &cruxv1.Model{Id: "openai/gpt-5", Etag: "e", DisplayName: "x", State: cruxv1.Model_STATE_DISABLED}
	for name, test := range map[string]struct{ fields, want []string }{
		"what is set":   {nil, []string{"display_name", "state"}},
		"what is named": {[]string{"capabilities.tools"}, []string{"capabilities.tools"}},
		"all":           {[]string{"*"}, []string{"*"}},
	} {
		if _, err := models.Update(context.Background(), model, test.fields...); err != nil {
			t.Fatal(err)
		}
		if got := sent.GetUpdateMask().GetPaths(); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
	if _, err := models.Update(context.Background(), model, "no_such_field"); err == nil {
		t.Error("a field that does not exist must fail")
	}
}

func TestMessagesAreReadAndBuilt(t *testing.T) {
	request := crux.Prompt("openai/gpt-5", "hi")
	request.Messages = append([]*cruxv1.Message{crux.System("be brief")}, request.Messages...)

	if request.GetModel() != "openai/gpt-5" || request.GetMessages()[0].GetRole() != cruxv1.Role_ROLE_SYSTEM ||
		request.GetMessages()[1].GetRole() != cruxv1.Role_ROLE_USER || crux.MessageText(request.GetMessages()[1]) != "hi" {
		t.Errorf("got %v", request)
	}
}
