package world

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ikewit/harness/capture"
	"ikewit/harness/capture/packet"
	"ikewit/harness/peer"
	"ikewit/impl/ike"
	"ikewit/impl/simnet"
	"ikewit/impl/wire/ikehdr"
)

// A Stray is a datagram that the harness sends as a host might, beside what that sends itself.
type Stray struct {
	Message   string // the first of this name that the host sent; "": Octets
	Altered   bool   // with another message ID, which no HASH covers
	NewCookie bool   // with another initiator cookie
	Bare      bool   // without the marker that belongs before a message to port 4500
	Octets    []byte // what is no message
	From, To  uint16 // ports; From in the simulator inside, before a NAT, else on the wire
}

// Keepalive is what a stray keepalive consists of. RFC 3948 section 2.3.
var Keepalive = []byte{0xff}

// Stray sends it. In the simulator it passes the NATs that there are, and is dealt with at once; in namespaces it is put on the wire.
func (w *World) Stray(name string, x Stray) error {
	if err := w.standing(); err != nil {
		return err
	}
	octets, err := w.stray(name, x)
	if err != nil {
		return err
	}
	if w.sim == nil {
		return w.strayOnWire(name, x, octets)
	}
	if x.Bare || x.Message == "" && !slices.Equal(octets, Keepalive) {
		return &Unsupported{"in the simulator there are messages and keepalives only, and no marker"}
	}
	s, err := w.begin()
	if err != nil {
		return err
	}
	h := s.couple.Host(name)
	d := simnet.Datagram{
		Src: netip.AddrPortFrom(h.Addrs[0], x.From), Dst: netip.AddrPortFrom(s.couple.ConnOf(h).Remote.Addr, x.To),
		Octets: octets, Name: x.Message,
	}
	before, err := w.fabric.Frames()
	if err != nil {
		return err
	}
	s.couple.Net.Do(name, func(time.Time) { s.couple.Net.Send(d) })
	after, err := w.fabric.Frames()
	if err != nil {
		return err
	}
	w.traffic.forged = append(w.traffic.forged, forgery{name, len(before), after[len(before)].Data})
	w.judged.liars, w.cached = true, nil
	s.couple.Run(time.Second)
	return nil
}

// strayOnWire puts it on the wire, with the link addresses of what the host has sent there.
func (w *World) strayOnWire(name string, x Stray, octets []byte) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	dst := w.wireAddr(w.other(name))
	if x.Message != "" && x.To == nattPort && !x.Bare {
		octets = append(ikehdr.AppendMarker(nil), octets...)
	}
	ip, err := packet.WrapUDP(netip.AddrPortFrom(w.wireAddr(name), x.From), netip.AddrPortFrom(dst, x.To), octets)
	if err != nil {
		return err
	}
	for _, r := range e.Records {
		if r.Src.Addr() == w.wireAddr(name) && r.Dst.Addr() == dst {
			return w.put(name, append(slices.Clone(e.frames[r.Frame-1].Data[:etherHeader]), ip...))
		}
	}
	return &Unresolved{name + " has sent nothing yet"}
}

// stray makes what is in the datagram, without a marker.
func (w *World) stray(name string, x Stray) ([]byte, error) {
	if x.Message == "" {
		return x.Octets, nil
	}
	m, err := w.find(Place{name, false, x.Message})
	if err != nil {
		return nil, err
	}
	octets := slices.Clone(m.ISAKMP.Octets)
	if x.NewCookie {
		copy(octets, "\x01\x02\x03\x04\x05\x06\x07\x08")
	}
	if x.Altered {
		const lastOfMessageID = 23
		octets[lastOfMessageID] ^= 1
	}
	return octets, nil
}

// FollowedPeer waits until a host has told so many times that its peer is elsewhere, and checks that it was not more often.
func (w *World) FollowedPeer(ctx context.Context, name string, want int) error {
	p, err := w.need(name)
	if err != nil {
		return err
	}
	n := 0
	err = w.eventually(ctx, func() (bool, error) {
		n = 0
		for _, e := range p.Journal().Events() {
			if _, ok := e.Event.(ike.Followed); ok {
				n++
			}
		}
		return n >= want, nil
	})
	if err == nil && n != want {
		err = &Mismatch{Code: "natt-ends", What: "how often " + name + " followed its peer", Expected: fmt.Sprint(want), Actual: fmt.Sprint(n)}
	}
	return err
}

// NoErrors checks that a host has refused nothing, told of no mismatch and written nothing of an error.
func (w *World) NoErrors(name string) error {
	p, err := w.need(name)
	if err != nil {
		return err
	}
	var said []string
	for _, e := range p.Journal().Events() {
		switch e.Event.(type) {
		case ike.Refused, ike.Failed, ike.Mismatch:
			said = append(said, e.Event.String())
		}
	}
	for _, l := range p.Journal().Lines(peer.Err) {
		if !strings.HasPrefix(l.Text, "warning: ") { // of obsolete algorithms
			said = append(said, l.Text)
		}
	}
	if len(said) > 0 {
		return &Mismatch{Code: "output", What: "errors that " + name + " told of", Expected: "none", Actual: strings.Join(said, "; ")}
	}
	return nil
}

// Unanswered checks that a host said nothing on account of the frames of our own: behind each there is none of its before another
// of somebody else, or a second later.
func (w *World) Unanswered(name string) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	var last *capture.Record
	for i := range e.Records {
		r := &e.Records[i]
		switch {
		case e.Forged[r.Frame]:
			last = r
		case !w.isAt(name, r.Src.Addr()):
			last = nil
		case last != nil && r.Time.Sub(last.Time) < time.Second && r.Kind != capture.KindKeepalive:
			return &Mismatch{Code: "answered", What: fmt.Sprintf("what %s says to frame %d, which is ours", name, last.Frame), Expected: "nothing",
				Actual: fmt.Sprintf("frame %d, to %v", r.Frame, r.Dst)}
		}
	}
	return nil
}
