package isakmp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/gopacket"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// message puts a header before payloads: type and body in turn.
func message(t testing.TB, exchange Exchange, payloads ...any) []byte {
	t.Helper()
	var body []byte
	for i := 0; i < len(payloads); i += 2 {
		next := PayloadNone
		if i+2 < len(payloads) {
			next = payloads[i+2].(PayloadType)
		}
		b := unhex(t, payloads[i+1].(string))
		body = append(body, byte(next), 0)
		body = binary.BigEndian.AppendUint16(body, uint16(4+len(b)))
		body = append(body, b...)
	}
	h := append([]byte("initiatorcooki")[:8:8], "responder"[:8]...)
	first := PayloadNone
	if len(payloads) > 0 {
		first = payloads[0].(PayloadType)
	}
	h = append(h, byte(first), 0x10, byte(exchange), 0, 0, 0, 0, 0)
	h = binary.BigEndian.AppendUint32(h, uint32(HeaderLen+len(body)))
	return append(h, body...)
}

const (
	// DOI, situation; proposal 1 of 1, ISAKMP, SPI of 2 octets, 1 transform; KEY_IKE with four TV and one TLV.
	saBody = `00000001 00000001
		00 00 002e 01 01 02 01 abcd
		00 00 0024 01 01 0000
		8001 0005 8002 0002 8003 0001 8004 0002 800b 0001 000c 0004 00007080`
	notifyBody = `00000001 01 10 6002 a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8 c0ffee`
	deleteBody = `00000001 03 04 0002 11111111 22222222`
	idBody     = `04 11 06a5 0a000000 ff000000`
)

// TestPayloadFields reads every kind of payload: its fields, then every proper prefix of its body, which must lack a
// field that the error names, or be just shorter where the body is open at its end.
func TestPayloadFields(t *testing.T) {
	for _, row := range []struct {
		kind PayloadType
		body string
		want string
		open int // octets from which on a prefix is whole
	}{
		{PayloadSA, saBody, "DOI=1 Situation=1 Proposal 1 Proposal #=1 Proposal 1 Protocol-Id=ISAKMP Proposal 1 SPI=abcd" +
			" Proposal 1 Transform 1 Transform #=1 Proposal 1 Transform 1 Transform-Id=KEY_IKE" +
			" Proposal 1 Transform 1 Encryption Algorithm=3DES-CBC Proposal 1 Transform 1 Hash Algorithm=SHA" +
			" Proposal 1 Transform 1 Authentication Method=pre-shared key Proposal 1 Transform 1 Group Description=modp1024" +
			" Proposal 1 Transform 1 Life Type=seconds Proposal 1 Transform 1 Life Duration=28800", 54},
		{PayloadKE, "0102", "Key Exchange Data=0102", 0},
		{PayloadID, idBody, "ID Type=IPV4_ADDR_SUBNET Protocol ID=17 Port=1701 Identification Data=10.0.0.0/8", 4},
		{PayloadCERT, "04 30", "Cert Encoding=4 Certificate Data=30", 1},
		{PayloadCR, "04", "Cert. Type=4 Certificate Authority=none", 1},
		{PayloadHASH, "aa", "Hash Data=aa", 0},
		{PayloadSIG, "bb", "Signature Data=bb", 0},
		{PayloadNONCE, "cc", "Nonce Data=cc", 0},
		{PayloadN, notifyBody, "DOI=1 Protocol-ID=ISAKMP Notify Message Type=INITIAL-CONTACT SPI=a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8 Notification Data=c0ffee", 24},
		{PayloadD, deleteBody, "DOI=1 Protocol-Id=ESP SPI Size=4 # of SPIs=2 SPI=11111111 SPI=22222222", 16},
		{PayloadVID, "09002689dfd6b712", "Vendor ID=09002689dfd6b712 Name=XAUTH", 0},
		{PayloadATTR, "01 00 1234 4089 0002 6d70 c08f 0001", "Type=1 Identifier=4660 Attribute 16521=6d70 Attribute 16527=0001", 4},
		{PayloadNATD, "dd", "HASH=dd", 0},
		{PayloadNATOA, "01 000000 c0000201", "ID Type=IPV4_ADDR Address=192.0.2.1", 4},
		{PayloadFragment, "0001 02 01 ff", "Fragment ID=1 Fragment Number=2 Last=true Data=ff", 4},
		{200, "ee", "Data=ee", 0},
	} {
		t.Run(row.kind.String(), func(t *testing.T) {
			body := unhex(t, row.body)
			content, err := parseContent(row.kind, body, 1)
			if err != nil {
				t.Fatal(err)
			}
			if got := flat(content); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			for n := range body {
				_, err := parseContent(row.kind, body[:n], 1)
				atAttribute := row.kind == PayloadATTR && (n == 10)
				switch whole := n >= row.open && row.kind != PayloadATTR || row.kind == PayloadATTR && (n == 4 || atAttribute) || row.kind == PayloadSA && n == 8; {
				case whole && err != nil:
					t.Errorf("%d octets: %v", n, err)
				case !whole && err == nil:
					t.Errorf("%d octets pass", n)
				}
			}
		})
	}
}

