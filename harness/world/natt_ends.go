package world

import (
	"fmt"
	"net/netip"
	"slices"

	"ikewit/harness/capture"
	"ikewit/harness/capture/isakmp"
	"ikewit/impl/simnet"
)

// A Place is one message of a host: the first or the last of its name.
type Place struct {
	Host    string
	Last    bool
	Message string
}

func (p Place) String() string {
	return fmt.Sprintf("%s's %s %s", p.Host, map[bool]string{true: "last", false: "first"}[p.Last], p.Message)
}

// find gives the message, frames of our own left out.
func (w *World) find(p Place) (*capture.Message, error) {
	e, err := w.Evidence()
	if err != nil {
		return nil, err
	}
	list := e.messages()
	if p.Last {
		slices.Reverse(list)
	}
	for _, m := range list {
		if m.Name == p.Message && w.isAt(p.Host, m.Src.Addr()) && !e.Forged[m.Frame] {
			return m, nil
		}
	}
	return nil, &Unresolved{fmt.Sprintf("no %s of %s was on the wire", p.Message, p.Host)}
}

// GoesTo compares where a message went to with where another came from, and the ports at our end as well: what was sent to one
// is answered from it.
func (w *World) GoesTo(answer, asked Place) error {
	a, err := w.find(answer)
	if err != nil {
		return err
	}
	q, err := w.find(asked)
	if err == nil && (a.Dst != q.Src || a.Src != q.Dst || a.NATT != q.NATT) {
		err = &Mismatch{Code: "natt-ends", What: fmt.Sprintf("ends of %v", answer),
			Expected: fmt.Sprintf("%v to %v, marker %t, as %v came", q.Dst, q.Src, q.NATT, asked), Actual: fmt.Sprintf("%v to %v, marker %t", a.Src, a.Dst, a.NATT)}
	}
	return err
}

// Elsewhere is a guard: a message came from another end than one before.
func (w *World) Elsewhere(now, before Place, address bool) error {
	a, err := w.find(now)
	if err != nil {
		return err
	}
	b, err := w.find(before)
	if err == nil && (a.Src == b.Src || (a.Src.Addr() != b.Src.Addr()) != address) {
		err = &Unresolved{fmt.Sprintf("%v came from %v, %v from %v", now, a.Src, before, b.Src)}
	}
	return err
}

// ToAnotherEnd checks that a message went to another port than one before, at the same address or at another.
func (w *World) ToAnotherEnd(now, before Place, address bool) error {
	a, err := w.find(now)
	if err != nil {
		return err
	}
	b, err := w.find(before)
	if err == nil && (a.Dst == b.Dst || (a.Dst.Addr() != b.Dst.Addr()) != address) {
		what := map[bool]string{true: "address", false: "port"}[address]
		err = &Mismatch{Code: "natt-ends", What: fmt.Sprintf("where %v went to", now), Expected: fmt.Sprintf("another %s than that of %v, %v", what, before, b.Dst), Actual: a.Dst.String()}
	}
	return err
}

// Shuns checks that a host never sent anything to where a message, or a frame of our own, came from, and that this was somewhere
// else than where it sends to.
func (w *World) Shuns(name string, ends []netip.AddrPort) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	sent := 0
	for _, r := range e.Records {
		if !w.isAt(name, r.Src.Addr()) || e.Forged[r.Frame] {
			continue
		}
		sent++
		if slices.Contains(ends, r.Dst) {
			return &Mismatch{Code: "natt-ends", What: fmt.Sprintf("where %s sends frame %d to", name, r.Frame), Expected: fmt.Sprintf("not %v", ends), Actual: r.Dst.String()}
		}
	}
	if sent == 0 || len(ends) == 0 {
		return &Unresolved{fmt.Sprintf("%s sent %d frames; %d ends to be avoided", name, sent, len(ends))}
	}
	return nil
}

// ShunsPlace does so for one message.
func (w *World) ShunsPlace(name string, p Place) error {
	m, err := w.find(p)
	if err != nil {
		return err
	}
	return w.Shuns(name, []netip.AddrPort{m.Src})
}

// ShunsForged does so for all frames of our own.
func (w *World) ShunsForged(name string) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	var ends []netip.AddrPort
	for _, r := range e.Records {
		if e.Forged[r.Frame] && !slices.Contains(ends, r.Src) {
			ends = append(ends, r.Src)
		}
	}
	return w.Shuns(name, ends)
}

// SendsTo looks whether a host ever sent anything to a port of its peer.
func (w *World) SendsTo(name string, port uint16, want bool) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	sent, there := 0, 0
	for _, r := range e.Records {
		if w.isAt(name, r.Src.Addr()) && !e.Forged[r.Frame] {
			if sent++; r.Dst.Port() == port {
				there++
			}
		}
	}
	switch {
	case sent == 0:
		return &Unresolved{name + " sent nothing at all"}
	case (there > 0) != want:
		return &Mismatch{Code: "natt-ends", What: fmt.Sprintf("frames of %s to port %d", name, port), Expected: map[bool]string{true: "1 or more", false: "none"}[want], Actual: fmt.Sprint(there)}
	}
	return nil
}

