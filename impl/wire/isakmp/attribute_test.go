package isakmp

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestAttributeUint64(t *testing.T) {
	for _, c := range []struct {
		a    Attribute
		want uint64
		ok   bool
	}{
		{TV(1, uint16(0)), 0, true},
		{TV(1, uint16(0xffff)), 0xffff, true},
		{TLV(1, nil), 0, false},
		{TLV(1, []byte{7}), 7, true},
		{TLV(1, []byte{1, 2, 3}), 0x010203, true},
		{TLV32(1, 28800), 28800, true},
		{TLV(1, []byte{0, 0, 0, 0, 0, 0, 0x70, 0x80}), 28800, true},
		{TLV(1, []byte{255, 255, 255, 255, 255, 255, 255, 255}), math.MaxUint64, true},
		{TLV(1, []byte{0, 255, 255, 255, 255, 255, 255, 255, 255}), math.MaxUint64, true},
		{TLV(1, []byte{1, 0, 0, 0, 0, 0, 0, 0, 0}), 0, false},
		{TLV(1, make([]byte, 300)), 0, true},
	} {
		if v, ok := c.a.Uint64(); v != c.want || ok != c.ok {
			t.Errorf("%v %x: %d, %v; want %d, %v", c.a, c.a.Octets, v, ok, c.want, c.ok)
		}
	}
}

func TestAttributeEqual(t *testing.T) {
	for _, c := range []struct {
		a, b Attribute
		want bool
	}{
		{TV(1, uint16(5)), TV(1, uint16(5)), true},
		{TV(1, uint16(5)), TV(1, uint16(6)), false},
		{TV(1, uint16(5)), TV(2, uint16(5)), false},
		{TLV(1, []byte{1, 2}), TLV(1, []byte{1, 2}), true},
		{TLV(1, []byte{1, 2}), TLV(1, []byte{1, 3}), false},
		{TLV(1, nil), TLV(1, []byte{}), true},
		{TV(12, uint16(3600)), TLV32(12, 3600), true}, // RFC 2409 appendix A
		{TV(12, uint16(3600)), TLV32(12, 3601), false},
		{TV(12, uint16(3600)), TLV32(11, 3600), false},
		{TV(12, uint16(0)), TLV(12, nil), false}, // no octets are no number
		{TV(12, uint16(0)), TLV(12, []byte{1, 0, 0, 0, 0, 0, 0, 0, 0}), false},
	} {
		if got, back := c.a.Equal(c.b), c.b.Equal(c.a); got != c.want || back != c.want {
			t.Errorf("%v and %v: %v, %v; want %v", c.a, c.b, got, back, c.want)
		}
	}
}

