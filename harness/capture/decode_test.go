package capture

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/packet"
	"ikewit/harness/capture/pcapfile"
)

// kinds writes the kinds of records: "isakmp natt-keepalive".
func kinds(s *script, o Options) string {
	var out []string
	for r := range Decode(s, o) {
		k := string(r.Kind)
		if r.NATT {
			k += "/natt"
		}
		if r.Err != nil {
			k += ": " + r.Err.Error()
		}
		out = append(out, k)
	}
	return strings.Join(out, " ")
}

func port(a netip.AddrPort, n uint16) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), n) }

func TestPortsMarkersAndLooks(t *testing.T) {
	message := loadVectors(t).Phase1[0].Messages[0].Datagram
	marked := append(make([]byte, 4), message...)
	alice6, bob6 := netip.MustParseAddrPort("[2001:db8::1]:500"), netip.MustParseAddrPort("[2001:db8::2]:500")
	for name, row := range map[string]struct {
		from, to netip.AddrPort
		payload  []byte
		options  Options
		want     string
	}{
		"500":                          {alice, bob, message, Options{}, "isakmp"},
		"500, IPv6":                    {alice6, bob6, message, Options{}, "isakmp"},
		"from a port that NAT chose":   {port(alice, 33333), bob, message, Options{}, "isakmp"},
		"4500 with marker":             {port(alice, 4500), port(bob, 4500), marked, Options{}, "isakmp/natt"},
		"4500 without marker":          {port(alice, 4500), port(bob, 4500), message, Options{}, "esp/natt"},
		"4500, keepalive":              {port(alice, 4500), port(bob, 4500), []byte{0xff}, Options{}, "natt-keepalive/natt"},
		"4500, short":                  {port(alice, 4500), port(bob, 4500), []byte{1, 2, 3}, Options{}, "problem/natt: frame 1: ESP header: 3 octets, 8 are needed"},
		"4500, nothing":                {port(alice, 4500), port(bob, 4500), nil, Options{}, "problem/natt: frame 1: UDP encapsulation: no octets"},
		"500, short":                   {alice, bob, message[:27], Options{}, "problem: frame 1: shorter than an ISAKMP header: 27 octets of 28"},
		"another port, looks like it":  {port(alice, 1000), port(bob, 2000), message, Options{}, "isakmp"},
		"another port, marker":         {port(alice, 1000), port(bob, 2000), marked, Options{}, "isakmp/natt"},
		"another port, something else": {port(alice, 1000), port(bob, 2000), message[:40], Options{}, "other"},
		"another port, on request":     {port(alice, 1000), port(bob, 2000), message[:40], Options{IKEPorts: []uint16{2000}}, "isakmp"},
		"NAT-T port, on request":       {port(alice, 1000), port(bob, 2000), []byte{0xff}, Options{NATTPorts: []uint16{1000}}, "natt-keepalive/natt"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{t: t}
			s.send(row.from, row.to, row.payload)
			if got := kinds(s, row.options); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}

func TestNestedAndFragmentedPackets(t *testing.T) {
	message := loadVectors(t).Phase1[0].Messages[0].Datagram
	raw, _ := packet.WrapUDP(alice, bob, message)
	frame := func(b []byte) pcapfile.Frame {
		return pcapfile.Frame{Number: 1, Link: pcapfile.LinkRaw, Data: b, Length: len(b)}
	}
	ah := append([]byte{packet.ProtoUDP, 1, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 1}, raw[20:]...)
	deep := raw
	for range 9 {
		deep = packet.WrapIP(alice.Addr(), bob.Addr(), packet.ProtoIPv4, deep)
	}
	part := func(offset, end int, more byte) pcapfile.Frame {
		b := packet.WrapIP(alice.Addr(), bob.Addr(), packet.ProtoUDP, raw[20+offset:20+end])
		b[4], b[5], b[6], b[7] = 0, 9, more, byte(offset/8)
		return frame(b)
	}
	end := len(raw) - 20
	for name, row := range map[string]struct {
		frames []pcapfile.Frame
		want   string
	}{
		"AH":              {[]pcapfile.Frame{frame(packet.WrapIP(alice.Addr(), bob.Addr(), packet.ProtoAH, ah))}, "ah isakmp"},
		"IP in IP":        {[]pcapfile.Frame{frame(packet.WrapIP(alice.Addr(), bob.Addr(), packet.ProtoIPv4, raw))}, "isakmp"},
		"too deep":        {[]pcapfile.Frame{frame(deep)}, "problem: frame 1: more than 8 headers one in another"},
		"fragments":       {[]pcapfile.Frame{part(0, 40, 0x20), part(40, end, 0)}, "other isakmp"},
		"fragments, last": {[]pcapfile.Frame{part(40, end, 0), part(0, 40, 0x20)}, "other isakmp"},
		"dummy behind AH": {[]pcapfile.Frame{frame(packet.WrapIP(alice.Addr(), bob.Addr(), packet.ProtoAH, append([]byte{packet.ProtoNone}, ah[1:12]...)))}, "ah"},
		"ARP":             {[]pcapfile.Frame{{Number: 1, Link: pcapfile.LinkEthernet, Data: []byte("dstdstsrcsrc\x08\x06arp")}}, "other"},
		"half a frame":    {[]pcapfile.Frame{{Number: 1, Link: pcapfile.LinkEthernet, Data: []byte("dstdst")}}, "problem: frame 1: link header: 6 octets, 14 are needed"},
		"ICMP":            {[]pcapfile.Frame{frame(packet.WrapIP(alice.Addr(), bob.Addr(), packet.ProtoICMP, []byte("ping")))}, "other"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := kinds(&script{t: t, frames: row.frames}, Options{}); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}

func TestACutMessageSaysSo(t *testing.T) {
	s := &script{t: t}
	s.send(alice, bob, loadVectors(t).Phase1[0].Messages[0].Datagram)
	s.frames[0].Data = s.frames[0].Data[:20+8+40]
	for r := range Decode(s, Options{}) {
		if r.Kind != KindISAKMP || r.Cut == 0 || r.ISAKMP.Err == nil || !strings.HasPrefix(r.ISAKMP.Err.Error(), fmt.Sprintf("the capture lacks %d octets; Length: says 84 octets, there are 40", r.Cut)) {
			t.Errorf("%+v %v", r, r.ISAKMP.Err)
		}
	}
}

func TestConversationsByCookies(t *testing.T) {
	p := loadVectors(t).Phase1[0]
	again := func(m vectorMessage, at int, octet byte) []byte {
		b := bytes.Clone(m.Datagram)
		b[at] = octet
		return b
	}
	s := &script{t: t}
	s.say(p.Messages[:2]...)
	s.send(bob, alice, again(p.Messages[1], 15, 0x77)) // another answer to the same MI1
	s.send(alice, bob, again(p.Messages[0], 0, 0x77))  // another initiator cookie
	s.send(port(alice, 4500), port(bob, 4500), append(make([]byte, 4), p.Messages[2].Datagram...))
	s.send(port(bob, 4500), port(alice, 4500), append(make([]byte, 4), p.Messages[3].Datagram...))
	var records []Record
	for r := range Decode(s, Options{}) {
		records = append(records, r)
	}
	var got []string
	for _, c := range Converse(records) {
		got = append(got, names(c))
	}
	if text := strings.Join(got, " | "); text != "MI1 MR1 MI2 MR2 | MI1 MR1 | MI1" {
		t.Error(text)
	}
	// A single message whose side nobody can tell.
	lone := &script{t: t}
	lone.say(p.Messages[2])
	if got := names(lone.conversation()); got != "M?2" {
		t.Error(got)
	}
	answer := &script{t: t}
	answer.say(p.Messages[1])
	if c := answer.conversation(); names(c) != "MR1" || c.Responder != alice {
		t.Error(names(c), c.Responder)
	}
}

func TestIKEv2AndOtherExchangesHaveNames(t *testing.T) {
	b := bytes.Clone(loadVectors(t).Phase1[0].Messages[0].Datagram)
	for kind, want := range map[isakmp.Exchange]string{6: "TI", 33: "NI", 5: "INFO", 1: "Base", 240: "exchange 240"} {
		b[18] = byte(kind)
		s := &script{t: t}
		s.send(alice, bob, b)
		if got := names(s.conversation()); got != want {
			t.Errorf("exchange %d: %s", kind, got)
		}
	}
	b[17], b[18], b[19] = 0x20, 34, 0x08
	s := &script{t: t}
	s.send(alice, bob, b)
	if c := s.conversation(); names(c) != "IKE_SA_INIT" || c.Messages[0].Sender != Initiator {
		t.Error(names(c), c.Messages[0].Sender)
	}
}

// written puts a script into a file.
func (s *script) written() string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "wire.pcapng")
	f, err := os.Create(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	w, err := pcapfile.NewWriter(f, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range s.frames {
		if err := w.Write(x); err != nil {
			s.t.Fatal(err)
		}
	}
	return path
}

func TestDecodeFileWithOurOwnKeyFile(t *testing.T) {
	all := loadVectors(t)
	p, q := all.Phase1[0], all.QuickMode[1]
	s := &script{t: t}
	s.say(p.Messages...)
	s.say(q.Messages...)
	s.say(q.Messages[:1]...)
	path := s.written()
	c := s.conversation()
	set := KeySet{IKEv1: []IKEv1Keys{{ICookie: c.ICookie[:], PSK: hexSecret(p.PSK), Exponents: []hexSecret{hexSecret(p.XR), hexSecret(q.XI)}}}}
	b, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	keysPath := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keysPath, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := DecodeFile(path, keysPath, &out); err != nil {
		t.Fatal(err)
	}
	list := lines(t, out.Bytes())
	if len(list) != 10 || fmt.Sprint(list[4]["decrypted"]) != "[5 8]" || fmt.Sprint(list[8]["checks"]) != "[map[good:true name:HASH(3)]]" || list[9]["retransmission_of"] != 7.0 {
		t.Errorf("%v", list)
	}
	out.Reset()
	if err := DecodeFileText(path, keysPath, &out); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"#5  0.004000  MI3  192.0.2.1:500 -> 192.0.2.2:500  HDR*, IDii, HASH_I\n",
		"    Quick Mode 1.0  a1a2a3a4a5a6a7a8:b1b2b3b4b5b6b7b8  message ID 0badcafe  flags encryption  292 octets\n",
		"        Proposal 1 Transform 1: Transform # 1, Transform-Id ESP_3DES, ",
		"    HASH(3) is right\n",
		"    the same octets as frame 7\n",
		"    IDii 192.0.2.1 protocol 17 port 500  verified\n",
		"    ESP a766d371 192.0.2.1 -> 192.0.2.2 tunnel 3des/192 hmac-sha1-96",
		"        10.1.0.0-10.1.255.255:0 -> 10.2.0.0-10.2.255.255:0 protocol 0\n",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %q in\n%s", line, out.String())
		}
	}
	for _, secret := range [][]byte{p.PSK, p.EncKey, p.D, q.Keymat["initiator_to_responder"].EncKey} {
		if strings.Contains(out.String(), fmt.Sprintf("%x", secret)) {
			t.Error("the text shows a secret")
		}
	}
}

func TestKeyFilesThatMakeNoSense(t *testing.T) {
	s := &script{t: t}
	s.say(loadVectors(t).Phase1[0].Messages...)
	path := s.written()
	for text, want := range map[string]string{
		`{"ikev1": [{"icookie": "a1a2a3a4a5a6a7a8", "psk": "secret"}]}`:        "octets of 6 characters are no hex",
		`{"ikev1": [{"icookie": "a1a2a3a4a5a6a7a8", "cipher": "rot13"}]}`:      `cipher "rot13" is not known`,
		`{"ikev1": [{"icookie": "a1a2a3a4a5a6a7a8", "hash": "crc"}]}`:          `hash "crc" is not known`,
		`{"ikev1": [{"icookie": "a1a2a3a4a5a6a7a8", "g_qm_xy": {"1": "00"}}]}`: `g_qm_xy of "1"`,
		`{"ikev1": [{"icookie": "a1a2a3a4a5a6a7a8"}]}`:                         "g^xy: not given",
		`{"ikev1": [{"icookie": "a1a2a3a4a5a6a7a8", "enc_key": "00"}]}`:        "3des key of 1 octets",
		`[]`: "keys.json: ",
		`{`:  "keys.json: ",
	} {
		keysPath := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(keysPath, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := DecodeFile(path, keysPath, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), `"secret"`) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, set := range []KeySet{{ESP: []ManualKeys{{Src: "x"}}}, {ESP: []ManualKeys{{Src: "::", Dst: "x"}}}, {ESP: []ManualKeys{{Src: "::", Dst: "::", Cipher: "x"}}}, {AH: []ManualKeys{{Src: "::", Dst: "::", Auth: "x"}}}} {
		if _, err := set.SAs(); err == nil {
			t.Errorf("%+v passes", set)
		}
	}
}

func TestDecodeFileRefusesWhatIsNoCapture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text.txt")
	if err := os.WriteFile(path, []byte("some text that is no capture at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := DecodeFile(path, "", &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "text.txt: not a capture") {
		t.Error(err)
	}
	if err := DecodeFile(filepath.Join(t.TempDir(), "none"), "", &bytes.Buffer{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	s := &script{t: t}
	s.say(loadVectors(t).Phase1[0].Messages...)
	b, _ := os.ReadFile(s.written())
	cut := filepath.Join(t.TempDir(), "cut.pcapng")
	if err := os.WriteFile(cut, b[:len(b)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := DecodeFile(cut, "", &out)
	var format *pcapfile.FormatError
	if !errors.As(err, &format) || format.Frame != 6 || errors.As(err, &Problems{}) || len(lines(t, out.Bytes())) != 5 {
		t.Errorf("%v, %d messages", err, len(lines(t, out.Bytes())))
	}
}

func FuzzDecodeAndRecover(f *testing.F) {
	all := loadVectors(f)
	p, q := all.Phase1[0], all.QuickMode[0]
	var seed []byte
	for _, m := range append(append([]vectorMessage{}, p.Messages...), q.Messages...) {
		seed = binary.BigEndian.AppendUint16(seed, uint16(len(m.Datagram)))
		seed = append(seed, m.Datagram...)
	}
	f.Add(seed)
	f.Add(binary.BigEndian.AppendUint16(nil, 0))
	secrets := p.secrets()["SKEYID and children"]
	secrets.Shared = nil
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &script{t: t}
		for len(b) >= 2 && len(s.frames) < 20 {
			n := min(int(binary.BigEndian.Uint16(b)), len(b)-2)
			from, to := alice, bob
			if len(s.frames)%2 == 1 {
				from, to = bob, alice
			}
			s.send(from, to, b[2:2+n])
			b = b[2+n:]
		}
		var records []Record
		for r := range Decode(s, Options{}) {
			records = append(records, r)
		}
		for _, c := range Converse(records) {
			r, err := Recover(c, secrets)
			if err == nil {
				WiresharkTables([]*Recovery{r})
			}
			Diff(c, c)
			for _, m := range c.Messages {
				var text strings.Builder
				m.writeText(&text)
				m.Comment()
				if err := m.WriteJSON(&text); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
