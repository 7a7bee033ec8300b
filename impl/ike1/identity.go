package ike1

import (
	"ikewit/impl/conn"
	"ikewit/impl/wire/isakmp"
)

// The only protocol and port that an identity of phase 1 may carry, beside none: UDP 500. RFC 2407
// section 4.6.2.
const (
	udp     = 17
	ikePort = 500
)

// ownIdentity is what we say who we are: what the connection names, or our address.
func ownIdentity(s *association) *isakmp.ID {
	own := s.conn.Local.Identity
	if own.IsZero() {
		own = conn.AddrIdentity(s.local.Addr())
	}
	p := &isakmp.ID{IDType: isakmp.IDType(own.Type), Protocol: udp, Port: ikePort, Data: []byte(own.Data)}
	if s.conn.NATT != conn.NATTOff {
		p.Protocol, p.Port = 0, 0 // RFC 3947 section 4: the port may be another on the way
	}
	return p
}

// checkIdentity looks for a connection that admits the peer under the identity that it has proved, and
// makes it the SA's.
func (p *phase1) checkIdentity(peer *isakmp.ID) error {
	if err := p.checkIdentityForm(peer); err != nil {
		return err
	}
	who := identityOf(peer)
	candidates := p.candidates
	if p.role == initiator {
		candidates = []*conn.Connection{p.s.conn}
	}
	for _, c := range candidates {
		if p.s.admits(c, who) {
			p.s.conn, p.s.peerID = c, who
			p.decided("the peer is %v, as connection %s expects", who, c.Name)
			return nil
		}
	}
	if p.core().Broken(CheckIDPolicy, true) {
		return refuse(CheckIDPolicy, isakmp.InvalidIDInformation, isakmp.TypeID, "no connection admits %v", who)
	}
	p.s.peerID = who
	return nil
}

// checkIdentityForm looks at an identity by itself.
func (p *phase1) checkIdentityForm(peer *isakmp.ID) error {
	if p.core().Broken(CheckIDPort, !idPortFits(peer)) {
		return refuse(CheckIDPort, isakmp.InvalidIDInformation, isakmp.TypeID, "identity has protocol %d port %d, must be 0 0 or 17 500", peer.Protocol, peer.Port)
	}
	if p.core().Broken(CheckIDForm, !idFormFits(peer)) {
		return refuse(CheckIDForm, isakmp.InvalidIDInformation, isakmp.TypeID, "identity is no %v: %d octets", peer.IDType, len(peer.Data))
	}
	return nil
}

// identityOf is who an identity payload names.
func identityOf(p *isakmp.ID) conn.Identity {
	return conn.Identity{Type: uint8(p.IDType), Data: string(p.Data)}
}

// admits tells whether a connection expects this identity at the peer: the one that it names, or the
// peer's address.
func (s *association) admits(c *conn.Connection, who conn.Identity) bool {
	want := c.Remote.Identity
	if want.IsZero() {
		if _, ok := who.Addr(); ok && s.natt.remote {
			return true // the address that the peer has behind its NAT, which we cannot know
		}
		want = conn.AddrIdentity(s.remote.Addr())
	}
	return who == want
}

// idPortFits: 0/0 and 17/500 are the RFC's; 17/0 is what some senders make of it.
func idPortFits(p *isakmp.ID) bool {
	switch p.Protocol {
	case 0:
		return p.Port == 0
	case udp:
		return p.Port == 0 || p.Port == ikePort
	}
	return false
}

// idFormFits tells whether the data are what the type says. RFC 2407 sections 4.6.2.2 to 4.6.2.12.
func idFormFits(p *isakmp.ID) bool {
	switch p.IDType {
	case isakmp.IDTypeFQDN, isakmp.IDTypeUserFQDN, isakmp.IDTypeKeyID, isakmp.IDTypeDERDN, isakmp.IDTypeDERGN:
		return len(p.Data) > 0
	}
	_, _, err := p.Range()
	return err == nil
}
