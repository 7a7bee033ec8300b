package deviation

import (
	"fmt"
	"slices"
	"strings"

	"ikewit/impl/engine"
	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// A Deviation is one lie in one message.
type Deviation struct {
	Name   string // as scenarios say it: the message, and what is wrong with it
	Breaks string // the requirement

	// Between is what must be between the two for the lie to make sense: see the rows of NAT traversal.
	Between string

	In     string // the message: MI1, QR1, INFO
	Stage  Stage
	Do     func(m *isakmp.Message)    // at Built and Hashed
	Octets func(octets []byte) []byte // at Sealed
	Check  ike.Check                  // the check by which our own engine notices it; none if it is accepted
	Expect Expectation
}

// Stage is the seam at which a deviation acts.
type Stage uint8

// The stages: payloads are chosen and nothing is hashed yet; HASHes stand and nothing is encrypted; octets are as
// they will be sent.
const (
	Built Stage = iota + 1
	Hashed
	Sealed
)

func (s Stage) String() string { return [...]string{"", "built", "hashed", "sealed"}[s] }

// An Expectation is what a peer that keeps to the rules does.
type Expectation struct {
	Accepted bool                // it goes on: the deviation is one that must be put up with
	Notify   []isakmp.NotifyType // any of these may be told
	Silence  bool                // or nothing
}

// refusedWith expects a refusal that is told with one of the types.
func refusedWith(types ...isakmp.NotifyType) Expectation { return Expectation{Notify: types} }

// orSilence lets the peer say nothing as well: nearly all notifications are a MAY of RFC 2408 section 5.
func (e Expectation) orSilence() Expectation {
	e.Silence = true
	return e
}

// ignored expects that nothing comes of the message, not even an answer.
var ignored = Expectation{Silence: true}

// accepted expects that the message is taken like any other.
var accepted = Expectation{Accepted: true}

// Fits tells whether what a peer notified, in order, is what may be expected.
func (e Expectation) Fits(told []isakmp.NotifyType) bool {
	if len(told) == 0 {
		return e.Silence || e.Accepted
	}
	for _, t := range told {
		if !slices.Contains(e.Notify, t) {
			return false
		}
	}
	return true
}

// String is "refused with PAYLOAD-MALFORMED or silence".
func (e Expectation) String() string {
	if e.Accepted {
		return "accepted"
	}
	var words []string
	for _, t := range e.Notify {
		words = append(words, t.String())
	}
	if e.Silence {
		words = append(words, "silence")
	}
	return "refused with " + strings.Join(words, " or ")
}

// All gives the whole catalogue, in order of the exchanges.
func All() []Deviation {
	return slices.Concat(mainMode, aggressiveMode, quickMode, traversal, informational, aliveness)
}

// ByName finds a deviation. The error says which names there are for the message.
func ByName(name string) (*Deviation, error) {
	message, _, _ := strings.Cut(name, "-")
	var like []string
	for _, d := range All() {
		if d.Name == name {
			return &d, nil
		}
		if strings.HasPrefix(d.Name, message+"-") {
			like = append(like, d.Name)
		}
	}
	if like == nil {
		return nil, fmt.Errorf("no deviation is named %q: names begin with the message, as in qi1-wrong-hash", name)
	}
	return nil, fmt.Errorf("no deviation is named %q; of %s there are %s", name, strings.ToUpper(message), strings.Join(like, ", "))
}

// ByInitiator tells whether the lie is one of the side that begins the exchange.
func (d *Deviation) ByInitiator() bool { return d.In == "INFO" || d.In[1] == 'I' }

// A Liar tells one deviation, in every message of its name, until it is told to be honest. It serves one engine.
type Liar struct {
	Deviation *Deviation
	Honest    bool // no lie from now on
	Told      int  // how often it lied
}

// Seams make an engine lie.
func (l *Liar) Seams() engine.Seams {
	var s engine.Seams
	d := l.Deviation
	act := func(message string, m *isakmp.Message) {
		if l.lies(message) {
			d.Do(m)
		}
	}
	switch d.Stage {
	case Built:
		s.Built = act
	case Hashed:
		s.Hashed = act
	case Sealed:
		s.Sealed = func(message string, octets []byte) []byte {
			if l.lies(message) {
				return d.Octets(octets)
			}
			return octets
		}
	}
	return s
}

// lies tells whether this message is to be changed, and counts it.
func (l *Liar) lies(message string) bool {
	if l.Honest || message != l.Deviation.In {
		return false
	}
	l.Told++
	return true
}
