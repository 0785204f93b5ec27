package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/cel-go/cel"
)

// question is a line of the input. It is about expressions, or about numbers alone.
type question struct {
	Expressions []string `json:"expressions"`
	// Type is what the expressions must evaluate to: "bool" (the default, a validation), "string" (a message)
	// or "any".
	Type string `json:"type"`
	// Variables are those of the policy, in order; each may use the ones before it.
	Variables []variable `json:"variables"`
	// Whether the policy has `params`. So it is if there are some.
	HasParams bool `json:"hasParams"`

	// What the variables of the API server have. Without `request` there is one that creates the object, or
	// updates it if there is an old one; without `namespaceObject` there is one with the name of the namespace.
	Object          json.RawMessage `json:"object"`
	OldObject       json.RawMessage `json:"oldObject"`
	Request         json.RawMessage `json:"request"`
	NamespaceObject json.RawMessage `json:"namespaceObject"`
	Params          json.RawMessage `json:"params"`

	// Save keeps the variables and what they have under a name; With takes them from there.
	Save string `json:"save"`
	With string `json:"with"`

	// TimeoutMs is how long an expression may take; 5 seconds by default.
	TimeoutMs int64 `json:"timeoutMs"`
	// Bindings asks for the JSON of what the variables of the API server have.
	Bindings bool `json:"bindings"`

	// Numbers are texts of JSON numbers, to be read as the API server does.
	Numbers []string `json:"numbers"`

	resultType *cel.Type
}

// variable is one of a policy.
type variable struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
}

func (q *question) timeout() time.Duration {
	if q.TimeoutMs > 0 {
		return time.Duration(q.TimeoutMs) * time.Millisecond
	}
	return 5 * time.Second
}

// situation is what a question is about, saved or new.
func (o *oracle) situation(q *question) (*situation, error) {
	switch q.Type {
	case "", "bool":
		q.resultType = cel.BoolType
	case "string":
		q.resultType = cel.StringType
	case "any":
		q.resultType = cel.AnyType
	default:
		return nil, fmt.Errorf("type %q: must be bool, string or any", q.Type)
	}
	if q.With != "" {
		saved, ok := o.saved[q.With]
		if !ok {
			return nil, fmt.Errorf("nothing is saved as %q", q.With)
		}
		return saved, nil
	}
	situation, err := o.newSituation(q)
	if err == nil && q.Save != "" {
		o.saved[q.Save] = situation
	}
	return situation, err
}
