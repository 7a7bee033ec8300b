package check

import (
	"fmt"
	"net/netip"
	"time"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/impl/sadb"
)

// SAs are the checks of what both sides say they have, against what the judge computed from the wire.
var SAs = Set{
	{"sa-present", "RFC 2409 section 5.5", findPresent},
	{"sa-unknown", "RFC 2409 section 5.5", findUnknown},
	{"sa-spi", "RFC 2406 section 2.1", findReservedSPI},
	{"sa-mode", "RFC 2407 section 4.5", pairwise(func(w *ipsec.SA, _ *Side, sa *sadb.SA) (string, any, any) {
		return "mode", w.Mode.String(), sa.Mode.String()
	})},
	{"sa-ends", "RFC 2401 section 4.4.3", pairwise(func(w *ipsec.SA, _ *Side, sa *sadb.SA) (string, any, any) {
		return "outer addresses", arrow(w.Src, w.Dst), arrow(sa.Src, sa.Dst)
	})},
	{"sa-cipher", "RFC 2407 section 4.4.4", pairwise(func(w *ipsec.SA, _ *Side, sa *sadb.SA) (string, any, any) {
		return "cipher", cipherOfWire(w), cipherOf(sa)
	})},
	{"sa-cipher-key", "RFC 2409 section 5.5, RFC 2401 section 4.6.2", pairwise(func(w *ipsec.SA, _ *Side, sa *sadb.SA) (string, any, any) {
		return "cipher key", "the key that follows from the wire", sameKey(w.Key, sa.CipherKey.Octets(), desParity(w.Cipher))
	})},
	{"sa-authenticator", "RFC 2407 section 4.5", pairwise(func(w *ipsec.SA, _ *Side, sa *sadb.SA) (string, any, any) {
		return "authenticator", authOfWire(w), authOf(sa)
	})},
	{"sa-auth-key", "RFC 2409 section 5.5, RFC 2401 section 4.6.2", pairwise(func(w *ipsec.SA, _ *Side, sa *sadb.SA) (string, any, any) {
		return "authentication key", "the key that follows from the wire", sameKey(w.AuthKey, sa.AuthKey.Octets(), 0xff)
	})},
	{"sa-selector", "RFC 2407 section 4.6.2, RFC 2401 section 4.4.2", pairwise(func(w *ipsec.SA, _ *Side, sa *sadb.SA) (string, any, any) {
		return "selector", selectorOfWire(w), sa.Selector.String()
	})},
	{"sa-seconds", "RFC 2407 section 4.5", pairwise(func(w *ipsec.SA, s *Side, sa *sadb.SA) (string, any, any) {
		return "hard lifetime", time.Duration(shorter(w.Seconds, s.Seconds)) * time.Second, sa.Hard.Add
	})},
	{"sa-kilobytes", "RFC 2407 section 4.5", pairwise(func(w *ipsec.SA, s *Side, sa *sadb.SA) (string, any, any) {
		return "hard lifetime in octets", 1024 * shorter(w.Kilobytes, s.Kilobytes), sa.Hard.Octets
	})},
	{"sa-soft", "RFC 2401 section 4.4.3", pairwise(func(_ *ipsec.SA, _ *Side, sa *sadb.SA) (string, any, any) {
		late := sa.Soft.Add > sa.Hard.Add && sa.Hard.Add > 0 || sa.Soft.Octets > sa.Hard.Octets && sa.Hard.Octets > 0
		return "soft limit behind the hard one", false, late
	})},
	{"sa-replay", "RFC 2407 section 4.6.3.2", pairwise(func(w *ipsec.SA, s *Side, sa *sadb.SA) (string, any, any) {
		if w.Replay == ipsec.ReplayUnsaid || sa.Dst != s.Addr {
			return "", 0, 0
		}
		return "replay protection", w.Replay == ipsec.ReplayOn, sa.ReplayWindow > 0
	})},
}

// Find gives the SA of a side that is the one the judge computed; nil if it has none.
func (s *Side) Find(w *ipsec.SA) *sadb.SA {
	for i := range s.SAs {
		sa := &s.SAs[i]
		if sa.SPI == w.SPI && sa.Dst == w.Dst && protocolOf(sa.Proto) == w.Protocol && sa.State != sadb.Larval {
			return sa
		}
	}
	return nil
}

// ends gives the sides that must have a computed SA.
func (e *Evidence) ends(w *ipsec.SA) []*Side {
	var list []*Side
	for i := range e.Sides {
		if s := &e.Sides[i]; s.Addr == w.Src || s.Addr == w.Dst {
			list = append(list, s)
		}
	}
	return list
}