// Knows asks the engine of a host in the simulator where its peers are: all where one message came from.
func (w *World) Knows(name string, p Place) error {
	s, err := w.begin()
	if err != nil {
		return err
	}
	m, err := w.find(p)
	if err != nil {
		return err
	}
	n := 0
	for one := range s.couple.Host(name).Engine.ISAKMPs() {
		if n++; one.Remote != m.Src {
			return &Mismatch{Code: "natt-ends", What: "where " + name + " has its peer", Expected: fmt.Sprintf("%v, from where %v came", m.Src, p), Actual: one.Remote.String()}
		}
	}
	if n == 0 {
		return &Unresolved{name + " has no ISAKMP SA, complete or not"}
	}
	return nil
}

// Ports compares those of a message.
func (w *World) Ports(p Place, from, to int) error {
	m, err := w.find(p)
	if err == nil && (int(m.Src.Port()) != from || int(m.Dst.Port()) != to || m.NATT != (from == 4500 || to == 4500)) {
		err = &Mismatch{Code: "natt-ports", What: fmt.Sprintf("ports of %v", p), Expected: fmt.Sprintf("%d to %d", from, to),
			Actual: fmt.Sprintf("%d to %d, marker %t", m.Src.Port(), m.Dst.Port(), m.NATT)}
	}
	return err
}

// OriginalAddresses compares the NAT-OA payloads of a message: type and length, zeros, and the addresses. RFC 3947 section 5.2.
func (w *World) OriginalAddresses(p Place, want []string) error {
	m, err := w.find(p)
	if err != nil {
		return err
	}
	var got []string
	for _, one := range m.Chain() {
		n, ok := one.Content.(*isakmp.NATOriginalAddress)
		if !ok {
			continue
		}
		a, okLength := netip.AddrFromSlice(n.Address)
		if !okLength || n.IDType != map[bool]isakmp.IDType{true: isakmp.IDIPv4, false: isakmp.IDIPv6}[a.Is4()] || slices.Max(n.Reserved) != 0 {
			return &Mismatch{Code: "nat-oa", What: fmt.Sprintf("form of NAT-OA in %v", p), Expected: "type 1 and 4 octets, or type 5 and 16, behind three zeros",
				Actual: fmt.Sprintf("type %d, reserved %x, %d octets", n.IDType, n.Reserved, len(n.Address))}
		}
		got = append(got, a.String())
	}
	if !slices.Equal(got, want) {
		return &Mismatch{Code: "nat-oa", What: fmt.Sprintf("original addresses in %v", p), Expected: fmt.Sprint(want), Actual: fmt.Sprint(got)}
	}
	return nil
}

// IdentityPort checks protocol and port of the identity in a message of phase 1.
func (w *World) IdentityPort(p Place, want int) error {
	m, err := w.find(p)
	if err != nil {
		return err
	}
	one, ok := isakmp.Find(m.Chain(), isakmp.PayloadID)
	id, isID := one.Content.(*isakmp.Identification)
	if !ok || !isID {
		return &Unresolved{fmt.Sprintf("%v has no identity that could be read", p)}
	}
	if int(id.Port) != want {
		return &Mismatch{Code: "identity", What: fmt.Sprintf("port of the identity in %v", p), Expected: fmt.Sprint(want), Actual: fmt.Sprint(id.Port)}
	}
	return nil
}

// SPIsOf checks that a host has chosen so many SPIs or more in its messages, none of them reserved. RFC 2406 section 2.1, RFC 3948
// section 2.1.
func (w *World) SPIsOf(name string, least int) error {
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	n := 0
	for _, m := range e.messages() {
		if !w.isAt(name, m.Src.Addr()) || m.Name != "QI1" && m.Name != "QR1" || m.Resent != nil {
			continue
		}
		p, _ := isakmp.Find(m.Chain(), isakmp.PayloadSA)
		sa, ok := p.Content.(*isakmp.SA)
		if !ok {
			continue
		}
		for _, one := range sa.Proposals {
			n++
			if spi := isakmp.SPINumber(one.SPI); spi < 256 {
				return &Mismatch{Code: "spi", What: fmt.Sprintf("SPI in %s of %s, frame %d", m.Name, name, m.Frame), Expected: "100 or more (hexadecimal)", Actual: fmt.Sprintf("%x", one.SPI)}
			}
		}
	}
	if n < least {
		return &Unresolved{fmt.Sprintf("%s has chosen %d SPIs, %d are needed", name, n, least)}
	}
	return nil
}

// shift has the first datagrams of some names seem to come from somewhere else.
type shift struct {
	simnet.Link
	pick simnet.Pick
	addr netip.Addr // not valid: only the port is another
}

// shiftedPort is that other port.
const shiftedPort = 55555

// Carry changes the source of what arrives.
func (l shift) Carry(d simnet.Datagram) ([]simnet.Arrival, string) {
	list, fate := l.Link.Carry(d)
	if !l.pick(d) {
		return list, fate
	}
	for i := range list {
		src := &list[i].Datagram.Src
		if l.addr.IsValid() {
			*src = netip.AddrPortFrom(l.addr, src.Port())
		} else {
			*src = netip.AddrPortFrom(src.Addr(), shiftedPort)
		}
	}
	return list, fate
}
