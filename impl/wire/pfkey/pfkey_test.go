package pfkey

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// Structures of RFC 2367 appendix D and their sizes with the extension header.
func TestStructureSizes(t *testing.T) { // IPS-PFK-02
	for name, row := range map[string]struct {
		e    Extension
		size int
	}{
		"sa":        {&SA{}, 16},
		"lifetime":  {&Lifetime{Which: ExtLifetimeHard}, 32},
		"IPv4":      {&Address{Which: ExtAddressSrc, Addr: netip.MustParseAddr("10.0.0.1")}, 8 + 16},
		"IPv6":      {&Address{Which: ExtAddressSrc, Addr: netip.MustParseAddr("::1")}, 8 + 32},
		"key 64":    {&Key{Which: ExtKeyAuth, Bits: 64, Octets: make([]byte, 8)}, 8 + 8},
		"key 160":   {&Key{Which: ExtKeyAuth, Bits: 160, Octets: make([]byte, 20)}, 8 + 24},
		"identity":  {&Identity{Which: ExtIdentitySrc, Name: ""}, 16 + 8},
		"sens":      {&Sensitivity{}, 16},
		"proposal":  {&Proposal{Combinations: make([]Combination, 2)}, 8 + 2*72},
		"supported": {&Supported{Which: ExtSupportedAuth, Algorithms: make([]Algorithm, 3)}, 8 + 3*8},
		"spirange":  {&SPIRange{}, 16},
		"policy":    {&Policy{}, 16},
		"sa2":       {&SA2{}, 16},
		"natt type": {&NATTType{}, 8},
		"natt port": {&NATTPort{Which: ExtNATTSport}, 8},
	} {
		if got := len(appendExtension(nil, row.e)); got != row.size {
			t.Errorf("%s: %d octets, want %d", name, got, row.size)
		}
	}
	if got := len((&Message{}).Append(nil)); got != HeaderSize {
		t.Errorf("base header: %d octets", got)
	}
}

// full has one of everything, with values that differ from field to field.
func full() *Message {
	return &Message{
		Version: V2, Type: Add, Errno: 3, SAType: SATypeESP, Diagnostic: 44, Seq: 0x01020304, PID: 77,
		Extensions: []Extension{
			&SA{SPI: 0x11223344, Replay: 32, State: Mature, Auth: 3, Encrypt: 12, Flags: FlagPFS | FlagNoReplay},
			&Lifetime{Which: ExtLifetimeCurrent, Allocations: 1, Bytes: 2, AddTime: 3, UseTime: 4},
			&Lifetime{Which: ExtLifetimeHard, Allocations: 5, Bytes: 6 << 40, AddTime: 7, UseTime: 8},
			&Lifetime{Which: ExtLifetimeSoft, Bytes: 9},
			&Address{Which: ExtAddressSrc, Proto: 17, PrefixLen: 32, Addr: netip.MustParseAddr("10.1.2.3"), Port: 500},
			&Address{Which: ExtAddressDst, Addr: netip.MustParseAddr("2001:db8::7")},
			&Address{Which: ExtAddressProxy, Sockaddr: []byte{1, 0, '/', 't', 'm', 'p', 0, 0}},
			&Key{Which: ExtKeyAuth, Bits: 160, Octets: []byte("twentyoctetsofsecret")},
			&Key{Which: ExtKeyEncrypt, Bits: 3, Octets: []byte{0xe0}, Padding: []byte{9, 9, 9, 0, 0, 0, 0}},
			&Identity{Which: ExtIdentitySrc, Type: IdentityFQDN, ID: 8, Name: "host.example"},
			&Identity{Which: ExtIdentityDst, Type: IdentityUserFQDN, Name: "u@h", Tail: []byte{0, 'j', 'u', 'n', 'k'}},
			&Sensitivity{DPD: 1, SensLevel: 2, SensWords: 1, IntegLevel: 3, IntegWords: 1, Bitmaps: []byte("sixteen octets..")},
			&Proposal{Replay: 4, Combinations: []Combination{{Auth: 2, Encrypt: 3, AuthMinBits: 128, AuthMaxBits: 128, SoftBytes: 1, HardUseTime: 5}}},
			&Supported{Which: ExtSupportedAuth, Algorithms: []Algorithm{{ID: 2, MinBits: 128, MaxBits: 128}, {ID: 3, MinBits: 160, MaxBits: 160}}},
			&Supported{Which: ExtSupportedEncrypt, Algorithms: []Algorithm{{ID: 12, IVLen: 16, MinBits: 128, MaxBits: 256}}},
			&SPIRange{Min: 256, Max: 0xffffffff},
			&Policy{Type: 2, Dir: 2, ID: 7, Priority: 9, Requests: []Request{{Length: 16, Proto: 50, Mode: 1, Level: 3, ReqID: 5}, {Length: 24, Proto: 51, Ends: make([]byte, 8)}}},
			&SA2{Mode: 2, Sequence: 3, ReqID: 4},
			&NATTType{Type: 2},
			&NATTPort{Which: ExtNATTSport, Port: 4500},
			&NATTPort{Which: ExtNATTDport, Port: 1024},
			&Raw{Which: 200, Body: []byte{1, 2, 3, 4}},
		},
	}
}

