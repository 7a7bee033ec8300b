package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/keys"
)

// errIV says that no IV that could be the right one makes sense of a message.
var errIV = errors.New("not opened: no IV gives payloads; the key is wrong, or a message before it is missing")

// open decrypts one message and checks its hash. Of the IVs that may be right the one counts that gives a good hash;
// only a good message moves the chain on (RFC 2409 section 10), so junk and copies change nothing. again: this is the
// second look at a message, which may have overtaken the one before it.
func (r *recovery) open(m *Message, again bool) {
	if !m.ISAKMP.V1() || m.ISAKMP.Err != nil {
		return
	}
	if m.Resent != nil {
		m.Plain, m.Padding, m.Checks, m.Err, m.Name = m.Resent.Plain, m.Resent.Padding, m.Resent.Checks, m.Resent.Err, m.Resent.Name
		return
	}
	if !m.ISAKMP.Encrypted() {
		r.identities(m)
		r.check(m)
		return
	}
	best := attempt{err: errIV}
	for _, iv := range r.ivs(m) {
		a := r.decrypt(m, iv)
		if a.score() > best.score() {
			best = a
		}
		if best.good() {
			break
		}
	}
	m.Plain, m.Padding, m.Checks, m.Err = best.chain, best.padding, best.checks, best.err
	if len(best.chain) == 0 {
		return
	}
	r.rename(m)
	if best.good() {
		if !again {
			r.checkIV(m, best.iv)
		}
		r.advance(m)
	}
}

// checkIV compares the IV that fitted with the one that RFC 2409 appendix B demands at this place. A message whose
// IV was another one is genuine and wrong.
func (r *recovery) checkIV(m *Message, iv []byte) {
	demanded := r.demanded(m)
	for _, d := range demanded {
		if bytes.Equal(iv, d) {
			return
		}
	}
	if len(demanded) > 0 {
		m.Checks = append(m.Checks, Check{Name: "IV", Got: iv, Want: demanded[0]})
	}
}

// demanded gives the IV that a message must have: what its exchange came to, or for the first of one what follows
// from phase 1. A notification under the message ID of a Quick Mode (CONNECTED) may do either.
func (r *recovery) demanded(m *Message) [][]byte {
	var list [][]byte
	chain := r.bases
	if m.ISAKMP.MessageID != 0 {
		chain = r.chains[m.ISAKMP.MessageID]
	}
	if len(chain) > 0 {
		list = append(list, chain[len(chain)-1])
	}
	if m.ISAKMP.MessageID != 0 && len(r.bases) > 0 && (len(chain) == 0 || m.ISAKMP.Exchange == isakmp.Informational) {
		p := &r.result.Phase1
		list = append(list, keys.IV2(p.Hash, p.Cipher.Block, r.bases[len(r.bases)-1], messageID(m)))
	}
	if r.secrets.IV != nil && len(r.chains) == 0 && len(r.bases) <= 1 {
		list = append(list, r.secrets.IV)
	}
	return list
}

// An attempt is what one IV makes of a message.
type attempt struct {
	iv      []byte
	chain   []isakmp.Payload
	padding []byte
	checks  []Check
	err     error
}

func (a attempt) good() bool {
	if a.err != nil {
		return false
	}
	for _, c := range a.checks {
		if !c.Good {
			return false
		}
	}
	return len(a.chain) > 0
}

func (a attempt) score() int {
	switch {
	case len(a.chain) == 0:
		return 0
	case a.err != nil:
		return 1 // sense at the start only: sent so, or a coincidence
	case !a.good():
		return 2
	}
	return 3
}

