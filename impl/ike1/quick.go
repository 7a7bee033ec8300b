package ike1

import (
	"net/netip"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/wire/isakmp"
)

// Quick Mode, initiator.
//
//	HDR*, HASH(1), SA, Ni [, KE] [, IDci, IDcr]  -->                                              QI1
//	                                             <--  HDR*, HASH(2), SA, Nr [, KE] [, IDci, IDcr] QR1
//	HDR*, HASH(3)                                -->                                              QI2
var quickInitiator []row[*quick]

// Quick Mode, responder: the same messages.
var quickResponder []row[*quick]

func init() {
	quickInitiator = []row[*quick]{
		// message, section, role, from, authentication, needed, allowed, encrypted, prove, goOn, to
		{"", "2409 §5.5", initiator, idle, 0, 0, 0, inClear, nil, (*quick).begin, sentQI1},
		{"QR1", "2409 §5.5", initiator, sentQI1, 0, hash | sa | nonce, ke | id | notify | vid | natoa, encrypted, (*quick).checkAnswer, (*quick).takeUp, done},
	}
	quickResponder = []row[*quick]{
		{"QI1", "2409 §5.5", responder, idle, 0, hash | sa | nonce, ke | id | notify | vid | natoa, encrypted, (*quick).chooseProposal, (*quick).answer, sentQR1},
		{"QI2", "2409 §5.5", responder, sentQR1, 0, hash, notify | vid, encrypted, (*quick).checkHash3, (*quick).complete, done},
	}
}

// A quick is one Quick Mode: the negotiation of IPsec SAs under an ISAKMP SA.
type quick struct {
	exchange
	conn    *conn.Connection
	want    request // as initiator
	clashes int     // SPIs that somebody else had
	pair    *ike.Pair
	taken   []taken // SPIs of ours
	clients clients
	offered *isakmp.SA // as initiator
	chosen  *isakmp.SA // as responder
	specs   []spec     // what was chosen, the innermost protocol first
	life    life
	tooLong bool          // the peer wants a longer life than we allow
	ids     [2]*isakmp.ID // as sent in QI1; nil: none
	ni, nr  []byte
	known   [2]netip.Addr // of initiator and responder as the peer knows them, behind a NAT

	group       *alg.Group // nil: no PFS, or one that we do not know
	groupNumber uint16     // as responder: what was asked for
	x           alg.Key
	public      []byte
	theirPublic []byte
	shared      alg.Key
}

// maxQuicks is how many negotiations one peer may have under way under one SA. Ours.
const maxQuicks = 64

// newQuick makes a negotiation that nobody finds before register.
func newQuick(s *association, r role, id uint32) *quick {
	q := &quick{exchange: exchange{s: s, kind: isakmp.QuickMode, id: id, role: r, state: idle}}
	q.iv = s.firstIV(id)
	q.protect = s.protection
	q.giveUp = q.fail
	return q
}

// takeQuick hands a message to its Quick Mode, or lets it begin one.
func (s *association) takeQuick(msg *message) error {
	m := s.m
	if m.core.Broken(CheckEstablished, !s.up()) || !s.up() {
		return refuse(CheckEstablished, silently, isakmp.None, "Quick Mode before the ISAKMP SA stands")
	}
	id := msg.header.MessageID
	for _, q := range s.quicks {
		if q.id == id {
			return q.receive(msg)
		}
	}
	if e := s.echoOf(id); e != nil && e.hear(msg) {
		return nil
	}
	if m.core.Broken(CheckReplay, s.wasUsed(id)) {
		return refuse(CheckReplay, silently, isakmp.None, "message ID %08x has served already", id)
	}
	if m.core.Broken(CheckState, len(s.quicks) >= maxQuicks) {
		return refuse(CheckState, silently, isakmp.None, "%d negotiations are under way", len(s.quicks))
	}
	q := newQuick(s, responder, id)
	err := q.receive(msg)
	if err != nil && msg.ends {
		s.use(id)
	}
	s.rest()
	return err
}

// receive leads a message through the table of our role. A refusal after the HASH was right ends the
// negotiation: it is the peer that wants the wrong thing.
func (q *quick) receive(msg *message) error {
	rows := quickInitiator
	if q.role == responder {
		rows = quickResponder
	}
	err := take(&q.exchange, q, rows, 0, msg)
	if err != nil && msg.ends {
		q.abandon()
	}
	return err
}