// findPresent: both sides have every SA of a Quick Mode that came to its end.
func findPresent(e *Evidence, report func(Finding)) {
	for _, w := range e.Wire {
		for _, s := range e.ends(w) {
			if w.Confirmed && s.Find(w) == nil {
				report(Finding{What: fmt.Sprintf("%s does not have the SA that was negotiated: %v", s.Name, w)})
			}
		}
	}
}

// findUnknown: no side has an SA that was not negotiated on the wire.
func findUnknown(e *Evidence, report func(Finding)) {
	for i := range e.Sides {
		s := &e.Sides[i]
		for j := range s.SAs {
			known := s.SAs[j].State == sadb.Larval
			for _, w := range e.Wire {
				known = known || s.Find(w) == &s.SAs[j]
			}
			if !known {
				report(Finding{What: fmt.Sprintf("%s has an SA that nobody negotiated: %v", s.Name, s.SAs[j])})
			}
		}
	}
}

func findReservedSPI(e *Evidence, report func(Finding)) {
	seen := map[string]bool{}
	for _, w := range e.Wire {
		if w.SPI < 256 {
			report(Finding{What: fmt.Sprintf("SPI towards %s", e.who(w.Dst))}.differs("256 or more", w.SPI))
		}
		id := fmt.Sprintf("%s %s %08x", w.Protocol, w.Dst, w.SPI)
		if seen[id] {
			report(Finding{What: "SPI was given twice: " + id})
		}
		seen[id] = true
	}
}

// pairwise makes a check of one value of every SA that both the wire and a side have.
func pairwise(value func(*ipsec.SA, *Side, *sadb.SA) (what string, expected, actual any)) func(*Evidence, func(Finding)) {
	return func(e *Evidence, report func(Finding)) {
		for _, w := range e.Wire {
			for _, s := range e.ends(w) {
				sa := s.Find(w)
				if sa == nil {
					continue // said by sa-present
				}
				if what, expected, actual := value(w, s, sa); expected != actual {
					report(Finding{What: fmt.Sprintf("%s of %s's SA %v", what, s.Name, sa.ID())}.differs(expected, actual))
				}
			}
		}
	}
}

func arrow(src, dst netip.Addr) string { return src.String() + " -> " + dst.String() }

func protocolOf(p sadb.Protocol) isakmp.Protocol {
	return map[sadb.Protocol]isakmp.Protocol{sadb.AH: isakmp.ProtoAH, sadb.ESP: isakmp.ProtoESP, sadb.IPComp: isakmp.ProtoIPComp}[p]
}

// cipherOf names a cipher by its ESP transform and key length, which both readings share.
func cipherOf(sa *sadb.SA) string {
	if sa.Cipher == nil {
		return "none"
	}
	return fmt.Sprintf("ESP transform %d with %d octets of key", sa.Cipher.ESP, len(sa.CipherKey))
}

func cipherOfWire(w *ipsec.SA) string {
	if w.Cipher == nil {
		return "none"
	}
	return fmt.Sprintf("ESP transform %d with %d octets of key", w.Cipher.ESP, len(w.Key))
}

func authOf(sa *sadb.SA) string {
	if sa.Integrity == nil || len(sa.AuthKey) == 0 {
		return "none"
	}
	return fmt.Sprintf("algorithm %d with %d octets of key, ICV of %d", sa.Integrity.Attr, len(sa.AuthKey), sa.Integrity.ICV)
}

func authOfWire(w *ipsec.SA) string {
	if w.Integrity == nil {
		return "none"
	}
	return fmt.Sprintf("algorithm %d with %d octets of key, ICV of %d", w.Integrity.Attr, len(w.AuthKey), w.Integrity.ICV)
}

// desParity is the mask of the octets of a key that count: the low bit of a DES key is parity (RFC 2405 section 4).
func desParity(c *crypt.Cipher) byte {
	if c != nil && (c.Name == "des" || c.Name == "3des" || c.Name == "des-iv64") {
		return 0xfe
	}
	return 0xff
}

// sameKey says how a key differs, and never what it is.
func sameKey(want crypt.Secret, got []byte, mask byte) string {
	if len(want) != len(got) {
		return fmt.Sprintf("one of %d octets where %d are expected", len(got), len(want))
	}
	for i := range want {
		if want[i]&mask != got[i]&mask {
			return fmt.Sprintf("another: octet %d of %d is the first that differs", i+1, len(want))
		}
	}
	return "the key that follows from the wire"
}

func selectorOfWire(w *ipsec.SA) string {
	s := w.Selector
	return sadb.Selector{
		Src: sadb.Range{From: s.Src.From, To: s.Src.To}, Dst: sadb.Range{From: s.Dst.From, To: s.Dst.To},
		Proto: s.Proto, SrcPort: s.SrcPort, DstPort: s.DstPort,
	}.String()
}

// shorter is the smaller of two limits; 0 is none.
func shorter(a, b uint64) uint64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
