package main

import (
	"fmt"
	"math"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// number is one in JSON, as the API server reads it: an int64, a float64 by its bits, or an error.
type number struct {
	Int    *int64 `json:"int,omitempty"`
	Double string `json:"double,omitempty"`
	Error  string `json:"error,omitempty"`
}

func readNumbers(texts []string) []number {
	numbers := make([]number, 0, len(texts))
	for _, text := range texts {
		var value any
		if err := utiljson.Unmarshal([]byte(text), &value); err != nil {
			numbers = append(numbers, number{Error: err.Error()})
			continue
		}
		switch value := value.(type) {
		case int64:
			numbers = append(numbers, number{Int: &value})
		case float64:
			numbers = append(numbers, number{Double: fmt.Sprintf("%016x", math.Float64bits(value))})
		default:
			numbers = append(numbers, number{Error: fmt.Sprintf("a %T", value)})
		}
	}
	return numbers
}
