package host

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// PingOptions say what to ping.
type PingOptions struct {
	In      Inside
	Src     netip.Addr // not valid: the kernel chooses
	Dst     netip.Addr
	Count   int           // 0: 1
	Size    int           // octets of data; 0: 56
	Timeout time.Duration // for each answer; 0: 1 s
}

// A Pong is what became of one ping.
type Pong struct {
	Seq int // from 1
	RTT time.Duration
	Err error // nil: it was answered with the same data. ErrNoAnswer, a *Refused, or the error of the context
}

// ErrNoAnswer says that no answer came in time.
var ErrNoAnswer = errors.New("no answer")

// Ping sends echo requests, each when the one before was answered or given up, and returns what became of each. The
// error says why nothing could be sent at all. It takes CAP_NET_RAW.
//
// RFC 792, RFC 4443 section 4.
func Ping(ctx context.Context, o PingOptions) ([]Pong, error) {
	o = o.defaults()
	p, err := newPinger(o)
	if err != nil {
		return nil, fmt.Errorf("ping %v: %w", o.Dst, err)
	}
	defer p.close()
	// When the context ends, so does the waiting for the answer at hand, and all later ones.
	defer context.AfterFunc(ctx, func() { p.SetReadDeadline(time.Unix(0, 1)) })()
	pongs := make([]Pong, o.Count)
	for i := range pongs {
		pongs[i] = p.ping(ctx, i+1)
	}
	return pongs, nil
}

func (o PingOptions) defaults() PingOptions {
	if o.Count == 0 {
		o.Count = 1
	}
	if o.Size == 0 {
		o.Size = 56
	}
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	return o
}

const (
	icmpHeader               = 8 // octets: type, code, checksum, identifier, sequence number
	echoRequest, echoReply   = 8, 0
	echoRequest6, echoReply6 = 128, 129
	icmpFilter, icmp6Filter  = 1, 1 // ICMP_FILTER of linux/icmp.h, ICMPV6_FILTER of linux/icmpv6.h
	maxPing                  = 65507
	allButAnswers            = -1 &^ (1 << echoReply)
)

// A pinger is a raw ICMP socket that hears nothing but answers, and errors.
type pinger struct {
	*sockets
	o       PingOptions
	id      uint16
	request []byte
	heard   []byte
}

func newPinger(o PingOptions) (*pinger, error) {
	if !o.Dst.IsValid() || o.Src.IsValid() && o.Src.Is4() != o.Dst.Is4() || o.Size < 0 || o.Size > maxPing {
		return nil, fmt.Errorf("%d octets from %v: not possible", o.Size, o.Src)
	}
	p := &pinger{o: o, request: make([]byte, icmpHeader+o.Size), heard: make([]byte, maxPing+100)}
	rand.Read(p.request[4:]) // identifier and data that nobody else uses
	p.id = binary.BigEndian.Uint16(p.request[4:])
	var err error
	p.sockets, err = newSockets(o.In, func(s *sockets) error {
		fd, err := openICMP(o)
		if err != nil {
			return err
		}
		return s.add(socket{fd: fd})
	})
	return p, err
}

