package host

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The two kinds of Tunnel must be told apart by nothing but speed.
func eachTunnel(t *testing.T, f func(t *testing.T, open func(TunnelOptions) (Tunnel, error))) {
	t.Run("tun", func(t *testing.T) {
		if file, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0); err != nil {
			t.Skip("no TUN device for this user: ", err)
		} else {
			file.Close()
		}
		f(t, OpenTUN)
	})
	t.Run("veth", func(t *testing.T) { f(t, OpenVeth) })
}

func openTunnel(t testing.TB, open func(TunnelOptions) (Tunnel, error), o TunnelOptions) Tunnel {
	t.Helper()
	tunnel, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	closeInTime(t, tunnel)
	return tunnel
}

// route gives the host an address on the tunnel and sends it what is for the prefix.
func routeInto(t testing.TB, in Inside, device, addr, prefix string) {
	t.Helper()
	err := in(func() error {
		link, err := netlink.LinkByName(device)
		if err != nil {
			return err
		}
		a := &netlink.Addr{IPNet: ipNet(netip.MustParsePrefix(addr))}
		if strings.Contains(addr, ":") {
			a.Flags = unix.IFA_F_NODAD
		}
		if err := netlink.AddrAdd(link, a); err != nil {
			return err
		}
		// A worker of the kernel makes an IPv6 address usable, a little later.
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
			if r, err := netlink.RouteGet(a.IP); err == nil && len(r) == 1 && r[0].Type == unix.RTN_LOCAL {
				break
			}
		}
		return netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: ipNet(netip.MustParsePrefix(prefix)), Src: a.IP})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// echo is the other side of a tunnel: it sends every UDP and TCP packet back to where it came from, with addresses and
// ports turned, until the tunnel is closed. It stands for a stack that protects and a peer that answers.
func echo(tunnel Tunnel, ended chan<- error) {
	bufs, sizes := make([][]byte, tunnel.BatchSize()), make([]int, tunnel.BatchSize())
	for i := range bufs {
		bufs[i] = make([]byte, TunnelOffset+2000)
	}
	for {
		n, err := tunnel.Read(bufs, sizes, TunnelOffset)
		if err != nil {
			ended <- err
			return
		}
		var back [][]byte
		for i := range n {
			if p := bufs[i][:TunnelOffset+sizes[i]]; turn(p[TunnelOffset:]) {
				back = append(back, p)
			}
		}
		if _, err := tunnel.Write(back, TunnelOffset); err != nil {
			ended <- err
			return
		}
	}
}

// turn exchanges source and destination; no checksum changes by that.
func turn(p []byte) bool {
	addr, size, header, proto := 12, 4, 20, p[9]
	if p[0]>>4 == 6 {
		addr, size, header, proto = 8, 16, 40, p[6]
	}
	if proto != unix.IPPROTO_UDP {
		return false
	}
	swap(p[addr:addr+size], p[addr+size:addr+2*size])
	swap(p[header:header+2], p[header+2:header+4])
	return true
}

func swap(a, b []byte) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

func TestTunnelCarriesPacketsBothWays(t *testing.T) {
	eachTunnel(t, func(t *testing.T, open func(TunnelOptions) (Tunnel, error)) {
		n := build(t, "pair6")
		tunnel := openTunnel(t, open, TunnelOptions{In: n.alice.Do})
		if tunnel.Name() != "ipsec0" || tunnel.MTU() != 1400 || tunnel.BatchSize() < 1 {
			t.Errorf("%s, MTU %d, batch %d", tunnel.Name(), tunnel.MTU(), tunnel.BatchSize())
		}
		routeInto(t, n.alice.Do, "ipsec0", "10.7.0.1/24", "10.8.0.0/24")
		routeInto(t, n.alice.Do, "ipsec0", "2001:db8:7::1/64", "2001:db8:8::/64")
		ended := make(chan error, 1)
		go echo(tunnel, ended)
		for _, to := range []string{"10.8.0.9:9", "[2001:db8:8::9]:9"} {
			for _, size := range []int{1, 1200} {
				sayAndHear(t, n.alice.Do, to, size)
			}
		}
		if err := tunnel.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, os.ErrClosed) {
			t.Errorf("Read ended with %v", err)
		}
		if _, err := tunnel.Write([][]byte{make([]byte, TunnelOffset+20)}, TunnelOffset); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Write after Close: %v", err)
		}
		if err := n.alice.Do(func() error { _, err := net.InterfaceByName("ipsec0"); return err }); err == nil {
			t.Error("the device is still there")
		}
	})
}

