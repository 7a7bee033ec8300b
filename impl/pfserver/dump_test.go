package pfserver

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

func TestDump(t *testing.T) { // IPS-PFK-33, IPS-PFK-34
	for _, n := range []int{0, 1, 2, batch, batch + 1, 1000} {
		for _, slow := range []bool{false, true} {
			r := newRig(t)
			r.server.mu.Lock()
			r.server.cfg.Slow = slow
			r.server.mu.Unlock()
			c := r.client()
			want := map[uint32]bool{}
			for i := range uint32(n) {
				c.ok(pfkey.Add, typeESP, esp(0x1000+i)...)
				want[0x1000+i] = true
			}
			c.ok(pfkey.Add, typeAH, ah(0x1000)...)
			listener := r.client()
			for i := range max(n, 1) {
				m := dumped(c, i == 0, typeESP)
				last := i == max(n, 1)-1
				if m.Errno != 0 || m.PID != c.pid || (m.Seq == 0) != last || !last && m.Seq != c.seq {
					t.Fatalf("%d SAs, message %d: %v", n, i, m)
				}
				if n == 0 {
					if len(m.Extensions) > 0 {
						t.Errorf("of nothing: %v", m)
					}
					break
				}
				delete(want, find[*pfkey.SA](t, m, pfkey.ExtSA).SPI)
				if m.SAType != typeESP || m.Find(pfkey.ExtKeyAuth) == nil || m.Find(pfkey.ExtLifetimeCurrent) == nil {
					t.Errorf("%v", m)
				}
			}
			if len(want) > 0 {
				t.Errorf("%d of %d SAs are missing", len(want), n)
			}
			c.settle()
			listener.settle()
		}
	}
}

// dumped sends a DUMP if it is the first, and gives the next message of it.
func dumped(c *client, first bool, satype pfkey.SAType) *pfkey.Message {
	c.t.Helper()
	if first {
		c.seq++
		c.send((&pfkey.Message{Version: pfkey.V2, Type: pfkey.Dump, SAType: satype, Seq: c.seq, PID: c.pid}).Append(nil))
	}
	return c.next()
}

