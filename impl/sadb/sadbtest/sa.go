package sadbtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

func (s *suite) addGetDelete(t *testing.T) {
	d := s.start(t)
	if d.Name() == "" {
		t.Error("the driver has no name")
	}
	for _, sa := range []sadb.SA{sample(0x1001), sampleAH(0x1001)} {
		mustLack(t, d, sa.ID())
		before := time.Now().Add(-time.Second).Truncate(time.Second) // a kernel keeps whole seconds
		apply(t, d, sadb.Add{SA: sa})
		got := mustHold(t, d, sa)
		if got.State != sadb.Mature {
			t.Errorf("a new SA is %v", got.State)
		}
		if u := got.Current; u.Octets != 0 || u.Packets != 0 || !u.FirstUse.IsZero() {
			t.Errorf("a new SA was used: %+v", u)
		}
		if at := got.Current.Added; at.Before(before) || at.After(time.Now().Add(time.Second)) {
			t.Errorf("added at %v, which is not now", at)
		}
	}
	for _, sa := range []sadb.SA{sample(0x1001), sampleAH(0x1001)} {
		apply(t, d, sadb.Delete{ID: sa.ID()})
		mustLack(t, d, sa.ID())
		if err := d.Apply(sadb.Delete{ID: sa.ID()}); !errors.Is(err, sadb.ErrNotFound) {
			t.Errorf("second delete: %v, want ErrNotFound", err)
		}
	}
	if list := dump(t, d); len(list) != 0 {
		t.Errorf("%d SAs are left", len(list))
	}
}

// everyAlgorithm adds an SA of each cipher with each integrity algorithm and key length, in both modes.
// What Supports refuses, Add must refuse in the same way; the rest must come back octet for octet.
func (s *suite) everyAlgorithm(t *testing.T) {
	d := s.start(t)
	spi, taken := uint32(0x2000), 0
	try := func(sa sadb.SA) {
		spi++
		sa.SPI, sa.Direction = spi, sadb.Out
		if sa.CheckShape() != nil {
			return // no driver can
		}
		refused, err := d.Supports(&sa), d.Apply(sadb.Add{SA: sa})
		switch {
		case refused == nil && err == nil:
			taken++
			mustHold(t, d, sa)
			apply(t, d, sadb.Delete{ID: sa.ID()})
		case !unsupported(refused) || !unsupported(err):
			t.Errorf("%v: Supports says %v, Add says %v", sa, refused, err)
		default:
			mustLack(t, d, sa.ID())
		}
		for _, k := range []alg.Key{sa.CipherKey, sa.AuthKey} {
			if err != nil && len(k) > 4 && strings.Contains(err.Error(), fmt.Sprintf("%x", k.Octets())) {
				t.Errorf("the error shows a key")
			}
		}
	}
	for _, c := range alg.Ciphers() {
		for _, bits := range keyLengths(c) {
			for _, i := range append(alg.Integrities(), nil) {
				for _, mode := range []sadb.Mode{sadb.Transport, sadb.Tunnel} {
					sa := sadb.SA{Proto: sadb.ESP, Mode: mode, Src: alice, Dst: bob, Cipher: c,
						CipherKey: key(c.KeyOctets(bits), 0), Integrity: i}
					if i != nil {
						sa.AuthKey = key(i.KeyOctets(), 1)
					}
					try(sa)
				}
			}
		}
	}
	for _, i := range alg.Integrities() {
		try(sadb.SA{Proto: sadb.AH, Mode: sadb.Tunnel, Src: alice6, Dst: bob6, Integrity: i, AuthKey: key(i.KeyOctets(), 1)})
	}
	if taken == 0 {
		t.Error("the driver supports no algorithm at all")
	}
}

// keyLengths gives the shortest, the default and the longest key of a cipher.
func keyLengths(c *alg.Cipher) []int {
	if c.FixedKey() {
		return []int{c.MinBits}
	}
	return []int{c.MinBits, c.ESPBits, c.MaxBits}
}

