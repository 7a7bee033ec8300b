package enginetest

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/simnet"
)

// A Transcript writes down what happens in a world, a line for each message that leaves, each change of
// an SA database, and each event that is not about these.
type Transcript struct {
	Lines []string

	world *World
	text  map[string]string // of the message that a host is about to send
}

// Write begins a transcript of a world. Its engines should trace messages.
func Write(w *World) *Transcript {
	t := &Transcript{world: w, text: map[string]string{}}
	w.Watch = t.watch
	return t
}

func (t *Transcript) watch(h *Host, at time.Time, what any) {
	switch x := what.(type) {
	case simnet.Passage:
		line := fmt.Sprintf("%-5s -> %-6s %-4s %s", x.From, x.To, x.Datagram.Name, t.text[x.From])
		if a := x.Datagram; a.Src.Port() != ikePort || a.Dst.Port() != ikePort {
			line = strings.TrimRight(line, " ") + fmt.Sprintf("  [%d -> %s]", a.Src.Port(), t.seen(x))
		}
		if x.Fate != "" {
			line = fmt.Sprintf("%-78s %s", line, x.Fate)
		}
		t.line(at, line)
	case Applied:
		t.note(h, at, t.applied(h, x))
	case ike.Sent:
		t.text[h.Name] = x.Payloads
		if x.Retransmission {
			t.text[h.Name] = "again"
		}
	case ike.Received, ike.StateChanged, ike.Computed:
	case ike.Phase1Up:
		t.note(h, at, fmt.Sprintf("up   ISAKMP SA with %s, %s, %v", x.PeerID, x.Proposal, x.Life))
	case ike.Phase2Up:
		t.note(h, at, "up   IPsec SA")
	case ike.Refused:
		t.note(h, at, "refuse "+strings.TrimPrefix(x.String(), "refused "))
	case ike.Failed:
		t.note(h, at, "fail "+x.String())
	case ike.Gone:
		t.note(h, at, "gone "+x.String())
	case ike.Notified:
		t.note(h, at, "told "+strings.TrimPrefix(x.String(), "peer notifies "))
	case ike.Mismatch:
		t.note(h, at, "note "+x.String())
	case ike.Event:
		t.note(h, at, "note "+x.String())
	}
}

// ikePort is the port between which nothing is said about ports.
const ikePort = 500

// seen writes where a datagram goes, and what a NAT makes of its ports: "NAT 40001 -> 4500", "40001 NAT -> 4500".
func (t *Transcript) seen(x simnet.Passage) string {
	if len(x.Arrivals) == 0 {
		return fmt.Sprint(x.Datagram.Dst.Port())
	}
	d := x.Arrivals[0].Datagram
	switch {
	case d.Src.Port() != x.Datagram.Src.Port():
		return fmt.Sprintf("NAT %d -> %d", d.Src.Port(), d.Dst.Port())
	case d.Dst.Port() != x.Datagram.Dst.Port():
		return fmt.Sprintf("%d NAT -> %d", x.Datagram.Dst.Port(), d.Dst.Port())
	}
	return fmt.Sprint(d.Dst.Port())
}

func (t *Transcript) line(at time.Time, text string) {
	t.Lines = append(t.Lines, strings.TrimRight(fmt.Sprintf("%9.3f %s", at.Sub(Start).Seconds(), text), " "))
}

func (t *Transcript) note(h *Host, at time.Time, text string) {
	t.line(at, fmt.Sprintf("%-16s%s", h.Name, text))
}

// applied writes "add  esp in 0x5be2 from alice".
func (t *Transcript) applied(h *Host, x Applied) string {
	var text string
	switch a := x.Action.(type) {
	case sadb.Add:
		text = "add  " + t.sa(&a.SA)
	case sadb.Update:
		text = "set  " + t.sa(&a.SA) + ", " + a.SA.Hard.Add.String()
	case sadb.Delete:
		text = fmt.Sprintf("del  %v %#x", a.ID.Proto, a.ID.SPI)
	case sadb.AddPolicy:
		text = fmt.Sprintf("add  policy %v %v", a.Policy.Direction, a.Policy.Selector)
	case sadb.DeletePolicy:
		text = fmt.Sprintf("del  policy %v %v", a.ID.Direction, a.ID.Selector)
	default:
		text = fmt.Sprintf("%T", a)
	}
	if x.Err != nil {
		text += ": " + x.Err.Error()
	}
	return text
}

func (t *Transcript) sa(sa *sadb.SA) string {
	word, other := "to", sa.Dst
	if sa.Direction == sadb.In {
		word, other = "from", sa.Src
	}
	return fmt.Sprintf("%v %v %#x %s %s", sa.Proto, sa.Direction, sa.SPI, word, t.name(other))
}

// name is the host that has an address.
func (t *Transcript) name(a netip.Addr) string {
	for _, h := range t.world.Hosts {
		for _, own := range h.Addrs {
			if own == a {
				return h.Name
			}
		}
	}
	return a.String()
}
