package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"sigs.k8s.io/yaml"
)

// objects is the file with the objects of the conformance tests; the build says where it is.
var objects string

// explain prints verdicts, values and costs for people. The expressions are about the first object, which
// is a Sandbox.
func (o *oracle) explain(expressions []string) error {
	file, err := os.ReadFile(objects)
	if err != nil {
		return fmt.Errorf("no object to evaluate expressions on: %w", err)
	}
	first, _, _ := strings.Cut(string(file), "\n---\n")
	object, err := yaml.YAMLToJSON([]byte(first))
	if err != nil {
		return fmt.Errorf("%s: %w", objects, err)
	}
	situation, err := o.newSituation(&question{Object: object})
	if err != nil {
		return err
	}
	for _, expression := range expressions {
		answer := situation.answer(expression, cel.AnyType, time.Minute)
		line := []string{answer.Verdict}
		if answer.Verdict == "value" {
			line = append(line, answer.Kind, *answer.Value)
		}
		if answer.Line > 0 {
			line = append(line, fmt.Sprintf("%d:%d", answer.Line, answer.Column))
		}
		line = append(line, answer.Message)
		if answer.Cost != nil {
			line = append(line, fmt.Sprintf("cost=%d", *answer.Cost))
		}
		if answer.OverBudget {
			line = append(line, "over the budget")
		}
		fmt.Printf("%s\n    %s\n", expression, strings.Join(line, "  "))
	}
	return nil
}
