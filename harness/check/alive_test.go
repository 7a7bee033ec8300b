package check_test

import (
	"testing"

	"ikewit/harness/capture"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/check"
)

// askedAlive is the evidence of a negotiation after which alice asked whether bob is alive, more than once.
func askedAlive(t *testing.T) *check.Evidence {
	t.Helper()
	return inSimulator(t, "dpd 30s", "dpd on")
}

func TestGoodQuestionsHaveNoFindings(t *testing.T) {
	e := askedAlive(t)
	for _, f := range check.Messages.Run(e) {
		t.Errorf("%s: %s", f.Check, f)
	}
	if questions, answers := told(e, 36136), told(e, 36137); len(questions) < 3 || len(answers) != len(questions) {
		t.Errorf("%d questions, %d answers", len(questions), len(answers))
	}
}

// told gives the notifications of a type with their messages.
func told(e *check.Evidence, kind isakmp.NotifyType) (list []*capture.Message) {
	for _, m := range e.Conversations[0].Messages {
		for _, p := range m.Chain() {
			if n, ok := p.Content.(*isakmp.Notification); ok && n.Type == kind {
				list = append(list, m)
			}
		}
	}
	return list
}

// harmNotify changes the n-th notification of a type.
func harmNotify(kind isakmp.NotifyType, n int, f func(n *isakmp.Notification)) func(*check.Evidence) {
	return func(e *check.Evidence) { f(payload[*isakmp.Notification](told(e, kind)[n])) }
}

var aliveHarm = []harm{
	{"live-form", "in clear", func(e *check.Evidence) { told(e, 36136)[0].ISAKMP.Flags = 0; clearAs(told(e, 36136)[0]) }},
	{"live-form", "for ESP", harmNotify(36136, 0, func(n *isakmp.Notification) { n.Protocol = 3 })},
	{"live-form", "of another SA", harmNotify(36137, 0, func(n *isakmp.Notification) { n.SPI[3]++ })},
	{"live-form", "three octets", harmNotify(36137, 0, func(n *isakmp.Notification) { n.Data = n.Data[:3] })},
	{"live-number", "the same twice", harmNotify(36136, 1, func(n *isakmp.Notification) { n.Data[3]-- })},
	{"live-number", "too high", harmNotify(36136, 0, func(n *isakmp.Notification) { n.Data[0] |= 0x80 })},
	{"live-number", "answer to nothing", harmNotify(36137, 1, func(n *isakmp.Notification) { n.Data[1]++ })},
}

// clearAs leaves what was opened to be read though the message says that it is not encrypted.
func clearAs(m *capture.Message) { m.ISAKMP.Payloads, m.Plain = m.Plain, nil }
