package user

import (
	"net/netip"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// A shape says what the SAs between two stacks are to be.
type shape struct {
	cipher    string // "" is AH
	bits      int
	integrity string
	tunnel    bool
	udp       bool // ESP in UDP
}

func testKey(n int, seed byte) alg.Key {
	k := make(alg.Key, n)
	for i := range k {
		k[i] = byte(i*7) + 11 + seed
	}
	return k
}

// sa makes an SA of that shape for what flows from one client to another by way of two peers.
func (f shape) sa(spi uint32, src, dst netip.Addr, traffic sadb.Selector) sadb.SA {
	sa := sadb.SA{SPI: spi, Proto: sadb.ESP, Mode: sadb.Transport, Src: src, Dst: dst, ReqID: 7, ReplayWindow: 1024, Selector: traffic}
	if f.tunnel {
		sa.Mode = sadb.Tunnel
	}
	if f.udp {
		sa.Encap = natt
	}
	if f.cipher == "" {
		sa.Proto = sadb.AH
	} else {
		sa.Cipher = alg.CipherByName(f.cipher)
		bits := f.bits
		if bits == 0 {
			bits = sa.Cipher.ESPBits
		}
		sa.CipherKey = testKey(sa.Cipher.KeyOctets(bits), byte(spi))
	}
	if f.integrity != "" {
		sa.Integrity = alg.IntegrityByName(f.integrity)
		sa.AuthKey = testKey(sa.Integrity.KeyOctets(), byte(spi)+1)
	}
	return sa
}

// policy makes the policy that asks for such SAs.
func (f shape) policy(d sadb.Direction, sa *sadb.SA) sadb.Policy {
	t := sadb.Template{Proto: sa.Proto, Mode: sa.Mode, ReqID: sa.ReqID}
	if f.tunnel {
		t.Src, t.Dst = sa.Src, sa.Dst
	}
	return sadb.Policy{Selector: sa.Selector, Direction: d, Priority: 100, Do: sadb.Protect, Templates: []sadb.Template{t}}
}

// between gives the selector of everything between two ranges.
func between(src, dst netip.Prefix) sadb.Selector {
	return sadb.Selector{Src: sadb.RangeOfPrefix(src), Dst: sadb.RangeOfPrefix(dst)}
}

func host1(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// join keys two stacks by hand, in both directions: policies first, and then SAs.
func join(t testing.TB, f shape, a, b *Driver, addrA, addrB netip.Addr, clientA, clientB netip.Prefix) (ab, ba sadb.SA) {
	t.Helper()
	ab = f.sa(0x1001, addrA, addrB, between(clientA, clientB))
	ba = f.sa(0x1002, addrB, addrA, between(clientB, clientA))
	sides := []struct {
		d       *Driver
		out, in sadb.SA
	}{{a, ab, ba}, {b, ba, ab}}
	for _, side := range sides {
		must(t, side.d, sadb.AddPolicy{Policy: f.policy(sadb.In, &side.in)}, sadb.AddPolicy{Policy: f.policy(sadb.Out, &side.out)})
		if f.tunnel {
			must(t, side.d, sadb.AddPolicy{Policy: f.policy(sadb.Forward, &side.in)})
		}
	}
	for _, side := range sides {
		side.in.Direction = sadb.In
		must(t, side.d, sadb.Add{SA: side.in})
	}
	for _, side := range sides {
		side.out.Direction = sadb.Out
		must(t, side.d, sadb.Add{SA: side.out})
	}
	return ab, ba
}
