package capture

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/keys"
)

// tv makes short attributes: type, value in turn.
func tv(pairs ...uint16) []isakmp.Attribute {
	var out []isakmp.Attribute
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, isakmp.Attribute{Type: pairs[i], Short: true, Value: binary.BigEndian.AppendUint16(nil, pairs[i+1])})
	}
	return out
}

func TestTransformsBecomeSAs(t *testing.T) {
	q := &quickMode{ask: &Message{ISAKMP: &isakmp.Message{MessageID: 7}}}
	for name, row := range map[string]struct {
		protocol isakmp.Protocol
		id       uint8
		attrs    []isakmp.Attribute
		want     string // cipher, octets with salt, authenticator, octets, mode
	}{
		"3DES, SHA1, tunnel":        {3, 3, tv(4, 1, 5, 2), "3des 24 hmac-sha1-96 20 tunnel"},
		"DES, MD5, transport":       {3, 2, tv(4, 2, 5, 1), "des 8 hmac-md5-96 16 transport"},
		"UDP tunnel":                {3, 3, tv(4, 3, 5, 2), "3des 24 hmac-sha1-96 20 tunnel udp"},
		"UDP transport, draft":      {3, 3, tv(4, 61444, 5, 2), "3des 24 hmac-sha1-96 20 transport udp"},
		"no mode":                   {3, 3, tv(5, 2), "3des 24 hmac-sha1-96 20 transport"},
		"Blowfish without length":   {3, 7, tv(4, 2), "blowfish 16 <nil> 0 transport"},
		"Blowfish 448":              {3, 7, tv(4, 2, 6, 448), "blowfish 56 <nil> 0 transport"},
		"RC5 40":                    {3, 4, tv(4, 2, 6, 40), "rc5 5 <nil> 0 transport"},
		"IDEA":                      {3, 5, tv(4, 2), "idea 16 <nil> 0 transport"},
		"CAST":                      {3, 6, tv(4, 2), "cast 16 <nil> 0 transport"},
		"NULL, SHA2-256":            {3, 11, tv(4, 2, 5, 5), "null 0 hmac-sha256-128 32 transport"},
		"AES 256, SHA2-512":         {3, 12, tv(4, 2, 6, 256, 5, 7), "aes 32 hmac-sha512-256 64 transport"},
		"AES-CTR 128, SHA2-384":     {3, 13, tv(4, 2, 6, 128, 5, 6), "aes-ctr 20 hmac-sha384-192 48 transport"},
		"AES-GCM-16 256":            {3, 20, tv(4, 2, 6, 256), "aes-gcm-16 36 <nil> 0 transport"},
		"DES_IV64":                  {3, 1, tv(4, 2), "des-iv64 8 <nil> 0 transport"},
		"AH MD5":                    {2, 2, tv(4, 2, 5, 1), "<nil> 0 hmac-md5-96 16 transport"},
		"AH SHA, no attribute":      {2, 3, tv(4, 1), "<nil> 0 hmac-sha1-96 20 tunnel"},
		"ESP cipher 250":            {3, 250, tv(4, 2), "transform 250 is not known"},
		"AH 250":                    {2, 250, tv(4, 2), "transform 250 is not known"},
		"authentication 99":         {3, 3, tv(4, 2, 5, 99), "authentication algorithm 99 is not known"},
		"IPComp, nothing but an id": {4, 2, nil, "<nil> 0 <nil> 0 transport"},
	} {
		t.Run(name, func(t *testing.T) {
			sa, err := q.model(row.protocol, isakmp.Transform{ID: row.id, Attributes: row.attrs})
			got := fmt.Sprintf("%v %d %v %d %s", sa.Cipher, len(sa.Key), sa.Integrity, len(sa.AuthKey), sa.Mode)
			if sa.UDP {
				got += " udp"
			}
			if err != nil {
				got = err.Error()
			}
			if got != row.want || sa.MessageID != 7 {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
	sa, err := q.model(3, isakmp.Transform{ID: 3, Attributes: append(tv(1, 1, 2, 600, 3, 14, 11, 1, 1, 2), isakmp.Attribute{Type: 2, Value: []byte{0, 1, 0, 0}})})
	if err != nil || sa.Seconds != 600 || sa.Kilobytes != 65536 || sa.Group != 14 || !sa.ESN {
		t.Errorf("%+v %v", sa, err)
	}
}

// said makes an opened message of payloads in hex, each with its generic header.
func said(t *testing.T, first isakmp.PayloadType, text string) *Message {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	chain, _, err := isakmp.ParseChain(first, b, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &Message{ISAKMP: &isakmp.Message{Major: 1, Exchange: isakmp.QuickMode}, Src: alice, Dst: bob, Plain: chain}
}

func TestWhatNotificationsSayOfAnSA(t *testing.T) {
	spi := []byte{0x11, 0x22, 0x33, 0x44}
	m := said(t, isakmp.PayloadN, "0b00 0014 00000001 03 04 6001 11223344 00000000"+ // REPLAY-STATUS of ours: off
		"0b00 0014 00000001 03 04 6001 55667788 00000001"+ // of another SA: on
		"0000 001c 00000001 03 04 6000 11223344 8001 0001 0002 0004 00000e10") // RESPONDER-LIFETIME 3600 s
	if got := replayStatus(m, spi); got != ipsec.ReplayOff || got.String() != "off" {
		t.Errorf("replay %s", got)
	}
	if got := replayStatus(m, []byte{0x55, 0x66, 0x77, 0x88}); got != ipsec.ReplayOn {
		t.Errorf("replay %s", got)
	}
	if got := replayStatus(m, []byte{9, 9, 9, 9}); got != ipsec.ReplayUnsaid {
		t.Errorf("replay %s", got)
	}
	if seconds, kilobytes := responderLifetime(m, spi); seconds != 3600 || kilobytes != 0 {
		t.Errorf("lifetime %d %d", seconds, kilobytes)
	}
	if seconds, _ := responderLifetime(m, []byte{9, 9, 9, 9}); seconds != 0 {
		t.Errorf("lifetime of another SA: %d", seconds)
	}
}

func TestSelectorsFollowTheAnswer(t *testing.T) {
	ask := said(t, isakmp.PayloadID, "0500 0010 04 11 06a5 0a010000 ffff0000 0000 000c 01 11 0035 0a020001")
	q := &quickMode{ask: ask, answer: said(t, isakmp.PayloadHASH, "0000 0008 00000000")}
	forth, back := q.selectors()
	if got := forth.String(); got != "10.1.0.0-10.1.255.255:1701 -> 10.2.0.1:53 protocol 17" {
		t.Error(got)
	}
	if got := back.String(); got != "10.2.0.1:53 -> 10.1.0.0-10.1.255.255:1701 protocol 17" {
		t.Error(got)
	}
	q.answer = said(t, isakmp.PayloadID, "0500 000c 01 11 06a5 0a010001 0000 000c 01 11 0035 0a020001") // narrowed
	if forth, _ = q.selectors(); forth.Src.String() != "10.1.0.1" {
		t.Error(forth)
	}
	q.ask, q.answer = said(t, isakmp.PayloadHASH, "0000 0008 00000000"), said(t, isakmp.PayloadHASH, "0000 0008 00000000")
	if forth, back = q.selectors(); forth.String() != "192.0.2.1:0 -> 192.0.2.2:0 protocol 0" || back.Src.String() != "192.0.2.2" {
		t.Error(forth, back)
	}
}

// suite makes the SA payload body of a proposal in hex for the test below.
func suite(parts ...string) *isakmp.SA {
	sa := &isakmp.SA{DOI: 1, Situation: 1}
	for i, spi := range parts {
		b, _ := hex.DecodeString(spi)
		protocol := []isakmp.Protocol{isakmp.ProtoAH, isakmp.ProtoESP}[i]
		sa.Proposals = append(sa.Proposals, isakmp.Proposal{Number: 1, Protocol: protocol, SPI: b,
			Transforms: []isakmp.Transform{{ID: 3, Attributes: tv(4, 2, 5, 2)}}})
	}
	return sa
}

// TestSuitesHaveAnSAPerProtocol: AH and ESP under one proposal number, four SAs, each with keys of its own.
func TestSuitesHaveAnSAPerProtocol(t *testing.T) {
	r := &recovery{result: &Recovery{}}
	r.result.Phase1.Hash = crypt.HashByName("sha1")
	r.result.Phase1.Skeyids.D = crypt.Secret("d")
	none := said(t, isakmp.PayloadHASH, "0000 0008 00000000")
	q := &quickMode{r: r, ask: none, answer: none, ni: []byte("ni"), nr: []byte("nr")}
	offer, chosen := suite("00001001", "00001002"), suite("00002001", "00002002")
	var got []string
	for _, p := range chosen.Proposals {
		pair, err := q.pair(offer, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, sa := range pair {
			got = append(got, fmt.Sprintf("%s %x", sa.Protocol, sa.SPI))
			spi := binary.BigEndian.AppendUint32(nil, sa.SPI)
			want := keys.Keymat(r.result.Phase1.Hash, crypt.Secret("d"), nil, uint8(sa.Protocol), spi, q.ni, q.nr, len(sa.Key)+len(sa.AuthKey))
			if !bytes.Equal(append(bytes.Clone(sa.Key), sa.AuthKey...), want) {
				t.Errorf("%s: keys of another SA", sa)
			}
		}
	}
	if text := strings.Join(got, ", "); text != "AH 2001, AH 1001, ESP 2002, ESP 1002" {
		t.Error(text)
	}
	if _, err := q.pair(suite("00001001"), chosen.Proposals[1]); err == nil || !strings.Contains(err.Error(), "ESP was not offered") {
		t.Errorf("%v", err)
	}
	two := chosen.Proposals[0]
	two.Transforms = append(two.Transforms, two.Transforms[0])
	if _, err := q.pair(offer, two); err == nil || !strings.Contains(err.Error(), "2 transforms") {
		t.Errorf("%v", err)
	}
}