// fields: what can be said about an SA comes back as it was said, unless the driver cannot do it.
func (s *suite) fields(t *testing.T) {
	d := s.start(t)
	change := map[string]func(*sadb.SA){
		"tunnel":          func(sa *sadb.SA) { sa.Mode = sadb.Tunnel },
		"IPv6":            func(sa *sadb.SA) { sa.Src, sa.Dst = alice6, bob6 },
		"reqid":           func(sa *sadb.SA) { sa.ReqID = 77 },
		"inbound":         func(sa *sadb.SA) { sa.Direction, sa.Src, sa.Dst = sadb.In, bob, alice },
		"no replay":       func(sa *sadb.SA) { sa.ReplayWindow = 0 },
		"window 64":       func(sa *sadb.SA) { sa.ReplayWindow = 64 },
		"window 4096":     func(sa *sadb.SA) { sa.ReplayWindow = 4096 },
		"ESN":             func(sa *sadb.SA) { sa.ESN = true },
		"wraps":           func(sa *sadb.SA) { sa.ReplayWindow, sa.NoOverflow = 0, true },
		"derived IV":      func(sa *sadb.SA) { sa.DerivedIV = true },
		"highest SPI":     func(sa *sadb.SA) { sa.SPI = 0xffffffff },
		"lowest SPI":      func(sa *sadb.SA) { sa.SPI = sadb.MinSPI },
		"UDP":             func(sa *sadb.SA) { sa.Encap = sadb.Encap{SrcPort: 4500, DstPort: 4501} },
		"octet limits":    func(sa *sadb.SA) { sa.Soft.Octets, sa.Hard.Octets = 1<<33, 1<<34 },
		"packet limits":   func(sa *sadb.SA) { sa.Soft.Packets, sa.Hard.Packets = 1000, 2000 },
		"add limits":      func(sa *sadb.SA) { sa.Soft.Add, sa.Hard.Add = 600*time.Second, 900*time.Second },
		"use limits":      func(sa *sadb.SA) { sa.Soft.Use, sa.Hard.Use = 60*time.Second, 90*time.Second },
		"longest life":    func(sa *sadb.SA) { sa.Hard.Add = (1<<32 - 1) * time.Second },
		"selector":        func(sa *sadb.SA) { sa.Selector = selector("192.0.2.1/32", "192.0.2.2/32", 17, 500, 53) },
		"subnet selector": func(sa *sadb.SA) { sa.Selector = selector("198.51.100.0/24", "203.0.113.128/25", 0, 0, 0) },
		"range selector": func(sa *sadb.SA) {
			sa.Selector.Src = sadb.Range{From: alice, To: bob}
			sa.Selector.Dst = sadb.Range{From: alice, To: bob}
		},
	}
	for name, f := range change {
		sa := sample(0x3000)
		f(&sa)
		err := d.Apply(sadb.Add{SA: sa})
		if supported := d.Supports(&sa); err != nil || supported != nil {
			if !unsupported(err) || !unsupported(supported) {
				t.Errorf("%s: Add says %v, Supports says %v", name, err, supported)
			}
			continue
		}
		got, err := d.Get(sa.ID())
		if err != nil {
			t.Errorf("%s: Get: %v", name, err)
		}
		for _, text := range differences(got, sa) {
			t.Errorf("%s: %s", name, text)
		}
		apply(t, d, sadb.Delete{ID: sa.ID()})
	}
}

func (s *suite) duplicate(t *testing.T) {
	d := s.start(t)
	sa := sample(0x4001)
	apply(t, d, sadb.Add{SA: sa})
	other := sa
	other.CipherKey = key(16, 99)
	if err := d.Apply(sadb.Add{SA: other}); !errors.Is(err, sadb.ErrExists) {
		t.Errorf("second Add: %v, want ErrExists", err)
	}
	mustHold(t, d, sa)
}

// identity: SAs of one SPI are different ones when the destination or the protocol differs (RFC 2401
// section 4.1).
func (s *suite) identity(t *testing.T) {
	d := s.start(t)
	all := []sadb.SA{sample(0x5001), sampleAH(0x5001), sample(0x5001), sample(0x5001), sample(0x5002)}
	all[2].Dst, all[2].Src = alice, bob
	all[3].Dst, all[3].Src = bob6, alice6
	for i := range all {
		all[i].AuthKey = key(20, byte(i))
		apply(t, d, sadb.Add{SA: all[i]})
	}
	for _, sa := range all {
		mustHold(t, d, sa)
	}
	apply(t, d, sadb.Delete{ID: all[2].ID()})
	mustLack(t, d, all[2].ID())
	for _, i := range []int{0, 1, 3, 4} {
		mustHold(t, d, all[i])
	}
}

