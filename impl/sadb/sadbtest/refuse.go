package sadbtest

import (
	"net/netip"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// bad are SAs that make no sense, each in one way.
var bad = map[string]func(*sadb.SA){
	"SPI 0":                  func(sa *sadb.SA) { sa.SPI = 0 },
	"SPI 255":                func(sa *sadb.SA) { sa.SPI = 255 },
	"no mode":                func(sa *sadb.SA) { sa.Mode = 0 },
	"no protocol":            func(sa *sadb.SA) { sa.Proto = 0 },
	"protocol TCP":           func(sa *sadb.SA) { sa.Proto = 6 },
	"no source":              func(sa *sadb.SA) { sa.Src = netip.Addr{} },
	"no destination":         func(sa *sadb.SA) { sa.Dst = netip.Addr{} },
	"two families":           func(sa *sadb.SA) { sa.Src = alice6 },
	"multicast source":       func(sa *sadb.SA) { sa.Src = netip.MustParseAddr("224.0.0.5") },
	"no cipher":              func(sa *sadb.SA) { sa.Cipher, sa.CipherKey = nil, nil },
	"short key":              func(sa *sadb.SA) { sa.CipherKey = key(15, 0) },
	"no key":                 func(sa *sadb.SA) { sa.CipherKey = nil },
	"long key":               func(sa *sadb.SA) { sa.CipherKey = key(33, 0) },
	"short auth key":         func(sa *sadb.SA) { sa.AuthKey = key(19, 0) },
	"no auth key":            func(sa *sadb.SA) { sa.AuthKey = nil },
	"null without integrity": func(sa *sadb.SA) { setCipher(sa, "null", nil); sa.Integrity, sa.AuthKey = nil, nil },
	"CTR without integrity":  func(sa *sadb.SA) { setCipher(sa, "aes-ctr", key(20, 0)); sa.Integrity, sa.AuthKey = nil, nil },
	"GCM with integrity":     func(sa *sadb.SA) { setCipher(sa, "aes-gcm-16", key(20, 0)) },
	"weak DES key":           func(sa *sadb.SA) { setCipher(sa, "des", alg.Key{1, 1, 1, 1, 1, 1, 1, 1}) },
	"3DES with k1 = k2":      func(sa *sadb.SA) { setCipher(sa, "3des", append(append(key(8, 0), key(8, 0)...), key(8, 9)...)) },
	"3DES with k2 = k3":      func(sa *sadb.SA) { setCipher(sa, "3des", append(append(key(8, 9), key(8, 0)...), key(8, 0)...)) },
	"AH with cipher":         func(sa *sadb.SA) { sa.Proto = sadb.AH },
	"AH without integrity":   func(sa *sadb.SA) { *sa = sampleAH(sa.SPI); sa.Integrity, sa.AuthKey = nil, nil },
	"window 4097":            func(sa *sadb.SA) { sa.ReplayWindow = 4097 },
	"wraps with window":      func(sa *sadb.SA) { sa.NoOverflow = true },
	"ESN without integrity":  func(sa *sadb.SA) { sa.ESN = true; sa.Integrity, sa.AuthKey = nil, nil },
	"negative life":          func(sa *sadb.SA) { sa.Hard.Add = -1 },
	"added dead":             func(sa *sadb.SA) { sa.State = sadb.Dead },
	"added dying":            func(sa *sadb.SA) { sa.State = sadb.Dying },
	"selector backwards":     func(sa *sadb.SA) { sa.Selector.Src = sadb.Range{From: bob, To: alice} },
	"selector mixed":         func(sa *sadb.SA) { sa.Selector.Src, sa.Selector.Dst = sadb.RangeOf(alice), sadb.RangeOf(bob6) },
}

func setCipher(sa *sadb.SA, name string, k alg.Key) {
	sa.Cipher, sa.CipherKey = alg.CipherByName(name), k
}

// nonsense: what makes no sense is refused by kind; a driver may say that it does not support it.
func (s *suite) nonsense(t *testing.T) {
	d := s.start(t)
	for name, f := range bad {
		sa := sample(0xa001)
		f(&sa)
		if err := d.Apply(sadb.Add{SA: sa}); !unsupported(err) {
			wantInvalid(t, name, err)
		}
	}
	if list := dump(t, d); len(list) != 0 {
		t.Errorf("%d SAs are there all the same: %v", len(list), list)
	}
}

// unchanged: a refused action leaves the SA that it names as it was.
func (s *suite) unchanged(t *testing.T) {
	d := s.start(t)
	sa := sample(0xa101)
	sa.ReqID = 5
	apply(t, d, sadb.Add{SA: sa})
	for name, f := range bad {
		broken := sa
		f(&broken)
		if broken.ID() == sa.ID() && broken.State != sadb.Dying && broken.State != sadb.Dead {
			if d.Apply(sadb.Add{SA: broken}) == nil {
				t.Errorf("%s: Add over an SA that is there worked", name)
			}
		}
	}
	s.sameList(t, dump(t, d), []sadb.SA{sa})
}
