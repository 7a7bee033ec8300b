package sadb

import (
	"fmt"
	"net/netip"
)

// Disposition is what a policy does with a packet (RFC 2401 section 4.4.1).
type Disposition uint8

// The zero value is none: a policy must say.
const (
	Protect Disposition = iota + 1
	Bypass
	Discard
)

func (d Disposition) String() string {
	switch d {
	case Protect:
		return "protect"
	case Bypass:
		return "bypass"
	case Discard:
		return "discard"
	}
	return fmt.Sprintf("disposition %d", uint8(d))
}

// A Policy is one row of the policy database. Lower Priority is looked at first; among
// equals the older one.
type Policy struct {
	Selector  Selector
	Direction Direction
	Priority  uint32
	Do        Disposition
	Templates []Template // with Protect: which SAs a packet needs, innermost first
}

// PolicyID names a policy for its removal.
type PolicyID struct {
	Selector  Selector
	Direction Direction
}

// ID gives the name of the policy.
func (p *Policy) ID() PolicyID { return PolicyID{p.Selector, p.Direction} }

func (p Policy) String() string {
	return fmt.Sprintf("%s %s %s %v", p.Direction, p.Do, p.Selector, p.Templates)
}

// A Template says which SA a protected packet travels in. Src and Dst are the outer addresses
// in tunnel mode; zero in transport mode (the packet's own).
type Template struct {
	Proto    Protocol
	Mode     Mode
	Src, Dst netip.Addr
	ReqID    uint32 // 0: any SA that fits
	Optional bool   // inbound: the packet may come without it (IPComp)
}

func (t Template) String() string {
	if t.Mode == Tunnel {
		return fmt.Sprintf("%s/tunnel/%s-%s/%d", t.Proto, t.Src, t.Dst, t.ReqID)
	}
	return fmt.Sprintf("%s/%s/%d", t.Proto, t.Mode, t.ReqID)
}
