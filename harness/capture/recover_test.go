package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/keys"
)

// checksOf writes every check of a conversation: "HASH_I HASH_R HASH(1)", wrong ones with an exclamation mark.
func checksOf(c *Conversation) string {
	var out []string
	for _, m := range c.Messages {
		for _, k := range m.Checks {
			out = append(out, k.Name+map[bool]string{false: "!"}[k.Good])
		}
	}
	return strings.Join(out, " ")
}

// opened compares the plaintext of a message with what the vector says.
func opened(t *testing.T, m *Message, v vectorMessage) {
	t.Helper()
	if v.Plaintext == nil {
		return
	}
	var plain []byte
	for _, p := range m.Plain {
		plain = append(plain, p.Octets...)
	}
	if !bytes.Equal(plain, v.Plaintext) || len(m.Padding) != v.Pad || m.Err != nil {
		t.Errorf("%s %s: %x, padding %x, %v", v.Name, m.Name, plain, m.Padding, m.Err)
	}
}

func TestMainModeVectorsWithEverySecret(t *testing.T) {
	for _, p := range loadVectors(t).Phase1 {
		if p.Messages == nil {
			continue
		}
		for name, secrets := range p.secrets() {
			t.Run(p.ID+"/"+name, func(t *testing.T) {
				s := &script{t: t}
				s.say(p.Messages...)
				c := s.conversation()
				if got := names(c); got != "MI1 MR1 MI2 MR2 MI3 MR3" {
					t.Errorf("messages %s", got)
				}
				r, err := Recover(c, secrets)
				if err != nil || len(r.Problems) > 0 {
					t.Fatal(err, r.Problems)
				}
				for i, m := range c.Messages {
					opened(t, m, p.Messages[i])
				}
				if got := checksOf(c); got != "HASH_I HASH_R" || !r.Phase1.VerifiedI || !r.Phase1.VerifiedR {
					t.Errorf("checks %s", got)
				}
				for what, pair := range map[string][2][]byte{
					"SKEYID_d": {r.Phase1.Skeyids.D, p.D}, "SKEYID_a": {r.Phase1.Skeyids.A, p.A},
					"SKEYID_e": {r.Phase1.Skeyids.E, p.E}, "Ka": {r.Phase1.CipherKey, p.EncKey},
				} {
					if !bytes.Equal(pair[0], pair[1]) {
						t.Errorf("%s is wrong", what)
					}
				}
				if r.Phase1.Group.Number != p.Group || r.Phase1.KeyOctets != p.KeyOctets || r.Phase1.IDi == nil || r.Phase1.IDr == nil {
					t.Errorf("%v", r.Phase1)
				}
			})
		}
	}
}

func TestAggressiveModeVectors(t *testing.T) {
	for _, p := range loadVectors(t).Aggressive {
		for _, third := range []int{2, 3} { // the third message in clear, and encrypted
			s := &script{t: t}
			s.say(p.Messages[0], p.Messages[1], p.Messages[third])
			c := s.conversation()
			r, err := Recover(c, p.secrets()["g^xy"])
			if err != nil || len(r.Problems) > 0 {
				t.Fatal(err, r.Problems)
			}
			if names(c) != "AI1 AR1 AI2" || checksOf(c) != "HASH_R HASH_I" || !r.Phase1.VerifiedI || !r.Phase1.VerifiedR {
				t.Errorf("%s: %s, checks %s", p.Messages[third].Name, names(c), checksOf(c))
			}
			opened(t, c.Messages[2], p.Messages[third])
		}
	}
}

// cipherOf and authOf map what the vectors call an algorithm.
var (
	cipherOf = map[string]string{"3des": "3des", "des": "des", "null": "null", "aes128": "aes", "aes256": "aes"}
	authOf   = map[string]string{"hmac-sha1": "hmac-sha1-96", "hmac-md5": "hmac-md5-96", "hmac-sha256": "hmac-sha256-128"}
)

