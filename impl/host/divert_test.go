package host

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/netns"
)

func TestDiversion(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		t.Run(name, func(t *testing.T) { testDiversion(t, name) })
	}
}

func testDiversion(t *testing.T, name string) {
	n := build(t, name)
	a, b, addrA, addrB := n.alice, n.bob, n.aliceAddr, n.bobAddr
	tun := openTunnel(t, OpenTunnel, TunnelOptions{In: a.Do})
	var d *Diversion
	if err := a.Do(func() (err error) { d, err = NewDiversion("ipsec0"); return err }); err != nil {
		t.Fatal(err)
	}
	out := Flow{SrcFrom: addrA, SrcTo: addrA, DstFrom: addrB, DstTo: addrB, Proto: unix.IPPROTO_UDP, DstPort: 9000}
	in := Flow{SrcFrom: addrB, SrcTo: addrB, DstFrom: addrA, DstTo: addrA, Proto: unix.IPPROTO_UDP, SrcPort: 9000}
	if err := d.Set([]Flow{out}, []Flow{in}); err != nil {
		t.Fatal(err)
	}

	// What the flow selects comes out of the device with its real source, also from a socket that is not bound.
	send := func(h *netns.Host, from, to netip.AddrPort, text string) {
		t.Helper()
		if err := h.Do(func() error {
			c, err := net.DialUDP("udp", udpAddr(from), udpAddr(to))
			if err != nil {
				return err
			}
			defer c.Close()
			_, err = c.Write([]byte(text))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	send(a, netip.AddrPort{}, netip.AddrPortFrom(addrB, 9000), "diverted")
	packet := nextPacket(t, tun, "diverted")
	if got := source(packet); got != addrA {
		t.Errorf("diverted with source %s, want %s", got, addrA)
	}

	// The peer's packets of that flow do not get in; others do, and so does IKE.
	received := listen(t, a, addrA)
	send(b, netip.AddrPortFrom(addrB, 9000), netip.AddrPortFrom(addrA, received.port), "clear")
	send(b, netip.AddrPortFrom(addrB, 9001), netip.AddrPortFrom(addrA, received.port), "other")
	if got := received.next(t); got != "other" {
		t.Errorf("%q got in", got)
	}
	if n, err := d.Dropped(); err != nil || n != 1 {
		t.Errorf("%d clear packets counted, %v; want 1", n, err)
	}

	received.conn.Close()

	// Without the device nothing leaves: the blackhole is behind it.
	tun.Close()
	err := a.Do(func() error {
		c, err := net.DialUDP("udp", nil, udpAddr(netip.AddrPortFrom(addrB, 9000)))
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write([]byte("lost"))
		return err
	})
	if err == nil {
		t.Error("a protected packet left although the device is gone")
	}
	if err := d.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func udpAddr(a netip.AddrPort) *net.UDPAddr {
	if !a.IsValid() {
		return nil
	}
	return net.UDPAddrFromAddrPort(a)
}

// nextPacket reads until a packet that ends with the text.
func nextPacket(t *testing.T, tunnel Tunnel, text string) []byte {
	t.Helper()
	bufs, sizes := make([][]byte, tunnel.BatchSize()), make([]int, tunnel.BatchSize())
	for i := range bufs {
		bufs[i] = make([]byte, 2000)
	}
	for {
		n, err := tunnel.Read(bufs, sizes, TunnelOffset)
		if err != nil {
			t.Fatalf("waiting for %q at the device: %v", text, err)
		}
		for i := range n {
			if p := bufs[i][TunnelOffset : TunnelOffset+sizes[i]]; strings.HasSuffix(string(p), text) {
				return p
			}
		}
	}
}

func source(packet []byte) netip.Addr {
	if packet[0]>>4 == 4 {
		return netip.AddrFrom4([4]byte(packet[12:16]))
	}
	return netip.AddrFrom16([16]byte(packet[8:24]))
}

type receiver struct {
	conn *net.UDPConn
	port uint16
}

func listen(t *testing.T, h *netns.Host, a netip.Addr) receiver {
	t.Helper()
	var r receiver
	if err := h.Do(func() (err error) {
		r.conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.conn.Close() })
	r.port = r.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	return r
}

func (r receiver) next(t *testing.T) string {
	t.Helper()
	r.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	buffer := make([]byte, 2000)
	n, err := r.conn.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(buffer[:n])
}
