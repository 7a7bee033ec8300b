package ike1

import (
	"net/netip"
	"slices"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/ikehdr"
)

// An association is one ISAKMP SA, from its first message to its end. What only phase 1 needs lives in
// phase1, which goes when the SA stands.
type association struct {
	m             *Machine
	ckyI, ckyR    ikehdr.Cookie // ckyR is zero until the responder has spoken
	local, remote netip.AddrPort
	role          role // in phase 1
	natt          natt
	alive         *liveness // nil: we have not said that we answer R-U-THERE
	conn          *conn.Connection
	phase1        *phase1 // nil once established

	suite   suite           // what was agreed
	secrets *keymat.Secrets // nil until established
	base    keymat.IV       // the last block of phase 1, from which phase 2 derives its IVs
	cbc     alg.CBC         // while something happens; made of secrets when needed
	peerID  conn.Identity
	since   time.Time // when it was established
	life    ike.Timer

	quicks  []*quick
	echoes  []*echo
	unheard *echo     // of our AI2, until the peer has shown that it took that
	waiting []request // for the end of phase 1
	used    []uint32  // message IDs of both sides, rising: none serves twice

	over    bool
	doomed  bool         // deleted by the peer; goes when the message that said so is done with
	doubted bool         // somebody says that the peer does not know this SA
	silent  bool         // so it seems: it did not answer either. Nothing new is begun under the SA
	sibling *association // the next one of the same initiator cookie
	links   [nLists]link
}

// up reports whether phase 1 is complete and the SA may be used.
func (s *association) up() bool { return s.secrets != nil && !s.over }

// event begins an event of an exchange under this SA.
func (s *association) event(id uint32, r role) ike.Exchange {
	e := ike.Exchange{Local: s.local, Remote: s.remote, MessageID: id, Initiator: r == initiator}
	if s.conn != nil {
		e.Conn = s.conn.Name
	}
	copy(e.Cookies[:8], s.ckyI[:])
	copy(e.Cookies[8:], s.ckyR[:])
	return e
}

// spi is the name of an ISAKMP SA in notifications and deletes: both cookies, whoever sends. RFC 2408
// section 3.15.
func (s *association) spi() []byte { return slices.Concat(s.ckyI[:], s.ckyR[:]) }

// Wake ends the SA: its life is over.
func (s *association) Wake(*ike.Timer) { s.m.expire(s) }

// protection gives the cipher that protects messages under this SA.
func (s *association) protection() (alg.CBC, error) {
	if s.cbc == nil {
		var err error
		if s.cbc, err = s.suite.cipher.NewCBC(s.secrets.CipherKey); err != nil {
			return nil, err
		}
	}
	return s.cbc, nil
}

// trust notes that the peer has just proved to know the SA.
func (s *association) trust() { s.doubted, s.silent, s.unheard = false, false, nil }

// rest lets go of what an SA does not need on which nothing happens, nor has happened a short while ago.
func (s *association) rest() {
	if len(s.quicks) == 0 && len(s.echoes) == 0 && s.phase1 == nil {
		s.cbc = nil
	}
}

// wasUsed tells whether a message ID has served already.
func (s *association) wasUsed(id uint32) bool {
	_, found := slices.BinarySearch(s.used, id)
	return found
}

// use notes that a message ID has served.
func (s *association) use(id uint32) {
	if i, found := slices.BinarySearch(s.used, id); !found {
		s.used = slices.Insert(s.used, i, id)
	}
}

// newMessageID draws an ID that has not served. RFC 2408 section 3.1: random, and not zero.
func (s *association) newMessageID() uint32 {
	for {
		b := s.m.core.Draw("msgid", 4)
		id := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		if id != 0 && !s.wasUsed(id) {
			s.use(id)
			return id
		}
	}
}
