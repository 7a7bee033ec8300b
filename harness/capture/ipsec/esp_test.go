package ipsec

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/gopacket"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/isakmp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRFC3602 opens case 5 of section 4.
func TestRFC3602(t *testing.T) {
	sa := &SA{Protocol: isakmp.ProtoESP, SPI: 0x4321, Mode: Transport, Cipher: crypt.CipherByName("aes"), Key: unhex(t, "90d382b4 10eeba7a d938c46c ec1a82bf")}
	o, err := OpenESP(sa, unhex(t, `00004321 00000001 e96e8c08 ab465763 fd098d45 dd3ff893
		f663c25d 325c18c6 a9453e19 4e120849 a4870b66 cc6b9965 330013b4 898dc856
		a4699e52 3a55db08 0b59ec3a 8e4b7e52 775b07d1 db34ed9c 538ab50c 551b874a
		a269add0 47ad2d59 13ac19b7 cfbad4a6`))
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, `08000ebd a70a0000 8e9c083d b95b0700 08090a0b 0c0d0e0f 10111213 14151617
		18191a1b 1c1d1e1f 20212223 24252627 28292a2b 2c2d2e2f 30313233 34353637`)
	if !bytes.Equal(o.Inner, want) || o.NextHeader != 1 || len(o.Faults) != 0 || o.Seq != 1 || o.Verified {
		t.Errorf("%+v", o)
	}
}

// TestRFC3686 decrypts test vector 2 of section 6.
func TestRFC3686(t *testing.T) {
	sa := &SA{Cipher: crypt.CipherByName("aes-ctr"), Key: unhex(t, "7E24067817FAE0D743D6CE1F32539163 006CB6DB")}
	got, err := sa.decrypt(&Opened{IV: unhex(t, "C0543B59DA48D90B")}, nil,
		unhex(t, "5104A106168A72D9790D41EE8EDAD388 EB2E1EFC46DA57C8FCE630DF9141BE28"), nil)
	if err != nil || hex.EncodeToString(got) != "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" {
		t.Errorf("%x, %v", got, err)
	}
}

// seal is the sender of the tests: the trailer, the cipher, the ICV. pads is what goes between payload and trailer.
func seal(t testing.TB, sa *SA, seq uint32, payload, pads []byte, next uint8) []byte {
	t.Helper()
	c := sa.Cipher
	b := binary.BigEndian.AppendUint32(nil, sa.SPI)
	if !c.Old {
		b = binary.BigEndian.AppendUint32(b, seq)
	}
	iv := bytes.Repeat([]byte{0x5a}, sa.ivOctets())
	head := len(b)
	b = append(b, iv...)
	plain := append(append(bytes.Clone(payload), pads...), byte(len(pads)), next)
	key, salt := sa.Key[:len(sa.Key)-c.Salt], sa.Key[len(sa.Key)-c.Salt:]
	switch c.Mode {
	case crypt.Null:
		b = append(b, plain...)
	case crypt.CBC:
		block, err := c.NewBlock(key)
		if err != nil {
			t.Fatal(err)
		}
		whole := iv
		switch len(iv) {
		case 0:
			whole = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, seq), ^seq)
		case 4:
			whole = []byte{0x5a, 0x5a, 0x5a, 0x5a, 0xa5, 0xa5, 0xa5, 0xa5}
		}
		cipher.NewCBCEncrypter(block, whole).CryptBlocks(plain, plain)
		b = append(b, plain...)
	case crypt.CTR:
		block, _ := c.NewBlock(key)
		cipher.NewCTR(block, append(append(bytes.Clone(salt), iv...), 0, 0, 0, 1)).XORKeyStream(plain, plain)
		b = append(b, plain...)
	case crypt.GCM:
		block, _ := c.NewBlock(key)
		gcm, _ := cipher.NewGCM(block)
		all := gcm.Seal(nil, append(bytes.Clone(salt), iv...), plain, b[:head])
		b = append(b, all[:len(plain)+c.ICV]...)
	}
	if sa.Integrity != nil {
		b = append(b, sa.Integrity.Sum(sa.AuthKey, b)...)
	}
	return b
}

// fill gives 1, 2, 3 up to a whole block and 32 bits.
func fill(sa *SA, payload int) []byte {
	var pads []byte
	for (payload+len(pads)+2)%max(4, sa.Cipher.Block) != 0 {
		pads = append(pads, byte(len(pads)+1))
	}
	return pads
}

