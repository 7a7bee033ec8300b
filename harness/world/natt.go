package world

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ikewit/harness/capture"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/fabric"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/sadb"
)

// NAT puts one before a host of the simulator. That before bob lets everybody in.
func (w *World) NAT(name string) error {
	s, err := w.simulated()
	if err != nil {
		return err
	}
	at := slices.Index(w.top.Peers[:], name)
	if at < 0 || s.couple != nil {
		return fmt.Errorf("a NAT before %s: no such host, or it has begun", name)
	}
	s.nats[at] = true
	return nil
}

// Forget has the NAT before a host forget what it has translated.
func (w *World) Forget(name string) error {
	if n, ok := w.fabric.(*fabric.Namespaces); ok {
		nat := w.natBefore(name)
		if nat == "" {
			return fmt.Errorf("there is no NAT before %s", name)
		}
		return n.ForgetNAT(nat)
	}
	s, err := w.begin()
	if err != nil {
		return err
	}
	at := slices.Index(w.top.Peers[:], name)
	if at < 0 || s.couple.NATs[at] == nil {
		return fmt.Errorf("there is no NAT before %s", name)
	}
	s.couple.NATs[at].Forget()
	return nil
}

// natBefore names the NAT that hides a host; "" if none does.
func (w *World) natBefore(name string) string {
	for _, n := range w.top.NATs {
		if w.inside(name).IsValid() && w.top.Addr(n.Host, n.Link) == w.wireAddr(name) {
			return n.Host
		}
	}
	return ""
}

// inside is the address that a host has behind its NAT, which nobody sees; not valid without a NAT.
func (w *World) inside(name string) netip.Addr {
	if w.sim != nil && w.sim.couple != nil {
		inside := []netip.Addr{enginetest.AliceInside, enginetest.BobInside}
		if w.wireAddr(name).Is6() {
			inside = []netip.Addr{enginetest.AliceInside6, enginetest.BobInside6}
		}
		for i, a := range inside {
			if w.top.Peers[i] == name && w.sim.nats[i] {
				return a
			}
		}
	}
	if own := w.top.Addr(name, ""); len(w.top.NATs) > 0 && !w.top.Addr(name, w.top.Wire).IsValid() {
		return own
	}
	return netip.Addr{}
}

// OwnAddr is the address that a host has itself, and nobody else sees where it is behind a NAT.
func (w *World) OwnAddr(name string) netip.Addr {
	if a := w.inside(name); a.IsValid() {
		return a
	}
	return w.wireAddr(name)
}

// outside puts the address of the NAT in the place of that behind it, in SAs and in the traffic that they are for.
func (w *World) outside(name string, sas []sadb.SA) []sadb.SA {
	in, out := w.inside(name), w.wireAddr(name)
	if !in.IsValid() {
		return sas
	}
	seen := slices.Clone(sas)
	for i := range seen {
		sa := &seen[i]
		for _, a := range []*netip.Addr{&sa.Src, &sa.Dst} {
			if *a == in {
				*a = out
			}
		}
		for _, r := range []*sadb.Range{&sa.Selector.Src, &sa.Selector.Dst} {
			if *r == sadb.RangeOf(in) && sa.Mode == sadb.Transport {
				*r = sadb.RangeOf(out)
			}
		}
	}
	return seen
}

// Floated is what was said where: up to MR2 or AR1 between the ports 500, from MI3 or AI2 on at 4500 with the marker; of hidden, the peer whose
// ports a NAT changes ("" if nobody's are), any port. RFC 3947 section 4.
func (w *World) Floated(hidden string) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	for _, m := range e.messages() {
		want := uint16(4500)
		if strings.Contains("MI1 MR1 MI2 MR2 AI1 AR1", m.Name) {
			want = 500
		}
		for _, end := range []netip.AddrPort{m.Src, m.Dst} {
			translated := hidden != "" && end.Addr() == w.wireAddr(hidden)
			if m.NATT != (want == 4500) || (end.Port() == want) == translated {
				return &Mismatch{Code: "natt-ports", What: fmt.Sprintf("ports of %s in frame %d", m.Name, m.Frame),
					Expected: fmt.Sprint(want), Actual: fmt.Sprintf("%d to %d, marker %t", m.Src.Port(), m.Dst.Port(), m.NATT)}
			}
		}
	}
	return nil
}

// Detected holds the NAT-D payloads that a host sent against the ends that it can see: the first is that of the peer; of the others
// one is its own, unless there is a NAT before it, or it pretends so. Each is as long as the negotiated hash. RFC 3947 section 3.2.
func (w *World) Detected(name string, pretended bool) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	for _, c := range e.Conversations {
		r := e.recoveries[c]
		for _, m := range c.Messages {
			if m.Src.Addr() != w.wireAddr(name) || !strings.Contains("MI2 MR2 AR1 AI2", m.Name) {
				continue
			}
			var list [][]byte
			for _, p := range m.Chain() {
				if d, ok := p.Content.(*isakmp.NATDetection); ok {
					list = append(list, d.Data)
				}
			}
			if r == nil || len(list) < 2 {
				return &Mismatch{Code: "natt-detection", What: "NAT-D payloads in " + m.Name, Expected: "2 or more", Actual: fmt.Sprint(len(list))}
			}
			if err := detection(m, r, list, pretended || w.inside(name).IsValid()); err != nil {
				return err
			}
			return nil
		}
	}
	return &Unresolved{"no message with NAT-D of " + name + " was on the wire"}
}

func detection(m *capture.Message, r *capture.Recovery, list [][]byte, hidden bool) error {
	hash := func(end netip.AddrPort) []byte {
		return r.Phase1.Hash.Sum(m.ISAKMP.ICookie[:], m.ISAKMP.RCookie[:], end.Addr().AsSlice(), binary.BigEndian.AppendUint16(nil, end.Port()))
	}
	if want := hash(m.Dst); !bytes.Equal(list[0], want) {
		return &Mismatch{Code: "natt-detection", What: fmt.Sprintf("first NAT-D of %s, for %v", m.Name, m.Dst), Expected: fmt.Sprintf("%x", want), Actual: fmt.Sprintf("%x", list[0])}
	}
	own := slices.ContainsFunc(list[1:], func(d []byte) bool { return bytes.Equal(d, hash(m.Src)) })
	if own == hidden || len(list[1]) != len(list[0]) {
		return &Mismatch{Code: "natt-detection", What: fmt.Sprintf("NAT-D of %s for where it comes from, %v", m.Name, m.Src), Expected: fmt.Sprint(!hidden), Actual: fmt.Sprint(own)}
	}
	return nil
}
