package ipsec

import (
	"fmt"
	"net/netip"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/isakmp"
)

// Mode is an encapsulation mode.
type Mode uint8

// RFC 2407 section 4.5; UDP encapsulation is a field of its own.
const (
	Tunnel    Mode = 1
	Transport Mode = 2
)

// String is the name, or the number.
func (m Mode) String() string {
	switch m {
	case Tunnel:
		return "tunnel"
	case Transport:
		return "transport"
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// IVForm says how a packet carries its IV. It is no part of a negotiation: whoever configured an SA otherwise than
// its cipher has it must say so.
type IVForm uint8

// IVOfCipher is what the cipher's RFC says. IVDerived: no octets, the IV is the sequence number and its complement.
// IVEight: eight octets, also where the cipher needs none.
const (
	IVOfCipher IVForm = iota
	IVDerived
	IVEight
)

// An SA is one simplex security association as the judge computed it.
type SA struct {
	Protocol isakmp.Protocol // ESP, AH or IPCOMP
	SPI      uint32
	Src, Dst netip.Addr // of the outer header
	Mode     Mode
	UDP      bool // ESP in UDP

	Cipher    *crypt.Cipher // nil for AH and IPCOMP
	Key       crypt.Secret  // with the salt behind it
	Integrity *crypt.Integrity
	AuthKey   crypt.Secret
	IV        IVForm
	ESN       bool
	Before    uint64 // sequence number of the last packet that was sent before what there is to see; 0: it is the first

	Seconds, Kilobytes uint64 // lifetimes as negotiated; 0: none was named
	ToldSeconds        uint64 // of a RESPONDER-LIFETIME notification; 0: there was none
	ToldKilobytes      uint64
	Selector           Selector
	Group              uint16 // of PFS; 0 without
	MessageID          uint32 // of the Quick Mode
	Replay             Replay // what the receiver of this SA said of its replay protection
	Confirmed          bool   // the Quick Mode came to its end and every hash of it was right
}

// Replay is a REPLAY-STATUS notification. RFC 2407 section 4.6.3.2.
type Replay uint8

// ReplayUnsaid: there was no notification.
const (
	ReplayUnsaid Replay = iota
	ReplayOff
	ReplayOn
)

// String is a word.
func (r Replay) String() string { return [...]string{"unsaid", "off", "on"}[min(r, ReplayOn)] }

// A Selector says what an SA protects, seen along its own direction. Protocol and ports 0 mean any.
type Selector struct {
	Src, Dst         Range
	Proto            uint8
	SrcPort, DstPort uint16
}

// A Range is addresses From to To, both included.
type Range struct{ From, To netip.Addr }

// String writes one address, or both ends.
func (r Range) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + "-" + r.To.String()
}

// String writes the selector along its direction.
func (s Selector) String() string {
	return fmt.Sprintf("%s:%d -> %s:%d protocol %d", s.Src, s.SrcPort, s.Dst, s.DstPort, s.Proto)
}

// KeyOctets is the length of the cipher key, salt left out.
func (sa *SA) KeyOctets() int {
	if sa.Cipher == nil {
		return 0
	}
	return max(0, len(sa.Key)-sa.Cipher.Salt)
}

// String names the SA and its algorithms, never its keys.
func (sa *SA) String() string {
	text := fmt.Sprintf("%s %08x %s -> %s %s", sa.Protocol, sa.SPI, sa.Src, sa.Dst, sa.Mode)
	if sa.Cipher != nil {
		text += fmt.Sprintf(" %s/%d", sa.Cipher.Name, 8*sa.KeyOctets())
	}
	if sa.Integrity != nil {
		text += " " + sa.Integrity.Name
	}
	return text
}
