package engine_test

import (
	"encoding/binary"
	"testing"
	"time"

	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/ike1"
	"ikewit/impl/wire/isakmp"
)

// able begins a negotiation in which T says that it answers R-U-THERE, or does not; the engine asks after 30 s of
// silence.
func able(t *testing.T, says bool) *tester {
	t.Helper()
	p := base
	p.DPD = "30s"
	c := newTester(t, true, setup{profile: p})
	vendor := change{}
	if says {
		vendor = items(func(list []isakmp.Item) []isakmp.Item {
			return append(list, isakmp.Items(isakmp.VendorDPD.Payload())...)
		})
	}
	c.send("MM1", vendor, true)
	c.play(following["MM1"], "")
	c.checkSAs()
	c.sent = nil
	return c
}

// rUThere is a question or an answer of T.
func (c *tester) rUThere(t isakmp.NotifyType, number uint32) *isakmp.Notify {
	return &isakmp.Notify{
		DOI: isakmp.DOIIPsec, Protocol: isakmp.ProtoISAKMP, NotifyType: t, SPI: c.cookies(), Data: binary.BigEndian.AppendUint32(nil, number),
	}
}

// heard takes what the engine sent, which must be one question or answer, and gives its number; or nothing.
func (c *tester) heard(t isakmp.NotifyType) (number uint32, ok bool) {
	c.t.Helper()
	if len(c.sent) == 0 {
		return 0, false
	}
	m := c.decode(c.sent[0].Octets)
	n, isNotify := m.Items[len(m.Items)-1].Body.(*isakmp.Notify)
	if len(c.sent) != 1 || !isNotify || n.NotifyType != t || m.Header.Flags != uint8(isakmp.Encryption) || n.Protocol != isakmp.ProtoISAKMP ||
		n.DOI != isakmp.DOIIPsec || string(n.SPI) != string(c.cookies()) || len(n.Data) != 4 {
		c.t.Fatalf("%d messages, %+v, want one %v", len(c.sent), m.Items, t)
	}
	c.sent = nil
	return binary.BigEndian.Uint32(n.Data), true
}

// wrongs are questions and answers that are to be let fall.
var wrongs = []struct {
	id     string
	notify func(n *isakmp.Notify)
	change change
	check  ike.Check // none: let fall without a word
}{
	{"EXT-DPD-08 EXT-DPD-09 in clear", nil, change{hashed: func(_ *tester, m *isakmp.Message) {
		m.Header.Flags = 0
		m.Items = m.Items[1:]
	}}, ""},
	{"EXT-DPD-11 other cookies", func(n *isakmp.Notify) { n.SPI = make([]byte, 16) }, change{}, ike1.CheckNotifySPI},
	{"EXT-DPD-15 wrong HASH", nil, hashed(func(h *isakmp.Hash) { h.Data[0] ^= 1 }), ike1.CheckInfoHash},
	{"EXT-DPD-15 no number", func(n *isakmp.Notify) { n.Data = nil }, change{}, ike1.CheckLiveForm},
	{"EXT-DPD-15 3 octets", func(n *isakmp.Notify) { n.Data = n.Data[:3] }, change{}, ike1.CheckLiveForm},
	{"EXT-DPD-15 8 octets", func(n *isakmp.Notify) { n.Data = append(n.Data, n.Data...) }, change{}, ike1.CheckLiveForm},
	{"EXT-DPD-04 for no protocol", func(n *isakmp.Notify) { n.Protocol = 0 }, change{}, ike1.CheckLiveForm},
}

func (c *tester) mustRefuse(mark int, check ike.Check) {
	c.t.Helper()
	switch r := c.refusal(mark); {
	case check == "" && r != nil:
		c.t.Errorf("refused: %v", r)
	case check != "" && (r == nil || r.Refusal.Check != check):
		c.t.Errorf("refused: %v, want check %s", r, check)
	}
}

// EXT-DPD-03 to 07, 14: a question is answered, once, with its number; what is none is not.
func TestQuestionsWhetherWeAreAlive(t *testing.T) {
	c := able(t, true)
	for _, row := range []struct {
		number uint32
		check  ike.Check
	}{
		{1000, ""}, {1000, ike1.CheckLiveNumber}, {999, ike1.CheckLiveNumber}, {1001, ""}, {1010, ""}, {1010 + 65, ike1.CheckLiveNumber}, {1011, ""},
	} {
		mark := len(c.events)
		c.inform(change{}, c.rUThere(isakmp.RUThere, row.number))
		c.mustRefuse(mark, row.check)
		if got, ok := c.heard(isakmp.RUThereAck); ok != (row.check == "") || ok && got != row.number {
			t.Errorf("question %d: answered %t with %d", row.number, ok, got)
		}
	}
	for _, row := range wrongs {
		t.Run(row.id, func(t *testing.T) {
			c := able(t, true)
			n := c.rUThere(isakmp.RUThere, 7)
			if row.notify != nil {
				row.notify(n)
			}
			mark := len(c.events)
			c.inform(row.change, n)
			c.mustRefuse(mark, row.check)
			if _, ok := c.heard(isakmp.RUThereAck); ok {
				t.Error("it is answered")
			}
			c.inform(change{}, c.rUThere(isakmp.RUThere, 7))
			if _, ok := c.heard(isakmp.RUThereAck); !ok {
				t.Error("a good question afterwards is not answered")
			}
		})
	}
}

