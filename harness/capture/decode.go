package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"time"

	"github.com/google/gopacket"

	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/packet"
	"ikewit/harness/capture/pcapfile"
)

// A Kind says what a record is about.
type Kind string

// Kinds, as the JSON form spells them. KindOther is traffic that no IPsec protects, or none that we know.
const (
	KindISAKMP    Kind = "isakmp"
	KindESP       Kind = "esp"
	KindAH        Kind = "ah"
	KindIPComp    Kind = "ipcomp"
	KindKeepalive Kind = "natt-keepalive"
	KindOther     Kind = "other"
	KindProblem   Kind = "problem"
)

// A Record is one thing found in a frame. A frame gives one or more: AH and the ESP behind it, for one.
type Record struct {
	Frame    int
	Time     time.Time
	Kind     Kind
	Src, Dst netip.AddrPort // of the innermost header around it; port 0 without UDP; zero for a bare message
	NATT     bool           // inside UDP encapsulation (RFC 3948)
	Comments []string       // of the frame

	ISAKMP *isakmp.Message // KindISAKMP; its Err says what is wrong behind the header
	ESP    *ipsec.ESP
	AH     *ipsec.AH
	IPComp *ipsec.IPComp
	IP     packet.IP // the packet around it, put together if it was fragmented; zero for a bare message
	Cut    int       // octets that the capture lacks
	Err    error     // KindProblem: a *FrameError
}

// A FrameError says what in a frame made no sense.
type FrameError struct {
	Frame int
	Err   error
}

func (e *FrameError) Error() string { return fmt.Sprintf("frame %d: %v", e.Frame, e.Err) }

// Unwrap gives what was wrong.
func (e *FrameError) Unwrap() error { return e.Err }

// Options of Decode. The zero value works.
type Options struct {
	IKEPorts  []uint16 // where ISAKMP is spoken beside 500
	NATTPorts []uint16 // where RFC 3948 is spoken beside 4500
}

// A FrameSource gives frames, then io.EOF: a *pcapfile.Reader, or a tap.
type FrameSource interface {
	Next() (pcapfile.Frame, error)
}

// maxNesting bounds IP in IP, AH and so on (ours).
const maxNesting = 8

// Decode finds ISAKMP, ESP, AH, IPComp and keepalives in frames. What makes no sense becomes a record of
// KindProblem; after a problem of the file itself nothing follows. Slices are parts of the frames.
func Decode(src FrameSource, o Options) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		d := decoder{options: o}
		for {
			f, err := src.Next()
			if err != nil {
				if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
					yield(Record{Frame: d.frame.Number + 1, Kind: KindProblem, Err: err})
				}
				return
			}
			for _, r := range d.decode(f) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// A decoder keeps fragments between frames.
type decoder struct {
	options Options
	pieces  packet.Reassembler
	frame   pcapfile.Frame
	found   []Record
}

func (d *decoder) decode(f pcapfile.Frame) []Record {
	d.frame, d.found = f, nil
	if f.Link == pcapfile.LinkBare {
		d.isakmp(Record{}, f.Data)
		return d.found
	}
	b, err := packet.Unwrap(f)
	switch {
	case errors.Is(err, packet.ErrNotIP):
		d.add(Record{Kind: KindOther})
	case err != nil:
		d.problem(Record{}, err)
	default:
		d.ip(b, maxNesting)
	}
	return d.found
}

func (d *decoder) add(r Record) {
	r.Frame, r.Time, r.Comments = d.frame.Number, d.frame.Time, d.frame.Comments
	d.found = append(d.found, r)
}

func (d *decoder) problem(r Record, err error) {
	r.Kind, r.Err = KindProblem, &FrameError{d.frame.Number, err}
	d.add(r)
}

func (d *decoder) ip(b []byte, depth int) {
	ip, err := packet.ParseIP(b)
	if err != nil {
		d.problem(Record{}, err)
		return
	}
	r := Record{IP: ip, Src: netip.AddrPortFrom(ip.Src, 0), Dst: netip.AddrPortFrom(ip.Dst, 0), Cut: ip.Missing}
	whole, done, err := d.pieces.Add(ip)
	switch {
	case err != nil:
		d.problem(r, err)
	case !done:
		r.Kind = KindOther
		d.add(r)
	default:
		r.IP = whole
		d.payload(r, whole.Protocol, whole.Payload, depth)
	}
}

