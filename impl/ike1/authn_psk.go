package ike1

import (
	"net/netip"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/isakmp"
)

// preShared finds the secret between the ends of a connection. In Main Mode the peer's identity is not
// known when the key is needed; only what the connection says of it is. RFC 2409 section 5.4.
func (m *Machine) preShared(c *conn.Connection, local, remote netip.Addr) (alg.Key, error) {
	return m.secrets.PreShared(local, remote, c.Remote.Identity)
}

// skeyid is SKEYID of the negotiated method. RFC 2409 section 5.
func (p *phase1) skeyid() alg.Key {
	return keymat.SKEYIDPreShared(p.suite.hash, p.psk, p.ni, p.nr)
}

// sendAuthentication sends our identity and HASH: MI3 or MR3.
func (p *phase1) sendAuthentication(name string, answerDue bool) error {
	identity := ownIdentity(p.s)
	return p.send(name, true, answerDue, func(msg *isakmp.Message) error {
		body := bodyAsSent(msg, isakmp.TypeID)
		p.s.m.fillHash(msg, func([]byte) []byte {
			if p.role == initiator {
				p.idi = body
				return p.hashI()
			}
			p.idr = body
			return p.hashR()
		})
		return nil
	}, identity, &isakmp.Hash{})
}

// checkHashI proves MI3, checkHashR MR3: the HASH, and then whether this is somebody we talk with.
func (p *phase1) checkHashI(msg *message) error {
	peer, body := one[*isakmp.ID](msg)
	p.idi = body
	return p.checkAuthentication(msg, peer, CheckHashI, p.hashI())
}

// checkHashR: see checkHashI.
func (p *phase1) checkHashR(msg *message) error {
	peer, body := one[*isakmp.ID](msg)
	p.idr = body
	return p.checkAuthentication(msg, peer, CheckHashR, p.hashR())
}

func (p *phase1) checkAuthentication(msg *message, peer *isakmp.ID, check ike.Check, want []byte) error {
	got, _ := one[*isakmp.Hash](msg)
	if p.core().Broken(check, got == nil || !keymat.Equal(got.Data, want)) {
		return wrongHash(check)
	}
	msg.ends = true
	for _, item := range msg.all(isakmp.TypeNotify) {
		p.notices = append(p.notices, item.Body.(*isakmp.Notify))
	}
	return p.checkIdentity(peer)
}

func wrongHash(check ike.Check) error {
	return refuse(check, isakmp.AuthenticationFailed, isakmp.TypeHash, "HASH of the peer is wrong: other secret, or changed on the way")
}

func (p *phase1) hashI() []byte {
	h := p.secrets.HashI(p.transcribed(), p.idi)
	p.computed("HASH_I", h)
	return h
}

func (p *phase1) hashR() []byte {
	h := p.secrets.HashR(p.transcribed(), p.idr)
	p.computed("HASH_R", h)
	return h
}

func (p *phase1) transcribed() *keymat.Transcript {
	return &keymat.Transcript{GXi: p.gxi, GXr: p.gxr, CkyI: p.s.ckyI[:], CkyR: p.s.ckyR[:], SAi: p.sai}
}
