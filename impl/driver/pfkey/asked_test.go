package pfkey

import (
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// The pair of SAs that answers an ACQUIRE is added by its number, once: what comes later for the same ends, and what was not asked
// for, has numbers of its own. IPS-PFK-25.
func TestSAsCarryTheNumberOfTheirRequest(t *testing.T) {
	for _, mode := range []sadb.Mode{sadb.Transport, sadb.Tunnel} {
		e := newEngine(t)
		d := e.open(t)
		listener, err := Dial(e.path)
		must(t, err)
		defer listener.Close()
		p := protect(mode)
		must(t, d.Apply(sadb.AddPolicy{Policy: p}))
		src, dst := alice, bob
		if mode == sadb.Tunnel {
			src, dst = p.Templates[0].Src, p.Templates[0].Dst
		}
		const seq = 0x77777777
		e.db.Emit(sadb.Acquire{Packet: sadb.Selector{Src: sadb.RangeOf(alice), Dst: sadb.RangeOf(bob)}, Policy: p, Template: p.Templates[0], Seq: seq})
		nextAcquire(t, d)
		add := func(spi uint32, outbound bool, proto sadb.Protocol) (is bool) {
			t.Helper()
			sa := sadb.SA{SPI: spi, Proto: proto, Mode: mode, Src: src, Dst: dst, Integrity: alg.IntegrityByName("md5"), AuthKey: make(alg.Key, 16)}
			if proto == sadb.ESP {
				sa.Cipher = alg.CipherByName("null")
			}
			if !outbound {
				sa.Src, sa.Dst = dst, src
			}
			must(t, d.Apply(sadb.Add{SA: sa}))
			for {
				octets, err := listener.Receive(time.Now().Add(patience))
				must(t, err)
				m, err := pfkey.Parse(octets)
				must(t, err)
				if m.Type == pfkey.Add {
					return m.Seq == seq
				}
			}
		}
		for i, row := range []struct {
			outbound bool
			proto    sadb.Protocol
			asked    bool
		}{{true, sadb.AH, false}, {false, sadb.ESP, true}, {false, sadb.ESP, false}, {true, sadb.ESP, true}, {true, sadb.ESP, false}, {false, sadb.ESP, false}} {
			if got := add(0x1000+uint32(i), row.outbound, row.proto); got != row.asked {
				t.Errorf("%v, SA %d: by the number of the request %t, want %t", mode, i, got, row.asked)
			}
		}
	}
}
