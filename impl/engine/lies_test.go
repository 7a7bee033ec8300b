package engine_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"ikewit/impl/ike"
	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// A lie is a row of negative requirements: what T changes in which message, which check of the engine must
// notice it, and what the peer is told. Nothing may come of it, and the engine must go on working.
type lie struct {
	id      string // of the requirement, and which of its stimuli
	at      string // the message
	setup   setup
	prepare func(c *tester) // before the message
	change
	check  ike.Check
	notify []isakmp.NotifyType // one of these; none: silence
	cont   bool                // the unaltered message is accepted afterwards
	hard   bool                // leaving the check out is not enough: there is nothing to go on with
}

// following is the message that must not come.
var following = map[string]string{
	"MM1": "MM2", "MM2": "MM3", "MM3": "MM4", "MM4": "MM5", "MM5": "MM6", "MM6": "QM1", "QM1": "QM2", "QM2": "QM3", "QM3": "QM1",
}

func runLies(t *testing.T, lies []lie) {
	for _, l := range lies {
		t.Run(strings.ReplaceAll(l.id, "/", "|"), func(t *testing.T) {
			l.run(t)
			l.unnoticed(t)
		})
	}
}

// unskippable are the checks without which an engine could not go on, whatever it would like.
var unskippable = []ike.Check{ike1.CheckSyntax, ike1.CheckBlocks, ike1.CheckAcceptable, ike1.CheckResponderCookie}

// unnoticed plays the lie to an engine that leaves the check out: it must not be refused for that.
func (l lie) unnoticed(t *testing.T) {
	if slices.Contains(unskippable, l.check) {
		return
	}
	s := l.setup
	s.seams.Skip = func(c ike.Check) bool { return c == l.check }
	c := newTester(t, strings.Contains("MM1 MM3 MM5 QM1 QM3", l.at), s)
	c.begin(l.at)
	if l.at == "QM1" && c.quick == nil {
		c.beginQuick(true)
	}
	if l.prepare != nil {
		l.prepare(c)
	}
	mark := len(c.events)
	c.send(l.at, l.change, false)
	if r := c.refusal(mark); r != nil && r.Refusal.Check == l.check && !l.hard {
		t.Errorf("check %s is left out, and refuses all the same: %v", l.check, r)
	}
	if n := c.coverage.Of(l.check); n.Failed == 0 {
		t.Errorf("check %s was not made, or nothing failed it: %+v", l.check, n)
	}
}

func (l lie) run(t *testing.T) {
	c := newTester(t, strings.Contains("MM1 MM3 MM5 QM1 QM3", l.at), l.setup)
	c.begin(l.at)
	if l.at == "QM1" && c.quick == nil {
		c.beginQuick(true)
	}
	if l.prepare != nil {
		l.prepare(c)
	}
	c.sent = nil
	mark, before := len(c.events), len(c.sas())
	c.send(l.at, l.change, false)
	types, protected := c.informed()
	if m := c.take(following[l.at]); m != nil {
		t.Fatalf("the engine goes on with %s", following[l.at])
	}
	if n := len(c.sas()); n > before && l.at != "QM3" {
		t.Errorf("the engine has installed %d SAs", n-before)
	}
	l.checkRefusal(c, mark, types)
	if len(types) > 0 && protected != (l.at[0] == 'Q') {
		t.Errorf("notification %v: protected %t", types, protected)
	}
	if l.cont {
		c.send(l.at, change{}, true)
		if l.at != "QM3" {
			c.play(following[l.at], "")
		}
		c.checkSAs()
	}
	if l.at[0] == 'Q' {
		c.p1OK()
	}
	c.alive()
}

func (l lie) checkRefusal(c *tester, mark int, types []isakmp.NotifyType) {
	c.t.Helper()
	r := c.refusal(mark)
	if r == nil {
		c.t.Fatalf("nothing was refused: %v", c.last(3))
	}
	if r.Refusal.Check != l.check {
		c.t.Errorf("refused by check %s, want %s: %v", r.Refusal.Check, l.check, r)
	}
	switch {
	case len(l.notify) == 0 && len(types) > 0:
		c.t.Errorf("the engine notifies %v, want silence", types)
	case len(l.notify) > 0 && (len(types) != 1 || !slices.Contains(l.notify, types[0])):
		c.t.Errorf("the engine notifies %v, want one of %v", types, l.notify)
	}
}

// Small lies.

func octet(at int, value byte) change {
	return change{sealed: func(b []byte) []byte {
		b[at] = value
		return b
	}}
}

func long(at int, value uint32) change {
	return change{sealed: func(b []byte) []byte {
		binary.BigEndian.PutUint32(b[at:], value)
		return b
	}}
}

// built makes a change of one payload before it is hashed.
func built[P isakmp.Payload](f func(p P)) change {
	return change{built: func(_ *tester, m *isakmp.Message) { f(payload[P](m)) }}
}

func hashed[P isakmp.Payload](f func(p P)) change {
	return change{hashed: func(_ *tester, m *isakmp.Message) { f(payload[P](m)) }}
}

// items makes a change of the chain before it is hashed.
func items(f func(list []isakmp.Item) []isakmp.Item) change {
	return change{built: func(_ *tester, m *isakmp.Message) { m.Items = f(m.Items) }}
}

// without leaves a payload out.
func without(t isakmp.PayloadType) change {
	return items(func(list []isakmp.Item) []isakmp.Item {
		return slices.DeleteFunc(list, func(i isakmp.Item) bool { return i.Type == t })
	})
}

// with adds a payload at the end.
func with(p isakmp.Payload) change {
	return items(func(list []isakmp.Item) []isakmp.Item { return append(list, isakmp.Items(p)...) })
}

// swap lets two payloads change places.
func swap(i, j int) change {
	return items(func(list []isakmp.Item) []isakmp.Item {
		list[i], list[j] = list[j], list[i]
		return list
	})
}

// transform makes a change of the first transform.
func transform(f func(t *isakmp.Transform)) change {
	return built(func(sa *isakmp.SA) { f(&sa.Proposals[0].Transforms[0]) })
}

// proposal makes a change of the first proposal.
func proposal(f func(p *isakmp.Proposal)) change {
	return built(func(sa *isakmp.SA) { f(&sa.Proposals[0]) })
}

// attribute sets the value of a basic attribute, or adds it.
func attribute(class isakmp.AttributeType, value uint16) change {
	return transform(func(t *isakmp.Transform) {
		for i := range t.Attributes {
			if t.Attributes[i].Type == class {
				t.Attributes[i] = isakmp.TV(class, value)
				return
			}
		}
		t.Attributes = append(t.Attributes, isakmp.TV(class, value))
	})
}

// noAttribute leaves attributes out.
func noAttribute(classes ...isakmp.AttributeType) change {
	return transform(func(t *isakmp.Transform) {
		t.Attributes = slices.DeleteFunc(slices.Clone(t.Attributes), func(a isakmp.Attribute) bool { return slices.Contains(classes, a.Type) })
	})
}

// attributes adds attributes at the end.
func attributes(list ...isakmp.Attribute) change {
	return transform(func(t *isakmp.Transform) { t.Attributes = append(slices.Clone(t.Attributes), list...) })
}

// lengthened adds octets to the datagram, in its length or not.
func lengthened(octets []byte, counted bool) change {
	return change{sealed: func(b []byte) []byte {
		b = append(b, octets...)
		if counted {
			binary.BigEndian.PutUint32(b[24:], uint32(len(b)))
		}
		return b
	}}
}

func types(list ...isakmp.NotifyType) []isakmp.NotifyType { return list }
