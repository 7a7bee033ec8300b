package ike1

import (
	"errors"

	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// A taken SPI is one that we drew for a negotiation.
type taken struct {
	proto sadb.Protocol
	spi   uint32
}

func (q *quick) takeSPI(p sadb.Protocol) uint32 {
	t := taken{p, q.s.m.pairs.TakeSPI(q.pair, p)}
	q.taken = append(q.taken, t)
	return t.spi
}

// releaseSPIs gives back what was drawn and is not in use.
func (q *quick) releaseSPIs() {
	for _, t := range q.taken {
		used := false
		for i := range q.pair.In {
			used = used || q.pair.In[i].SPI == t.spi && q.pair.In[i].Proto == t.proto
		}
		if !used {
			q.s.m.pairs.ReleaseSPI(q.pair, t.proto, t.spi)
		}
	}
	q.taken = nil
}

// makeSAs makes the SAs of both directions out of what was chosen. RFC 2409 section 5.5.
func (q *quick) makeSAs() error {
	q.pair.Conn = q.conn
	q.pair.In, q.pair.Out = nil, nil
	if q.shared != nil {
		q.computed("g(qm)^xy", q.shared)
	}
	for i := range q.specs {
		in, err := q.makeSA(&q.specs[i], sadb.In)
		if err != nil {
			return err
		}
		out, err := q.makeSA(&q.specs[i], sadb.Out)
		if err != nil {
			return err
		}
		q.pair.In, q.pair.Out = append(q.pair.In, in), append(q.pair.Out, out)
	}
	return nil
}

// makeSA makes the SA of one protocol and direction: its SPI is the receiver's, and its keys with it.
func (q *quick) makeSA(s *spec, way sadb.Direction) (sadb.SA, error) {
	c := &q.conn.IPsec
	sa := sadb.SA{
		SPI: s.ours, Proto: s.proto, Mode: s.mode, Direction: way, State: sadb.Mature, ReqID: q.want.reqID,
		Cipher: s.cipher, Integrity: s.integrity, DerivedIV: c.DerivedIV, ReplayWindow: c.ReplayWindow,
		Hard: sadb.Limits{Add: q.life.time, Octets: q.life.octets},
	}
	if sa.ReqID == 0 {
		sa.ReqID = c.ReqID
	}
	q.address(&sa)
	if s.udp {
		sa.Encap = q.s.encap(way)
	}
	n := keymat.Octets(s.cipher, s.bits, s.integrity)
	name := "KEYMAT in"
	if way == sadb.Out {
		sa.SPI, name = s.theirs, "KEYMAT out"
	}
	key := q.s.secrets.Keymat(q.shared, uint8(s.protocol()), sa.SPI, q.ni, q.nr, n)
	q.computed(name, key)
	var err error
	if sa.CipherKey, sa.AuthKey, err = keymat.Cut(key, s.cipher, s.bits, s.integrity); err != nil {
		return sa, err
	}
	if s.cipher != nil {
		err = s.cipher.CheckKey(sa.CipherKey)
		if q.core().Broken(CheckWeakKey, err != nil) {
			return sa, refuse(CheckWeakKey, isakmp.NoProposalChosen, isakmp.None, "key of %v: %w", sa.ID(), err)
		}
	}
	return sa, nil
}

// address fills in who talks with whom: in tunnel mode the ends of IKE are the ends of the tunnel, in
// transport mode the clients themselves send and receive. Direction is set.
func (q *quick) address(sa *sadb.SA) {
	c := q.clients
	sa.Selector = c.selector()
	sa.Src, sa.Dst = q.s.local.Addr(), q.s.remote.Addr()
	if sa.Mode == sadb.Transport {
		sa.Src, sa.Dst = c.local.Range.From, c.remote.Range.From
	}
	if sa.Direction == sadb.In {
		sa.Src, sa.Dst = sa.Dst, sa.Src
		sa.Selector = sa.Selector.Reversed()
	}
}

// maxClashes is how many SPIs are drawn before we think that something else is wrong. Ours.
const maxClashes = 8

// install puts SAs in and goes on with then. If somebody else has an SPI of ours, another is drawn.
func (q *quick) install(what int, then func() error) {
	q.busy = true
	q.s.m.pairs.Install(q.pair, what, func(err error) {
		q.busy = false
		switch {
		case err == nil:
			_ = q.proceed(then())
		case errors.Is(err, sadb.ErrExists) && what&ike.PutIn != 0 && q.clashes < maxClashes:
			q.clashes++
			q.decided("somebody else has our SPI: %v", err)
			_ = q.proceed(q.retry())
		default:
			q.giveUp("the SAs could not be installed", err)
		}
	})
}

// retry makes another attempt with other SPIs. The responder has told nobody of them; the initiator must
// begin from the start, and the peer hears that its half of the first attempt is void.
func (q *quick) retry() error {
	if q.role == responder {
		for i := range q.specs {
			q.s.m.pairs.ReleaseSPI(q.pair, q.specs[i].proto, q.specs[i].ours)
			q.specs[i].ours = q.takeSPI(q.specs[i].proto)
		}
		return q.installIn()
	}
	q.tellOfFailure()
	q.abandon()
	q.s.beginQuickAfter(q.want, q.clashes)
	return nil
}
