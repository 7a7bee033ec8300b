package host

import (
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func between(src, dst netip.Addr) Flow {
	return Flow{SrcFrom: src, SrcTo: src, DstFrom: dst, DstTo: dst}
}

func openDiversion(t testing.TB, in Inside, out, arriving Flow) *Diversion {
	t.Helper()
	var d *Diversion
	err := in.do(func() (err error) {
		if d, err = NewDiversion("ipsec0"); err != nil {
			return err
		}
		return d.Set([]Flow{out}, []Flow{arriving})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// A long IKE message comes in fragments, of which only the first has ports: all of them pass, both ways, although
// everything else between the hosts is protected.
func TestDiversionPassesFragmentsOfIKE(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		n := build(t, name)
		openTunnel(t, OpenTunnel, TunnelOptions{In: n.alice.Do})
		openDiversion(t, n.alice.Do, between(n.aliceAddr, n.bobAddr), between(n.bobAddr, n.aliceAddr))
		a, b := listenUDP(t, UDPOptions{In: n.alice.Do, Mark: Bypass}), listenUDP(t, UDPOptions{In: n.bob.Do})
		in := []Datagram{{Octets: make([]byte, 5000)}}
		for _, port := range []uint16{PortIKE, PortNATT} {
			out := Datagram{Octets: make([]byte, 4000), Local: netip.AddrPortFrom(n.bobAddr, port), Remote: netip.AddrPortFrom(n.aliceAddr, port)}
			if _, err := b.Write([]Datagram{out}); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Read(in); err != nil || len(in[0].Octets) != 4000 || in[0].Err != nil {
				t.Errorf("%s: to port %d: %d octets, %v, %v", name, port, len(in[0].Octets), in[0].Err, err)
			}
			out.Local, out.Remote = out.Remote, out.Local
			if _, err := a.Write([]Datagram{out}); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Read(in); err != nil || len(in[0].Octets) != 4000 {
				t.Errorf("%s: from port %d: %d octets, %v", name, port, len(in[0].Octets), err)
			}
		}
	}
}

// A gateway protects one port of its clients. Of a datagram in fragments to that port, all go into the device and none
// crosses the wire.
func TestDiversionTakesEveryFragmentOfAProtectedPort(t *testing.T) {
	for _, name := range []string{"gateways", "gateways6"} {
		n := build(t, name)
		carol, dave := n.Topology.Addr("carol", ""), n.Topology.Addr("dave", "")
		tunnel := openTunnel(t, OpenTunnel, TunnelOptions{In: n.alice.Do, MTU: 1500})
		flow, back := between(carol, dave), between(dave, carol)
		flow.Proto, flow.DstPort, back.Proto, back.SrcPort = unix.IPPROTO_UDP, 9000, unix.IPPROTO_UDP, 9000
		openDiversion(t, n.alice.Do, flow, back)
		tap := openTap(t, n.wire()...)

		c := listenUDP(t, UDPOptions{In: n.Host("carol").Do, Ports: []uint16{7000}})
		const size = 4000 // three fragments
		out := Datagram{Octets: []byte(strings.Repeat("f", size)), Local: netip.AddrPortFrom(carol, 7000), Remote: netip.AddrPortFrom(dave, 9000)}
		if _, err := c.Write([]Datagram{out}); err != nil {
			t.Fatal(err)
		}
		bufs, sizes := make([][]byte, tunnel.BatchSize()), make([]int, tunnel.BatchSize())
		for i := range bufs {
			bufs[i] = make([]byte, 5000)
		}
		for octets := 0; octets < size+8; {
			k, err := tunnel.Read(bufs, sizes, TunnelOffset)
			if err != nil {
				t.Fatal(err)
			}
			for i := range k {
				octets += fragmentBody(bufs[i][TunnelOffset : TunnelOffset+sizes[i]])
			}
		}
		tap.Stop()
		for {
			f, err := tap.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s: crossed the wire: % x", name, f.Octets)
		}
	}
}

// udpPacket is an IP packet with a UDP datagram, all checksums right.
func udpPacket(from, to netip.AddrPort, text string) []byte {
	u := binary.BigEndian.AppendUint16(nil, from.Port())
	u = binary.BigEndian.AppendUint16(u, to.Port())
	u = binary.BigEndian.AppendUint16(u, uint16(8+len(text)))
	u = append(append(u, 0, 0), text...)
	pseudo := append(append(from.Addr().AsSlice(), to.Addr().AsSlice()...), 0, unix.IPPROTO_UDP, 0, byte(len(u)))
	binary.BigEndian.PutUint16(u[6:], ^sum(append(pseudo, u...)))
	p := ipPacket(from.Addr(), to.Addr(), unix.IPPROTO_UDP, string(u))
	if from.Addr().Is4() {
		binary.BigEndian.PutUint16(p[10:], ^sum(p[:ipv4Header]))
	}
	return p
}

// What comes out of the device was checked by the stack: it is taken in, also if it would not be from the wire.
func TestDiversionTakesWhatTheStackGives(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		n := build(t, name)
		tunnel := openTunnel(t, OpenTunnel, TunnelOptions{In: n.alice.Do})
		d := openDiversion(t, n.alice.Do, between(n.aliceAddr, n.bobAddr), between(n.bobAddr, n.aliceAddr))
		a := listenUDP(t, UDPOptions{In: n.alice.Do, Ports: []uint16{9000}})
		b := listenUDP(t, UDPOptions{In: n.bob.Do, Ports: []uint16{9000}})
		from, to := netip.AddrPortFrom(n.bobAddr, 9000), netip.AddrPortFrom(n.aliceAddr, 9000)
		if _, err := b.Write([]Datagram{{Octets: []byte("in clear"), Local: from, Remote: to}}); err != nil {
			t.Fatal(err)
		}
		packet := append(make([]byte, TunnelOffset), udpPacket(from, to, "out of an SA")...)
		if taken, err := tunnel.Write([][]byte{packet}, TunnelOffset); taken != 1 || err != nil {
			t.Fatal(taken, err)
		}
		in := datagrams(1)
		if _, err := a.Read(in); err != nil || string(in[0].Octets) != "out of an SA" || in[0].Remote != from {
			t.Errorf("%s: got %q from %v, %v", name, in[0].Octets, in[0].Remote, err)
		}
		if c, err := d.Dropped(); c != 1 || err != nil {
			t.Errorf("%s: dropped %d, %v", name, c, err)
		}
	}
}

// IKE between the hosts behind a gateway is traffic like any other: it goes into the device, and does not come in clear.
func TestDiversionProtectsTheIKEOfOthers(t *testing.T) {
	for _, name := range []string{"gateways", "gateways6"} {
		n := build(t, name)
		carol, dave := n.Topology.Addr("carol", ""), n.Topology.Addr("dave", "")
		tunnel := openTunnel(t, OpenTunnel, TunnelOptions{In: n.alice.Do})
		d := openDiversion(t, n.alice.Do, between(carol, dave), between(dave, carol))
		c := listenUDP(t, UDPOptions{In: n.Host("carol").Do})
		e := listenUDP(t, UDPOptions{In: n.Host("dave").Do})
		there, back := netip.AddrPortFrom(dave, 500), netip.AddrPortFrom(carol, 500)
		if _, err := e.Write([]Datagram{{Octets: []byte("clear"), Local: there, Remote: back}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]Datagram{{Octets: []byte("to be protected"), Local: back, Remote: there}}); err != nil {
			t.Fatal(err)
		}
		nextPacket(t, tunnel, "to be protected")
		// What came in clear was sent before and has been counted, or has arrived.
		c.SetReadDeadline(time.Now())
		in := datagrams(1)
		if _, err := c.Read(in); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: carol got %q, %v", name, in[0].Octets, err)
		}
		if k, err := d.Dropped(); k != 1 || err != nil {
			t.Errorf("%s: dropped %d, %v", name, k, err)
		}
	}
}

// fragmentBody is how many octets of a UDP datagram, header included, a packet carries.
func fragmentBody(p []byte) int {
	switch {
	case p[0]>>4 == 4 && p[9] == unix.IPPROTO_UDP:
		return int(binary.BigEndian.Uint16(p[2:])) - ipv4Header
	case p[0]>>4 == 6 && p[6] == unix.IPPROTO_FRAGMENT && p[40] == unix.IPPROTO_UDP:
		return int(binary.BigEndian.Uint16(p[4:])) - 8
	case p[0]>>4 == 6 && p[6] == unix.IPPROTO_UDP:
		return int(binary.BigEndian.Uint16(p[4:]))
	}
	return 0
}