// sayAndHear sends a datagram of so many octets and waits for the same.
func sayAndHear(t testing.TB, in Inside, to string, size int) {
	t.Helper()
	var c net.Conn
	err := in(func() (err error) {
		c, err = net.Dial("udp", to)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	said, heard := strings.Repeat("z", size), make([]byte, 2000)
	c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Write([]byte(said)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(heard); err != nil || string(heard[:n]) != said {
		t.Fatalf("%s: said %d octets, heard %d, %v", to, size, n, err)
	}
}

// What the kernel hands over is complete: checksums are computed and no segment is longer than the MTU, whatever the
// kernel would leave to hardware.
func TestTunnelGivesCompletePackets(t *testing.T) {
	eachTunnel(t, func(t *testing.T, open func(TunnelOptions) (Tunnel, error)) {
		n := build(t, "pair")
		tunnel := openTunnel(t, open, TunnelOptions{In: n.alice.Do, MTU: 1300})
		routeInto(t, n.alice.Do, "ipsec0", "10.7.0.1/24", "10.8.0.0/24")
		var c net.Conn
		if err := n.alice.Do(func() (err error) { c, err = net.Dial("udp", "10.8.0.9:9"); return err }); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		const count = 20
		for i := range count {
			fmt.Fprintf(c, "datagram %2d %s", i, strings.Repeat("y", 1000))
		}
		bufs, sizes := make([][]byte, tunnel.BatchSize()), make([]int, tunnel.BatchSize())
		for i := range bufs {
			bufs[i] = make([]byte, 2000)
		}
		for got := 0; got < count; {
			k, err := tunnel.Read(bufs, sizes, 30)
			if err != nil {
				t.Fatal(err)
			}
			for i := range k {
				p := bufs[i][30 : 30+sizes[i]]
				if p[0]>>4 != 4 || p[9] != unix.IPPROTO_UDP {
					continue
				}
				if !checksumsAreRight(p) {
					t.Errorf("checksums of % x", p[:40])
				}
				if want := fmt.Sprintf("datagram %2d y", got); !strings.HasPrefix(string(p[28:]), want) {
					t.Errorf("got %q, want %q", p[28:50], want)
				}
				got++
			}
		}
	})
}

// checksumsAreRight checks the IPv4 header and the UDP or TCP checksum.
func checksumsAreRight(p []byte) bool {
	header := int(p[0]&15) * 4
	pseudo := append(append([]byte{}, p[12:20]...), 0, p[9], byte((len(p)-header)>>8), byte(len(p)-header))
	return sum(p[:header]) == 0xffff && sum(append(pseudo, p[header:]...)) == 0xffff
}

// A TCP stream goes through two tunnels whose other sides are connected with each other.
func TestTunnelCarriesTCP(t *testing.T) {
	eachTunnel(t, func(t *testing.T, open func(TunnelOptions) (Tunnel, error)) {
		carryTCP(t, open, 4<<20)
	})
}

func BenchmarkTunnelTCP(b *testing.B) {
	for name, open := range map[string]func(TunnelOptions) (Tunnel, error){"tun": OpenTUN, "veth": OpenVeth} {
		b.Run(name, func(b *testing.B) {
			const size = 64 << 20
			b.SetBytes(size)
			for b.Loop() {
				carryTCP(b, open, size)
			}
		})
	}
}

func carryTCP(t testing.TB, open func(TunnelOptions) (Tunnel, error), size int) {
	t.Helper()
	n := build(t, "pair")
	a := openTunnel(t, open, TunnelOptions{In: n.alice.Do})
	b := openTunnel(t, open, TunnelOptions{In: n.bob.Do})
	routeInto(t, n.alice.Do, "ipsec0", "10.7.0.1/24", "10.8.0.0/24")
	routeInto(t, n.bob.Do, "ipsec0", "10.8.0.1/24", "10.7.0.0/24")
	ended := make(chan error, 2)
	go pump(a, b, ended)
	go pump(b, a, ended)

	var l net.Listener
	if err := n.bob.Do(func() (err error) { l, err = net.Listen("tcp", "10.8.0.1:80"); return err }); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	received := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			received <- err
			return
		}
		defer c.Close()
		got, err := io.Copy(io.Discard, c)
		if err == nil && got != int64(size) {
			err = fmt.Errorf("received %d of %d octets", got, size)
		}
		received <- err
	}()
	var c net.Conn
	if err := n.alice.Do(func() (err error) { c, err = net.DialTimeout("tcp", "10.8.0.1:80", 5*time.Second); return err }); err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	_, err := c.Write(make([]byte, size))
	c.Close()
	if err := errors.Join(err, <-received); err != nil {
		t.Error(err)
	}
	a.Close()
	b.Close()
	<-ended
	<-ended
}

// pump carries packets from one tunnel to the other.
func pump(from, to Tunnel, ended chan<- error) {
	bufs, sizes := make([][]byte, from.BatchSize()), make([]int, from.BatchSize())
	for i := range bufs {
		bufs[i] = make([]byte, 70000)
	}
	for {
		n, err := from.Read(bufs, sizes, TunnelOffset)
		if err != nil {
			ended <- err
			return
		}
		var on [][]byte
		for i := range n {
			on = append(on, bufs[i][:TunnelOffset+sizes[i]])
		}
		if _, err := to.Write(on, TunnelOffset); err != nil {
			ended <- err
			return
		}
	}
}

func TestTunnelSaysWhatIsWrong(t *testing.T) {
	eachTunnel(t, func(t *testing.T, open func(TunnelOptions) (Tunnel, error)) {
		n := build(t, "pair")
		openTunnel(t, open, TunnelOptions{In: n.alice.Do})
		if second, err := open(TunnelOptions{In: n.alice.Do}); err == nil || !strings.Contains(err.Error(), "ipsec0") {
			t.Errorf("a second of the same name: %v, %v", second, err)
		}
		if _, err := open(TunnelOptions{In: n.alice.Do, Name: "tiny", MTU: 10}); err == nil || !strings.Contains(err.Error(), "set its MTU to 10") && !strings.Contains(err.Error(), "invalid argument") {
			t.Errorf("MTU 10: %v", err)
		}
		if err := n.alice.Do(func() error { _, err := net.InterfaceByName("tiny"); return err }); err == nil {
			t.Error("a device that was refused is still there")
		}
	})
}

func TestOpenTunnelTakesWhatThereIs(t *testing.T) {
	n := build(t, "pair")
	openTunnel(t, OpenTunnel, TunnelOptions{In: n.alice.Do, Name: "ipsec7"})
	if err := n.alice.Do(func() error { _, err := net.InterfaceByName("ipsec7"); return err }); err != nil {
		t.Error(err)
	}
}
