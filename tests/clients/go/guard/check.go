// Package guard starts a real node for a test of a real client, and counts what was checked.
package guard

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sync/atomic"
	"testing"
	"time"
)

var checks atomic.Int64

// Main runs the tests of a package and says how much was checked.
func Main(m *testing.M) {
	code := m.Run()
	fmt.Printf("%d checks\n", checks.Load())
	os.Exit(code)
}

// Equal is one check. It ends the test when the two differ.
func Equal[T any](t testing.TB, want, got T, what string, arguments ...any) {
	t.Helper()
	checks.Add(1)
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("%s:\n  want %s\n  got  %s", fmt.Sprintf(what, arguments...), shown(want), shown(got))
	}
}

// True is one check.
func True(t testing.TB, holds bool, what string, arguments ...any) {
	t.Helper()
	checks.Add(1)
	if !holds {
		t.Fatalf("does not hold: %s", fmt.Sprintf(what, arguments...))
	}
}

// OK is one check: nothing failed.
func OK(t testing.TB, err error, what string, arguments ...any) {
	t.Helper()
	checks.Add(1)
	if err != nil {
		t.Fatalf("%s: %v", fmt.Sprintf(what, arguments...), err)
	}
}

// Within looks every 50 ms until `look` finds what it waits for, and ends the test after `limit`.
func Within(t testing.TB, limit time.Duration, what string, look func() bool) {
	t.Helper()
	for until := time.Now().Add(limit); !look(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
	checks.Add(1)
}

func shown(value any) string {
	if text, err := json.Marshal(value); err == nil {
		return string(text)
	}
	return fmt.Sprintf("%+v", value)
}