func TestEveryExtensionComesBack(t *testing.T) {
	want := full()
	octets := want.Append(nil)
	got, err := Parse(octets)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range got.Extensions {
		if !reflect.DeepEqual(e, want.Extensions[i]) {
			t.Errorf("%s: got %+v, want %+v", e.Kind(), dump(e), dump(want.Extensions[i]))
		}
	}
	if !bytes.Equal(got.Append(nil), octets) {
		t.Error("encoded again, the octets differ")
	}
}

// dump shows fields of artificial messages; a Key would not.
func dump(e Extension) string { return fmt.Sprintf("%+v", reflect.ValueOf(e).Elem().Interface()) }

func TestSPIAndPortsAreInNetworkOrder(t *testing.T) {
	octets := (&Message{Version: V2, Extensions: []Extension{&SA{SPI: 0x11223344}}}).Append(nil)
	if !bytes.Equal(octets[20:24], []byte{0x11, 0x22, 0x33, 0x44}) {
		t.Errorf("SPI on the wire: % x", octets[20:24])
	}
	octets = appendExtension(nil, &Address{Which: ExtAddressSrc, Addr: netip.MustParseAddr("10.0.0.1"), Port: 0x1234})
	if !bytes.Equal(octets[10:12], []byte{0x12, 0x34}) {
		t.Errorf("port on the wire: % x", octets[10:12])
	}
	octets = appendExtension(nil, &NATTPort{Which: ExtNATTSport, Port: 0x1194})
	if !bytes.Equal(octets[4:6], []byte{0x11, 0x94}) {
		t.Errorf("NAT-T port on the wire: % x", octets[4:6])
	}
}

func TestEveryPrefixIsRefused(t *testing.T) {
	octets := full().Append(nil)
	for n := range octets {
		if _, err := Parse(octets[:n]); !errors.Is(err, ErrLength) {
			t.Fatalf("%d octets: %v", n, err)
		}
	}
	// Extensions cut off inside a message whose own length is right.
	for _, e := range full().Extensions {
		whole := appendExtension(nil, e)
		for n := 8; n < len(whole); n += 8 {
			cut := append([]byte(nil), whole[:n]...)
			host.PutUint16(cut, uint16(n/8))
			m := append((&Message{Version: V2}).Append(nil), cut...)
			host.PutUint16(m[4:], uint16(len(m)/8))
			if back, err := Parse(m); err == nil && !bytes.Equal(back.Append(nil), m) {
				t.Errorf("%s cut to %d octets is taken and changes", e.Kind(), n)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	sa := appendExtension(nil, &SA{SPI: 1})
	with := func(parts ...[]byte) []byte {
		m := (&Message{Version: V2, Type: Add, Seq: 9}).Append(nil)
		for _, p := range parts {
			m = append(m, p...)
		}
		host.PutUint16(m[4:], uint16(len(m)/8))
		return m
	}
	length := func(e []byte, words uint16) []byte {
		e = append([]byte(nil), e...)
		host.PutUint16(e, words)
		return e
	}
	for name, row := range map[string]struct {
		octets []byte
		want   error
		text   string
	}{
		"IPS-PFK-01 too long":      {append(with(sa), 0, 0, 0, 0, 0, 0, 0, 0), ErrLength, "says 32, has 40"},
		"IPS-PFK-03 version":       {(&Message{Version: 1}).Append(nil), ErrVersion, "version 1"},
		"IPS-PFK-04 twice":         {with(sa, sa), ErrDuplicate, "SA at octet 32"},
		"IPS-PFK-06 length 0":      {with(length(sa, 0)), ErrExtension, "says 0 octets"},
		"IPS-PFK-06 length beyond": {with(length(sa, 3)), ErrExtension, "says 24 octets, 16 are left"},
		"SA too short":             {with(length(sa, 1)[:8]), ErrExtension, "replay"},
		"key without octets":       {with(appendExtension(nil, &Key{Which: ExtKeyAuth, Bits: 600})), ErrExtension, "75 octets are needed"},
		"key with too many":        {with(appendExtension(nil, &Key{Which: ExtKeyAuth, Bits: 8, Octets: make([]byte, 20)})), ErrExtension, "padding has 7 at most"},
		"name without end":         {with(appendExtension(nil, &Identity{Which: ExtIdentitySrc, Name: "12345678", Tail: []byte{}})), ErrExtension, "no terminator"},
		"request of 4":             {with(appendExtension(nil, &Policy{Requests: []Request{{Length: 4}}})), ErrExtension, "a request of 4 octets"},
	} {
		m, err := Parse(row.octets)
		if !errors.Is(err, row.want) || !strings.Contains(fmt.Sprint(err), row.text) {
			t.Errorf("%s: %v; want %v with %q", name, err, row.want, row.text)
		}
		if m == nil {
			t.Errorf("%s: no header to answer", name)
		}
	}
}

func TestNoVerbShowsAKey(t *testing.T) {
	m := full()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		text := fmt.Sprintf(verb, m.Extensions[7]) + fmt.Sprintf(verb, m)
		if strings.Contains(text, "twenty") || strings.Contains(text, fmt.Sprintf("%x", "twenty")) {
			t.Errorf("%s: %s", verb, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full().Append(nil))
	f.Add((&Message{Version: V2, Type: Flush}).Append(nil))
	for _, e := range full().Extensions {
		f.Add((&Message{Version: V2, Extensions: []Extension{e}}).Append(nil))
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		m, err := Parse(octets)
		if err != nil {
			return
		}
		_ = m.String()
		if again := m.Append(nil); !bytes.Equal(again, octets) {
			t.Fatalf("% x\nbecame\n% x", octets, again)
		}
	})
}