// The type has 15 bits on the wire; a higher one cannot turn the long form into the short.
func TestAttributeTypeKeepsOutOfForm(t *testing.T) {
	got := AppendAttributes(nil, []Attribute{TLV(0x8001, []byte{9}), TV(0x8002, uint16(3))})
	if want := octets(t, "0001 0001 09  8002 0003"); string(got) != string(want) {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestPhaseText(t *testing.T) {
	for _, c := range []struct {
		p    Phase
		a    Attribute
		want string
	}{
		{Phase1, TV(P1Encryption, Encryption3DES), "Encryption Algorithm = 3DES-CBC"},
		{Phase1, TV(P1Encryption, uint16(200)), "Encryption Algorithm = 200"},
		{Phase1, TV(P1Group, GroupMODP2048), "Group Description = modp2048"},
		{Phase1, TLV32(P1LifeDuration, 28800), "Life Duration = 28800"},
		{Phase1, TLV(P1Prime, make([]byte, 96)), "Group Prime/Irreducible Polynomial = 0"},
		{Phase1, TLV(P1Prime, []byte{8: 1, 0: 1}), "Group Prime/Irreducible Polynomial, 9 octets"},
		{Phase1, TV(100, uint16(1)), "attribute 100 = 1"},
		{Phase2, TV(P2LifeType, LifeKilobytes), "SA Life Type = kilobytes"},
		{Phase2, TLV32(P2LifeType, 1), "SA Life Type = seconds"},
		{Phase2, TLV32(P2LifeType, 0x10001), "SA Life Type = 65537"},
		{Phase2, TV(P2AuthAlgorithm, AuthHMACSHA), "Authentication Algorithm = HMAC-SHA"},
		{PhaseConfig, TLV(ConfigIP4Address, []byte{192, 0, 2, 1}), "INTERNAL_IP4_ADDRESS, 4 octets"},
		{PhaseConfig, TV(XAUTHStatus, uint16(1)), "XAUTH-STATUS = OK"},
		{Phase(9), TV(1, uint16(1)), "attribute 1 = 1"},
	} {
		if got := c.p.Text(c.a); got != c.want {
			t.Errorf("phase %d, %v: %q, want %q", c.p, c.a, got, c.want)
		}
	}
}

// A password must not come out by any of the ways in which a payload is printed.
func TestPasswordIsNotPrinted(t *testing.T) {
	p := &Attributes{Attributes: []Attribute{TLV(XAUTHUserPassword, []byte("hunter"))}}
	for _, s := range []string{
		fmt.Sprintf("%v %+v", p, *p), p.Attributes[0].String(), PhaseConfig.Text(p.Attributes[0]),
		fmt.Sprint(Item{Body: p}), fmt.Sprint(Items(p)),
	} {
		if strings.Contains(s, "hunter") || strings.Contains(s, fmt.Sprint([]byte("hunter"))) || strings.Contains(s, "68756e746572") {
			t.Errorf("the password is in %q", s)
		}
	}
}

func TestPhaseClasses(t *testing.T) {
	for _, c := range []struct {
		p    Phase
		a    AttributeType
		name string
		form form
	}{
		{Phase1, 11, "Life Type", basic},
		{Phase1, 12, "Life Duration", variable},
		{Phase2, 1, "SA Life Type", basic},
		{Phase2, 2, "SA Life Duration", variable},
		{PhaseConfig, 16522, "XAUTH-USER-PASSWORD", variable},
	} {
		if !c.p.Defined(c.a) || c.p.AttributeName(c.a) != c.name || c.p.Basic(c.a) != bool(c.form) {
			t.Errorf("phase %d, %v: %s, basic %v", c.p, c.a, c.p.AttributeName(c.a), c.p.Basic(c.a))
		}
		if a, ok := c.p.AttributeByName(strings.ToLower(c.name)); a != c.a || !ok {
			t.Errorf("phase %d: %s is %v, %v", c.p, c.name, a, ok)
		}
	}
	if Phase2.Defined(100) || Phase2.Basic(100) || Phase2.AttributeName(100) != "attribute 100" {
		t.Error("class 100 of phase 2 is known")
	}
	if _, ok := Phase1.AttributeByName("SA Life Type"); ok {
		t.Error("phase 1 knows a class of phase 2")
	}
}

// The data of RESPONDER-LIFETIME, as RFC 2407 section 4.6.3.1 has it.
func TestAttributesAlone(t *testing.T) {
	data := octets(t, "8001 0001  0002 0004 00000e10")
	all, err := ParseAttributes(data)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := Lifetimes(Phase2, all); err != nil || len(l) != 1 || l[0] != (Lifetime{LifeSeconds, 3600}) {
		t.Errorf("%v, %v", l, err)
	}
	if got := AppendAttributes(nil, all); !bytes.Equal(got, data) {
		t.Errorf("encoded to %x", got)
	}
	for n := range data {
		_, err := ParseAttributes(data[:n])
		var e *ParseError
		if whole := n == 0 || n == 4; whole != (err == nil) || !whole && (!errors.As(err, &e) || e.Notify != PayloadMalformed) {
			t.Errorf("the first %d octets: %v", n, err)
		}
	}
}
