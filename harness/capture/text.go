package capture

import (
	"fmt"
	"io"
	"strings"
	"time"

	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/packet"
)

// writeText writes records in the order of the capture, then what was recovered.
func (c *contents) writeText(w io.Writer) error {
	var start time.Time
	var b strings.Builder
	for i, r := range c.records {
		if start.IsZero() {
			start = r.Time
		}
		fmt.Fprintf(&b, "#%d  %.6f  ", r.Frame, r.Time.Sub(start).Seconds())
		if m := c.byRecord[i]; m != nil {
			m.writeText(&b)
		} else {
			fmt.Fprintln(&b, r.line())
		}
		if _, err := io.WriteString(w, b.String()); err != nil {
			return err
		}
		b.Reset()
	}
	for _, x := range c.all {
		if result := c.recoveries[x]; result != nil {
			fmt.Fprintf(&b, "\nISAKMP SA %s\n", x)
			result.writeText(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// line describes a record that is no ISAKMP message.
func (r *Record) line() string {
	ends := endpoint(r.Src) + " -> " + endpoint(r.Dst)
	switch r.Kind {
	case KindESP:
		return fmt.Sprintf("ESP %08x sequence number %d  %s  %d octets", r.ESP.SPI, r.ESP.Seq, ends, len(r.ESP.Octets))
	case KindAH:
		return fmt.Sprintf("AH %08x sequence number %d  %s  next header %d", r.AH.SPI, r.AH.Seq, ends, r.AH.NextHeader)
	case KindIPComp:
		return fmt.Sprintf("IPComp %04x  %s  next header %d", r.IPComp.CPI, ends, r.IPComp.NextHeader)
	case KindKeepalive:
		return "NAT keepalive  " + ends
	case KindProblem:
		return "broken: " + r.Err.Error()
	}
	if r.IP.Version == 0 {
		return "not IP"
	}
	what := map[uint8]string{packet.ProtoICMP: "ICMP", packet.ProtoICMPv6: "ICMPv6", packet.ProtoTCP: "TCP", packet.ProtoUDP: "UDP"}[r.IP.Protocol]
	if what == "" {
		what = fmt.Sprintf("protocol %d", r.IP.Protocol)
	}
	if r.IP.Fragment {
		what = fmt.Sprintf("fragment of %s at %d", what, r.IP.Offset)
	}
	return fmt.Sprintf("%s  %s", what, ends)
}

// writeText writes one message: a line of its own, its header, its payloads.
func (m *Message) writeText(b *strings.Builder) {
	h := m.ISAKMP
	fmt.Fprintf(b, "%s  %s -> %s  %s\n", m.Name, endpoint(m.Src), endpoint(m.Dst), m.Layout())
	fmt.Fprintf(b, "    %s %d.%d  %s:%s  message ID %08x  flags %s  %d octets\n",
		h.Exchange, h.Major, h.Minor, h.ICookie, h.RCookie, h.MessageID, h.FlagNames(), h.Length)
	if m.Resent != nil {
		fmt.Fprintf(b, "    the same octets as frame %d\n", m.Resent.Frame)
		return
	}
	for _, p := range m.Chain() {
		writePayload(b, p)
	}
	if m.Plain != nil && len(m.Padding) > 0 {
		fmt.Fprintf(b, "    %d octets of padding\n", len(m.Padding))
	}
	for _, c := range m.Checks {
		verdict := "right"
		if !c.Good {
			verdict = fmt.Sprintf("WRONG: it should be %x", c.Want)
		}
		fmt.Fprintf(b, "    %s is %s\n", c.Name, verdict)
	}
	if h.Encrypted() && m.Plain == nil {
		fmt.Fprintf(b, "    %d octets encrypted\n", len(h.Payload))
	}
	for _, err := range []error{h.Err, m.Err} {
		if err != nil {
			fmt.Fprintf(b, "    broken: %v\n", err)
		}
	}
	if len(h.Trailing) > 0 {
		fmt.Fprintf(b, "    %d octets behind the message\n", len(h.Trailing))
	}
}

// widest is how many characters of a value are shown.
const widest = 96

// writePayload writes a payload: its fields in one line if they are few, of a proposal or transform always.
func writePayload(b *strings.Builder, p isakmp.Payload) {
	reserved := ""
	if p.Reserved != 0 {
		reserved = fmt.Sprintf("  RESERVED %#x", p.Reserved)
	}
	fmt.Fprintf(b, "    %-6s", p.Type)
	where := ""
	for i, f := range p.Content.Fields() {
		name, value := f.Name, f.Value
		if len(value) > widest && value[0] != '"' {
			value = fmt.Sprintf("%s... (%d octets)", value[:widest-32], len(value)/2)
		}
		if at := pathOf(name); at != where {
			where = at
			fmt.Fprintf(b, "\n        %s: ", strings.TrimSpace(at))
		} else if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%s %s", strings.TrimPrefix(name, where), value)
	}
	fmt.Fprintf(b, "%s\n", reserved)
	if p.Err != nil {
		fmt.Fprintf(b, "        broken: %v\n", p.Err)
	}
}

// pathOf gives the "Proposal 1 Transform 2 " that a field's name starts with.
func pathOf(name string) string {
	words := strings.SplitAfter(name, " ")
	n := 0
	for n+2 < len(words) && (words[n] == "Proposal " || words[n] == "Transform ") && words[n+1][0] >= '0' && words[n+1][0] <= '9' {
		n += 2
	}
	return strings.Join(words[:n], "")
}

// writeText writes what was computed, without secrets.
func (r *Recovery) writeText(b *strings.Builder) {
	p := &r.Phase1
	fmt.Fprintf(b, "    %s  %s/%d %s", p.Mode, p.Cipher, 8*p.KeyOctets, p.Hash)
	if p.Group != nil {
		fmt.Fprintf(b, " %s", p.Group)
	}
	fmt.Fprintf(b, "%s\n", lifetimeText(p.Seconds, p.Kilobytes))
	if p.IDi != nil {
		fmt.Fprintf(b, "    IDii %s%s\n", p.IDi, map[bool]string{true: "  verified"}[p.VerifiedI])
	}
	if p.IDr != nil {
		fmt.Fprintf(b, "    IDir %s%s\n", p.IDr, map[bool]string{true: "  verified"}[p.VerifiedR])
	}
	for _, sa := range r.SAs {
		fmt.Fprintf(b, "    %s%s\n        %s%s\n", sa, lifetimeText(sa.Seconds, sa.Kilobytes), sa.Selector, unconfirmed(sa))
	}
	for _, err := range r.Problems {
		fmt.Fprintf(b, "    %v\n", err)
	}
}

func lifetimeText(seconds, kilobytes uint64) string {
	text := ""
	if seconds != 0 {
		text += fmt.Sprintf("  %d s", seconds)
	}
	if kilobytes != 0 {
		text += fmt.Sprintf("  %d KB", kilobytes)
	}
	return text
}

func unconfirmed(sa *ipsec.SA) string {
	if sa.Confirmed {
		return ""
	}
	return "  not confirmed"
}