func (q vectorQuick) check(t *testing.T, sas []*ipsec.SA) {
	t.Helper()
	found := 0
	for _, sa := range sas {
		if sa.MessageID != binary.BigEndian.Uint32(q.MsgID) {
			continue
		}
		way, spi, src := "initiator_to_responder", q.SPIr, alice
		if sa.Src == bob.Addr() {
			way, spi, src = "responder_to_initiator", q.SPIi, bob
		}
		found++
		k := q.Keymat[way]
		if sa.SPI != binary.BigEndian.Uint32(spi) || sa.Src != src.Addr() || !bytes.Equal(sa.Key, k.EncKey) || !bytes.Equal(sa.AuthKey, k.AuthKey) {
			t.Errorf("%s %s: %v", q.ID, way, sa)
		}
		if sa.Cipher != nil && sa.Cipher.Name != cipherOf[q.Encryption] || sa.Integrity.Name != authOf[q.Authentication] || uint8(sa.Protocol) != q.Protocol || sa.Group != q.PFSGroup || !sa.Confirmed {
			t.Errorf("%s %s: %+v", q.ID, way, sa)
		}
		want := ipsec.Range{From: sa.Src, To: sa.Src}.String()
		if len(q.IDci) > 0 {
			want = map[bool]string{true: "10.1.0.0-10.1.255.255", false: "10.2.0.0-10.2.255.255"}[src == alice]
		}
		if got := sa.Selector.Src.String(); got != want {
			t.Errorf("%s %s: selector %s, want %s", q.ID, way, got, want)
		}
	}
	if found != 2 {
		t.Errorf("%s: %d SAs", q.ID, found)
	}
}

// TestQuickModeVectors runs every Quick Mode and Informational of the vectors under its phase 1, all interleaved.
func TestQuickModeVectors(t *testing.T) {
	all := loadVectors(t)
	for _, p := range all.Phase1 {
		quick := all.under(p.ID)
		if len(quick) == 0 {
			continue
		}
		for who, exponent := range map[string]func(q vectorQuick) []byte{
			"initiator": func(q vectorQuick) []byte { return q.XI }, "responder": func(q vectorQuick) []byte { return q.XR }, "shared": nil,
		} {
			t.Run(p.ID+"/"+who, func(t *testing.T) {
				s := &script{t: t}
				s.say(p.Messages...)
				secrets := p.secrets()["g^xy"]
				secrets.SharedPFS = map[uint32]crypt.Secret{}
				var want []vectorMessage
				for step := range 3 {
					for _, q := range quick {
						want = append(want, q.Messages[step])
						if step == 1 {
							s.send(bob, alice, q.Messages[step].Datagram)
						} else {
							s.send(alice, bob, q.Messages[step].Datagram)
						}
						if exponent == nil && q.GXY != nil {
							secrets.SharedPFS[binary.BigEndian.Uint32(q.MsgID)] = crypt.Secret(q.GXY)
						} else if q.GXY != nil {
							secrets.Exponents = append(secrets.Exponents, exponent(q))
						}
					}
					for _, x := range all.Informational {
						if x.Phase1 == p.ID && step == 1 {
							want = append(want, x.Message)
							s.send(alice, bob, x.Message.Datagram)
						}
					}
				}
				c := s.conversation()
				r, err := Recover(c, secrets)
				if err != nil || len(r.Problems) > 0 {
					t.Fatal(err, r.Problems)
				}
				for i, m := range c.Messages[6:] {
					opened(t, m, want[i])
					if len(m.Checks) != 1 || !m.Checks[0].Good || !m.Good() {
						t.Errorf("%s (%s): %+v", m.Name, want[i].Name, m.Checks)
					}
					if name := map[string]string{"QM1": "QI1", "QM2": "QR1", "QM3": "QI2", "INF": "INFO"}[want[i].Name]; m.Name != name {
						t.Errorf("%s is named %s", want[i].Name, m.Name)
					}
				}
				for _, q := range quick {
					q.check(t, r.SAs)
				}
				if len(r.SAs) != 2*len(quick) {
					t.Errorf("%d SAs of %d Quick Modes", len(r.SAs), len(quick))
				}
			})
		}
	}
}

