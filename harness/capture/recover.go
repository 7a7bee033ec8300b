package capture

import (
	"bytes"
	"errors"
	"fmt"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/keys"
)

// Secrets is what one side gave away. From any of these the judge computes as much as follows:
//
//   - PSK and an exponent of either side, or PSK and Shared: everything;
//   - SKEYID and its children: everything but g^xy; SKEYID_e or CipherKey alone: plaintext, no hashes;
//   - with PFS, KEYMAT also needs an exponent of either side of that Quick Mode, or its entry in SharedPFS.
//
// No field prints itself.
type Secrets struct {
	PSK       crypt.Secret
	Exponents []crypt.Secret          // private exponents, of phase 1 and of PFS: found by the public value they make
	Shared    crypt.Secret            // g^xy of phase 1
	SharedPFS map[uint32]crypt.Secret // g(qm)^xy by message ID
	Skeyids   keys.Skeyids            // those that are known
	CipherKey crypt.Secret            // Ka

	// Cipher, Hash and IV stand in where the capture has no SA or KE payloads. IV is that of the first encrypted
	// message of whichever exchange is first.
	Cipher *crypt.Cipher
	Hash   *crypt.Hash
	IV     []byte
}

// Phase1 is an ISAKMP SA as the judge computed it.
type Phase1 struct {
	Mode               isakmp.Exchange
	Cipher             *crypt.Cipher
	KeyOctets          int
	Hash               *crypt.Hash
	Group              *crypt.Group
	Method             uint16 // Authentication Method
	Seconds, Kilobytes uint64 // lifetimes; 0: none was named
	IDi, IDr           *isakmp.Identification

	Shared    crypt.Secret // g^xy
	Skeyids   keys.Skeyids
	CipherKey crypt.Secret

	VerifiedI, VerifiedR bool // HASH_I, HASH_R were there and right
}

// A Recovery is what Recover found out.
type Recovery struct {
	Conversation *Conversation
	Phase1       Phase1
	SAs          []*ipsec.SA // of every Quick Mode that was answered: per protocol first the one towards its responder
	Problems     []error     // what could not be computed, and why
}

// Recover computes an ISAKMP SA and its IPsec SAs from the wire and a secret. It opens every message that it can,
// which shows in Plain, Checks and Err of the conversation's messages. The error says why nothing could be opened;
// what else went wrong is in Problems.
//
// RFC 2409 section 5, appendix B.
func Recover(c *Conversation, s Secrets) (*Recovery, error) {
	for _, m := range c.Messages {
		m.Plain, m.Padding, m.Checks, m.Err = nil, nil, nil, nil
	}
	r := &recovery{conversation: c, secrets: s, result: &Recovery{Conversation: c}, publics: map[publicKey][]byte{}}
	r.phase1Offer()
	r.phase1Values()
	if err := r.phase1Keys(); err != nil {
		return r.result, err
	}
	for _, m := range c.Messages {
		r.open(m, false)
	}
	for pass := 0; pass < maxPasses && r.openLate(); pass++ {
	}
	for _, x := range c.Exchanges {
		if x.Type == isakmp.QuickMode {
			if err := r.quick(x); err != nil {
				r.problem(fmt.Errorf("quick mode %08x: %w", x.MessageID, err))
			}
		}
	}
	return r.result, nil
}

// maxPasses bounds how often closed messages are looked at again (ours).
const maxPasses = 8

// openLate looks again at what stayed closed: a message that overtook another finds its IV now. It reports whether
// any was opened.
func (r *recovery) openLate() bool {
	progress := false
	for _, m := range r.conversation.Messages {
		if m.ISAKMP.Encrypted() && m.Plain == nil {
			r.open(m, true)
			progress = progress || m.Plain != nil
		}
	}
	return progress
}

// A recovery is the work of one Recover.
type recovery struct {
	conversation *Conversation
	secrets      Secrets
	result       *Recovery
	parties      keys.Parties
	saiBody      []byte
	bases        [][]byte             // IV that phase 1 came to, oldest first: the first IV, then last blocks of good messages
	chains       map[uint32][][]byte  // the same for what is under each message ID
	publics      map[publicKey][]byte // public values that exponents make
}