// ivs lists the IVs that a message may have, the most likely first.
func (r *recovery) ivs(m *Message) [][]byte {
	p := &r.result.Phase1
	var list [][]byte
	if m.ISAKMP.MessageID == 0 {
		list = slices.Clone(r.bases)
		slices.Reverse(list)
	} else {
		chain := slices.Clone(r.chains[m.ISAKMP.MessageID])
		slices.Reverse(chain)
		id := messageID(m)
		fresh := [][]byte{}
		for i := len(r.bases) - 1; i >= 0; i-- {
			fresh = append(fresh, keys.IV2(p.Hash, p.Cipher.Block, r.bases[i], id))
		}
		if m.ISAKMP.Exchange == isakmp.Informational { // CONNECTED under a Quick Mode's message ID: either way is met
			list = append(fresh, chain...)
		} else {
			list = append(chain, fresh...)
		}
	}
	if len(r.secrets.IV) == p.Cipher.Block && len(r.chains) == 0 && len(r.bases) <= 1 {
		list = append([][]byte{r.secrets.IV}, list...)
	}
	return list
}

func messageID(m *Message) [4]byte {
	return [4]byte(binary.BigEndian.AppendUint32(nil, m.ISAKMP.MessageID))
}

func (r *recovery) decrypt(m *Message, iv []byte) attempt {
	p := &r.result.Phase1
	plain, err := p.Cipher.DecryptCBC(p.CipherKey, iv, m.ISAKMP.Payload)
	if err != nil {
		return attempt{err: err}
	}
	a := attempt{iv: iv}
	a.chain, a.padding, a.err = isakmp.ParseChain(m.ISAKMP.NextPayload, plain, 1)
	if len(a.chain) == 0 || !r.plausible(m, a) {
		return attempt{err: errIV}
	}
	tried := *m
	tried.Plain = a.chain
	r.rename(&tried)
	a.checks = r.hashes(&tried, plain)
	return a
}

// plausible tells a chain from chance: what protects a message stands first and has the size of the hash.
func (r *recovery) plausible(m *Message, a attempt) bool {
	first := a.chain[0]
	if m.ISAKMP.MessageID != 0 {
		return first.Type == isakmp.PayloadHASH && len(first.Body) == r.result.Phase1.Hash.New().Size() || a.err == nil
	}
	return a.err == nil || len(a.chain) > 1
}

// rename corrects what could only be guessed while the message was closed.
func (r *recovery) rename(m *Message) {
	if m.Exchange.Type != isakmp.QuickMode || m.Exchange.side(m) != "I" {
		return
	}
	if _, offers := isakmp.Find(m.Plain, isakmp.PayloadSA); offers {
		m.Name = "QI1"
	} else {
		m.Name = "QI2"
	}
}

// advance takes note of a good message: its last block is an IV, and its identities count.
func (r *recovery) advance(m *Message) {
	text := m.ISAKMP.Payload
	last := text[len(text)-r.result.Phase1.Cipher.Block:]
	if id := m.ISAKMP.MessageID; id == 0 {
		r.bases = append(r.bases, last)
	} else {
		if r.chains == nil {
			r.chains = map[uint32][][]byte{}
		}
		r.chains[id] = append(r.chains[id], last)
	}
	r.identities(m)
	for _, c := range m.Checks {
		r.verified(c)
	}
}

// genuine reports whether every hash of an opened message is right, whatever its IV was.
func (m *Message) genuine() bool {
	for _, c := range m.Checks {
		if !c.Good && c.Name != "IV" {
			return false
		}
	}
	return m.ISAKMP.Err == nil && m.Err == nil
}

func (r *recovery) verified(c Check) {
	r.result.Phase1.VerifiedI = r.result.Phase1.VerifiedI || c.Name == "HASH_I" && c.Good
	r.result.Phase1.VerifiedR = r.result.Phase1.VerifiedR || c.Name == "HASH_R" && c.Good
}

func (r *recovery) identities(m *Message) {
	if m.ISAKMP.MessageID != 0 || m.Exchange.Type != isakmp.MainMode && m.Exchange.Type != isakmp.AggressiveMode {
		return
	}
	if _, id, ok := payload[*isakmp.Identification](m, isakmp.PayloadID); ok {
		if m.Sender == Responder {
			r.result.Phase1.IDr = id
		} else {
			r.result.Phase1.IDi = id
		}
	}
}

