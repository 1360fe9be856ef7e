package metalapi

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-lib/httperrors"
	"metalmesh.test/clients/guard"
)

// The keys and types of `metalmesh dev`.
const (
	viewKey, viewType   = "metal-view", "Metal-View"
	editKey, editType   = "metal-edit", "Metal-Edit"
	adminKey, adminType = "metal-admin", "Metal-Admin"
)

func signingAs(t testing.TB, node *guard.Node, key, authType string) metalgo.Client {
	t.Helper()
	client, err := metalgo.NewClient(node.URL(), metalgo.HMACAuth(key, authType))
	guard.OK(t, err, "client that signs as %s", authType)
	return client
}

// A generated answer to a call that went well.
type answer[P any] interface {
	Code() int
	GetPayload() P
}

// What a generated call returned.
type outcome[P any] struct {
	answer answer[P]
	err    error
}

func call[P any](answer answer[P], err error) outcome[P] {
	return outcome[P]{answer, err}
}

// ok is the payload of a call that must go well. Another 2xx than the operation's own is an error of the client.
func (o outcome[P]) ok(t testing.TB, what string, arguments ...any) P {
	t.Helper()
	guard.OK(t, o.err, what, arguments...)
	payload := o.answer.GetPayload()
	validate(t, payload)
	return payload
}

func (o outcome[P]) refused(t testing.TB, status int, message string) {
	t.Helper()
	refused(t, o.answer, o.err, status, message)
}

// Is it a refusal with this status and text?
func (o outcome[P]) is(status int, message string) bool {
	refusal, typed := o.err.(refusal)
	return typed && refusal.Code() == status && refusal.GetPayload().Message == message
}

// What all generated errors have.
type refusal interface {
	error
	Code() int
	GetPayload() *httperrors.HTTPErrorResponse
}

// refused is the check of an error: it is a generated one of the operation that `answer` belongs to, either for this
// status or for any, and both its status and its decoded body say the same.
func refused(t testing.TB, answer any, err error, status int, message string) {
	t.Helper()
	guard.True(t, err != nil, "it is refused with %d %s", status, message)
	expected, got := reflect.TypeOf(answer).Elem(), reflect.TypeOf(err)
	guard.True(t, got.Kind() == reflect.Pointer, "a generated error: %T %v", err, err)
	guard.Equal(t, expected.PkgPath(), got.Elem().PkgPath(), "package of %v", err)
	operation := strings.TrimSuffix(strings.TrimSuffix(expected.Name(), "OK"), "Created")
	kind, of := strings.CutPrefix(got.Elem().Name(), operation)
	ofStatus := strings.ReplaceAll(http.StatusText(status), " ", "")
	guard.True(t, of && (kind == "Default" || kind == ofStatus), "%T is an error of %s: %v", err, operation, err)
	typed, is := err.(refusal)
	guard.True(t, is, "%T has a status and a payload", err)
	guard.Equal(t, message, typed.GetPayload().Message, "message")
	guard.Equal(t, status, typed.Code(), "status of: %s", message)
	guard.Equal(t, status, typed.GetPayload().StatusCode, "status in the body of: %s", message)
}

// validate finds what is missing or misspelt in a payload: the model's own rules, and times that must be there.
func validate(t testing.TB, payload any) {
	t.Helper()
	value := reflect.ValueOf(payload)
	if value.Kind() == reflect.Slice {
		for index := range value.Len() {
			validate(t, value.Index(index).Interface())
		}
		return
	}
	guard.True(t, !value.IsNil(), "%T is there", payload)
	model, is := payload.(interface{ Validate(strfmt.Registry) error })
	guard.True(t, is, "%T can be validated", payload)
	guard.OK(t, model.Validate(strfmt.Default), "%T is valid", payload)
	for _, name := range []string{"Created", "Changed"} {
		field := value.Elem().FieldByName(name)
		if stamp, is := anyOf(field).(strfmt.DateTime); is {
			guard.True(t, !time.Time(stamp).IsZero(), "%T has a time: %s", payload, name)
		}
	}
}

func anyOf(field reflect.Value) any {
	if !field.IsValid() {
		return nil
	}
	return field.Interface()
}

func ptr[T any](value T) *T { return &value }