// EXT-DPD-02: who has not said it is not asked; who has said it himself answers all the same.
func TestWhoHasNotSaidItIsNotAsked(t *testing.T) {
	c := able(t, false)
	c.pass(10 * time.Minute)
	if _, ok := c.heard(isakmp.RUThere); ok || len(c.sas()) != 2 {
		t.Errorf("asked %t, %d SAs", ok, len(c.sas()))
	}
	c.inform(change{}, c.rUThere(isakmp.RUThere, 7))
	if _, ok := c.heard(isakmp.RUThereAck); !ok {
		t.Error("no answer")
	}
}

// A connection that says nothing of it does nothing of it.
func TestWhoHasNotSaidItDoesNotAnswer(t *testing.T) {
	c := newTester(t, true, setup{})
	c.begin("")
	c.sent = nil
	c.inform(change{}, c.rUThere(isakmp.RUThere, 7))
	c.inform(change{}, c.rUThere(isakmp.RUThereAck, 7))
	if len(c.sent) != 0 {
		t.Errorf("%d messages", len(c.sent))
	}
	c.p1OK()
}

// EXT-DPD-09 to 12, 18, 19: only the answer to the question counts. Without it the question comes again, each time with
// the next number; and after the third all is over.
func TestAnswersToOurQuestions(t *testing.T) {
	good := wrongs[0]
	good.id, good.change = "good", change{}
	for _, row := range append(wrongs, good) {
		t.Run(row.id, func(t *testing.T) {
			c := able(t, true)
			c.pass(31 * time.Second)
			first, ok := c.heard(isakmp.RUThere)
			if !ok || first>>31 != 0 {
				t.Fatalf("asked %t, number %x", ok, first)
			}
			n := c.rUThere(isakmp.RUThereAck, first)
			if row.notify != nil {
				row.notify(n)
			}
			mark := len(c.events)
			c.inform(row.change, n)
			c.mustRefuse(mark, row.check)
			c.pass(12 * time.Second)
			if _, ok := c.heard(isakmp.RUThere); ok != (row.id != "good") {
				t.Fatalf("asked again: %t", ok)
			}
			if row.id == "good" {
				return
			}
			c.pass(22 * time.Second)
			if third, ok := c.heard(isakmp.RUThere); !ok || third != first+2 {
				t.Fatalf("third question: %t, number %d after %d", ok, third, first)
			}
			c.pass(50 * time.Second)
			if len(c.sas()) != 0 {
				t.Errorf("%d SAs are left", len(c.sas()))
			}
		})
	}
	t.Run("EXT-DPD-10 other number", func(t *testing.T) {
		c := able(t, true)
		c.pass(31 * time.Second)
		first, _ := c.heard(isakmp.RUThere)
		for _, number := range []uint32{first - 1, first + 1, 0} {
			mark := len(c.events)
			c.inform(change{}, c.rUThere(isakmp.RUThereAck, number))
			c.mustRefuse(mark, ike1.CheckLiveNumber)
		}
		c.pass(12 * time.Second)
		if second, ok := c.heard(isakmp.RUThere); !ok || second != first+1 {
			t.Fatalf("asked again: %t, number %d after %d", ok, second, first)
		}
		c.inform(change{}, c.rUThere(isakmp.RUThereAck, first)) // late
		c.pass(25 * time.Second)
		if _, ok := c.heard(isakmp.RUThere); ok {
			t.Error("a late answer does not count")
		}
		mark := len(c.events)
		c.inform(change{}, c.rUThere(isakmp.RUThereAck, first))
		c.mustRefuse(mark, ike1.CheckLiveNumber)
	})
}

// EXT-DPD-16, 17: traffic that comes is a sign of life, traffic that goes is none.
func TestTrafficIsASignOfLife(t *testing.T) {
	for _, row := range []struct {
		name  string
		carry func(d *enginetest.SADB)
		asked bool
	}{
		{"in", (*enginetest.SADB).Arrive, false},
		{"out", (*enginetest.SADB).Carry, true},
	} {
		c := able(t, true)
		for range 30 {
			row.carry(c.sadb)
			c.pass(10 * time.Second)
			if _, ok := c.heard(isakmp.RUThere); ok {
				if !row.asked {
					t.Errorf("asked though traffic comes %s", row.name)
				}
				row.asked = false
				break
			}
		}
		if row.asked {
			t.Errorf("never asked, traffic %s", row.name)
		}
	}
}

// EXT-DPD-12, 13: the first number of each SA is random, and its top bit is zero; then they rise by one.
func TestNumbersOfQuestions(t *testing.T) {
	const n = 20
	seen := map[uint32]bool{}
	for seed := range uint64(n) {
		var numbers []uint32
		asks := enginetest.Side{Profile: enginetest.Profile{IKE: []string{"3des-sha1-modp768"}, DPD: "30s"}}
		answers := asks
		answers.Profile.DPD = "on"
		asks.Config.Seams.Hashed = func(message string, m *isakmp.Message) {
			for i := range m.Items {
				if q, ok := m.Items[i].Body.(*isakmp.Notify); ok && q.NotifyType == isakmp.RUThere {
					numbers = append(numbers, binary.BigEndian.Uint32(q.Data))
				}
			}
		}
		c := enginetest.NewCouple(seed, asks, answers, false)
		c.Initiate(c.Alice)
		c.Run(5 * time.Minute)
		if len(numbers) < 9 || numbers[0]>>31 != 0 {
			t.Fatalf("seed %d: questions %d", seed, numbers)
		}
		for i, number := range numbers {
			if number != numbers[0]+uint32(i) {
				t.Fatalf("seed %d: questions %d", seed, numbers)
			}
		}
		seen[numbers[0]] = true
	}
	if len(seen) != n {
		t.Errorf("%d different first numbers of %d", len(seen), n)
	}
}