type publicKey struct {
	group    uint16
	exponent int
}

func (r *recovery) problem(err error) { r.result.Problems = append(r.result.Problems, err) }

// first gives the first good-looking message of one of the names.
func (r *recovery) first(names ...string) *Message {
	for _, name := range names {
		for _, m := range r.conversation.Find(name) {
			if m.ISAKMP.Err == nil {
				return m
			}
		}
	}
	return nil
}

// payload gives the body and the content of the first payload of a type in a message that may be nil.
func payload[T isakmp.Content](m *Message, t isakmp.PayloadType) (body []byte, content T, ok bool) {
	if m == nil {
		return nil, content, false
	}
	p, found := isakmp.Find(m.Chain(), t)
	if !found || p.Err != nil {
		return nil, content, false
	}
	content, ok = p.Content.(T)
	return p.Body, content, ok
}

// phase1Offer reads what was offered and what was chosen.
func (r *recovery) phase1Offer() {
	p := &r.result.Phase1
	p.Cipher, p.Hash = r.secrets.Cipher, r.secrets.Hash
	offer, answer := r.first("MI1", "AI1"), r.first("MR1", "AR1")
	r.saiBody, _, _ = payload[*isakmp.SA](offer, isakmp.PayloadSA)
	if offer != nil {
		p.Mode = offer.ISAKMP.Exchange
	}
	_, sa, ok := payload[*isakmp.SA](answer, isakmp.PayloadSA)
	if !ok || len(sa.Proposals) == 0 || len(sa.Proposals[0].Transforms) == 0 {
		return
	}
	p.Mode = answer.ISAKMP.Exchange
	t := sa.Proposals[0].Transforms[0]
	number := func(kind uint16) uint16 {
		a, _ := t.Find(kind)
		n, _ := a.Number()
		return uint16(min(n, 0xffff))
	}
	p.Cipher, p.Hash = crypt.CipherByPhase1(number(1)), crypt.HashByNumber(number(2))
	p.Method, p.Group = number(3), crypt.GroupByNumber(number(4))
	p.Seconds, p.Kilobytes = lifetimes(t.Attributes, 11, 12)
	if p.Cipher != nil {
		if p.KeyOctets = p.Cipher.Key1; number(14) != 0 {
			p.KeyOctets = int(number(14)) / 8
		}
	}
}

// lifetimes pairs life types with the durations that follow them. RFC 2407 section 4.5.
func lifetimes(attributes []isakmp.Attribute, kind, duration uint16) (seconds, kilobytes uint64) {
	unit := uint64(0)
	for _, a := range attributes {
		n, ok := a.Number()
		if !ok {
			n = ^uint64(0)
		}
		switch {
		case a.Type == kind:
			unit = n
		case a.Type == duration && unit == 1:
			seconds = n
		case a.Type == duration && unit == 2:
			kilobytes = n
		}
	}
	return seconds, kilobytes
}

// phase1Values collects what both sides put on the wire.
func (r *recovery) phase1Values() {
	c := r.conversation
	r.parties = keys.Parties{ICookie: c.ICookie[:], RCookie: c.RCookie[:]}
	mine, theirs := r.first("MI2", "AI1"), r.first("MR2", "AR1")
	r.parties.GXI, _, _ = payload[*isakmp.KeyExchange](mine, isakmp.PayloadKE)
	r.parties.GXR, _, _ = payload[*isakmp.KeyExchange](theirs, isakmp.PayloadKE)
	r.parties.NiBody, _, _ = payload[*isakmp.Nonce](mine, isakmp.PayloadNONCE)
	r.parties.NrBody, _, _ = payload[*isakmp.Nonce](theirs, isakmp.PayloadNONCE)
}

