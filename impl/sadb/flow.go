package sadb

import "net/netip"

// A Flow is what a packet shows of itself to selectors (RFC 2401 section 4.4.2).
type Flow struct {
	Src, Dst         netip.Addr
	Proto            uint8  // the protocol above
	SrcPort, DstPort uint16 // 0 where the protocol has none

	// Opaque: the packet is a fragment; its ports cannot be seen. A selector with ports selects it if
	// all else fits, and then only reassembly can tell.
	Opaque bool
}

// Selector gives the selector of just this flow.
func (f Flow) Selector() Selector {
	return Selector{RangeOf(f.Src), RangeOf(f.Dst), f.Proto, f.SrcPort, f.DstPort}
}

// Selects reports whether the flow lies in the selector.
func (s *Selector) Selects(f *Flow) bool {
	return s.Src.Contains(f.Src) && s.Dst.Contains(f.Dst) && s.selectsAbove(f)
}

// selectsAbove looks at protocol and ports only.
func (s *Selector) selectsAbove(f *Flow) bool {
	if s.Proto != 0 && s.Proto != f.Proto {
		return false
	}
	return f.Opaque || (s.SrcPort == 0 || s.SrcPort == f.SrcPort) && (s.DstPort == 0 || s.DstPort == f.DstPort)
}

// HasPorts reports whether the selector looks at ports.
func (s *Selector) HasPorts() bool { return s.SrcPort != 0 || s.DstPort != 0 }