// everyESP is an SA for each cipher, key length of interest, authenticator and IV form.
func everyESP(t testing.TB) map[string]*SA {
	t.Helper()
	out := map[string]*SA{}
	for _, c := range crypt.Ciphers() {
		for _, octets := range []int{c.Min, c.Key2, c.Max} {
			for _, auth := range []string{"", "hmac-md5-96", "hmac-sha1-96", "hmac-sha256-128", "hmac-sha512-256"} {
				for _, form := range []IVForm{IVOfCipher, IVDerived, IVEight} {
					if auth != "" && (c.ICV > 0 || c.Old) || form == IVDerived && (c.Block != 8 || c.Old) || form == IVEight && c.Mode != crypt.Null {
						continue
					}
					sa := &SA{Protocol: isakmp.ProtoESP, SPI: 0x1000, Mode: Transport, Cipher: c, Integrity: crypt.IntegrityByName(auth), IV: form}
					sa.Key = bytes.Repeat([]byte{3, 5, 7}, octets+c.Salt)[:octets+c.Salt]
					if sa.Integrity != nil {
						sa.AuthKey = bytes.Repeat([]byte{9}, sa.Integrity.Octets)
					}
					out[fmt.Sprintf("%s-%d-%s-iv%d", c.Name, octets*8, auth, form)] = sa
				}
			}
		}
	}
	return out
}

func TestEveryCipherAndAuthenticatorOpens(t *testing.T) {
	for name, sa := range everyESP(t) {
		t.Run(name, func(t *testing.T) {
			for n := range 20 {
				payload := bytes.Repeat([]byte{0xab}, n)
				p := seal(t, sa, 7, payload, fill(sa, n), 17)
				o, err := OpenESP(sa, p)
				if err != nil {
					t.Fatalf("%d octets: %v", n, err)
				}
				checked := sa.Integrity != nil || sa.Cipher.ICV > 0
				if !bytes.Equal(o.Inner, payload) || o.NextHeader != 17 || len(o.Faults) > 0 || o.Verified != checked || !sa.Cipher.Old && o.Seq != 7 {
					t.Fatalf("%d octets: %+v", n, o)
				}
				if !checked {
					continue
				}
				for i := range p {
					bad := bytes.Clone(p)
					bad[i] ^= 0x10
					if _, err := OpenESP(sa, bad); err == nil || i >= 4 && !errors.Is(err, ErrICV) {
						t.Fatalf("octet %d of %d changed: %v", i, len(p), err)
					}
				}
			}
		})
	}
}

func TestESPOfEveryLengthNeverPanics(t *testing.T) {
	for name, sa := range everyESP(t) {
		p := seal(t, sa, 7, []byte("payload"), fill(sa, 7), 17)
		for n := range p {
			if o, err := OpenESP(sa, p[:n]); err == nil && (sa.Integrity != nil || sa.Cipher.ICV > 0) {
				t.Errorf("%s: %d octets of %d open: %+v", name, n, len(p), o)
			}
		}
	}
	for _, sa := range []*SA{{}, {Cipher: crypt.CipherByName("aes-gcm-16"), Key: make(crypt.Secret, 20), IV: IVDerived},
		{Cipher: crypt.CipherByName("aes-ctr"), Key: make(crypt.Secret, 2)}, {Cipher: crypt.CipherByName("aes"), Key: make(crypt.Secret, 16), IV: IVDerived},
		{Cipher: crypt.CipherByName("des-iv64"), Key: make(crypt.Secret, 8), IV: IVDerived}} {
		if _, err := OpenESP(sa, make([]byte, 64)); err == nil {
			t.Errorf("%v opens", sa)
		}
	}
}

