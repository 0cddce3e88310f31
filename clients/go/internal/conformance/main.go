// Command conformance is the Go driver of clients/conformance: it reads one JSON object a line, does what it asks for
// with the client's public interface, and says what it saw.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// task is one line of input.
type task struct {
	Name       string          `json:"name"`
	Address    string          `json:"address"`
	Token      string          `json:"token"`
	CA         string          `json:"ca"`
	Cert       string          `json:"cert"`
	Key        string          `json:"key"`
	Call       string          `json:"call"`
	Request    json.RawMessage `json:"request"`
	DeadlineMS *int64          `json:"deadline_ms"`
	Cancel     *cancellation   `json:"cancel"`
	File       string          `json:"file"`
	Silent     bool            `json:"silent"`
	Style      string          `json:"style"`
}

type cancellation struct {
	AfterMS     *int64 `json:"after_ms"`
	AfterDeltas *int   `json:"after_deltas"`
	By          string `json:"by"`
}

func main() {
	driver := &driver{clients: map[string]*crux.Client{}}
	input := bufio.NewReader(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 1 {
			if err := output.Encode(driver.answer(line)); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		if err != nil {
			return
		}
	}
}

// driver keeps its clients, so that no connection ends where only a call should.
type driver struct {
	clients map[string]*crux.Client
}

func (d *driver) answer(line []byte) (saw *report) {
	var asked task
	defer func() {
		if value := recover(); value != nil {
			saw = &report{Name: asked.Name, Ending: "driver", Message: fmt.Sprint(value)}
		}
	}()
	if err := json.Unmarshal(line, &asked); err != nil {
		return &report{Ending: "driver", Message: err.Error()}
	}
	saw = &report{Name: asked.Name}
	if err := d.do(&asked, saw); err != nil {
		*saw = report{Name: asked.Name, Ending: "driver", Message: err.Error()}
	}
	return saw
}

// do does one task. An error is the driver's own.
func (d *driver) do(asked *task, saw *report) error {
	client, err := d.client(asked)
	if err != nil {
		return err
	}
	request := &cruxv1.ChatRequest{}
	if len(asked.Request) > 0 {
		if err := protojson.Unmarshal(asked.Request, request); err != nil {
			return err
		}
	}
	call, known := calls[asked.Call]
	if !known {
		return fmt.Errorf("unknown call %q", asked.Call)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if asked.DeadlineMS != nil {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*asked.DeadlineMS)*time.Millisecond)
		defer cancel()
	}
	if c := asked.Cancel; c != nil && c.AfterMS != nil && c.By != "leave" {
		timer := time.AfterFunc(time.Duration(*c.AfterMS)*time.Millisecond, cancel)
		defer timer.Stop()
	}
	start := time.Now()
	err = call(&scene{ctx: ctx, cancel: cancel, start: start, client: client, task: asked, request: request, saw: saw})
	saw.ElapsedMS = time.Since(start).Milliseconds()
	return saw.end(err)
}

// scene is one task under way.
type scene struct {
	ctx     context.Context
	cancel  context.CancelFunc
	start   time.Time
	client  *crux.Client
	task    *task
	request *cruxv1.ChatRequest
	saw     *report
}

// errLeft says that the loop was left, as the task asked for.
var errLeft = errors.New("left")

// leaves tells whether the loop is to be left now, and cancels where that is asked for.
func (s *scene) leaves() bool {
	c := s.task.Cancel
	if c == nil {
		return false
	}
	due := c.AfterDeltas != nil && s.saw.Deltas >= *c.AfterDeltas ||
		c.AfterMS != nil && time.Since(s.start) >= time.Duration(*c.AfterMS)*time.Millisecond
	if due && c.By != "leave" {
		s.cancel()
	}
	return due && c.By == "leave"
}
