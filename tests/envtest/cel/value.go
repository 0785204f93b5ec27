package main

import (
	"encoding/hex"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// describe names the kind of a value, and writes it so that equal texts mean equal values: a string as it
// is, everything else as in [notation].
func describe(value ref.Val) (kind, text string) {
	kind = value.Type().TypeName()
	if text, ok := value.(types.String); ok {
		return kind, string(text)
	}
	return kind, notation(value)
}

// notation is `null`, `true`, `1`, `1u`, `1.5e0` (the shortest digits that give the same double), `"a\"b"` (only
// quotes and backslashes escaped), `b"00ff"`, `[1, 2]`, `{"a": 1}` (in the order of the keys' notation),
// `optional(1)`, `optional()`, `timestamp(seconds.nanoseconds)`, `duration(nanoseconds)`, `type(name)`. Of
// Kubernetes' own types there is the name only: `quantity(...)`.
func notation(value ref.Val) string {
	switch value := value.(type) {
	case types.Null:
		return "null"
	case types.Bool:
		return strconv.FormatBool(bool(value))
	case types.Int:
		return strconv.FormatInt(int64(value), 10)
	case types.Uint:
		return strconv.FormatUint(uint64(value), 10) + "u"
	case types.Double:
		return double(float64(value))
	case types.String:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(value)) + `"`
	case types.Bytes:
		return `b"` + hex.EncodeToString(value) + `"`
	case types.Timestamp:
		return fmt.Sprintf("timestamp(%d.%09d)", value.Unix(), value.Nanosecond())
	case types.Duration:
		return fmt.Sprintf("duration(%d)", value.Nanoseconds())
	case *types.Optional:
		if !value.HasValue() {
			return "optional()"
		}
		return "optional(" + notation(value.GetValue()) + ")"
	case *types.Type:
		return "type(" + value.TypeName() + ")"
	case traits.Mapper:
		return object(value)
	case traits.Lister:
		return list(value)
	default:
		return value.Type().TypeName() + "(...)"
	}
}

func double(value float64) string {
	text := strconv.FormatFloat(value, 'e', -1, 64)
	digits, exponent, ok := strings.Cut(text, "e")
	if !ok {
		return text // NaN, +Inf, -Inf
	}
	number, _ := strconv.Atoi(exponent)
	return fmt.Sprintf("%se%d", digits, number)
}

func list(value traits.Lister) string {
	var items []string
	for it := value.Iterator(); it.HasNext() == types.True; {
		items = append(items, notation(it.Next()))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func object(value traits.Mapper) string {
	var entries []string
	for it := value.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		entries = append(entries, notation(key)+": "+notation(value.Get(key)))
	}
	sort.Strings(entries)
	return "{" + strings.Join(entries, ", ") + "}"
}
