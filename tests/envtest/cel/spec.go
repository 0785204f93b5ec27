package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"cel.dev/expr"
	"cel.dev/expr/conformance/test"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"google.golang.org/protobuf/encoding/prototext"

	// The messages of the tests, so that the files can be read.
	_ "cel.dev/expr/conformance/proto2"
	_ "cel.dev/expr/conformance/proto3"
)

// specTest is a conformance test of CEL's specification, with values in the notation of answers.
type specTest struct {
	File       string `json:"file"`
	Name       string `json:"name"`
	Expression string `json:"expression"`
	// Inapplicable says why it is not about Kubernetes' CEL.
	Inapplicable string `json:"inapplicable,omitempty"`
	// Bindings are the values of variables, in JSON.
	Bindings map[string]json.RawMessage `json:"bindings,omitempty"`
	// Kind and Value are the result; without a kind it is an error.
	Kind  string `json:"kind,omitempty"`
	Value string `json:"value,omitempty"`
}

// messages are what Kubernetes' CEL has none of: protobuf messages and enums, and libraries that it leaves out.
var messages = regexp.MustCompile(`TestAllTypes|TestRequired|GlobalEnum|NestedEnum|proto[23]?\.|google\.protobuf\.(Any|Struct|Value|ListValue|NullValue|Empty|FieldMask|\w+Value|Timestamp\{|Duration\{)|cel\.(block|index|iterVar|accuVar)|math\.|base64\.|network`)

// printSpec writes the tests of the specification, one a line. They are in the module cel.dev/expr, whose folder is given.
func printSpec(folder string, output io.Writer) error {
	files, err := filepath.Glob(filepath.Join(folder, "tests/simple/testdata/*.textproto"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("there are no tests in %s", folder)
	}
	encoder := json.NewEncoder(output)
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var file test.SimpleTestFile
		if err := prototext.Unmarshal(text, &file); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, section := range file.Section {
			for _, one := range section.Test {
				printed := convertSpecTest(one)
				printed.File, printed.Name = file.Name, section.Name+"/"+one.Name
				if err := encoder.Encode(printed); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func convertSpecTest(one *test.SimpleTest) specTest {
	printed := specTest{Expression: one.Expr}
	inapplicable := func(why string) specTest {
		printed.Inapplicable = why
		return printed
	}
	switch {
	case one.Container != "":
		return inapplicable("a container of names")
	case one.DisableMacros:
		return inapplicable("macros are off")
	case one.CheckOnly:
		return inapplicable("only types")
	case messages.MatchString(one.Expr):
		return inapplicable("protobuf, or a library that Kubernetes leaves out")
	}
	if len(one.Bindings) > 0 {
		printed.Bindings = map[string]json.RawMessage{}
	}
	for name, binding := range one.Bindings {
		value, err := toJSON(binding.GetValue())
		if err != nil || strings.Contains(name, ".") {
			return inapplicable("a variable that JSON does not have")
		}
		printed.Bindings[name] = value
	}
	var expected *expr.Value
	switch matcher := one.ResultMatcher.(type) {
	case *test.SimpleTest_Value:
		expected = matcher.Value
	case *test.SimpleTest_TypedResult:
		expected = matcher.TypedResult.Result
	case *test.SimpleTest_EvalError, *test.SimpleTest_AnyEvalErrors:
		return printed
	case nil:
		expected = &expr.Value{Kind: &expr.Value_BoolValue{BoolValue: true}}
	default:
		return inapplicable("unknown values")
	}
	value, err := cel.ProtoAsValue(types.DefaultTypeAdapter, expected)
	if err != nil {
		return inapplicable("a result that Kubernetes does not have")
	}
	printed.Kind, printed.Value = describe(value)
	return printed
}

// toJSON writes a value in JSON, if it has one: an int has no point, a double has one.
func toJSON(value *expr.Value) (json.RawMessage, error) {
	if value == nil {
		return nil, fmt.Errorf("not a value")
	}
	converted, err := cel.ProtoAsValue(types.DefaultTypeAdapter, value)
	if err != nil {
		return nil, err
	}
	return writeJSON(converted)
}

func writeJSON(value ref.Val) (json.RawMessage, error) {
	switch value := value.(type) {
	case types.Null, types.Bool, types.Int:
		return json.RawMessage(notation(value)), nil
	case types.Double:
		return json.RawMessage(double(float64(value))), nil
	case types.String:
		return json.Marshal(string(value))
	default:
		native, err := json.Marshal(value.Value())
		if err != nil || value.Type() != types.ListType && value.Type() != types.MapType {
			return nil, fmt.Errorf("a %s is not JSON", value.Type().TypeName())
		}
		return native, nil
	}
}
