package check

import (
	"bytes"
	"fmt"
	"net/netip"

	"ikewit/harness/capture"
	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
)

// Clear are the checks that nothing crosses the wire which should have been protected.
var Clear = Set{
	{"clear-packet", "RFC 2401 section 5.1.1", findClear},
	{"clear-payload", "RFC 2401 section 5.1.1", findMarker},
}

// findClear: no packet that the SAs are for travels outside of them.
func findClear(e *Evidence, report func(Finding)) {
	inside := map[int]bool{} // frames whose other records stand behind an AH
	for _, r := range e.Records {
		inside[r.Frame] = inside[r.Frame] || r.AH != nil
	}
	for _, r := range e.Records {
		if r.Kind != capture.KindOther || e.Forged[r.Frame] || r.IP.Version == 0 || inside[r.Frame] || aboutIKE(r.IP) {
			continue
		}
		for _, s := range e.Protected {
			if selects(s, r) {
				report(Finding{Frame: r.Frame, What: fmt.Sprintf("a packet of IP protocol %d from %s to %s crossed the wire in clear",
					r.IP.Protocol, e.who(r.IP.Src), e.who(r.IP.Dst))})
				break
			}
		}
	}
}

func selects(s ipsec.Selector, r capture.Record) bool {
	return within(s.Src, r.IP.Src) && within(s.Dst, r.IP.Dst) &&
		(s.Proto == 0 || s.Proto == r.IP.Protocol) &&
		(s.SrcPort == 0 || s.SrcPort == r.Src.Port()) && (s.DstPort == 0 || s.DstPort == r.Dst.Port())
}

func within(r ipsec.Range, a netip.Addr) bool {
	return r.From.BitLen() == a.BitLen() && r.From.Compare(a) <= 0 && a.Compare(r.To) <= 0
}

// findMarker: what the scenario's packets say is in no frame, but where the SA does not encrypt.
func findMarker(e *Evidence, report func(Finding)) {
	if len(e.Marker) == 0 {
		return
	}
	open := map[int]bool{} // frames in which the payload may be read
	for _, r := range e.Records {
		if r.AH != nil {
			open[r.Frame] = true
		} else if r.ESP != nil {
			if sa := e.saOf(r); sa != nil && sa.Cipher != nil && sa.Cipher.Mode == crypt.Null {
				open[r.Frame] = true
			}
		}
	}
	for i, frame := range e.Frames {
		if n := i + 1; !open[n] && !e.Forged[n] && bytes.Contains(frame, e.Marker) {
			report(Finding{Frame: n, What: "the payload of the traffic can be read on the wire"})
		}
	}
}
