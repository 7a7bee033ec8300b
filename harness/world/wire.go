package world

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"ikewit/harness/capture"
	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/pcapfile"
	"ikewit/harness/check"
	"ikewit/impl/plutoplus"
)

// An evidence is what was seen on the wire, opened, and what both sides say of themselves.
type evidence struct {
	check.Evidence
	frames     []pcapfile.Frame
	recoveries map[*capture.Conversation]*capture.Recovery
	secrets    map[*capture.Conversation]capture.Secrets // that opened it
	problems   []error                                   // what could not be computed
}

// a frameList is a capture.FrameSource.
type frameList struct{ frames []pcapfile.Frame }

func (l *frameList) Next() (pcapfile.Frame, error) {
	if len(l.frames) == 0 {
		return pcapfile.Frame{}, io.EOF
	}
	f := l.frames[0]
	l.frames = l.frames[1:]
	return f, nil
}

// Evidence reads the wire and asks both sides. It is worked out anew when something was seen since.
func (w *World) Evidence() (*evidence, error) {
	if err := w.standing(); err != nil {
		return nil, err
	}
	frames, err := w.fabric.Frames()
	if err != nil {
		return nil, err
	}
	e := w.cached
	if e == nil || len(e.frames) != len(frames) {
		e = w.read(frames)
		w.cached = e
	}
	e.Sides, err = w.sides()
	e.Protected = append(protected(e.Wire), w.keying.protected...)
	e.Marker = w.marker()
	return e, err
}

// read decodes frames and opens what was said.
func (w *World) read(frames []pcapfile.Frame) *evidence {
	e := &evidence{frames: frames, recoveries: map[*capture.Conversation]*capture.Recovery{}, secrets: map[*capture.Conversation]capture.Secrets{}}
	for _, f := range frames {
		e.Frames = append(e.Frames, f.Data)
	}
	e.Forged = w.traffic.find(frames)
	for r := range capture.Decode(&frameList{frames}, capture.Options{IKEPorts: w.ports()}) {
		e.Records = append(e.Records, r)
	}
	e.Conversations = capture.Converse(e.Records)
	for _, c := range e.Conversations {
		w.recover(e, c)
	}
	e.Wire = append(e.Wire, w.keying.sas...)
	return e
}

// recover opens one conversation with the first of the secrets that does.
func (w *World) recover(e *evidence, c *capture.Conversation) {
	var exponents []crypt.Secret
	for _, p := range w.runs {
		exponents = append(exponents, p.Exponents()...)
	}
	var last *capture.Recovery
	for _, psk := range w.knownSecrets() {
		s := capture.Secrets{PSK: crypt.Secret(psk), Exponents: exponents}
		r, err := capture.Recover(c, s)
		if err != nil {
			e.problems = append(e.problems, err)
			return
		}
		last = r
		if opens(c) {
			e.secrets[c] = s
			break
		}
	}
	e.recoveries[c] = last
	e.problems = append(e.problems, last.Problems...)
	e.Wire = append(e.Wire, last.SAs...)
	w.localForms(last.SAs)
	responderLifetimes(c, last.SAs)
}

// opens reports whether a message of a conversation was opened, or none needed to be.
func opens(c *capture.Conversation) bool {
	closed := false
	for _, m := range c.Messages {
		if m.Plain != nil {
			return true
		}
		closed = closed || m.ISAKMP.Encrypted()
	}
	return !closed
}

// knownSecrets are the secrets that the hosts may have used.
func (w *World) knownSecrets() []string {
	list := []string{}
	for _, name := range w.top.Peers {
		if s := w.secretOf(name); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// ports are where IKE is spoken beside 500.
func (w *World) ports() []uint16 {
	var list []uint16
	for _, h := range w.hosts {
		if h.plan == nil || h.plan.make != nil {
			continue
		}
		if o := w.options(h.plan); o != nil && o.Port != 500 {
			list = append(list, o.Port, o.PeerPort)
		}
	}
	return list
}

// options are those of a plan, parsed; nil where they make no sense.
func (w *World) options(p *plan) *plutoplus.Options {
	o, _, err := plutoplus.Parse(w.arguments(w.top.Peers[0], p, false))
	if err != nil {
		return nil
	}
	return o
}

// localForms puts in what no negotiation says: that an SA derives its IVs. It is an option of the sender, -v 0.
func (w *World) localForms(list []*ipsec.SA) {
	for _, name := range w.top.Peers {
		h := w.hosts[name]
		if h == nil || h.plan == nil || lastValue(strings.Fields(h.plan.options), "-v") != "0" {
			continue
		}
		for _, sa := range list {
			if sa.Cipher != nil && sa.Cipher.IV > 0 && sa.Src == w.wireAddr(name) {
				sa.IV = ipsec.IVDerived
			}
		}
	}
}

// sides asks the peers for their SAs.
func (w *World) sides() ([]check.Side, error) {
	var list []check.Side
	for _, p := range w.Running() {
		sas, ok, err := p.SAs()
		if err != nil {
			return nil, fmt.Errorf("%s: list the SAs: %w", p.Host(), err)
		}
		if !ok {
			continue
		}
		s := check.Side{Name: p.Host(), Addr: w.wireAddr(p.Host()), SAs: w.outside(p.Host(), sas)}
		if h := w.hosts[p.Host()]; h.plan != nil && h.plan.make == nil {
			if o := w.options(h.plan); o != nil {
				s.Seconds, s.Kilobytes = uint64(o.Life.Seconds()), o.LifeKB
			}
		}
		list = append(list, s)
	}
	return list, nil
}

// protected is the traffic that must not be seen in clear: that of the SAs.
func protected(list []*ipsec.SA) []ipsec.Selector {
	var all []ipsec.Selector
	for _, sa := range list {
		if !slices.Contains(all, sa.Selector) {
			all = append(all, sa.Selector)
		}
	}
	return all
}

// HostAt names the host that has an address; of a NAT's, the peer behind it.
func (w *World) HostAt(a netip.Addr) string {
	for _, name := range w.top.Peers {
		if w.isAt(name, a) {
			return name
		}
	}
	for _, h := range w.top.Hosts {
		for _, end := range w.top.EndsOf(h.Name) {
			for _, p := range end.Addrs {
				if p.Addr() == a {
					return h.Name
				}
			}
		}
	}
	return a.String()
}

// messages gives all messages, in the order of the wire.
func (e *evidence) messages() []*capture.Message {
	var list []*capture.Message
	for _, c := range e.Conversations {
		list = append(list, c.Messages...)
	}
	slices.SortStableFunc(list, func(a, b *capture.Message) int { return a.Frame - b.Frame })
	return list
}

// recovery is the one that has SAs, or the first.
func (e *evidence) recovery() *capture.Recovery {
	var first *capture.Recovery
	for _, c := range e.Conversations {
		r := e.recoveries[c]
		if r == nil {
			continue
		}
		if len(r.SAs) > 0 {
			return r
		}
		if first == nil {
			first = r
		}
	}
	return first
}

// find gives the frames that were put on the wire by us: each is the first with these octets after the
// time at which it was sent.
func (t *traffic) find(frames []pcapfile.Frame) map[int]bool {
	forged := map[int]bool{}
	for _, f := range t.forged {
		for _, frame := range frames[min(f.after, len(frames)):] {
			if !forged[frame.Number] && bytes.Equal(frame.Data, f.octets) {
				forged[frame.Number] = true
				break
			}
		}
	}
	return forged
}