// ownKeys: the database does not keep the caller's slices.
func (s *suite) ownKeys(t *testing.T) {
	d := s.start(t)
	sa := sample(0x6001)
	mine := sa
	mine.CipherKey, mine.AuthKey = append(alg.Key(nil), sa.CipherKey...), append(alg.Key(nil), sa.AuthKey...)
	apply(t, d, sadb.Add{SA: mine})
	clear(mine.CipherKey)
	clear(mine.AuthKey)
	mustHold(t, d, sa)
}

func (s *suite) dump(t *testing.T) {
	d := s.start(t)
	var want []sadb.SA
	for _, spi := range []uint32{0x7005, 0x7001, 0x7009, 0x7003} {
		want = append(want, sample(spi), sampleAH(spi))
	}
	for _, sa := range want {
		apply(t, d, sadb.Add{SA: sa})
	}
	apply(t, d, sadb.Delete{ID: want[2].ID()})
	want = append(want[:2], want[3:]...)
	s.sameList(t, dump(t, d), want)
}

// sameList compares a dump with what was added, in order if the driver keeps it.
func (s *suite) sameList(t *testing.T, got, want []sadb.SA) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d SAs, want %d", len(got), len(want))
		return
	}
	byID := map[sadb.ID]sadb.SA{}
	for _, sa := range got {
		byID[sa.ID()] = sa
	}
	for i, w := range want {
		g, ok := byID[w.ID()]
		if !s.Unordered {
			g, ok = got[i], true
		}
		if !ok {
			t.Errorf("%v is missing", w.ID())
			continue
		}
		for _, text := range differences(g, w) {
			t.Errorf("SA %d: %s", i, text)
		}
	}
}

// update: RFC 2367 section 3.1.2: lifetimes may change, keys and algorithms of a mature SA may not.
func (s *suite) update(t *testing.T) {
	d := s.start(t)
	sa := sample(0x8001)
	if err := d.Apply(sadb.Update{SA: sa}); !errors.Is(err, sadb.ErrNotFound) {
		t.Errorf("Update of nothing: %v, want ErrNotFound", err)
	}
	apply(t, d, sadb.Add{SA: sa})
	sa.Hard.Add, sa.Hard.Octets = 1000*time.Second, 1<<40
	apply(t, d, sadb.Update{SA: sa})
	mustHold(t, d, sa)

	changed := sa
	changed.CipherKey = key(16, 50)
	wantInvalid(t, "Update of a key", d.Apply(sadb.Update{SA: changed}))
	changed = sa
	changed.Cipher, changed.CipherKey = alg.CipherByName("3des"), key(24, 0)
	wantInvalid(t, "Update of the cipher", d.Apply(sadb.Update{SA: changed}))
	mustHold(t, d, sa)
}

func (s *suite) flush(t *testing.T) {
	d := s.start(t)
	esp, ah := sample(0x9001), sampleAH(0x9001)
	add := func() { apply(t, d, sadb.Add{SA: esp}, sadb.Add{SA: ah}) }
	apply(t, d, sadb.Flush{}) // nothing there
	add()
	apply(t, d, sadb.Flush{Proto: sadb.ESP})
	mustLack(t, d, esp.ID())
	mustHold(t, d, ah)
	apply(t, d, sadb.Add{SA: esp}, sadb.Flush{Proto: sadb.AH})
	mustLack(t, d, ah.ID())
	mustHold(t, d, esp)
	apply(t, d, sadb.Add{SA: ah}, sadb.AddPolicy{Policy: bypass(1)}, sadb.Flush{})
	if n := len(dump(t, d)); n != 0 {
		t.Errorf("%d SAs are left after Flush of all", n)
	}
	if n := len(policies(t, d)); n != 1 {
		t.Errorf("%d policies after a Flush of SAs, want 1", n)
	}
	apply(t, d, sadb.Flush{Policies: true})
	if n := len(policies(t, d)); n != 0 {
		t.Errorf("%d policies are left after Flush of policies", n)
	}
}
