package daemon

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/driver/none"
	"ikewit/impl/engine"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/host"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// inFlight is how many negotiations are under way at a time.
const inFlight = 16

// benchResponder is where the responder of benchmarks is; the initiators are each at an address of their own from
// 127.1.0.0 up: all of 127.0.0.0/8 is this host's.
var benchResponder = netip.MustParseAddr("127.0.0.1")

// A daemonCouple is two whole daemons with sockets on the loopback: many initiators in one, a responder in the other.
type daemonCouple struct {
	tb           testing.TB
	offer        *conn.Connection
	initiator    *benchDaemon
	responder    *benchDaemon
	later        atomic.Int64 // what the responder's clock is ahead, in nanoseconds
	begun, ready int          // negotiations; the initiator's goroutine owns them while it runs
	wanted       int
	done         chan error // one for every run
}

// newDaemonCouple starts the daemons. pfs may be "".
func newDaemonCouple(tb testing.TB, ikeWords, pfs string, exponent int) *daemonCouple {
	tb.Helper()
	ports := freePorts(tb)
	c := &daemonCouple{tb: tb, done: make(chan error, 1)}
	profile := enginetest.Profile{IKE: []string{ikeWords}, ESP: []string{"aes128-sha1"}, PFS: pfs, Window: 32}
	var err error
	if c.offer, err = profile.Connection("bench", netip.Addr{}, benchResponder); err != nil {
		tb.Fatal(err)
	}
	c.offer.Local.Port, c.offer.Remote.Port = ports[0], ports[1]
	answer, err := profile.Connection("any", netip.Addr{}, netip.Addr{})
	if err != nil {
		tb.Fatal(err)
	}
	answer.Local.Port = ports[1]
	answer.IPsec.LocalRule, answer.IPsec.RemoteRule = conn.ClientAny, conn.ClientAny
	limits := ike.Limits{Exponent: exponent}
	c.initiator = c.start(ports[0], engine.Config{Connections: conn.List{}, Secrets: profile.Key(), Limits: limits}, c.hear)
	c.responder = c.start(ports[1], engine.Config{Connections: conn.List{answer}, Secrets: profile.Key(), Limits: limits}, nil)
	tb.Cleanup(func() { c.initiator.close(); c.responder.close() })
	return c
}

// A benchDaemon is a daemon with its SA database.
type benchDaemon struct {
	*Daemon
	driver sadb.Driver
}

// end stops a daemon and leaves its SAs where they are.
func (d *benchDaemon) end() {
	d.Stop(nil)
	<-d.Ended()
}

// close ends a daemon and its SA database; nil is closed already.
func (d *benchDaemon) close() {
	if d != nil {
		d.end()
		d.driver.Close()
	}
}

// freePorts gives two UDP ports that nobody has.
func freePorts(tb testing.TB) (ports [2]uint16) {
	u, err := host.ListenUDP(host.UDPOptions{Listen: benchResponder, Ports: []uint16{0, 0}})
	if err != nil {
		tb.Fatal(err)
	}
	defer u.Close()
	for i, local := range u.Local() {
		ports[i] = local.Port()
	}
	return ports
}

func (c *daemonCouple) start(port uint16, e engine.Config, log func(time.Time, ike.Event)) *benchDaemon {
	h := &Host{}
	s, err := h.Listen(netip.AddrPortFrom(netip.Addr{}, port), "none", false)
	if err != nil {
		c.tb.Fatal(err)
	}
	e.Entropy = h.Entropy()
	now := func() time.Time { return time.Now().Add(time.Duration(c.later.Load())) }
	d := &benchDaemon{driver: none.New(nil)}
	d.Daemon = New(Config{Engine: engine.New(e), Driver: d.driver, Sockets: s, Now: now, Log: log})
	go d.Run(context.Background())
	return d
}

// negotiate makes n ISAKMP SAs, each with one pair of IPsec SAs, of initiators whose addresses are new.
func (c *daemonCouple) negotiate(n int) {
	c.tb.Helper()
	c.wanted += n
	for range min(n, inFlight) {
		c.begin()
	}
	if err := <-c.done; err != nil {
		c.tb.Fatal(err)
	}
}

func (c *daemonCouple) begin() {
	c.begun++
	one := *c.offer
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], 127<<24|1<<16+uint32(c.begun))
	one.Local.Addr = netip.AddrFrom4(a)
	c.initiator.Do(ike.Initiate{Conn: &one})
}

// hear is told by the initiator. The benchmark's goroutine waits in negotiate while it runs.
func (c *daemonCouple) hear(_ time.Time, e ike.Event) {
	switch e := e.(type) {
	case ike.Phase2Up:
		if c.ready++; c.ready == c.wanted {
			c.done <- nil
		} else if c.begun < c.wanted {
			c.begin()
		}
	case ike.Failed, ike.Refused:
		c.done <- fmt.Errorf("negotiation %d of %d: %v", c.ready, c.wanted, e)
	}
}

// processTime is what this process has computed so far, in the kernel and out of it.
func processTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkNegotiationSockets is Main and Quick Mode with a pre-shared key between two daemons, over UDP sockets.
// cpu-ns/negotiation/side is what one side computes, the kernel's part included.
func BenchmarkNegotiationSockets(b *testing.B) {
	for _, group := range []string{"modp1024", "modp2048"} {
		for _, row := range []struct{ name, pfs string }{{"nopfs", ""}, {"pfs", group}} {
			b.Run(group+"/"+row.name, func(b *testing.B) {
				c := newDaemonCouple(b, "aes128-sha1-"+group, row.pfs, 0)
				c.negotiate(inFlight) // tables are built when they are first needed
				b.ReportAllocs()
				b.ResetTimer()
				before := processTime(b)
				c.negotiate(b.N)
				spent := processTime(b) - before
				b.StopTimer()
				b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/2, "cpu-ns/negotiation/side")
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "negotiations/s")
			})
		}
	}
}

// BenchmarkDaemonHeapPerSA is the heap that a whole responder keeps for one ISAKMP SA and one pair of IPsec SAs at 10,000 of
// them, the SA database included: octets/pair when all is quiet, octets/pair-fresh while a peer might still ask again.
func BenchmarkDaemonHeapPerSA(b *testing.B) {
	const n = 10000
	for b.Loop() {
		c := newDaemonCouple(b, "aes128-sha1-modp768", "", 4)
		before := heap()
		c.negotiate(n)
		c.initiator.close()
		c.initiator = nil
		fresh := heap() - before
		c.later.Store(int64(2 * time.Minute))
		c.responder.Do(ike.Tick{})
		c.responder.end()
		quiet := heap() - before
		b.ReportMetric(float64(fresh)/n, "octets/pair-fresh")
		b.ReportMetric(float64(quiet)/n, "octets/pair")
		runtime.KeepAlive(c)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