// phase1Keys goes from the secrets to the cipher key and the first IV.
func (r *recovery) phase1Keys() error {
	p := &r.result.Phase1
	if p.Hash == nil || p.Cipher == nil {
		return errors.New("cipher or hash of phase 1: MR1 or AR1 names none that is known")
	}
	p.Skeyids, p.CipherKey = r.secrets.Skeyids, r.secrets.CipherKey
	if err := r.derive(); err != nil && p.Skeyids.E == nil && p.CipherKey == nil {
		return err
	} else if err != nil && p.Skeyids.D == nil {
		r.problem(err)
	}
	if p.KeyOctets == 0 {
		p.KeyOctets = len(p.CipherKey)
	}
	if p.CipherKey == nil {
		key, err := keys.CipherKey(p.Hash, p.Cipher, p.Skeyids.E, p.KeyOctets)
		if err != nil {
			return err
		}
		p.CipherKey = key
	}
	if _, err := p.Cipher.NewBlock(p.CipherKey); err != nil {
		return fmt.Errorf("phase 1: %w", err)
	}
	if r.parties.GXI != nil && r.parties.GXR != nil {
		r.bases = append(r.bases, keys.IV1(p.Hash, p.Cipher.Block, r.parties.GXI, r.parties.GXR))
	}
	if len(r.bases) == 0 && r.secrets.IV == nil {
		return errors.New("first IV: the capture lacks a KE payload of phase 1")
	}
	return nil
}

// derive fills in what is not given: g^xy and the SKEYID family.
func (r *recovery) derive() error {
	p := &r.result.Phase1
	if p.Shared = r.secrets.Shared; p.Shared == nil {
		p.Shared = r.agree(p.Group, r.parties.GXI, r.parties.GXR)
	}
	how, known := keys.AuthenticationOf(p.Method)
	if p.Skeyids.SKEYID == nil && how == keys.PSK && known && r.secrets.PSK != nil && r.parties.NiBody != nil && r.parties.NrBody != nil {
		p.Skeyids.SKEYID = p.Hash.PRF(r.secrets.PSK, r.parties.NiBody, r.parties.NrBody)
	}
	switch {
	case p.Skeyids.D != nil && p.Skeyids.A != nil && p.Skeyids.E != nil:
		return nil
	case p.Shared == nil:
		return errors.New("g^xy: not given, and no exponent makes a public value of phase 1")
	case !known:
		return fmt.Errorf("authentication method %d: not known how SKEYID is made", p.Method)
	case how == keys.PSK && r.secrets.PSK == nil:
		return errors.New("pre-shared key: not given")
	case r.parties.NiBody == nil || r.parties.NrBody == nil:
		return errors.New("nonces of phase 1: the capture lacks one")
	case how == keys.PublicKey:
		return errors.New("nonces of phase 1: encrypted with a public key")
	}
	all := keys.Derive(p.Hash, how, r.secrets.PSK, p.Shared, r.parties)
	given := p.Skeyids
	p.Skeyids = all
	for _, x := range []struct{ to, from *crypt.Secret }{{&p.Skeyids.D, &given.D}, {&p.Skeyids.A, &given.A}, {&p.Skeyids.E, &given.E}} {
		if *x.from != nil && !bytes.Equal(*x.to, *x.from) {
			r.problem(errors.New("an SKEYID that was given is not the one that follows from the pre-shared key and g^xy"))
		}
	}
	return nil
}

// agree looks for an exponent that made one of two public values and gives the shared secret; nil if none did.
func (r *recovery) agree(g *crypt.Group, one, other []byte) crypt.Secret {
	if g == nil || one == nil || other == nil {
		return nil
	}
	for i, x := range r.secrets.Exponents {
		key := publicKey{g.Number, i}
		if r.publics[key] == nil {
			r.publics[key] = g.Public(x)
		}
		theirs := other
		if bytes.Equal(r.publics[key], other) {
			theirs = one
		} else if !bytes.Equal(r.publics[key], one) {
			continue
		}
		if shared, err := g.Shared(x, theirs); err == nil {
			return shared
		}
	}
	return nil
}