func TestESPFaultsAreNamed(t *testing.T) {
	sa := everyESP(t)["null-0-hmac-sha1-96-iv0"]
	old := everyESP(t)["des-iv64-64--iv0"]
	tunnel := *sa
	tunnel.Mode = Tunnel
	inner := append([]byte{0x45, 0, 0, 24}, make([]byte, 20)...)
	for name, row := range map[string]struct {
		sa     *SA
		packet []byte
		fault  string
	}{
		"padding all zero":       {sa, seal(t, sa, 1, []byte("1234"), []byte{0, 0}, 17), "padding is 0000"},
		"more padding than need": {sa, seal(t, sa, 1, []byte("1234"), []byte{1, 2, 3, 4, 5, 6}, 17), ""},
		"not 32 bits":            {sa, seal(t, sa, 1, []byte("123"), nil, 17), "does not end on 32 bits"},
		"sequence number 0":      {sa, seal(t, sa, 0, []byte("12"), nil, 17), "sequence number 0"},
		"old, padding as it is":  {old, seal(t, old, 0, []byte("12"), []byte{9, 9, 9, 9}, 17), ""},
		"tunnel":                 {&tunnel, seal(t, &tunnel, 1, inner, []byte{1, 2}, 4), ""},
		"tunnel, TFC padding":    {&tunnel, seal(t, &tunnel, 1, append(bytes.Clone(inner), 1, 2, 3, 4), []byte{1, 2}, 4), ""},
		"tunnel, dummy":          {&tunnel, seal(t, &tunnel, 1, []byte("12"), nil, 59), ""},
		"tunnel, UDP inside":     {&tunnel, seal(t, &tunnel, 1, []byte("12"), nil, 17), "next header 17 in tunnel mode"},
		"IPv4 said, IPv6 inside": {&tunnel, seal(t, &tunnel, 1, append([]byte{0x60}, inner[1:]...), []byte{1, 2}, 4), "no IPv4 packet"},
		"inner length too large": {&tunnel, seal(t, &tunnel, 1, inner[:20], []byte{1, 2}, 4), "inner packet says 24 octets, there are 20"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := OpenESP(row.sa, row.packet)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(o.Faults, "; ")
			if row.fault == "" && got != "" || !strings.Contains(got, row.fault) {
				t.Errorf("faults %q, want %q", got, row.fault)
			}
		})
	}
	b := seal(t, sa, 1, []byte("1234"), []byte{1, 2}, 17)
	b[len(b)-12-2] = 200
	copy(b[len(b)-12:], sa.Integrity.Sum(sa.AuthKey, b[:len(b)-12]))
	if _, err := OpenESP(sa, b); err == nil || !strings.Contains(err.Error(), "Pad Length is 200") {
		t.Errorf("pad length of 200: %v", err)
	}
}

func TestGopacketLayers(t *testing.T) {
	for _, n := range []int{0, 1, 7} {
		if err := new(ESP).DecodeFromBytes(make([]byte, n), gopacket.NilDecodeFeedback); err == nil {
			t.Errorf("ESP of %d octets passes", n)
		}
	}
	p := gopacket.NewPacket([]byte{0, 0, 0, 9, 0, 0, 0, 1, 0xff}, LayerTypeESP, gopacket.Default)
	if e, ok := p.Layer(LayerTypeESP).(*ESP); !ok || e.SPI != 9 || e.Seq != 1 || len(e.Payload) != 1 || p.ErrorLayer() != nil {
		t.Errorf("%v", p)
	}
	p = gopacket.NewPacket([]byte{17, 1, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 1, 0, 2, 0, 8, 0, 0}, LayerTypeAH, gopacket.Default)
	if a, ok := p.Layer(LayerTypeAH).(*AH); !ok || a.SPI != 9 || len(a.ICV) != 0 || a.NextHeader != 17 {
		t.Errorf("%v", p)
	}
	p = gopacket.NewPacket([]byte{4, 0, 0x10, 0, 1}, LayerTypeIPComp, gopacket.Default)
	if c, ok := p.Layer(LayerTypeIPComp).(*IPComp); !ok || c.CPI != 0x1000 || c.NextHeader != 4 {
		t.Errorf("%v", p)
	}
	if !IsKeepalive([]byte{0xff}) || IsKeepalive([]byte{0xff, 0xff}) || IsKeepalive(nil) {
		t.Error("keepalive")
	}
}

func FuzzOpen(f *testing.F) {
	sas := everyESP(f)
	var list []*SA
	for _, name := range []string{"aes-128-hmac-sha1-96-iv0", "aes-gcm-16-128--iv0", "aes-gcm-8-128--iv0", "null-0--iv2", "des-iv64-64--iv0", "3des-192--iv1"} {
		list = append(list, sas[name])
		f.Add(byte(len(list)-1), seal(f, sas[name], 7, []byte("payload"), fill(sas[name], 7), 17))
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		sa := *list[int(which)%len(list)]
		if len(b) >= 4 {
			sa.SPI = binary.BigEndian.Uint32(b)
		}
		OpenESP(&sa, b)
	})
}
