package ike1

import (
	"fmt"
	"time"

	"ikewit/impl/wire/isakmp"
)

// A life is how long a transform wants an SA to live. Zero is not said.
type life struct {
	time   time.Duration
	octets uint64 // a multiple of 1024: RFC 2407 counts kilobytes
}

// readLife reads the life attributes of a transform, or of RESPONDER-LIFETIME. A lifetime of nothing, or in
// a unit that nobody knows, is an error. RFC 2407 section 4.5, RFC 2409 appendix A.
func readLife(p isakmp.Phase, attributes []isakmp.Attribute) (l life, err error) {
	for _, a := range attributes {
		if !a.TV && (p == isakmp.Phase1 && a.Type == isakmp.P1LifeType || p == isakmp.Phase2 && a.Type == isakmp.P2LifeType) {
			return l, attributeFault(p, a, "must have the short form")
		}
	}
	all, err := isakmp.Lifetimes(p, attributes)
	if err != nil {
		return l, err
	}
	for _, one := range all {
		switch {
		case one.Amount == 0:
			return life{}, fmt.Errorf("lifetime of %v", one)
		case one.Type == isakmp.LifeSeconds:
			l.time = time.Duration(min(one.Amount, maxSeconds)) * time.Second
		case one.Type == isakmp.LifeKilobytes:
			l.octets = min(one.Amount, maxKilobytes) << 10
		default:
			return life{}, fmt.Errorf("life type %d is not defined", uint16(one.Type))
		}
	}
	return l, nil
}

// What is more than this is as good as forever, and still a number that can be counted with. Ours.
const (
	maxSeconds   = 1 << 32
	maxKilobytes = 1 << 53
)

// lifeAttributes writes a lifetime as attributes of phase 2, durations in the short form where they fit.
func lifeAttributes(l life) []isakmp.Attribute {
	var list []isakmp.Attribute
	for _, one := range []struct {
		unit   isakmp.LifeType
		amount uint64
	}{
		{isakmp.LifeSeconds, uint64(l.time / time.Second)},
		{isakmp.LifeKilobytes, l.octets >> 10},
	} {
		if one.amount == 0 {
			continue
		}
		list = append(list, isakmp.TV(isakmp.P2LifeType, one.unit))
		if one.amount <= 0xffff {
			list = append(list, isakmp.TV(isakmp.P2LifeDuration, uint16(one.amount)))
		} else {
			list = append(list, isakmp.TLV32(isakmp.P2LifeDuration, uint32(min(one.amount, 1<<32-1))))
		}
	}
	return list
}

// shorter gives the smaller of two limits, where zero is none.
func shorter[N time.Duration | uint64](a, b N) N {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// within gives the life that an SA gets: what was asked for, no longer than the policy has it, and in
// time 28800 s if nobody says anything. RFC 2407 section 4.5.
func (l life) within(policy life) life {
	if l.time == 0 {
		l.time = defaultLife
	}
	return life{shorter(l.time, policy.time), shorter(l.octets, policy.octets)}
}
