package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/google/cel-go/cel"

	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

// answer is what Kubernetes makes of an expression.
type answer struct {
	// Verdict is "true" or "false" for a bool, "value" for another value, "error" if the expression cannot
	// be evaluated, "refused" if there cannot be a policy with it, "timeout" if Kubernetes is still computing.
	Verdict string `json:"verdict"`
	// Kind and Value are those of the result; `value.go` has the notation.
	Kind  string  `json:"kind,omitempty"`
	Value *string `json:"value,omitempty"`
	// Message is the error, or why the expression is refused.
	Message string `json:"message,omitempty"`
	// Line and Column are where it is refused, from 1.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Cost is what the evaluation cost, variables included.
	Cost *int64 `json:"cost,omitempty"`
	// OverBudget says that the limit of a call or the budget of a policy is exceeded.
	OverBudget bool `json:"overBudget,omitempty"`
}

// answer compiles and evaluates an expression. One that takes too long is left behind: some functions of
// Kubernetes compute for minutes, and nothing interrupts them.
func (s *situation) answer(text string, resultType *cel.Type, timeout time.Duration) answer {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	done := make(chan answer, 1)
	go func() {
		defer func() {
			if reason := recover(); reason != nil {
				done <- answer{Verdict: "error", Message: fmt.Sprintf("panic: %v", reason)}
			}
		}()
		done <- s.judge(ctx, text, resultType)
	}()
	select {
	case answer := <-done:
		if ctx.Err() == nil {
			return answer
		}
	case <-ctx.Done():
	}
	watchMemory.Do(func() { go endBeforeMemoryDoes() })
	return answer{Verdict: "timeout", Message: fmt.Sprintf("takes more than %v", timeout)}
}

func (s *situation) judge(ctx context.Context, text string, resultType *cel.Type) answer {
	condition, refused := s.policy.compile(text, resultType)
	if refused != nil {
		return refusal(refused)
	}
	bindings := plugin.OptionalVariableBindings{VersionedParams: s.params, Authorizer: s.authorizer}
	if resultType == cel.StringType {
		bindings.Authorizer = nil
	}
	results, left, err := condition.ForInput(
		ctx, s.attributes, s.request, bindings, s.namespace, celconfig.RuntimeCELCostBudget,
	)
	if err != nil {
		return answer{Verdict: "error", Message: err.Error(), OverBudget: errors.Is(err, apiservercel.ErrOutOfBudget)}
	}
	cost := celconfig.RuntimeCELCostBudget - left
	result := results[0]
	if result.Error != nil {
		_, message, _ := strings.Cut(result.Error.Error(), "' resulted in error: ")
		return answer{
			Verdict:    "error",
			Message:    message,
			Cost:       &cost,
			OverBudget: strings.Contains(message, "actual cost limit exceeded"),
		}
	}
	kind, value := describe(result.EvalResult)
	verdict := "value"
	if kind == "bool" {
		verdict = value
	}
	return answer{Verdict: verdict, Kind: kind, Value: &value, Cost: &cost}
}

// mostMemory is as much as expressions that were left behind may take, in bytes.
const mostMemory = 4 << 30

var watchMemory sync.Once

// endBeforeMemoryDoes ends the program when expressions that were left behind take too much memory: some, as
// `lists.range(object.spec.big)`, make lists without end.
func endBeforeMemoryDoes() {
	var memory runtime.MemStats
	for {
		runtime.ReadMemStats(&memory)
		if memory.HeapAlloc > mostMemory {
			fmt.Fprintln(os.Stderr, "cel-oracle: an expression that takes too long takes all memory too; ask without it")
			os.Exit(1)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
