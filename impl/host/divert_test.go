package host

import (
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"ikewit/netns"
	"ikewit/netns/topo"
)

// needNamespaces builds a topology, or skips with the reason where that cannot be had.
func needNamespaces(t testing.TB, name string) *netns.Fabric {
	t.Helper()
	top, err := topo.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := netns.Build(top, netns.Options{})
	if err != nil {
		if os.Getenv("CI") == "true" || os.Geteuid() == 0 {
			t.Fatal(err)
		}
		t.Skip("namespaces: ", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// rawTun makes a device in the calling thread's namespace and gives its packets, without any header.
func rawTun(t *testing.T, name string) *os.File {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		t.Fatal(err)
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		t.Fatal(err)
	}
	link, err := netlink.LinkByName(name)
	if err == nil {
		err = netlink.LinkSetUp(link)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), name)
}

func one(a string) netip.Addr { return netip.MustParseAddr(a) }

// addresses gives the first address of two hosts of a topology.
func addresses(t *testing.T, f *netns.Fabric, from, to string) (a, b netip.Addr) {
	t.Helper()
	read := func(name string) (found netip.Addr) {
		err := f.Host(name).Do(func() error {
			links, err := net.Interfaces()
			if err != nil {
				return err
			}
			for _, l := range links {
				list, _ := l.Addrs()
				for _, x := range list {
					p, err := netip.ParsePrefix(x.String())
					if err == nil && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
						found = p.Addr()
					}
				}
			}
			return nil
		})
		if err != nil || !found.IsValid() {
			t.Fatalf("address of %s: %v", name, err)
		}
		return found
	}
	return read(from), read(to)
}

func TestDiversion(t *testing.T) {
	for _, name := range []string{"pair", "pair6"} {
		t.Run(name, func(t *testing.T) { testDiversion(t, name) })
	}
}

func testDiversion(t *testing.T, name string) {
	f := needNamespaces(t, name)
	hosts := f.Hosts()
	a, b := hosts[0], hosts[1]
	addrA, addrB := addresses(t, f, a.Name(), b.Name())

	var tun *os.File
	var d *Diversion
	if err := a.Do(func() (err error) {
		tun = rawTun(t, "ipsec0")
		d, err = NewDiversion("ipsec0")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	defer tun.Close()
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
	if left, err := a.Leftovers(); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func udpAddr(a netip.AddrPort) *net.UDPAddr {
	if !a.IsValid() {
		return nil
	}
	return net.UDPAddrFromAddrPort(a)
}

// nextPacket reads until a packet that holds the text.
func nextPacket(t *testing.T, tun *os.File, text string) []byte {
	t.Helper()
	tun.SetReadDeadline(time.Now().Add(5 * time.Second))
	buffer := make([]byte, 2000)
	for {
		n, err := tun.Read(buffer)
		if err != nil {
			t.Fatalf("waiting for %q at the device: %v", text, err)
		}
		if string(buffer[max(0, n-len(text)):n]) == text {
			return buffer[:n]
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