func TestPartialSecretsGivePartialAnswers(t *testing.T) {
	all := loadVectors(t)
	p, q := all.Phase1[0], all.QuickMode[1] // with PFS
	for name, row := range map[string]struct {
		secrets Secrets
		checks  string
		opened  int
		sas     int
		problem string
	}{
		"SKEYID_e":             {Secrets{Skeyids: keys.Skeyids{E: crypt.Secret(p.E)}}, "", 5, 0, "SKEYID_d is not known"},
		"cipher key":           {Secrets{CipherKey: crypt.Secret(p.EncKey)}, "", 5, 0, "SKEYID_d is not known"},
		"no PFS exponent":      {p.secrets()["g^xy"], "HASH_I HASH_R HASH(1) HASH(2) HASH(3)", 5, 0, "g(qm)^xy is not given"},
		"children, not SKEYID": {Secrets{Skeyids: keys.Skeyids{D: crypt.Secret(p.D), A: crypt.Secret(p.A), E: crypt.Secret(p.E)}, Exponents: []crypt.Secret{crypt.Secret(q.XR)}}, "HASH(1) HASH(2) HASH(3)", 5, 2, ""},
		"another PSK":          {Secrets{PSK: crypt.Secret("wrong"), Shared: crypt.Secret(p.GXY)}, "", 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{t: t}
			s.say(p.Messages...)
			s.say(q.Messages...)
			c := s.conversation()
			r, err := Recover(c, row.secrets)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, m := range c.Messages {
				if m.Plain != nil {
					n++
				}
			}
			problems := fmt.Sprint(r.Problems)
			if checksOf(c) != row.checks || n != row.opened || len(r.SAs) != row.sas || !strings.Contains(problems, row.problem) {
				t.Errorf("checks %q, %d opened, %d SAs, %s", checksOf(c), n, len(r.SAs), problems)
			}
		})
	}
	for name, secrets := range map[string]Secrets{
		"g^xy: not given":           {PSK: crypt.Secret(p.PSK)},
		"pre-shared key: not given": {Exponents: []crypt.Secret{crypt.Secret(p.XI)}},
	} {
		s := &script{t: t}
		s.say(p.Messages...)
		if _, err := Recover(s.conversation(), secrets); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

func TestConversationOfTheOtherSide(t *testing.T) {
	all := loadVectors(t)
	p, q := all.Phase1[0], all.QuickMode[0]
	// The phase 1 responder starts the Quick Mode: cookies stay, names go by who started it.
	s := &script{t: t}
	s.say(p.Messages...)
	s.send(bob, alice, q.Messages[0].Datagram)
	s.send(alice, bob, q.Messages[1].Datagram)
	s.send(bob, alice, q.Messages[2].Datagram)
	c := s.conversation()
	r, err := Recover(c, p.secrets()["g^xy"])
	if err != nil || len(r.SAs) != 2 {
		t.Fatal(err, r)
	}
	if got := names(c); got != "MI1 MR1 MI2 MR2 MI3 MR3 QI1 QR1 QI2" || c.Messages[6].Sender != Responder || c.Exchanges[1].Starter != Responder {
		t.Errorf("%s, %s", got, c.Messages[6].Sender)
	}
	if r.SAs[0].Src != bob.Addr() || r.SAs[0].SPI != binary.BigEndian.Uint32(q.SPIr) {
		t.Errorf("%v", r.SAs[0])
	}
	if got := c.Messages[6].Layout(); got != "HDR*, HASH(1), SA, Ni, IDci, IDcr" {
		t.Errorf("%s", got)
	}
}
