package user

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/netns"
)

var benchShapes = []struct {
	name string
	shape
}{
	{"aes128-sha1", shape{cipher: "aes", integrity: "hmac-sha1-96"}},
	{"3des-md5", shape{cipher: "3des", integrity: "hmac-md5-96"}},
	{"aes128gcm16", shape{cipher: "aes-gcm-16"}},
	{"null-sha1", shape{cipher: "null", integrity: "hmac-sha1-96"}},
	{"aes256-sha256", shape{cipher: "aes", bits: 256, integrity: "hmac-sha256-128"}},
	{"aes128gcm16-tunnel", shape{cipher: "aes-gcm-16", tunnel: true}},
	{"ah-sha1", shape{integrity: "hmac-sha1-96"}},
}

// BenchmarkTCPStream sends one TCP stream from one namespace to another, through two stacks in this
// process, and reports Mbit/s; "veth" is the same without them. An iteration is 1 MB. On a machine that is
// busy with other things, cpu-ms/MB is what to compare: of both ends, stacks and kernel together.
func BenchmarkTCPStream(b *testing.B) {
	b.Run("veth", func(b *testing.B) {
		n := build(b, "pair", netns.Options{Offload: true})
		stream(b, n)
	})
	for _, row := range benchShapes {
		b.Run(row.name, func(b *testing.B) {
			n := build(b, "pair", netns.Options{Offload: true})
			alice, bob := n.stack("alice", Options{}), n.stack("bob", Options{})
			join(b, row.shape, alice, bob, n.wire("alice"), n.wire("bob"), host1(n.wire("alice")), host1(n.wire("bob")))
			stream(b, n)
			s, err := bob.Statistics()
			if err != nil || s.In.Packets == 0 || s.Clear > 0 {
				b.Errorf("bob counted %+v, %v", s, err)
			}
		})
	}
}

const megabyte = 1 << 20

func stream(b *testing.B, n *network) {
	var l net.Listener
	if err := n.Host("bob").Do(func() (err error) {
		l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(n.wire("bob"), 0)))
		return err
	}); err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	received := make(chan int64, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			received <- -1
			return
		}
		defer c.Close()
		got, _ := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{c}, make([]byte, megabyte))
		received <- got
	}()
	var c net.Conn
	if err := n.Host("alice").Do(func() (err error) {
		c, err = net.DialTimeout("tcp", l.Addr().String(), 5*time.Second)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		b.Fatal(err)
	}
	block := make([]byte, megabyte)
	b.SetBytes(megabyte)
	b.ResetTimer()
	before := cpuTime(b)
	sent := int64(0)
	for b.Loop() {
		if _, err := c.Write(block); err != nil {
			b.Fatal(err)
		}
		sent += megabyte
	}
	c.Close()
	if got := <-received; got != sent {
		b.Errorf("%d octets arrived, %d were sent", got, sent)
	}
	b.ReportMetric(float64(sent)*8/1e6/b.Elapsed().Seconds(), "Mbit/s")
	b.ReportMetric((cpuTime(b)-before).Seconds()*1000/float64(sent/megabyte), "cpu-ms/MB")
}

// cpuTime is what this process has used of the processors, in user space and in the kernel.
func cpuTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