func openICMP(o PingOptions) (fd int, err error) {
	family, level, protocol, option := unix.AF_INET, unix.IPPROTO_IP, unix.IPPROTO_ICMP, unix.IP_RECVERR
	if o.Dst.Is6() {
		family, level, protocol, option = unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPPROTO_ICMPV6, unix.IPV6_RECVERR
	}
	if fd, err = unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol); err != nil {
		return -1, fmt.Errorf("open a raw ICMP socket: %w", err)
	}
	if err = setOptions(fd, level, option, 1); err == nil {
		err = hearOnlyAnswers(fd, o.Dst.Is6())
	}
	if err == nil && o.Src.IsValid() {
		if err = bind(fd, netip.AddrPortFrom(o.Src, 0)); err != nil {
			err = fmt.Errorf("from %v: %w", o.Src, explainListen(err))
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// hearOnlyAnswers sets a filter with a bit for each type of ICMP that is not to be heard.
func hearOnlyAnswers(fd int, six bool) error {
	if !six {
		return setOptions(fd, unix.SOL_RAW, icmpFilter, allButAnswers)
	}
	var filter unix.ICMPv6Filter
	for i := range filter.Data {
		filter.Data[i] = 1<<32 - 1
	}
	filter.Data[echoReply6/32] &^= 1 << (echoReply6 % 32)
	return unix.SetsockoptICMPv6Filter(fd, unix.SOL_ICMPV6, icmp6Filter, &filter)
}

// ping sends request number seq and waits for what becomes of it.
func (p *pinger) ping(ctx context.Context, seq int) Pong {
	pong := Pong{Seq: seq}
	if pong.Err = ctx.Err(); pong.Err != nil {
		return pong
	}
	p.fill(seq)
	p.SetReadDeadline(time.Now().Add(p.o.Timeout))
	if ctx.Err() != nil { // it ended just before the deadline was set anew
		p.SetReadDeadline(time.Unix(0, 1))
	}
	sent := time.Now()
	p.out.prepare(0, p.request)
	p.out.headers[0].Namelen = p.out.names[0].set(netip.AddrPortFrom(p.o.Dst, 0))
	p.out.headers[0].SetControllen(0)
	if _, pong.Err = p.write(&p.list[0], 1); pong.Err != nil {
		return pong
	}
	answered, err := false, error(nil)
	for !answered && err == nil {
		_, err = p.read(func(k *socket, failed bool) (int, error) {
			answered, pong.Err = p.hear(k, failed, seq)
			return 1, nil
		})
	}
	switch {
	case answered:
		pong.RTT = time.Since(sent)
	case ctx.Err() != nil:
		pong.Err = ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		pong.Err = ErrNoAnswer
	default:
		pong.Err = err
	}
	return pong
}

// fill makes request number seq; of ICMPv6 the kernel makes the checksum.
func (p *pinger) fill(seq int) {
	r := p.request
	r[0], r[1], r[2], r[3] = echoRequest, 0, 0, 0
	binary.BigEndian.PutUint16(r[6:], uint16(seq))
	if p.o.Dst.Is6() {
		r[0] = echoRequest6
		return
	}
	binary.BigEndian.PutUint16(r[2:], ^sum(r))
}

// hear receives one message and tells whether it decides about request number seq.
func (p *pinger) hear(k *socket, failed bool, seq int) (decided bool, refused error) {
	m, flags := &p.in, 0
	if failed {
		flags = unix.MSG_ERRQUEUE
	}
	m.prepare(0, p.heard)
	if _, err := m.receive(k.fd, 1, flags); err != nil {
		return false, nil
	}
	message := p.heard[:m.headers[0].size]
	if failed {
		m.ancillary(0, func(level, kind int32, data []byte) {
			if r, ok := refusedOf(level, kind, data); ok {
				refused = r
			}
		})
		return refused != nil && p.mine(message, seq), refused
	}
	if !p.o.Dst.Is6() && len(message) >= ipv4Header {
		message = message[min(int(message[0]&15)*4, len(message)):]
	}
	return p.mine(message, seq) && m.names[0].get().Addr().WithZone("") == p.o.Dst.WithZone("") && bytes.Equal(message[icmpHeader:], p.request[icmpHeader:]), nil
}

// mine tells whether a message is, or is about, request number seq of this pinger.
func (p *pinger) mine(message []byte, seq int) bool {
	return len(message) >= icmpHeader && binary.BigEndian.Uint16(message[4:]) == p.id && binary.BigEndian.Uint16(message[6:]) == uint16(seq)
}

// sum is the Internet checksum before it is inverted: RFC 1071.
func sum(b []byte) uint16 {
	var n uint32
	for ; len(b) > 1; b = b[2:] {
		n += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		n += uint32(b[0]) << 8
	}
	for n > 0xffff {
		n = n&0xffff + n>>16
	}
	return uint16(n)
}
