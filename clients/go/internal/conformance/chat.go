package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// watch iterates over events as the task asks, and notes what they come to.
func (s *scene) watch(events iter.Seq2[*cruxv1.ChatEvent, error]) error {
	var answer crux.Accumulator
	defer func() { s.saw.response(answer.Response()) }()
	for event, err := range events {
		if err != nil {
			return err
		}
		switch event.GetEvent().(type) {
		case nil:
			s.saw.UnknownEvents++
		case *cruxv1.ChatEvent_Started:
			answer = crux.Accumulator{} // a run starts anew for each step
		case *cruxv1.ChatEvent_TextDelta:
			s.saw.Deltas++
		}
		answer.Add(event)
		if s.leaves() {
			return errLeft
		}
	}
	return nil
}

func stream(s *scene) error {
	return s.watch(s.client.Stream(s.ctx, s.request))
}

func chat(s *scene) error {
	response, err := s.client.Chat(s.ctx, s.request)
	s.saw.response(response)
	return err
}

func text(s *scene) error {
	var joined strings.Builder
	defer func() {
		text := joined.String()
		s.saw.Text = &text
	}()
	for piece, err := range s.client.Text(s.ctx, s.request) {
		if err != nil {
			return err
		}
		s.saw.Deltas++
		joined.WriteString(piece)
		if s.leaves() {
			return errLeft
		}
	}
	return nil
}

type weatherArguments struct {
	City string `json:"city" jsonschema:"the city's name"`
	Days int    `json:"days" jsonschema:"how many days ahead"`
}

type timeArguments struct {
	Zone string `json:"zone" jsonschema:"the time zone's name"`
}

func tools(s *scene) error {
	// Each is closed when its tool has been called.
	weather, clock := make(chan struct{}), make(chan struct{})
	var closeWeather, closeClock sync.Once
	var mutex sync.Mutex
	meet := func(ctx context.Context, name string, arrive func(), other <-chan struct{}) (string, error) {
		mutex.Lock()
		s.saw.ToolCalls = append(s.saw.ToolCalls, name)
		mutex.Unlock()
		arrive()
		select {
		case <-other:
			if s.task.Silent {
				return "", nil
			}
			return name + " done", nil
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(5 * time.Second):
			return "", errors.New("not parallel")
		}
	}
	run := s.client.NewRun(s.request,
		crux.NewTool("get_weather", "Tells the weather of a city.", func(ctx context.Context, _ weatherArguments) (string, error) {
			return meet(ctx, "get_weather", func() { closeWeather.Do(func() { close(weather) }) }, clock)
		}),
		crux.NewTool("get_time", "Tells the time in a zone.", func(ctx context.Context, _ timeArguments) (string, error) {
			return meet(ctx, "get_time", func() { closeClock.Do(func() { close(clock) }) }, weather)
		}),
	)
	run.MaxSteps = 5
	err := s.watch(run.Stream(s.ctx))
	slices.Sort(s.saw.ToolCalls)
	s.saw.Steps = run.Steps()
	s.saw.used(run.Usage())
	return err
}

type place struct {
	Name       string   `json:"name"`
	Population int      `json:"population"`
	Tags       []string `json:"tags"`
}

func structured(s *scene) error {
	value, response, err := crux.Structured[place](s.ctx, s.client, s.request)
	s.saw.response(response)
	if err != nil {
		return err
	}
	s.saw.Value, err = json.Marshal(value)
	return err
}

func image(s *scene) error {
	part, err := s.media()
	if err != nil {
		return err
	}
	last := s.request.Messages[len(s.request.Messages)-1]
	last.Content = append(last.Content, part)
	return stream(s)
}

func (s *scene) media() (*cruxv1.Part, error) {
	switch s.task.Style {
	case "", "bytes":
		data, err := os.ReadFile(s.task.File)
		if err != nil {
			return nil, err
		}
		return crux.Media("", data)
	case "file":
		return crux.MediaFile(s.task.File)
	case "stream":
		file, err := os.Open(s.task.File)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		return crux.MediaReader(filepath.Base(s.task.File), file)
	default:
		return nil, fmt.Errorf("unknown style %q", s.task.Style)
	}
}

func countTokens(s *scene) error {
	response, err := s.client.CountTokens(s.ctx, s.request)
	if err != nil {
		return err
	}
	count := int(response.GetInputTokens())
	s.saw.Count = &count
	return nil
}
