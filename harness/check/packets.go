package check

import (
	"bytes"
	"fmt"

	"ikewit/harness/capture"
	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
)

// Packets are the checks of every ESP and AH packet on the wire, opened with the keys that the judge computed.
var Packets = Set{
	{"packet-sa", "RFC 2406 section 2.1", findStrangers},
	{"packet-opens", "RFC 2406 section 3.3, RFC 2402 section 3.3", findUnopened},
	{"packet-form", "RFC 2406 sections 2.4 and 2.6, RFC 2402 section 2", findFaults},
	{"sequence", "RFC 2406 section 3.3.3", findSequence},
	{"iv", "RFC 2405 section 3, RFC 2451 section 3", findIVs},
}

// A Packet is one ESP or AH packet of the capture and what the judge made of it.
type Packet struct {
	Record capture.Record
	SA     *ipsec.SA     // nil: nobody negotiated it
	Opened *ipsec.Opened // nil if it did not open
	Err    error
}

// Packets opens every ESP and AH packet that the sides sent themselves, in order.
func (e *Evidence) Packets() []Packet {
	var list []Packet
	for _, r := range e.Records {
		if (r.ESP == nil && r.AH == nil) || e.Forged[r.Frame] || r.Kind == capture.KindProblem {
			continue
		}
		p := Packet{Record: r, SA: e.saOf(r)}
		switch {
		case p.SA == nil:
			p.Err = fmt.Errorf("no SA was negotiated with this SPI")
		case r.AH != nil:
			p.Opened, p.Err = ipsec.VerifyAH(p.SA, r.IP)
		default:
			p.Opened, p.Err = ipsec.OpenESP(p.SA, r.ESP.Octets)
		}
		list = append(list, p)
	}
	return list
}

func (e *Evidence) saOf(r capture.Record) *ipsec.SA {
	proto, spi := isakmp.ProtoESP, uint32(0)
	if r.AH != nil {
		proto, spi = isakmp.ProtoAH, r.AH.SPI
	} else {
		spi = r.ESP.SPI
	}
	for _, w := range e.Wire {
		if w.Protocol == proto && w.SPI == spi && w.Dst == r.Dst.Addr() {
			return w
		}
	}
	return nil
}

func (e *Evidence) packet(p Packet, what string) Finding {
	return Finding{Frame: p.Record.Frame, Message: p.Name() + " of " + e.who(p.Record.Src.Addr()), What: what}
}

// Name is the protocol with its SPI.
func (p Packet) Name() string {
	if p.Record.AH != nil {
		return fmt.Sprintf("AH %08x", p.Record.AH.SPI)
	}
	return fmt.Sprintf("ESP %08x", p.Record.ESP.SPI)
}

func findStrangers(e *Evidence, report func(Finding)) {
	for _, p := range e.Packets() {
		if p.SA == nil {
			report(e.packet(p, "nobody negotiated an SA with this SPI towards "+e.who(p.Record.Dst.Addr())))
		}
	}
}

func findUnopened(e *Evidence, report func(Finding)) {
	for _, p := range e.Packets() {
		if p.SA != nil && p.Err != nil {
			report(e.packet(p, "it does not open with the keys that follow from the wire: "+p.Err.Error()))
		}
	}
}

func findFaults(e *Evidence, report func(Finding)) {
	for _, p := range e.Packets() {
		if p.Opened == nil {
			continue
		}
		for _, fault := range p.Opened.Faults {
			report(e.packet(p, fault))
		}
	}
}

// findSequence: the first packet of an SA has number 1 (or follows what was sent before), each one more. A packet of RFC 1827
// has none.
func findSequence(e *Evidence, report func(Finding)) {
	last := map[*ipsec.SA]uint32{}
	for _, p := range e.Packets() {
		if p.SA == nil || p.Opened == nil || p.SA.Cipher != nil && p.SA.Cipher.Old {
			continue
		}
		if _, ok := last[p.SA]; !ok {
			last[p.SA] = uint32(p.SA.Before)
		}
		if want := last[p.SA] + 1; p.Opened.Seq != want {
			report(e.packet(p, "sequence number").differs(want, p.Opened.Seq))
		}
		last[p.SA] = p.Opened.Seq
	}
}

// fewIVs is the number of packets from which on IVs are judged: fewer look regular by chance. Ours.
const fewIVs = 3

// findIVs: no IV of a CBC cipher is met twice, and they do not count.
func findIVs(e *Evidence, report func(Finding)) {
	byLine := map[*ipsec.SA][]Packet{}
	for _, p := range e.Packets() {
		if p.Opened != nil && p.SA.Cipher != nil && p.SA.Cipher.Mode == crypt.CBC && len(p.Opened.IV) > 0 {
			byLine[p.SA] = append(byLine[p.SA], p)
		}
	}
	for _, w := range e.Wire {
		list := byLine[w]
		if len(list) < fewIVs {
			continue
		}
		counts := true
		for i, p := range list[1:] {
			if bytes.Equal(p.Opened.IV, list[i].Opened.IV) {
				report(e.packet(p, fmt.Sprintf("the IV is that of frame %d", list[i].Record.Frame)))
			}
			counts = counts && near(list[i].Opened.IV, p.Opened.IV)
		}
		if counts {
			report(e.packet(list[0], fmt.Sprintf("the IVs of %d packets count: each is the last with at most %d bits changed", len(list), nearBits)))
		}
	}
}

// nearBits is the Hamming distance up to which an IV is taken for a count of the one before. Two random IVs of 64
// bits are that near once in ten million pairs; a counter's are in most.
const nearBits = 12

func near(a, b []byte) bool {
	n := 0
	for i := range a {
		for x := a[i] ^ b[i]; x != 0; x &= x - 1 {
			n++
		}
	}
	return n <= nearBits
}
