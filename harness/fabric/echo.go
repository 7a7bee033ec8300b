package fabric

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"ikewit/netns"
)

// An Echo is one ICMP echo request or reply as a host's kernel gave it to us.
type Echo struct {
	Reply   bool
	From    netip.Addr
	ID, Seq uint16
	Data    []byte
	At      time.Time
}

// Echoes sends ICMP echo requests from one host, and hears every echo request and reply that is delivered
// there.
type Echoes struct {
	conn net.PacketConn
	v6   bool

	mu    sync.Mutex
	heard []Echo
	news  chan struct{} // closed and replaced when something is heard
	done  chan struct{}
}

// ICMP types: RFC 792, RFC 4443.
const (
	icmpReply, icmpRequest     = 0, 8
	icmp6Reply, icmp6Request   = 129, 128
	icmpHeader                 = 8
	echoBuffer, echoSocketRoom = 64 << 10, 1 << 20
)

// ListenEchoes opens a socket for the pings of one family in a host.
func ListenEchoes(h *netns.Host, v6 bool) (*Echoes, error) {
	e := &Echoes{v6: v6, news: make(chan struct{}), done: make(chan struct{})}
	network := "ip4:icmp"
	if v6 {
		network = "ip6:ipv6-icmp"
	}
	err := h.Do(func() (err error) {
		e.conn, err = net.ListenPacket(network, "")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: socket for pings: %w", h.Name(), err)
	}
	if c, ok := e.conn.(*net.IPConn); ok {
		c.SetReadBuffer(echoSocketRoom)
	}
	go e.read()
	return e, nil
}

// Send sends an echo request.
func (e *Echoes) Send(to netip.Addr, id, seq uint16, data []byte) error {
	b := make([]byte, icmpHeader, icmpHeader+len(data))
	b[0] = icmpRequest
	if e.v6 {
		b[0] = icmp6Request
	}
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	b = append(b, data...)
	if !e.v6 { // of ICMPv6 the kernel makes the checksum
		binary.BigEndian.PutUint16(b[2:], Checksum(b))
	}
	_, err := e.conn.WriteTo(b, &net.IPAddr{IP: to.AsSlice(), Zone: to.Zone()})
	return err
}

// Heard gives all echoes that were delivered so far and that a function picks (nil: all).
func (e *Echoes) Heard(pick func(Echo) bool) []Echo {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := slices.Clone(e.heard)
	if pick != nil {
		list = slices.DeleteFunc(list, func(x Echo) bool { return !pick(x) })
	}
	return list
}

// Until waits until what was heard is enough. The error is that of the context.
func (e *Echoes) Until(ctx context.Context, enough func(heard []Echo) bool) error {
	for {
		e.mu.Lock()
		news, done := e.news, enough(e.heard)
		e.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close ends the socket.
func (e *Echoes) Close() error {
	err := e.conn.Close()
	<-e.done
	return err
}

func (e *Echoes) read() {
	defer close(e.done)
	buf := make([]byte, echoBuffer)
	for {
		n, from, err := e.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		e.hear(buf[:n], from)
	}
}

func (e *Echoes) hear(b []byte, from net.Addr) {
	if len(b) < icmpHeader {
		return
	}
	kind := b[0]
	reply := !e.v6 && kind == icmpReply || e.v6 && kind == icmp6Reply
	request := !e.v6 && kind == icmpRequest || e.v6 && kind == icmp6Request
	if !reply && !request {
		return
	}
	x := Echo{Reply: reply, ID: binary.BigEndian.Uint16(b[4:]), Seq: binary.BigEndian.Uint16(b[6:]), Data: slices.Clone(b[icmpHeader:]), At: time.Now()}
	if a, ok := from.(*net.IPAddr); ok {
		x.From, _ = netip.AddrFromSlice(a.IP)
		x.From = x.From.Unmap()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, x)
	close(e.news)
	e.news = make(chan struct{})
}

// Checksum is the one of IP, ICMP and UDP over IPv4. RFC 1071.
func Checksum(b []byte) uint16 {
	var sum uint32
	for i, octet := range b {
		if i%2 == 0 {
			sum += uint32(octet) << 8
		} else {
			sum += uint32(octet)
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