// check looks at a clear message that carries a hash: those of Aggressive Mode.
func (r *recovery) check(m *Message) {
	if m.Exchange.Type != isakmp.AggressiveMode && m.Exchange.Type != isakmp.MainMode {
		return
	}
	m.Checks = r.hashes(m, m.ISAKMP.Payload)
	for _, c := range m.Checks {
		r.verified(c)
	}
}

// hashes compares the HASH payload of a message with what the judge computes. body is everything behind the header,
// in clear. Nothing is said where a key or a value is missing.
func (r *recovery) hashes(m *Message, body []byte) []Check {
	got, _, ok := payload[*isakmp.Hash](m, isakmp.PayloadHASH)
	if !ok {
		return nil
	}
	if m.ISAKMP.MessageID == 0 && m.ISAKMP.Exchange != isakmp.Informational {
		return r.phase1Hash(m, got)
	}
	p := &r.result.Phase1
	if p.Skeyids.A == nil || m.Chain()[0].Type != isakmp.PayloadHASH {
		return nil
	}
	rest := body[len(m.Chain()[0].Octets):]
	if end := chainLen(m.Chain()); end <= len(body) {
		rest = body[len(m.Chain()[0].Octets):end]
	}
	c := Check{Name: m.hashName(), Got: got}
	id := messageID(m)
	switch ni, nr := r.nonces(m); {
	case m.Name == "QR1" && ni != nil:
		c.Want = keys.Hash2(p.Hash, p.Skeyids.A, id, ni, rest)
	case m.Name == "QI2" && ni != nil && nr != nil:
		c.Want = keys.Hash3(p.Hash, p.Skeyids.A, id, ni, nr)
	case m.Name == "QR1" || m.Name == "QI2":
		return nil
	default:
		c.Want = keys.Hash1(p.Hash, p.Skeyids.A, id, rest)
	}
	c.Good = bytes.Equal(c.Got, c.Want)
	return []Check{c}
}

func chainLen(chain []isakmp.Payload) int {
	n := 0
	for _, p := range chain {
		n += len(p.Octets)
	}
	return n
}

// nonces gives Ni_b and Nr_b of the Quick Mode that a message belongs to, from its good messages.
func (r *recovery) nonces(m *Message) (ni, nr []byte) {
	for _, before := range m.Exchange.Messages {
		if before == m || before.Plain == nil || !before.genuine() {
			continue
		}
		body, _, ok := payload[*isakmp.Nonce](before, isakmp.PayloadNONCE)
		switch {
		case ok && before.Name == "QI1":
			ni = body
		case ok && before.Name == "QR1":
			nr = body
		}
	}
	return ni, nr
}

// phase1Hash checks HASH_I or HASH_R.
func (r *recovery) phase1Hash(m *Message, got []byte) []Check {
	p := &r.result.Phase1
	if p.Skeyids.SKEYID == nil || r.saiBody == nil || r.parties.GXI == nil || r.parties.GXR == nil {
		return nil
	}
	c := Check{Name: m.hashName(), Got: got}
	from := m
	if m.Name == "AI2" {
		from = r.first("AI1") // the identity went before the hash
	}
	id, _, ok := payload[*isakmp.Identification](from, isakmp.PayloadID)
	if !ok {
		return nil
	}
	if m.Sender == Responder {
		c.Want = keys.HashR(p.Hash, p.Skeyids.SKEYID, r.parties, r.saiBody, id)
	} else {
		c.Want = keys.HashI(p.Hash, p.Skeyids.SKEYID, r.parties, r.saiBody, id)
	}
	c.Good = bytes.Equal(c.Got, c.Want)
	return []Check{c}
}
