package isakmp

import (
	"errors"
	"fmt"
)

// A Lifetime is how long an SA may live, in one of two units.
type Lifetime struct {
	Type   LifeType
	Amount uint64 // seconds or kilobytes
}

// String is "3600 seconds".
func (l Lifetime) String() string { return fmt.Sprintf("%d %v", l.Amount, l.Type) }

// What can be wrong with the lifetimes of a transform.
var (
	ErrLifePair     = errors.New("life type and life duration do not come in pairs")
	ErrLifeConflict = errors.New("two lifetimes of one type")
	ErrLifeValue    = errors.New("no number of 64 bits")
)

// An AttributeError is an attribute that cannot be understood.
type AttributeError struct {
	Phase  Phase
	Type   AttributeType
	Notify NotifyType // what to tell the peer
	Err    error
}

// Error names the attribute and what was wrong.
func (e *AttributeError) Error() string {
	return fmt.Sprintf("%s: %v", e.Phase.AttributeName(e.Type), e.Err)
}

// Unwrap returns what was wrong, without the attribute.
func (e *AttributeError) Unwrap() error { return e.Err }

// Lifetimes reads the lifetimes of a transform as [Lifetimes] does.
func (t *Transform) Lifetimes(p Phase) ([]Lifetime, error) { return Lifetimes(p, t.Attributes) }

// Lifetimes reads pairs of a life type and a life duration, in the order of the wire; a pair that says
// again what another said is left out. None at all is no error, nor is a type or an amount that makes
// no sense. The error is an [*AttributeError] with ErrLifePair, ErrLifeConflict or ErrLifeValue.
//
// RFC 2407 sections 4.5 and 4.5.2, RFC 2409 appendix A.
func Lifetimes(p Phase, attributes []Attribute) ([]Lifetime, error) {
	typeClass, durationClass := P2LifeType, P2LifeDuration
	if p == Phase1 {
		typeClass, durationClass = P1LifeType, P1LifeDuration
	}
	wrong := func(t AttributeType, n NotifyType, err error) error {
		return &AttributeError{Phase: p, Type: t, Notify: n, Err: err}
	}

	var all []Lifetime
	var unit uint64
	open := false // a type has come, and its duration has not
	for _, a := range attributes {
		if a.Type != typeClass && a.Type != durationClass {
			continue
		}
		if open != (a.Type == durationClass) {
			return nil, wrong(a.Type, BadProposalSyntax, ErrLifePair)
		}
		v, ok := a.Uint64()
		if open = !open; open {
			unit = v
			ok = ok && v <= 0xffff
		}
		if !ok {
			return nil, wrong(a.Type, AttributesNotSupported, ErrLifeValue)
		}
		if open {
			continue
		}
		l := Lifetime{LifeType(unit), v}
		switch known, again := lifetimeOf(all, l.Type); {
		case !again:
			all = append(all, l)
		case known != l.Amount:
			return nil, wrong(durationClass, AttributesNotSupported, fmt.Errorf("%w: %d and %v", ErrLifeConflict, known, l))
		}
	}
	if open {
		return nil, wrong(typeClass, BadProposalSyntax, ErrLifePair)
	}
	return all, nil
}

// lifetimeOf is the amount of the lifetime that has the type.
func lifetimeOf(all []Lifetime, t LifeType) (amount uint64, ok bool) {
	for _, l := range all {
		if l.Type == t {
			return l.Amount, true
		}
	}
	return 0, false
}
