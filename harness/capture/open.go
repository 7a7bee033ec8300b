package capture

import (
	"errors"
	"fmt"

	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/packet"
)

// ErrNoSA says that none of the SAs is that of a packet.
var ErrNoSA = errors.New("no SA for this packet")

// Open opens an ESP packet or verifies an AH with the SA that fits by protocol, SPI and destination (RFC 2401 section
// 4.1); ErrNoSA if there is none. A cut packet is an error.
func (r *Record) Open(sas []*ipsec.SA) (*ipsec.Opened, error) {
	sa := r.find(sas)
	switch {
	case r.Kind != KindESP && r.Kind != KindAH:
		return nil, fmt.Errorf("frame %d: %s is neither ESP nor AH", r.Frame, r.Kind)
	case sa == nil:
		return nil, fmt.Errorf("frame %d: %w", r.Frame, ErrNoSA)
	case r.Cut > 0:
		return nil, fmt.Errorf("frame %d: the capture lacks %d octets", r.Frame, r.Cut)
	}
	var o *ipsec.Opened
	var err error
	if r.Kind == KindESP {
		o, err = ipsec.OpenESP(sa, r.ESP.Octets)
	} else {
		o, err = ipsec.VerifyAH(sa, r.IP)
	}
	if err != nil {
		return nil, &FrameError{r.Frame, err}
	}
	return o, nil
}

// find gives the SA of a record. An SA without destination fits any.
func (r *Record) find(sas []*ipsec.SA) *ipsec.SA {
	for _, sa := range sas {
		if sa.Dst.IsValid() && sa.Dst != r.Dst.Addr() {
			continue
		}
		if r.ESP != nil && sa.Protocol == isakmp.ProtoESP && sa.SPI == r.ESP.SPI ||
			r.AH != nil && sa.Protocol == isakmp.ProtoAH && sa.SPI == r.AH.SPI {
			return sa
		}
	}
	return nil
}

// Inside decodes what Open took out of a record: a tunnelled packet, or what the IP header of the record carried.
func (r *Record) Inside(o *ipsec.Opened) []Record {
	d := decoder{}
	d.frame.Number, d.frame.Time = r.Frame, r.Time
	switch o.NextHeader {
	case packet.ProtoNone: // a dummy
	case packet.ProtoIPv4, packet.ProtoIPv6:
		d.ip(o.Inner, maxNesting)
	default:
		ip := r.IP
		ip.Protocol, ip.Payload = o.NextHeader, o.Inner
		d.payload(Record{IP: ip, Src: r.Src, Dst: r.Dst, NATT: r.NATT}, o.NextHeader, o.Inner, maxNesting)
	}
	return d.found
}
