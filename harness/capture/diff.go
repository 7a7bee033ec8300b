package capture

import (
	"fmt"
	"strings"

	"ikewit/harness/capture/isakmp"
)

// A Difference is one field in which two conversations differ. A or B is "" where there is no such field.
type Difference struct {
	Message string // "QI1", or "QI1 (2)" for the second of that name
	Field   string // "SA Proposal 1 Transform 1 Life Duration"; "" for the whole message
	A, B    string
}

// String writes one line.
func (d Difference) String() string {
	return fmt.Sprintf("%s %s: %q, %q", d.Message, d.Field, d.A, d.B)
}

// drawn are the fields that no two runs share: of these only the length is compared.
var drawn = map[string]bool{"Key Exchange Data": true, "Nonce Data": true, "Hash Data": true, "Signature Data": true, "HASH": true, "SPI": true}

// Diff compares two conversations by what their messages say, in the order of a. Cookies, message IDs, public values,
// nonces, hashes and SPIs may differ, but not in length; copies of a message do not count. Encrypted messages are
// compared as far as Recover opened them.
func Diff(a, b *Conversation) []Difference {
	var out []Difference
	one, order := byName(a)
	other, more := byName(b)
	for _, key := range more {
		if one[key] == nil {
			order = append(order, key)
		}
	}
	for _, key := range order {
		x, y := one[key], other[key]
		if x == nil || y == nil {
			out = append(out, Difference{Message: key, A: layoutOf(x), B: layoutOf(y)})
			continue
		}
		out = append(out, diffFields(key, fieldsOf(x), fieldsOf(y))...)
	}
	return out
}

func layoutOf(m *Message) string {
	if m == nil {
		return ""
	}
	return m.Layout()
}

// byName numbers messages of one name.
func byName(c *Conversation) (map[string]*Message, []string) {
	found, seen := map[string]*Message{}, map[string]int{}
	var order []string
	for _, m := range c.Messages {
		if m.Resent != nil {
			continue
		}
		key := m.Name
		if seen[key]++; seen[key] > 1 {
			key = fmt.Sprintf("%s (%d)", key, seen[key])
		}
		found[key], order = m, append(order, key)
	}
	return found, order
}

// fieldsOf lists what is compared of a message.
func fieldsOf(m *Message) []isakmp.Field {
	list := []isakmp.Field{{Name: "Sender", Value: m.Sender.String()}}
	for _, f := range m.ISAKMP.Fields() {
		switch f.Name {
		case "Initiator Cookie", "Responder Cookie", "Message ID":
		default:
			list = append(list, f)
		}
	}
	list = append(list, isakmp.Field{Name: "Payloads", Value: m.Layout()})
	for _, p := range m.Chain() {
		for _, f := range p.Content.Fields() {
			words := strings.Fields(f.Name)
			if drawn[f.Name] || words[len(words)-1] == "SPI" {
				f.Value = fmt.Sprintf("%d octets", len(f.Value)/2)
			}
			list = append(list, isakmp.Field{Name: p.Type.String() + " " + f.Name, Value: f.Value})
		}
	}
	return list
}

// diffFields compares two lists by name; fields of one name by their order.
func diffFields(message string, a, b []isakmp.Field) []Difference {
	var out []Difference
	left := map[string][]string{}
	for _, f := range b {
		left[f.Name] = append(left[f.Name], f.Value)
	}
	for _, f := range a {
		switch values := left[f.Name]; {
		case len(values) == 0:
			out = append(out, Difference{message, f.Name, f.Value, ""})
		default:
			left[f.Name] = values[1:]
			if values[0] != f.Value {
				out = append(out, Difference{message, f.Name, f.Value, values[0]})
			}
		}
	}
	for _, f := range b {
		for _, value := range left[f.Name] {
			out = append(out, Difference{message, f.Name, "", value})
		}
		delete(left, f.Name)
	}
	return out
}
