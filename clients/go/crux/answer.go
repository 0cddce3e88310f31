package crux

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// answerAll runs calls at once and returns their results in the order of the calls. It waits for all of them, and
// panics where one did, in the caller's goroutine, where it can be recovered.
func answerAll(ctx context.Context, calls []*cruxv1.ToolCall, tools map[string]*Tool) []*cruxv1.Part {
	results := make([]*cruxv1.Part, len(calls))
	panics := make([]error, len(calls))
	var group sync.WaitGroup
	for i, call := range calls {
		group.Add(1)
		go func() {
			defer group.Done()
			defer func() {
				if value := recover(); value != nil {
					panics[i] = fmt.Errorf("crux: tool %q: %v\n%s", call.GetName(), value, debug.Stack())
				}
			}()
			results[i] = answerOne(ctx, call, tools[call.GetName()])
		}()
	}
	group.Wait()
	for _, err := range panics {
		if err != nil {
			panic(err)
		}
	}
	return results
}

// answerOne runs one call. tool is nil where there is none of that name.
func answerOne(ctx context.Context, call *cruxv1.ToolCall, tool *Tool) *cruxv1.Part {
	if tool == nil {
		return ToolFailure(call, fmt.Sprintf("there is no tool %q", call.GetName()))
	}
	parts, err := tool.call(ctx, call.GetArgumentsJson())
	if err != nil {
		return ToolFailure(call, err.Error())
	}
	return ToolResult(call, parts...)
}
