package engine_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// A couple is two engines with nothing between them: many initiators in one, one responder in the other.
type couple struct {
	i, r   *engine.Engine
	group  *alg.Group
	pfs    *alg.Group
	now    time.Time
	dh     time.Duration // of CPU in Work, of both
	nextID uint32
	offer  conn.Connection
	failed ike.Event
	full   bool // has the SAs that a benchmark wants beside those that it times
}

var responderAddr = netip.MustParseAddr("10.255.255.1")

func newCouple(group, pfs *alg.Group, exponent int) *couple {
	c := &couple{group: group, pfs: pfs, now: enginetest.Start}
	aes, sha := alg.CipherByName("aes"), alg.HashByName("sha1")
	esp := conn.ProtocolProposal{Proto: sadb.ESP, Cipher: aes, KeyBits: 128, Integrity: alg.IntegrityByName("sha1")}
	c.offer = conn.Connection{
		Name: "bench", Remote: conn.End{Addr: responderAddr},
		ISAKMP: conn.ISAKMP{
			Offer: []conn.ISAKMPProposal{{Cipher: aes, KeyBits: 128, Hash: sha, Auth: conn.PreSharedKey, Group: group}},
			Life:  time.Hour,
		},
		IPsec: conn.IPsec{
			Offer:    []conn.IPsecProposal{{Protocols: []conn.ProtocolProposal{esp}, Mode: sadb.Tunnel, Group: pfs}},
			LifeTime: time.Hour, ReplayWindow: 32,
		},
	}
	answer := &conn.Connection{
		Name: "any", Local: conn.End{Addr: responderAddr},
		ISAKMP: conn.ISAKMP{
			Accept: []conn.ISAKMPAccept{{
				Ciphers: []conn.CipherSet{{Cipher: aes}}, Hashes: []*alg.Hash{sha}, Auths: []conn.AuthMethod{conn.PreSharedKey}, Groups: []*alg.Group{group},
			}},
			Life: time.Hour,
		},
		IPsec: conn.IPsec{
			Accept: []conn.IPsecAccept{{
				Proto: sadb.ESP, Ciphers: []conn.CipherSet{{Cipher: aes}}, Integrity: []*alg.Integrity{esp.Integrity},
				Modes: []sadb.Mode{sadb.Tunnel}, Groups: []*alg.Group{pfs},
			}},
			LifeTime: time.Hour, ReplayWindow: 32, LocalRule: conn.ClientAny, RemoteRule: conn.ClientAny,
		},
	}
	limits := ike.Limits{Exponent: exponent}
	c.i = engine.New(engine.Config{Connections: conn.List{}, Secrets: enginetest.PSK("benchmark"), Entropy: enginetest.NewEntropy(1, "i"), Limits: limits})
	c.r = engine.New(engine.Config{Connections: conn.List{answer}, Secrets: enginetest.PSK("benchmark"), Entropy: enginetest.NewEntropy(1, "r"), Limits: limits})
	return c
}

// negotiate makes one ISAKMP SA and one pair of IPsec SAs, of an initiator whose address is new.
func (c *couple) negotiate(tb testing.TB) {
	c.nextID++
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], 10<<24|c.nextID)
	one := c.offer
	one.Local.Addr = netip.AddrFrom4(a)
	up := c.run(c.i, ike.Initiate{Conn: &one})
	if up != 2 {
		tb.Fatalf("negotiation %d: %d of 2 sides have SAs; %v", c.nextID, up, c.failed)
	}
}

// run steps the engines until nothing is left to do, and counts the sides on which phase 2 came up.
func (c *couple) run(e *engine.Engine, in ike.Input) (up int) {
	type step struct {
		e  *engine.Engine
		in ike.Input
	}
	for queue := []step{{e, in}}; len(queue) > 0; queue = queue[1:] {
		e := queue[0].e
		for _, effect := range e.Step(c.now, queue[0].in) {
			switch x := effect.(type) {
			case ike.Send:
				peer := c.i
				if e == c.i {
					peer = c.r
				}
				queue = append(queue, step{peer, ike.Datagram{Local: x.Remote, Remote: x.Local, Octets: x.Octets}})
			case ike.Work:
				begin := cpu(rusageThread)
				err := x.Do()
				c.dh += cpu(rusageThread) - begin
				queue = append(queue, step{e, ike.WorkDone{ID: x.ID, Err: err}})
			case ike.SA:
				queue = append(queue, step{e, ike.SADone{ID: x.ID, Done: len(x.Actions)}})
			case ike.Phase2Up:
				up++
			case ike.Refused, ike.Failed:
				c.failed = x.(ike.Event)
			}
		}
	}
	return up
}

// rusageThread is RUSAGE_THREAD of getrusage(2), which package syscall has no name for.
const rusageThread = 1

// cpu is the CPU time that the process, or the thread, has used.
func cpu(who int) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(who, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkNegotiation is Main and Quick Mode with a pre-shared key. cpu-ns/side is the CPU time that one side
// spends, garbage collection included; own-cpu-ns/side the same without Diffie-Hellman.
func BenchmarkNegotiation(b *testing.B) {
	for _, name := range []string{"modp1024", "modp2048"} {
		for _, pfs := range []string{"nopfs", "pfs"} {
			b.Run(name+"/"+pfs, func(b *testing.B) {
				group := alg.GroupByName(name)
				var second *alg.Group
				if pfs == "pfs" {
					second = group
				}
				c := newCouple(group, second, 0)
				c.negotiate(b) // tables are built when they are first needed
				b.ReportAllocs()
				c.measure(b)
			})
		}
	}
}

// measure negotiates as often as the benchmark wants and reports CPU time.
func (c *couple) measure(b *testing.B) {
	runtime.LockOSThread() // so that Work is measured on one thread
	defer runtime.UnlockOSThread()
	c.dh = 0
	begin := cpu(syscall.RUSAGE_SELF)
	for b.Loop() {
		c.negotiate(b)
	}
	total := cpu(syscall.RUSAGE_SELF) - begin
	n := 2 * float64(b.N)
	b.ReportMetric(float64(total)/n, "cpu-ns/side")
	b.ReportMetric(float64(total-c.dh)/n, "own-cpu-ns/side")
}

// BenchmarkHeapPerSA is the heap that one ISAKMP SA and one pair of IPsec SAs keep on the responder, at
// 10,000 of them and when all is quiet.
func BenchmarkHeapPerSA(b *testing.B) {
	const n = 10000
	group := alg.GroupByName("modp768")
	for b.Loop() {
		c := newCouple(group, nil, 4)
		before := heap()
		for range n {
			c.negotiate(b)
		}
		c.settle()
		both := heap()
		c.i = nil
		responder := heap() - before
		b.ReportMetric(float64(responder)/n, "octets/pair")
		b.ReportMetric(float64(both-before-responder)/n, "octets/pair-initiator")
		runtime.KeepAlive(c.r)
	}
}

// settle lets the time pass in which a peer might ask again.
func (c *couple) settle() {
	c.now = c.now.Add(2 * time.Minute)
	c.run(c.i, ike.Tick{})
	c.run(c.r, ike.Tick{})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkScale is one negotiation more when there are so many SAs already.
func BenchmarkScale(b *testing.B) {
	for _, n := range []int{100, 1000, 10000, 100000} {
		c := newCouple(alg.GroupByName("modp768"), nil, 4)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if !c.full { // once: this is called again with a larger b.N
				for range n {
					c.negotiate(b)
				}
				c.full = true
				c.settle()
				runtime.GC()
			}
			c.measure(b)
		})
	}
}
