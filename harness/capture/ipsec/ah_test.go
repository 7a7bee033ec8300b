package ipsec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/packet"
)

var (
	a4 = netip.MustParseAddr("192.0.2.1")
	b4 = netip.MustParseAddr("192.0.2.2")
	a6 = netip.MustParseAddr("2001:db8::1")
	b6 = netip.MustParseAddr("2001:db8::2")
)

func ahSA(auth string) *SA {
	i := crypt.IntegrityByName(auth)
	return &SA{Protocol: isakmp.ProtoAH, SPI: 0x2000, Mode: Transport, Integrity: i, AuthKey: bytes.Repeat([]byte{8}, i.Octets)}
}

// protect puts an AH over a payload behind a header whose mutable fields are all zero, so that the ICV is simply over
// everything as it stands. That is what the rules of RFC 2402 section 3.3.3.1 come to.
func protect(sa *SA, header, payload []byte, version int) []byte {
	words := map[int]int{4: 4, 6: 8}[version]
	room := (12+sa.Integrity.ICV+words-1)/words*words - 12
	ah := []byte{17, byte((12+room)/4 - 2), 0, 0}
	ah = binary.BigEndian.AppendUint32(ah, sa.SPI)
	ah = binary.BigEndian.AppendUint32(ah, 1)
	ah = append(ah, make([]byte, room)...)
	for i := sa.Integrity.ICV; i < room; i++ {
		ah[12+i] = 0xee // padding is covered, whatever it is
	}
	all := append(append(bytes.Clone(header), ah...), payload...)
	if version == 4 {
		binary.BigEndian.PutUint16(all[2:], uint16(len(all)))
	} else {
		binary.BigEndian.PutUint16(all[4:], uint16(len(all)-40))
	}
	copy(all[len(header)+12:], sa.Integrity.Sum(sa.AuthKey, all))
	return all
}

func header4(options ...byte) []byte {
	h := packet.WrapIP(a4, b4, packet.ProtoAH, nil)
	h[0] = byte(0x45 + len(options)/4)
	h[1], h[6], h[7], h[8], h[10], h[11] = 0, 0, 0, 0, 0, 0
	return append(h, options...)
}

func header6(next byte, extensions ...byte) []byte {
	h := packet.WrapIP(a6, b6, next, nil)
	h[7] = 0
	return append(h, extensions...)
}

func verify(t *testing.T, sa *SA, b []byte) (*Opened, error) {
	t.Helper()
	ip, err := packet.ParseIP(b)
	if err != nil {
		t.Fatal(err)
	}
	return VerifyAH(sa, ip)
}

func TestAHWithEveryAuthenticator(t *testing.T) {
	for _, auth := range []string{"hmac-md5-96", "hmac-sha1-96", "hmac-sha256-128", "hmac-sha384-192", "hmac-sha512-256"} {
		sa := ahSA(auth)
		for version, h := range map[int][]byte{4: header4(), 6: header6(packet.ProtoAH)} {
			b := protect(sa, h, []byte("payload"), version)
			o, err := verify(t, sa, b)
			if err != nil || !o.Verified || string(o.Inner) != "payload" || o.NextHeader != 17 || len(o.Faults) > 0 {
				t.Fatalf("%s IPv%d: %+v, %v", auth, version, o, err)
			}
			for n := len(h); n < len(b); n++ {
				ip, err := packet.ParseIP(b[:n])
				if err != nil {
					continue
				}
				if _, err := VerifyAH(sa, ip); err == nil {
					t.Errorf("%s IPv%d: %d octets of %d pass", auth, version, n, len(b))
				}
			}
		}
	}
}

// TestAHFieldsThatMayChange flips bits of every octet of the header. What may change on the way must not matter,
// everything else must.
func TestAHFieldsThatMayChange(t *testing.T) {
	sa := ahSA("hmac-sha1-96")
	for name, row := range map[string]struct {
		version int
		packet  []byte
		mutable map[int]byte // octet and the bits of it that may change
		skip    map[int]bool // octets without which there is no such packet
	}{
		"IPv4": {4, protect(sa, header4(), []byte("payload"), 4),
			map[int]byte{1: 0xff, 6: 0x40, 8: 0xff, 10: 0xff, 11: 0xff}, map[int]bool{0: true, 2: true, 3: true, 6: true, 7: true, 9: true}},
		"IPv4, router alert and timestamp": {4, protect(sa, header4(148, 4, 0, 0, 0, 0, 0, 0), []byte("payload"), 4),
			map[int]byte{1: 0xff, 8: 0xff, 10: 0xff, 11: 0xff},
			map[int]bool{0: true, 2: true, 3: true, 6: true, 7: true, 9: true, 20: true, 21: true, 24: true, 25: true, 26: true, 27: true}},
		"IPv6": {6, protect(sa, header6(packet.ProtoAH), []byte("payload"), 6),
			map[int]byte{0: 0x0f, 1: 0xff, 2: 0xff, 3: 0xff, 7: 0xff}, map[int]bool{4: true, 5: true, 6: true}},
		"IPv6, options": {6, protect(sa, header6(packet.ProtoHopByHop, packet.ProtoAH, 0, 0x3e, 2, 0, 0, 1, 0), []byte("payload"), 6),
			map[int]byte{0: 0x0f, 1: 0xff, 2: 0xff, 3: 0xff, 7: 0xff, 44: 0xff, 45: 0xff},
			map[int]bool{4: true, 5: true, 6: true, 40: true, 41: true, 42: true, 43: true, 46: true, 47: true}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := verify(t, sa, row.packet); err != nil {
				t.Fatal(err)
			}
			for i := range row.packet {
				if row.skip[i] && row.mutable[i] == 0 {
					continue
				}
				b := bytes.Clone(row.packet)
				bits, may := row.mutable[i]
				if !may {
					bits = 0x11
				}
				b[i] ^= bits
				ip, err := packet.ParseIP(b)
				if err == nil {
					_, err = VerifyAH(sa, ip)
				}
				if may != (err == nil) {
					t.Errorf("octet %d changed: %v", i, err)
				}
			}
		})
	}
}

