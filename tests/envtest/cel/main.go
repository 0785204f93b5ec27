// Command cel-oracle answers what Kubernetes' own CEL makes of expressions. It goes the way of the API
// server: an expression is compiled as when a ValidatingAdmissionPolicy is created, compiled again as when
// it is in effect, and evaluated with the limit of a call and the budget of a policy.
//
// It reads questions, one JSON object a line, and writes the answers, one a line, in the same order:
//
//	{"expressions": ["object.spec.replicas > 1"], "object": {"spec": {"replicas": 3}}}
//	{"answers":[{"verdict":"true","kind":"bool","value":"true","cost":4}]}
//
// `question.go` has the fields of a question, `answer.go` those of an answer.
//
// Arguments are expressions, about the first object of the conformance tests: they are for people.
// With `-spec FOLDER` it prints the conformance tests of CEL's specification (see `spec.go`).
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

func main() {
	// Most of the time goes into small, short-lived values.
	debug.SetGCPercent(400)
	oracle := newOracle()
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "-spec":
		err = printSpec(os.Args[2], os.Stdout)
	case len(os.Args) > 1:
		err = oracle.explain(os.Args[1:])
	default:
		err = oracle.serve(os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cel-oracle:", err)
		os.Exit(1)
	}
}

// serve answers until the end of the input.
func (o *oracle) serve(input io.Reader, output io.Writer) error {
	lines, answers := bufio.NewReaderSize(input, 1<<16), bufio.NewWriter(output)
	encoder := json.NewEncoder(answers)
	encoder.SetEscapeHTML(false)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			reply, err := o.reply(line)
			if err != nil {
				reply = map[string]string{"error": fmt.Sprintf("line %d: %v", number, err)}
			}
			if err := encoder.Encode(reply); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return answers.Flush()
		}
		if err != nil {
			return err
		}
		// The asker may wait for this answer before it asks again.
		if lines.Buffered() == 0 {
			if err := answers.Flush(); err != nil {
				return err
			}
		}
	}
}

// reply answers one line.
func (o *oracle) reply(line []byte) (any, error) {
	var question question
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&question); err != nil {
		return nil, err
	}
	if question.Numbers != nil {
		return map[string]any{"numbers": readNumbers(question.Numbers)}, nil
	}
	situation, err := o.situation(&question)
	if err != nil {
		return nil, err
	}
	answers := make([]answer, 0, len(question.Expressions))
	for _, expression := range question.Expressions {
		answers = append(answers, situation.answer(expression, question.resultType, question.timeout()))
	}
	reply := map[string]any{"answers": answers}
	if question.Bindings {
		reply["bindings"] = situation.bindings()
	}
	return reply, nil
}
