package world

import (
	"encoding/binary"

	"ikewit/harness/capture"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
)

// responderLifetimes shortens the life of SAs whose responder said that it keeps them for less: RESPONDER-LIFETIME in
// QR1. RFC 2407 section 4.6.3.1.
func responderLifetimes(c *capture.Conversation, list []*ipsec.SA) {
	for _, m := range c.Find("QR1") {
		for _, p := range m.Chain() {
			n, ok := p.Content.(*isakmp.Notification)
			if !ok || n.Type != isakmp.NotifyResponderLife {
				continue
			}
			seconds, kilobytes := lifetimeData(n.Data)
			for _, sa := range list {
				if sa.MessageID == m.ISAKMP.MessageID {
					sa.Seconds, sa.Kilobytes = shorter(sa.Seconds, seconds), shorter(sa.Kilobytes, kilobytes)
				}
			}
		}
	}
}

// lifetimeData reads life attributes: SA Life Type (1) before SA Life Duration (2), each short or long. RFC 2408 section
// 3.3. It stops where they make no sense.
func lifetimeData(b []byte) (seconds, kilobytes uint64) {
	unit := uint64(0)
	for len(b) >= 4 {
		kind, value := binary.BigEndian.Uint16(b), uint64(binary.BigEndian.Uint16(b[2:]))
		b = b[4:]
		if kind&0x8000 == 0 {
			n := int(value)
			if n > len(b) || n > 8 {
				return seconds, kilobytes
			}
			value = 0
			for _, octet := range b[:n] {
				value = value<<8 | uint64(octet)
			}
			b = b[n:]
		}
		switch {
		case kind&0x7fff == 1:
			unit = value
		case kind&0x7fff == 2 && unit == 1:
			seconds = value
		case kind&0x7fff == 2 && unit == 2:
			kilobytes = value
		}
	}
	return seconds, kilobytes
}

// shorter is the smaller of two limits; 0 is none.
func shorter(a, b uint64) uint64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