func TestAHOptionsThatChangeAreZeroedWhole(t *testing.T) {
	sa := ahSA("hmac-sha1-96")
	b := protect(sa, header4(0, 0, 0, 0, 0, 0, 0, 0), []byte("payload"), 4)
	copy(b[20:], []byte{68, 8, 5, 0, 1, 2, 3, 4}) // a timestamp where the ICV saw eight zero octets
	if _, err := verify(t, sa, b); err != nil {
		t.Errorf("timestamp: %v", err)
	}
	b[20] = 148 // router alert does not change
	if _, err := verify(t, sa, b); !errors.Is(err, ErrICV) {
		t.Errorf("router alert: %v", err)
	}
	b[21] = 40
	if _, err := verify(t, sa, b); err == nil || errors.Is(err, ErrICV) {
		t.Errorf("option over the end: %v", err)
	}
}

func TestAHRoutesAreTakenAsTheyArrive(t *testing.T) {
	sa := ahSA("hmac-sha1-96")
	final, hop := b6.As16(), netip.MustParseAddr("2001:db8::99").As16()
	arrives := protect(sa, header6(packet.ProtoRouting, append([]byte{packet.ProtoAH, 2, 0, 0, 0, 0, 0, 0}, hop[:]...)...), []byte("payload"), 6)
	if _, err := verify(t, sa, arrives); err != nil {
		t.Fatal(err)
	}
	onTheWay := bytes.Clone(arrives)
	onTheWay[43] = 1
	copy(onTheWay[24:], hop[:])
	copy(onTheWay[48:], final[:])
	if _, err := verify(t, sa, onTheWay); err != nil {
		t.Errorf("IPv6: %v", err)
	}
	// IPv4: a source route is zeroed, but the destination is the last address of it.
	loose := protect(sa, header4(0, 0, 0, 0, 0, 0, 0, 0), []byte("payload"), 4)
	copy(loose[20:], []byte{131, 7, 4, 192, 0, 2, 2, 0})
	copy(loose[16:], []byte{192, 0, 2, 99})
	if _, err := verify(t, sa, loose); err != nil {
		t.Errorf("IPv4: %v", err)
	}
}

func TestAHFaultsAndRefusals(t *testing.T) {
	sa := ahSA("hmac-sha1-96")
	b := protect(sa, header4(), []byte("payload"), 4)
	b[22] = 1 // RESERVED, covered by the ICV as it came
	clear(b[32:44])
	copy(b[32:44], sa.Integrity.Sum(sa.AuthKey, b))
	if o, err := verify(t, sa, b); err != nil || !strings.Contains(strings.Join(o.Faults, ""), "RESERVED is 0100") {
		t.Errorf("%+v %v", o, err)
	}
	// SHA2-256 on IPv6 in the room that IPv4 needs.
	wide := ahSA("hmac-sha256-128")
	tight := protect(wide, header6(packet.ProtoAH), []byte("payload"), 4)
	binary.BigEndian.PutUint16(tight[2:], 0)
	binary.BigEndian.PutUint16(tight[4:], uint16(len(tight)-40))
	clear(tight[52:68])
	copy(tight[52:68], wide.Integrity.Sum(wide.AuthKey, tight))
	if o, err := verify(t, wide, tight); err != nil || !strings.Contains(strings.Join(o.Faults, ""), "header of 28 octets, 32 are needed") {
		t.Errorf("%+v %v", o, err)
	}
	for name, other := range map[string]*SA{"another SPI": {SPI: 1, Integrity: sa.Integrity}, "no authenticator": {SPI: sa.SPI}, "a longer ICV": ahSA("hmac-sha512-256")} {
		if _, err := verify(t, other, b); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	ip, _ := packet.ParseIP(b)
	ip.Fragment = true
	if _, err := VerifyAH(sa, ip); err == nil {
		t.Error("a fragment passes")
	}
}

func FuzzVerifyAH(f *testing.F) {
	sa := ahSA("hmac-sha1-96")
	f.Add(protect(sa, header4(148, 4, 0, 0), []byte("payload"), 4))
	f.Add(protect(sa, header6(packet.ProtoHopByHop, packet.ProtoAH, 0, 0x3e, 2, 0, 0, 1, 0), []byte("payload"), 6))
	hop := a6.As16()
	f.Add(protect(sa, header6(packet.ProtoRouting, append([]byte{packet.ProtoAH, 2, 0, 1, 0, 0, 0, 0}, hop[:]...)...), []byte("payload"), 6))
	f.Fuzz(func(t *testing.T, b []byte) {
		if ip, err := packet.ParseIP(b); err == nil {
			VerifyAH(sa, ip)
		}
	})
}
