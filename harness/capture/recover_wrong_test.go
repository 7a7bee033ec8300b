package capture

import (
	"bytes"
	"crypto/cipher"
	"fmt"
	"strings"
	"testing"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/keys"
)

// TestJunkAndCopiesDoNotMoveTheChain sends random ciphertext before MI3, QR1 and QI2, and everything twice.
func TestJunkAndCopiesDoNotMoveTheChain(t *testing.T) {
	all := loadVectors(t)
	p, q := all.Phase1[0], all.QuickMode[0]
	junk := func(m vectorMessage) []byte {
		b := bytes.Clone(m.Datagram)
		for i := isakmp.HeaderLen; i < len(b); i++ {
			b[i] ^= byte(i * 37)
		}
		return b
	}
	s := &script{t: t}
	s.say(p.Messages[:4]...)
	s.send(alice, bob, junk(p.Messages[4]))
	s.say(p.Messages[4:]...)
	s.send(alice, bob, p.Messages[4].Datagram)
	s.say(q.Messages[0])
	s.send(bob, alice, junk(q.Messages[1]))
	s.say(q.Messages[0], q.Messages[1])
	s.send(alice, bob, junk(q.Messages[2]))
	s.say(q.Messages[2])
	s.say(q.Messages[2])
	c := s.conversation()
	r, err := Recover(c, p.secrets()["g^xy"])
	if err != nil || len(r.Problems) > 0 {
		t.Fatal(err, r.Problems)
	}
	if got, want := names(c), "MI1 MR1 MI2 MR2 MI3 MI3 MR3 MI3* QI1 QR1 QI1* QR1 QI2 QI2 QI2*"; got != want {
		t.Errorf("messages %s\nwant     %s", got, want)
	}
	closed := 0
	for _, m := range c.Messages {
		if m.ISAKMP.Encrypted() && m.Plain == nil {
			closed++
			if m.Err == nil {
				t.Errorf("frame %d: not opened, and nobody says why", m.Frame)
			}
		}
	}
	if closed != 3 || len(r.SAs) != 2 {
		t.Errorf("%d messages stayed closed, %d SAs", closed, len(r.SAs))
	}
	q.check(t, r.SAs)
}

// TestWrongHashesShow changes one octet of what a hash covers, key in hand, so that everything opens and one hash
// is wrong; what follows under the same message ID then has no IV that fits a good chain.
func TestWrongHashesShow(t *testing.T) {
	all := loadVectors(t)
	p, q := all.Phase1[0], all.QuickMode[0]
	flip := func(m vectorMessage, at int) []byte {
		b := bytes.Clone(m.Datagram)
		b[isakmp.HeaderLen+at] ^= 1 // in CBC: garbles this block, flips one bit of the next
		return b
	}
	s := &script{t: t}
	s.say(p.Messages...)
	s.send(alice, bob, flip(q.Messages[0], 8)) // HASH payload is 24 octets: header 4, hash 20
	c := s.conversation()
	if _, err := Recover(c, p.secrets()["g^xy"]); err != nil {
		t.Fatal(err)
	}
	m := c.Messages[6]
	if m.Plain == nil || len(m.Checks) != 1 || m.Checks[0].Good || m.Checks[0].Name != "HASH(1)" || m.Good() {
		t.Errorf("%s: %+v %v", m.Name, m.Checks, m.Err)
	}
}