// payload looks at what is behind an IP header, or behind an AH.
func (d *decoder) payload(r Record, protocol uint8, b []byte, depth int) {
	if depth == 0 {
		d.problem(r, fmt.Errorf("more than %d headers one in another", maxNesting))
		return
	}
	switch protocol {
	case packet.ProtoUDP:
		d.udp(r, b)
	case packet.ProtoESP:
		d.esp(r, b)
	case packet.ProtoAH:
		r.AH, r.Kind = &ipsec.AH{}, KindAH
		if err := r.AH.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
			d.problem(r, err)
			return
		}
		d.add(r)
		inner := Record{IP: r.IP, Src: r.Src, Dst: r.Dst, NATT: r.NATT, Cut: r.Cut}
		if r.AH.NextHeader != packet.ProtoNone {
			d.payload(inner, r.AH.NextHeader, r.AH.Payload, depth-1)
		}
	case packet.ProtoIPComp:
		r.IPComp, r.Kind = &ipsec.IPComp{}, KindIPComp
		if err := r.IPComp.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
			d.problem(r, err)
			return
		}
		d.add(r)
	case packet.ProtoIPv4, packet.ProtoIPv6:
		d.ip(b, depth-1)
	default:
		r.Kind = KindOther
		d.add(r)
	}
}

func (d *decoder) esp(r Record, b []byte) {
	r.ESP, r.Kind = &ipsec.ESP{}, KindESP
	if err := r.ESP.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		d.problem(r, err)
		return
	}
	d.add(r)
}

// udp tells ISAKMP from ESP and from everything else: by port, and on other ports by what it looks like.
func (d *decoder) udp(r Record, b []byte) {
	inner := r.IP
	inner.Payload = b
	u, err := packet.ParseUDP(inner)
	if err != nil {
		d.problem(r, err)
		return
	}
	r.Src, r.Dst, r.Cut = u.Src, u.Dst, u.Missing
	on := func(port uint16, more []uint16) bool {
		return u.Src.Port() == port || u.Dst.Port() == port || slices.Contains(more, u.Src.Port()) || slices.Contains(more, u.Dst.Port())
	}
	marked := len(u.Payload) > 4 && binary.BigEndian.Uint32(u.Payload) == 0
	switch {
	case on(4500, d.options.NATTPorts):
		r.NATT = true
		d.encapsulated(r, u.Payload, marked)
	case on(500, d.options.IKEPorts):
		d.isakmp(r, u.Payload)
	case isakmp.Plausible(u.Payload):
		d.isakmp(r, u.Payload)
	case marked && isakmp.Plausible(u.Payload[4:]):
		r.NATT = true
		d.isakmp(r, u.Payload[4:])
	default:
		r.Kind = KindOther
		d.add(r)
	}
}

// encapsulated is a datagram of RFC 3948: a keepalive, ISAKMP behind the non-ESP marker, or ESP.
func (d *decoder) encapsulated(r Record, b []byte, marked bool) {
	switch {
	case ipsec.IsKeepalive(b):
		r.Kind = KindKeepalive
		d.add(r)
	case marked:
		d.isakmp(r, b[4:])
	case len(b) == 0:
		d.problem(r, errors.New("UDP encapsulation: no octets"))
	default:
		d.esp(r, b)
	}
}

func (d *decoder) isakmp(r Record, b []byte) {
	m, err := isakmp.Parse(b)
	if err != nil {
		d.problem(r, err)
		return
	}
	if r.Cut > 0 {
		m.Err = cutError{r.Cut, m.Err}
	}
	r.Kind, r.ISAKMP = KindISAKMP, m
	d.add(r)
}

// A cutError puts the capture before the message as the culprit.
type cutError struct {
	octets int
	then   error
}

func (e cutError) Error() string {
	if e.then == nil {
		return fmt.Sprintf("the capture lacks %d octets", e.octets)
	}
	return fmt.Sprintf("the capture lacks %d octets; %v", e.octets, e.then)
}

func (e cutError) Unwrap() error { return e.then }
