package plutoplus

import (
	"fmt"
	"strings"

	"ikewit/impl/daemon"
	"ikewit/impl/wire/isakmp"
)

// showPacket writes one datagram: a line for the header, a line for each payload that is in
// clear, and the octets, 16 on a line.
//
//	> 10.0.0.2:500, 84 octets, cookies 0011223344556677 0000000000000000, next SA, version 1.0, Identity Protection, flags none, message id 00000000
//	> payload SA, 52 octets: IPSEC, SIT_IDENTITY_ONLY; proposal 1 ISAKMP; transform 1 KEY_IKE, Encryption Algorithm = DES-CBC, …
//	> 0000  00 11 22 33 44 55 66 77 00 00 00 00 00 00 00 00
//
// "> " stands before what is sent, "< " before what is received.
func showPacket(p daemon.Packet) []string {
	mark := "< "
	if p.Sent {
		mark = "> "
	}
	lines := []string{fmt.Sprintf("%v, %d octets", p.Remote, len(p.Octets))}
	if p.Err != nil {
		lines[0] += fmt.Sprintf(", not sent: %v", p.Err)
	}
	h, body, err := isakmp.Split(p.Octets)
	switch {
	case body == nil:
		lines = append(lines, fmt.Sprintf("unreadable: %v", err))
	default:
		lines[0] += fmt.Sprintf(", cookies %v %v, next %v, version %d.%d, %v, flags %v, message id %08x",
			h.Initiator, h.Responder, isakmp.PayloadType(h.NextPayload), h.Major(), h.Minor(),
			isakmp.Exchange(h.Exchange), isakmp.Flags(h.Flags), h.MessageID)
		lines = append(lines, showBody(isakmp.Flags(h.Flags), p.Octets, len(body))...)
	}
	for at := 0; at < len(p.Octets); at += 16 {
		lines = append(lines, fmt.Sprintf("%04x  % x", at, p.Octets[at:min(at+16, len(p.Octets))]))
	}
	for i := range lines {
		lines[i] = mark + lines[i]
	}
	return lines
}

// showBody writes what follows the header.
func showBody(flags isakmp.Flags, octets []byte, n int) []string {
	if flags&isakmp.Encryption != 0 {
		return []string{fmt.Sprintf("encrypted payloads, %d octets", n)}
	}
	m, err := isakmp.ParseMessage(octets)
	var lines []string
	for _, item := range m.Items {
		lines = append(lines, fmt.Sprintf("payload %v, %d octets%s", item.Type, len(item.Raw), payloadText(item.Body)))
	}
	if err != nil {
		lines = append(lines, fmt.Sprintf("unreadable: %v", err))
	}
	return lines
}

// payloadText says what stands in a payload, where that is short.
func payloadText(p isakmp.Payload) string {
	switch p := p.(type) {
	case *isakmp.SA:
		text := fmt.Sprintf(": %v, %v", p.DOI, p.Situation)
		for i := range p.Proposals {
			text += proposalText(&p.Proposals[i])
		}
		return text
	case *isakmp.Notify:
		return fmt.Sprintf(": %v for %v, SPI %x", p.NotifyType, p.Protocol, p.SPI)
	case *isakmp.Delete:
		return fmt.Sprintf(": %v SPIs %x", p.Protocol, p.SPIs)
	case *isakmp.VendorID:
		return fmt.Sprintf(": %v", isakmp.VendorOf(p.Data))
	case *isakmp.ID:
		return fmt.Sprintf(": %v, protocol %d, port %d, %x", p.IDType, p.Protocol, p.Port, p.Data)
	}
	return ""
}

func proposalText(p *isakmp.Proposal) string {
	text := fmt.Sprintf("; proposal %d %v", p.Number, p.Protocol)
	if len(p.SPI) > 0 {
		text += fmt.Sprintf(" SPI %x", p.SPI)
	}
	phase := isakmp.Phase2
	if p.Protocol == isakmp.ProtoISAKMP {
		phase = isakmp.Phase1
	}
	for _, t := range p.Transforms {
		text += fmt.Sprintf("; transform %d %s", t.Number, p.Protocol.TransformName(t.ID))
		for _, a := range t.Attributes {
			text += ", " + phase.Text(a)
		}
	}
	return text
}

// plain makes a line safe for a terminal and a log: what a peer sent cannot begin a line or an
// escape sequence of its own.
func plain(line string) string {
	if strings.IndexFunc(line, isControl) < 0 {
		return line
	}
	var b strings.Builder
	for _, r := range line {
		if isControl(r) {
			fmt.Fprintf(&b, "\\x%02x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isControl(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029'
}
