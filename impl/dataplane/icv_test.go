package dataplane

import (
	"bytes"
	"crypto/hmac"
	"fmt"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// icvSizes are from RFC 2403, 2404, 4868 and, not truncated, IKEv2's registry.
var icvSizes = map[string]int{"hmac-md5-96": 12, "hmac-sha1-96": 12, "hmac-sha256-128": 16, "hmac-sha256-96": 12,
	"hmac-sha384-192": 24, "hmac-sha512-256": 32, "hmac-md5-128": 16, "hmac-sha1-160": 20}

// IPS-ICV-01, 02, 03: length of the ICV on the wire, for every algorithm, in ESP and AH.
func TestIPS_ICV_01_02_03_LengthOnTheWire(t *testing.T) {
	for _, g := range alg.Integrities() {
		want, ok := icvSizes[g.Name]
		if !ok && g.Name != "none" {
			t.Errorf("%s: this test does not know it", g.Name)
		}
		if g.Name == "none" {
			continue
		}
		p := newPair(t, shape{cipher: "null", integrity: g.Name, window: 64}.sa())
		inner := withUpper(p.datagram(0), 200, make([]byte, 30))
		if got := len(p.seal1(inner)) - 20 - 8 - 32; got != want {
			t.Errorf("%s: ICV of %d octets, want %d", g.Name, got, want)
		}
		// One whose ICV is of another length is refused.
		for _, cut := range []int{-4, 4} {
			r := p.ref(9, inner).seal()
			head, _, esp := refSplit(r)
			full := refFullHMAC(&p.sa, esp[:len(esp)-want])
			if want+cut > len(full) {
				continue
			}
			p.refuses(fmt.Sprintf("%s cut to %d", g.Name, want+cut), refJoin(head, 50, append(bytes.Clone(esp[:len(esp)-want]), full[:want+cut]...)), BadICV)
		}
	}
}

func refFullHMAC(sa *sadb.SA, covered []byte) []byte {
	m := hmac.New(refHash(sa.Integrity), sa.AuthKey)
	m.Write(covered)
	return m.Sum(nil)
}

func TestIPS_ICV_07_08_WrongICVs(t *testing.T) {
	both(t, func(t *testing.T, f shape) {
		p := newPair(t, f.sa())
		inner := p.datagram(40)
		genuine := p.ref(1, inner).seal()
		head, proto, rest := refSplit(genuine)
		size := 16
		if p.sa.Integrity != nil {
			size = p.sa.Integrity.ICV
		}
		at := len(rest) - size
		if p.sa.Proto == sadb.AH {
			at = 12
		}
		with := func(icv []byte) []byte {
			b := append(bytes.Clone(rest[:at]), icv...)
			return refJoin(bytes.Clone(head), proto, append(b, rest[at+size:]...))
		}
		icv := rest[at : at+size]
		wrong := bytes.Clone(icv)
		for i := 8; i < len(wrong); i++ {
			wrong[i] ^= 0xff
		}
		other := p.sa
		other.AuthKey, other.CipherKey = testKey(len(p.sa.AuthKey), 5), testKey(len(p.sa.CipherKey), 5)
		otherKey := p.ref(1, inner)
		otherKey.sa = &other
		for name, bad := range map[string][]byte{
			"removed":                  with(nil),
			"one octet less":           with(icv[:size-1]),
			"four octets less":         with(icv[:size-4]),
			"four octets more":         with(append(bytes.Clone(icv), 0, 0, 0, 0)),
			"zero":                     with(make([]byte, size)),
			"of another key":           otherKey.seal(),
			"right in the first eight": with(wrong),
		} {
			if got := p.open(bad); got != nil {
				t.Errorf("ICV %s: let through as %x", name, got)
			}
		}
		if p.sa.Integrity != nil && p.sa.Proto == sadb.ESP {
			if got := p.open(with(refFullHMAC(&p.sa, rest[:at]))); got != nil {
				t.Errorf("ICV that is not cut: let through as %x", got)
			}
		}
		p.opens("genuine", genuine, inner)
	})
}

func TestIPS_ICV_09_HighHalfIsCovered(t *testing.T) {
	for _, f := range []shape{{cipher: "aes", integrity: "hmac-sha1-96"}, {integrity: "hmac-md5-96"}} {
		f.esn, f.window = true, 64
		sa := f.sa()
		sa.Current.Seq = 3 << 32
		p := newPair(t, sa)
		packet := p.seal1(p.datagram(4))
		for high := range uint32(6) {
			if _, err := refOpen(&p.sa, packet, high); (err == nil) != (high == 3) {
				t.Errorf("high half %d: %v", high, err)
			}
		}
		without := p.sa
		without.ESN = false
		if _, err := refOpen(&without, packet, 0); err == nil {
			t.Error("the high half is not covered")
		}
	}
}

func TestIPS_ICV_10_NoICVWithoutAuthentication(t *testing.T) {
	p := newPair(t, shape{cipher: "aes"}.sa())
	inner := withUpper(p.datagram(0), 200, make([]byte, 30))
	if got := len(p.seal1(inner)); got != 20+8+16+32 {
		t.Errorf("%d octets", got)
	}
}

func TestIPS_ICV_11_AHPadding(t *testing.T) {
	for _, row := range []struct {
		integrity string
		outer6    bool
		size      int
	}{
		{"hmac-sha256-128", true, 32}, {"hmac-sha384-192", true, 40}, {"hmac-sha512-256", true, 48},
		{"hmac-sha256-128", false, 28}, {"hmac-sha384-192", false, 36}, {"hmac-sha512-256", false, 44},
	} {
		p := newPair(t, shape{integrity: row.integrity, outer6: row.outer6, window: 64}.sa())
		inner := p.datagram(10)
		packet := p.seal1(inner)
		if got := len(packet) - len(inner); got != row.size {
			t.Errorf("%+v: header of %d octets", row, got)
		}
		p.opens(row.integrity, packet, inner)
		if pad := row.size - 12 - p.sa.Integrity.ICV; pad > 0 { // the padding is covered
			bad := p.ref(2, inner).seal()
			bad[len(bad)-len(inner)+len(inner)-(len(inner)-40)-1] ^= 1
			p.refuses("padding changed", bad, BadICV)
		}
	}
}
