package crux_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"google.golang.org/grpc"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// server answers as its fields say, and notes what it was asked.
type server struct {
	cruxv1.UnimplementedChatServiceServer
	cruxv1.UnimplementedModelRegistryServiceServer
	cruxv1.UnimplementedKeyVaultServiceServer

	chat   func(context.Context, *cruxv1.ChatRequest) (*cruxv1.ChatResponse, error)
	stream func(*cruxv1.ChatRequest, cruxv1.ChatService_StreamChatServer) error
	count  func(context.Context) error
	models func(*cruxv1.ListModelsRequest) (*cruxv1.ListModelsResponse, error)
	update func(*cruxv1.UpdateModelRequest)
	create func() error

	grpc *grpc.Server

	mutex    sync.Mutex
	requests []*cruxv1.ChatRequest
}

func (s *server) note(request *cruxv1.ChatRequest) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.requests = append(s.requests, request)
}

func (s *server) asked() []*cruxv1.ChatRequest {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.requests
}

func (s *server) Chat(ctx context.Context, request *cruxv1.ChatRequest) (*cruxv1.ChatResponse, error) {
	s.note(request)
	return s.chat(ctx, request)
}

func (s *server) StreamChat(request *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
	s.note(request)
	return s.stream(request, stream)
}

func (s *server) CountTokens(ctx context.Context, _ *cruxv1.CountTokensRequest) (*cruxv1.CountTokensResponse, error) {
	return &cruxv1.CountTokensResponse{}, s.count(ctx)
}

func (s *server) ListModels(_ context.Context, request *cruxv1.ListModelsRequest) (*cruxv1.ListModelsResponse, error) {
	return s.models(request)
}

func (s *server) UpdateModel(_ context.Context, request *cruxv1.UpdateModelRequest) (*cruxv1.UpdateModelResponse, error) {
	s.update(request)
	return &cruxv1.UpdateModelResponse{Model: request.GetModel()}, nil
}

func (s *server) CreateKey(context.Context, *cruxv1.CreateKeyRequest) (*cruxv1.CreateKeyResponse, error) {
	return nil, s.create()
}

// serve starts the server and returns a client of it.
func (s *server) serve(t *testing.T, options ...crux.Option) *crux.Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.grpc = grpc.NewServer(grpc.MaxRecvMsgSize(64 << 20))
	cruxv1.RegisterChatServiceServer(s.grpc, s)
	cruxv1.RegisterModelRegistryServiceServer(s.grpc, s)
	cruxv1.RegisterKeyVaultServiceServer(s.grpc, s)
	go func() { _ = s.grpc.Serve(listener) }()
	t.Cleanup(s.grpc.Stop)
	client, err := crux.New(listener.Addr().String(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// sends returns a stream of these events, and then this status.
func sends(end error, events ...*cruxv1.ChatEvent) func(*cruxv1.ChatRequest, cruxv1.ChatService_StreamChatServer) error {
	return func(_ *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
		for _, event := range events {
			if err := stream.Send(event); err != nil {
				return err
			}
		}
		return end
	}
}

func started(id string) *cruxv1.ChatEvent {
	return &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_Started{Started: &cruxv1.GenerationStarted{GenerationId: id}}}
}

func partStarted(index int32, part *cruxv1.Part) *cruxv1.ChatEvent {
	return &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_PartStarted{
		PartStarted: &cruxv1.PartStarted{PartIndex: index, Part: part},
	}}
}

func textDelta(index int32, text string) *cruxv1.ChatEvent {
	return &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_TextDelta{TextDelta: &cruxv1.TextDelta{PartIndex: index, Text: text}}}
}

func partFinished(index int32, part *cruxv1.Part) *cruxv1.ChatEvent {
	return &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_PartFinished{
		PartFinished: &cruxv1.PartFinished{PartIndex: index, Part: part},
	}}
}

func finished(outcome *cruxv1.Outcome) *cruxv1.ChatEvent {
	return &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_Finished{Finished: outcome}}
}

func failed(failure *cruxv1.GenerationFailed) *cruxv1.ChatEvent {
	return &cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_Failed{Failed: failure}}
}
