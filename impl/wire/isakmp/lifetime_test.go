package isakmp

import (
	"errors"
	"slices"
	"testing"
)

func TestLifetimes(t *testing.T) {
	seconds, kilobytes := TV(P2LifeType, LifeSeconds), TV(P2LifeType, LifeKilobytes)
	hour, two := TLV32(P2LifeDuration, 3600), TLV32(P2LifeDuration, 7200)
	noise := TV(P2EncapsulationMode, ModeTunnel)

	for _, c := range []struct {
		name       string
		phase      Phase
		attributes []Attribute
		want       []Lifetime
		notify     NotifyType
		err        error
	}{
		{"none", Phase2, []Attribute{noise}, nil, 0, nil},
		{"one pair", Phase2, []Attribute{noise, seconds, hour, noise}, []Lifetime{{LifeSeconds, 3600}}, 0, nil},
		{"duration as TV", Phase2, []Attribute{seconds, TV(P2LifeDuration, uint16(3600))}, []Lifetime{{LifeSeconds, 3600}}, 0, nil},
		{"duration of 8 octets", Phase2, []Attribute{seconds, TLV(P2LifeDuration, []byte{255, 255, 255, 255, 255, 255, 255, 255})},
			[]Lifetime{{LifeSeconds, 1<<64 - 1}}, 0, nil},
		{"both units", Phase2, []Attribute{kilobytes, two, seconds, hour},
			[]Lifetime{{LifeKilobytes, 7200}, {LifeSeconds, 3600}}, 0, nil},
		{"something between type and duration", Phase2, []Attribute{seconds, noise, hour}, []Lifetime{{LifeSeconds, 3600}}, 0, nil},
		{"the same pair twice", Phase2, []Attribute{seconds, hour, kilobytes, two, seconds, TV(P2LifeDuration, uint16(3600))},
			[]Lifetime{{LifeSeconds, 3600}, {LifeKilobytes, 7200}}, 0, nil},
		{"a unit of no sense", Phase2, []Attribute{TV(P2LifeType, uint16(61440)), hour}, []Lifetime{{61440, 3600}}, 0, nil},
		{"phase 1", Phase1, []Attribute{TV(P1LifeType, LifeSeconds), TLV32(P1LifeDuration, 28800)}, []Lifetime{{LifeSeconds, 28800}}, 0, nil},
		{"phase 1 has other numbers", Phase1, []Attribute{seconds, hour}, nil, 0, nil},
		{"the example of RFC 2407 section 4.5.2", Phase2,
			[]Attribute{seconds, TLV32(P2LifeDuration, 86400), kilobytes, TLV32(P2LifeDuration, 100000)},
			[]Lifetime{{LifeSeconds, 86400}, {LifeKilobytes, 100000}}, 0, nil},

		{"duration before type", Phase2, []Attribute{hour, seconds}, nil, BadProposalSyntax, ErrLifePair},
		{"type without duration", Phase2, []Attribute{seconds, noise}, nil, BadProposalSyntax, ErrLifePair},
		{"duration alone", Phase2, []Attribute{hour}, nil, BadProposalSyntax, ErrLifePair},
		{"two types", Phase2, []Attribute{seconds, kilobytes, hour}, nil, BadProposalSyntax, ErrLifePair},
		{"two types, no duration", Phase2, []Attribute{seconds, kilobytes}, nil, BadProposalSyntax, ErrLifePair},
		{"two durations", Phase2, []Attribute{seconds, hour, hour}, nil, BadProposalSyntax, ErrLifePair},
		{"conflict", Phase2, []Attribute{seconds, hour, seconds, two}, nil, AttributesNotSupported, ErrLifeConflict},
		{"duration of no octets", Phase2, []Attribute{seconds, TLV(P2LifeDuration, nil)}, nil, AttributesNotSupported, ErrLifeValue},
		{"duration too large", Phase2, []Attribute{seconds, TLV(P2LifeDuration, []byte{8: 0, 0: 1})}, nil, AttributesNotSupported, ErrLifeValue},
		{"type of no octets", Phase2, []Attribute{TLV(P2LifeType, nil), hour}, nil, AttributesNotSupported, ErrLifeValue},
		{"type too large", Phase2, []Attribute{TLV32(P2LifeType, 0x10001), hour}, nil, AttributesNotSupported, ErrLifeValue},
	} {
		tr := Transform{Attributes: c.attributes}
		got, err := tr.Lifetimes(c.phase)
		if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v; want %v, %v", c.name, got, err, c.want, c.err)
		}
		var e *AttributeError
		if errors.As(err, &e) && e.Notify != c.notify {
			t.Errorf("%s: tells the peer %v, want %v", c.name, e.Notify, c.notify)
		}
	}
}

func TestLifetimeText(t *testing.T) {
	if got := (Lifetime{LifeKilobytes, 100}).String(); got != "100 kilobytes" {
		t.Error(got)
	}
	_, err := Lifetimes(Phase2, []Attribute{TV(P2LifeType, LifeSeconds)})
	if want := "SA Life Type: life type and life duration do not come in pairs"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