func flat(c Content) string {
	var words []string
	for _, f := range c.Fields() {
		words = append(words, f.Name+"="+f.Value)
	}
	return strings.Join(words, " ")
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for name, row := range map[string]struct {
		kind PayloadType
		body string
		want string
	}{
		"delete: SPI size 1, five SPIs":     {PayloadD, "00000001 03 01 0005 11", "# of SPIs: 5 of 1 octets each, 1 octets are left"},
		"delete: SPI size 0, one SPI":       {PayloadD, "00000001 03 00 0001", "# of SPIs: 1 of 0 octets each"},
		"delete: octets left over":          {PayloadD, "00000001 03 04 0001 11111111 22", "# of SPIs: 1 of 4 octets each, 5 octets are left"},
		"proposal length below its header":  {PayloadSA, "00000001 00000001 00 00 0003 01 01 00 00", "Proposal 1 Proposal Length: -1 octets"},
		"proposal longer than the SA":       {PayloadSA, "00000001 00000001 00 00 00ff 01 01 00 00", "Proposal 1 Proposal Length: 251 octets, 4 are left"},
		"transform of a proposal":           {PayloadSA, "00000001 00000001 00 00 0010 01 01 00 01 00 00 0009 01 01 0000", "Proposal 1: Transform 1 Transform Length: 5 octets, 4 are left"},
		"attribute longer than transform":   {PayloadSA, "00000001 00000001 00 00 0014 01 01 00 01 00 00 000c 01 01 0000 000c 0004", "Proposal 1: Transform 1: Attribute 1 Value: 4 octets, 0 are left"},
		"one transform promised as two":     {PayloadSA, "00000001 00000001 00 00 0010 01 01 00 02 00 00 0008 01 01 0000", "Proposal 1: # of Transforms: says 2, there are 1"},
		"octets behind the last proposal":   {PayloadSA, "00000001 00000001 00 00 0008 01 01 00 00 ff", "Proposals: 1 octets behind the last one"},
		"a proposal announced, not there":   {PayloadSA, "00000001 00000001 02 00 0008 01 01 00 00", "Proposal 2 Next Payload: 1 octets, 0 are left"},
		"something else than a proposal":    {PayloadSA, "00000001 00000001 0a 00 0008 01 01 00 00 00", "Proposal 2: Next Payload before it is 10"},
		"secrecy level longer than payload": {PayloadSA, "00000001 00000002 00000001 00ff 0000", "Secrecy Level: 256 octets, 0 are left"},
		"notify: SPI longer than payload":   {PayloadN, "00000001 01 10 6002 a1", "SPI: 16 octets, 1 are left"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseContent(row.kind, unhex(t, row.body), 1)
			if err == nil || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

func TestSituationLabelsAreKept(t *testing.T) {
	body := unhex(t, "00000001 00000006 00000009 0001 0000 aa000000 0008 0000 80000000 0002 0000 bbcc0000 0000 0000 00 00 0008 01 01 00 00")
	c, err := parseContent(PayloadSA, body, 1)
	if err != nil {
		t.Fatal(err)
	}
	if sa := c.(*SA); len(sa.Labels) != 32 || len(sa.Proposals) != 1 {
		t.Errorf("%d octets of labels, %d proposals", len(sa.Labels), len(sa.Proposals))
	}
}

func TestMessageHeaderAndChain(t *testing.T) {
	b := append(message(t, MainMode, PayloadSA, saBody, PayloadVID, "09002689dfd6b712", PayloadType(200), "00"), "behind"...)
	m, err := Parse(b)
	if err != nil || m.Err != nil {
		t.Fatal(err, m.Err)
	}
	if got := Types(m.Payloads); !reflect.DeepEqual(got, []PayloadType{1, 13, 200}) {
		t.Errorf("chain %v", got)
	}
	if string(m.Trailing) != "behind" || len(m.Octets) != int(m.Length) || m.Exchange != MainMode || m.Encrypted() {
		t.Errorf("%+v", m)
	}
	if p, ok := Find(m.Payloads, PayloadVID); !ok || !bytes.Equal(p.Octets[4:], p.Body) || p.Next != 200 {
		t.Errorf("%+v", p)
	}
	m, _ = Parse(append(message(t, MainMode, PayloadNONCE, "01"), 0, 0, 0))
	if len(m.Trailing) != 3 {
		t.Errorf("%d octets behind the message", len(m.Trailing))
	}
	padded := append(message(t, MainMode, PayloadNONCE, "01"), 0, 0, 0)
	binary.BigEndian.PutUint32(padded[24:], uint32(len(padded)))
	if m, _ = Parse(padded); len(m.Padding) != 3 || m.Err != nil {
		t.Errorf("padding %x, %v", m.Padding, m.Err)
	}
}

func TestBrokenMessagesKeepWhatCameBefore(t *testing.T) {
	good := message(t, MainMode, PayloadVID, "01", PayloadNONCE, "0102030405060708")
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	for name, row := range map[string]struct {
		octets []byte
		chain  int
		want   string
	}{
		"Length too large":       {change(func(b []byte) []byte { b[27]++; return b }), 2, "Length: says 46 octets, there are 45"},
		"Length zero":            {change(func(b []byte) []byte { clear(b[24:28]); return b }), 0, "Length: says 0 octets, the header alone has 28"},
		"Length huge":            {change(func(b []byte) []byte { b[24] = 0xff; return b }), 2, "Length: says 4278190125 octets"},
		"second payload too far": {change(func(b []byte) []byte { b[36]++; return b }), 1, "payload 2 (NONCE): Payload Length: 13 octets, 12 are left"},
		"payload of no octets":   {change(func(b []byte) []byte { b[36] = 0; return b }), 1, "payload 2 (NONCE): Payload Length: 0 octets, 12 are left"},
		"a payload that is not":  {change(func(b []byte) []byte { b[33] = 13; return b }), 2, "payload 3 (VID): generic header: 0 octets are left, 4 are needed"},
		"version 3":              {change(func(b []byte) []byte { b[17] = 0x30; return b }), 0, "Major Version: 3.0"},
		"encrypted, but nothing": {change(func(b []byte) []byte { b[19], b[27] = 1, 28; return b[:28] }), 0, "encrypted body: no octets"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Parse(row.octets)
			if err != nil {
				t.Fatal(err)
			}
			if m.Err == nil || !strings.HasPrefix(m.Err.Error(), row.want) || len(m.Payloads) != row.chain {
				t.Errorf("%d payloads, %v; want %d, %s", len(m.Payloads), m.Err, row.chain, row.want)
			}
		})
	}
	for n := range HeaderLen {
		if _, err := Parse(good[:n]); !errors.Is(err, ErrShort) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
	for n := HeaderLen; n < len(good); n++ {
		if m, err := Parse(good[:n]); err != nil || m.Err == nil {
			t.Errorf("%d octets: %v, %v", n, err, m.Err)
		}
	}
}

func TestIKEv2ChainEndsAtTheEncryptedPayload(t *testing.T) {
	b := message(t, 35, PayloadType(43), "01", PayloadSK, "ffffffff")
	b[17] = 0x20
	b[33] = 35 // what SK names is inside it
	m, err := Parse(b)
	if err != nil || m.Err != nil || !reflect.DeepEqual(Types(m.Payloads), []PayloadType{43, 46}) || !m.Hides() {
		t.Errorf("%v %v %v", err, m.Err, Types(m.Payloads))
	}
	if _, ok := m.Payloads[0].Content.(*Unknown); !ok {
		t.Errorf("IKEv2 payloads are not decoded: %T", m.Payloads[0].Content)
	}
}

func TestAsGopacketLayer(t *testing.T) {
	b := message(t, Informational, PayloadN, notifyBody)
	p := gopacket.NewPacket(b, LayerType, gopacket.Default)
	m, ok := p.Layer(LayerType).(*Message)
	if !ok || p.ErrorLayer() != nil || m.Exchange != Informational || len(m.LayerPayload()) != len(b)-HeaderLen {
		t.Fatalf("%v %v", p, p.ErrorLayer())
	}
	if p := gopacket.NewPacket(b[:20], LayerType, gopacket.Default); p.ErrorLayer() == nil {
		t.Error("20 octets pass")
	}
	var own Message
	var found []gopacket.LayerType
	if err := gopacket.NewDecodingLayerParser(LayerType, &own).DecodeLayers(b, &found); err != nil || len(found) != 1 || own.Exchange != Informational {
		t.Errorf("%v %v", found, err)
	}
}

func TestPlausible(t *testing.T) {
	good := message(t, MainMode, PayloadNONCE, "01")
	if !Plausible(good) {
		t.Error("a message is not plausible")
	}
	for name, at := range map[string]int{"version": 17, "exchange": 18, "length": 27} {
		b := bytes.Clone(good)
		b[at] += 0x50
		if Plausible(b) {
			t.Errorf("wrong %s is plausible", name)
		}
	}
	if Plausible(append(make([]byte, 8), good[8:]...)) || Plausible(good[:27]) {
		t.Error("no cookie, or no header, is plausible")
	}
}

func TestIdentificationAddresses(t *testing.T) {
	for _, row := range []struct {
		kind IDType
		data string
		want string
	}{
		{IDIPv4, "c0000201", "192.0.2.1"},
		{IDIPv4Subnet, "0a010203ffff0000", "10.1.2.3/16"},
		{IDIPv4Subnet, "0a010203ff00ff00", "10.1.2.3/255.0.255.0"},
		{IDIPv4Range, "0a0000010a0000ff", "10.0.0.1-10.0.0.255"},
		{IDIPv6, "20010db8000000000000000000000001", "2001:db8::1"},
		{IDIPv6Subnet, "20010db8000000000000000000000000 ffffffff000000000000000000000000", "2001:db8::/32"},
		{IDFQDN, "61622e63", `"ab.c"`},
		{IDKeyID, "00ff", "00ff"},
	} {
		id := &Identification{Type: row.kind, Data: unhex(t, row.data)}
		if id.String() != row.want {
			t.Errorf("%s: %s, want %s", row.kind, id, row.want)
		}
	}
	from, to, err := (&Identification{Type: IDIPv4Subnet, Data: unhex(t, "0a010203ffff0000")}).Addresses()
	if err != nil || fmt.Sprint(from, " ", to) != "10.1.0.0 10.1.255.255" {
		t.Errorf("%v %v %v", from, to, err)
	}
	for name, id := range map[string]*Identification{
		"short":     {Type: IDIPv4Subnet, Data: make([]byte, 4)},
		"backwards": {Type: IDIPv4Range, Data: unhex(t, "0a0000020a000001")},
		"name":      {Type: IDFQDN, Data: []byte("abcd")},
	} {
		if _, _, err := id.Addresses(); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(message(f, MainMode, PayloadSA, saBody, PayloadN, notifyBody, PayloadD, deleteBody))
	f.Add(message(f, QuickMode, PayloadID, idBody, PayloadATTR, "01 00 1234 4089 0002 6d70", PayloadNATOA, "01000000c0000201"))
	f.Add(message(f, MainMode, PayloadSA, "00000001 00000006 00000009 0001 0000 aa000000 0008 0000 80000000 0002 0000 bbcc0000 0000 0000 00 00 0008 01 01 00 00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			return
		}
		n := len(m.Padding)
		for _, p := range m.Payloads {
			n += len(p.Octets)
			if p.Content == nil {
				t.Fatalf("%s without content", p.Type)
			}
			if len(p.Content.Fields()) > 10+len(p.Body) {
				t.Fatalf("%s: %d fields of %d octets", p.Type, len(p.Content.Fields()), len(p.Body))
			}
		}
		if n > len(m.Payload) || m.Err == nil && !m.Encrypted() && n != len(m.Payload) {
			t.Fatalf("payloads and padding are %d octets of %d", n, len(m.Payload))
		}
		_, _ = m.Fields(), m.FlagNames()
		Plausible(b)
	})
}