// sealAgain encrypts what a vector says under another IV, as a sender would that does not chain.
func sealAgain(t *testing.T, p vectorPhase1, m vectorMessage, iv []byte) []byte {
	t.Helper()
	block, err := crypt.CipherByName("3des").NewBlock(crypt.Secret(p.EncKey))
	if err != nil {
		t.Fatal(err)
	}
	text := append(bytes.Clone(m.Plaintext), make([]byte, m.Pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
	return append(bytes.Clone(m.Datagram[:isakmp.HeaderLen]), text...)
}

func TestAnIVThatIsNotChainedShows(t *testing.T) {
	all := loadVectors(t)
	p, q := all.Phase1[0], all.QuickMode[0]
	last := p.Messages[5].Datagram[len(p.Messages[5].Datagram)-8:]
	fresh := keys.IV2(crypt.HashByName("sha1"), 8, last, [4]byte(q.MsgID))
	s := &script{t: t}
	s.say(p.Messages...)
	s.say(q.Messages[0])
	s.send(bob, alice, sealAgain(t, p, q.Messages[1], fresh)) // as if it were the first of its exchange
	c := s.conversation()
	if _, err := Recover(c, p.secrets()["g^xy"]); err != nil {
		t.Fatal(err)
	}
	m := c.Messages[7]
	if m.Plain == nil || m.Good() || len(m.Checks) != 2 || m.Checks[1].Name != "IV" || !bytes.Equal(m.Checks[1].Got, fresh) {
		t.Errorf("%s: %+v %v", m.Name, m.Checks, m.Err)
	}
	if !c.Messages[6].Good() {
		t.Errorf("%+v", c.Messages[6].Checks)
	}
}

func TestMessagesThatOvertakeOpenAllTheSame(t *testing.T) {
	all := loadVectors(t)
	p, q := all.Phase1[0], all.QuickMode[0]
	s := &script{t: t}
	s.say(p.Messages[:5]...)
	s.send(alice, bob, q.Messages[0].Datagram) // before MR3
	s.send(bob, alice, p.Messages[5].Datagram)
	s.send(alice, bob, q.Messages[2].Datagram) // before QR1
	s.send(bob, alice, q.Messages[1].Datagram)
	c := s.conversation()
	r, err := Recover(c, p.secrets()["g^xy"])
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range c.Messages {
		if !m.Good() {
			t.Errorf("%s: %+v %v", m.Name, m.Checks, m.Err)
		}
	}
	if len(r.SAs) != 2 {
		t.Errorf("%d SAs, %v", len(r.SAs), r.Problems)
	}
}

func TestARefusedMessageDoesNotMoveTheChain(t *testing.T) {
	all := loadVectors(t)
	p, q := all.Phase1[0], all.QuickMode[0]
	bad := bytes.Clone(q.Messages[0].Datagram)
	bad[isakmp.HeaderLen+8] ^= 1 // the hash opens wrong, everything behind it right
	s := &script{t: t}
	s.say(p.Messages...)
	s.send(alice, bob, bad)
	s.say(q.Messages...)
	c := s.conversation()
	if _, err := Recover(c, p.secrets()["g^xy"]); err != nil {
		t.Fatal(err)
	}
	var good []string
	for _, m := range c.Messages[6:] {
		good = append(good, fmt.Sprint(m.Name, " ", m.Good()))
	}
	if got := strings.Join(good, ", "); got != "QI1 false, QI1 true, QR1 true, QI2 true" {
		t.Error(got)
	}
}

func TestAnInformationalUnderAnOlderBlockOpensAndIsNoted(t *testing.T) {
	all := loadVectors(t)
	p := all.Phase1[0]
	info := all.Informational[0].Message
	before := p.Messages[4].Datagram[len(p.Messages[4].Datagram)-8:] // MI3, not MR3
	iv := keys.IV2(crypt.HashByName("sha1"), 8, before, [4]byte(info.Datagram[20:]))
	s := &script{t: t}
	s.say(p.Messages...)
	s.send(alice, bob, sealAgain(t, p, info, iv))
	c := s.conversation()
	if _, err := Recover(c, p.secrets()["g^xy"]); err != nil {
		t.Fatal(err)
	}
	if m := c.Messages[6]; m.Plain == nil || m.Good() || checksOf(c) != "HASH_I HASH_R HASH(1) IV!" {
		t.Errorf("%s, %v", checksOf(c), m.Err)
	}
}