// While a dump waits to be read, others change the database: what is gone is left out, what stays is told.
func TestDumpOfADatabaseThatChanges(t *testing.T) {
	r := newRig(t)
	c, other := r.client(), r.client()
	c.socket.Close()
	p, err := r.server.Open(1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint32(100) {
		other.ok(pfkey.Add, typeESP, esp(0x1000+i)...)
	}
	for len(p.queue) > 0 {
		p.next()
	}
	dump := header(pfkey.Dump, 0, 2)
	p.Send(dump)
	read := func() *pfkey.Message {
		octets, err := p.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m, err := pfkey.Parse(octets)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	read()
	p.Send(dump) // IPS-PFK-33: one at a time
	busy := false
	for i := range uint32(100) {
		if i%2 == 0 || i >= 90 {
			other.ok(pfkey.Delete, typeESP, name(0x1000+i)...)
		}
	}
	seen := 1
	for {
		m := read()
		if m.Type == pfkey.Delete {
			continue
		}
		if m.Errno == uint8(unix.EBUSY) {
			busy = true
			continue
		}
		if m.Find(pfkey.ExtSA) != nil {
			seen++
		}
		if m.Seq == 0 {
			break
		}
	}
	if !busy {
		t.Error("a second dump was not refused")
	}
	if seen < 45 || seen > 45+batch+1 {
		t.Errorf("%d SAs told; 45 stayed", seen)
	}
	p.Send(dump) // and now another
	if m := read(); m.Errno != 0 || m.Find(pfkey.ExtSA) == nil {
		t.Errorf("a dump after the dump: %v", m)
	}
}

// Others may have put SAs in that PF_KEY has no words for: an algorithm without a number, a type that is not keyed.
func TestDumpOfWhatHasNoNumber(t *testing.T) {
	r := newRig(t)
	c := r.client()
	sa := sadb.SA{SPI: 0x1000, Proto: sadb.ESP, Mode: sadb.Transport, Src: alice, Dst: bob, Cipher: alg.CipherByName("des-deriv"), CipherKey: octetsOf(8, 5)}
	comp := sadb.SA{SPI: 0x1001, Proto: sadb.IPComp, Mode: sadb.Transport, Src: alice, Dst: bob}
	for _, a := range []sadb.SA{comp, sa} {
		if err := r.db.Apply(sadb.Add{SA: a}); err != nil {
			t.Fatal(err)
		}
	}
	m := dumped(c, true, 0)
	if got := find[*pfkey.SA](t, m, pfkey.ExtSA); m.Seq != 0 || got.SPI != 0x1000 || got.Encrypt != 255 || got.Auth != 0 || got.State != pfkey.Mature {
		t.Errorf("%v: %+v", m, *got)
	}
	c.settle()
}

// A hundred thousand SAs come one after the other, each once, while others change the database and read from it.
func TestDumpOfAHundredThousand(t *testing.T) {
	const n = 100_000
	r := newRig(t)
	c, other := r.client(), r.client()
	sa := sadb.SA{Proto: sadb.AH, Mode: sadb.Transport, Src: alice, Dst: bob, Integrity: alg.IntegrityByName("md5"), AuthKey: octetsOf(16, 3)}
	for i := range uint32(n) {
		sa.SPI = 0x1000 + i
		if err := r.db.Apply(sadb.Add{SA: sa}); err != nil {
			t.Fatal(err)
		}
	}
	seen := make([]bool, n)
	for i := range n {
		m := dumped(c, i == 0, 0)
		for m.Type != pfkey.Dump {
			m = c.next()
		}
		spi := find[*pfkey.SA](t, m, pfkey.ExtSA).SPI - 0x1000
		if seen[spi] || m.Find(pfkey.ExtKeyAuth) == nil || (m.Seq == 0) != (i == n-1) {
			t.Fatalf("message %d: %v, seen %v", i, m, seen[spi])
		}
		seen[spi] = true
		if i%1000 == 0 { // a new SA is not in a dump that has begun
			other.ok(pfkey.Add, typeESP, esp(0x1000+uint32(i))...)
		}
	}
	c.ok(pfkey.Get, typeESP, name(0x1000)...)
}

// Several clients dump at the same time, and each gets every SA once; a fourth begins and never reads.
func TestSeveralDumpsAtOnce(t *testing.T) { // IPS-PFK-33, IPS-PFK-39
	const n, clients = 20_000, 3
	r := newRig(t)
	deaf := r.client()
	var list [clients]*client
	for i := range list {
		list[i] = r.client()
		list[i].pid = uint32(i + 1)
	}
	sa := sadb.SA{Proto: sadb.AH, Mode: sadb.Transport, Src: alice, Dst: bob, Integrity: alg.IntegrityByName("md5"), AuthKey: octetsOf(16, 3)}
	for i := range uint32(n) {
		sa.SPI = 0x1000 + i
		if err := r.db.Apply(sadb.Add{SA: sa}); err != nil {
			t.Fatal(err)
		}
	}
	deaf.send((&pfkey.Message{Version: pfkey.V2, Type: pfkey.Dump, Seq: 1, PID: 99}).Append(nil))
	var all sync.WaitGroup
	for _, c := range list {
		all.Go(func() {
			if seen, err := c.dumpAll(); err != nil || seen != n {
				t.Errorf("client %d: %d SAs, %v", c.pid, seen, err)
			}
		})
	}
	all.Wait()
}

// dumpAll counts the different SAs of a dump.
func (c *client) dumpAll() (int, error) {
	dump := (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Dump, Seq: 1, PID: c.pid}).Append(nil)
	if err := c.socket.Send(dump); err != nil {
		return 0, err
	}
	seen := map[uint32]bool{}
	for {
		octets, err := c.socket.Receive(time.Now().Add(patience))
		if err != nil {
			return len(seen), err
		}
		m, err := pfkey.Parse(octets)
		if err != nil {
			return len(seen), err
		}
		if m.Type != pfkey.Dump || m.PID != c.pid || m.Errno != 0 {
			return len(seen), fmt.Errorf("got %v, errno %d", m, m.Errno)
		}
		sa, ok := m.Find(pfkey.ExtSA).(*pfkey.SA)
		if !ok || seen[sa.SPI] {
			return len(seen), fmt.Errorf("%v: SA twice or none", m)
		}
		seen[sa.SPI] = true
		if m.Seq == 0 {
			return len(seen), nil
		}
	}
}