// register lets the negotiation be found, and reserves its pair.
func (q *quick) register() {
	s := q.s
	s.quicks = append(s.quicks, q)
	s.use(q.id)
	q.pair = &ike.Pair{
		Conn: q.conn, Local: s.local, Remote: s.remote, PeerID: s.peerID,
		Initiator: q.role == initiator, Policy: q.conn.IPsec.InstallPolicy,
	}
	s.m.pairs.Add(q.pair)
	if q.core().Trace.Values {
		q.computed("IV", s.firstIV(q.id).Octets())
	}
}

// finish ends the negotiation with its SAs standing. Our last message, if we had the last word, is kept
// in case the peer did not get it.
func (q *quick) finish() {
	p := q.pair
	q.s.m.pairs.Stand(p)
	q.s.keep(&echo{id: q.id, heard: q.heard, sent: q.sent, event: q.event()})
	q.core().Emit(ike.Phase2Up{Exchange: q.event(), In: ike.WithoutKeys(p.In), Out: ike.WithoutKeys(p.Out)})
	q.leave()
}

// abandon ends the negotiation silently: what it has made goes.
func (q *quick) abandon() {
	if q.pair != nil {
		q.releaseSPIs()
		q.s.m.pairs.Remove(q.pair)
	}
	q.leave()
}

// leave takes the negotiation out of its SA.
func (q *quick) leave() {
	q.stop()
	s := q.s
	for i := range s.quicks {
		if s.quicks[i] == q {
			s.quicks = append(s.quicks[:i], s.quicks[i+1:]...)
			break
		}
	}
	if len(s.quicks) == 0 {
		s.quicks, s.cbc = nil, nil // an echo needs no cipher, and there may be thousands of them
	}
	s.rest()
}

// lose ends the negotiation, and says why; the peer knows, or cannot be told.
func (q *quick) lose(reason string) {
	q.core().Emit(ike.Failed{Exchange: q.event(), Phase: 2, Reason: reason})
	q.abandon()
}

// fail ends the negotiation, says why, and tells the peer if it may believe that SAs stand.
func (q *quick) fail(reason string, err error) {
	q.core().Emit(ike.Failed{Exchange: q.event(), Phase: 2, Reason: reason, Err: err})
	q.tellOfFailure()
	q.abandon()
}

// tellOfFailure: who waits for our answer hears that nothing was chosen; who may have SAs already hears
// that ours are gone.
func (q *quick) tellOfFailure() {
	m, s := q.s.m, q.s
	switch {
	case s.over || q.state == idle || q.state == sentQI1:
	case q.role == responder && q.state == sentQR1 && q.sent.Octets == nil:
		m.inform(s, &isakmp.Notify{
			DOI: isakmp.DOIIPsec, Protocol: q.specs[0].protocol(), NotifyType: isakmp.NoProposalChosen, SPI: spiOctets(q.specs[0].theirs),
		})
	default:
		for i := range q.specs {
			m.sayDelete(s, q.specs[i].protocol(), spiOctets(q.specs[i].ours))
		}
	}
}

// checkHash proves that a message is the peer's: want is made of what stands behind the HASH payload.
func (q *quick) checkHash(msg *message, check ike.Check, want func(rest []byte) []byte) error {
	at, got := -1, []byte(nil)
	for i := range msg.items {
		if p, ok := msg.items[i].Body.(*isakmp.Hash); ok {
			at, got = i, p.Data
			break
		}
	}
	if q.core().Broken(check, !keymat.Equal(got, want(msg.after(at)))) {
		return refuse(check, isakmp.InvalidHashInformation, isakmp.TypeHash, "HASH of %s is wrong", msg.name)
	}
	msg.ends = true
	return nil
}

// hash1, hash2 and hash3 are the HASHes of the three messages. RFC 2409 section 5.5.
func (q *quick) hash1(rest []byte) []byte { return q.traced("HASH(1)", q.s.secrets.Hash1(q.id, rest)) }

func (q *quick) hash2(rest []byte) []byte {
	return q.traced("HASH(2)", q.s.secrets.Hash2(q.id, q.ni, rest))
}

func (q *quick) hash3([]byte) []byte {
	return q.traced("HASH(3)", q.s.secrets.Hash3(q.id, q.ni, q.nr))
}

func (q *quick) traced(name string, h []byte) []byte {
	q.computed(name, h)
	return h
}
