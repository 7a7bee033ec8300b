package isakmp

import (
	"fmt"
	"strings"
)

// A numbers table has the names of one registry, a row for each value, in the order of the RFC.
type numbers[T ~uint8 | ~uint16 | ~uint32] []struct {
	value T
	name  string
}

// name is the name of v; not ok if it has none.
func (n numbers[T]) name(v T) (name string, ok bool) {
	for i := range n {
		if n[i].value == v {
			return n[i].name, true
		}
	}
	return "", false
}

// text is the name of v, or what it is and its number, as in "payload 200".
func (n numbers[T]) text(what string, v T) string {
	if name, ok := n.name(v); ok {
		return name
	}
	return fmt.Sprintf("%s %d", what, v)
}

// of is name for a number that came as the value of an attribute.
func (n numbers[T]) of(v uint16) (name string, ok bool) { return n.name(T(v)) }

// value is the number of a name, in which upper and lower case are the same.
func (n numbers[T]) value(name string) (v T, ok bool) {
	for i := range n {
		if strings.EqualFold(n[i].name, name) {
			return n[i].value, true
		}
	}
	return 0, false
}
