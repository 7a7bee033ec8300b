package ike1

import (
	"encoding/binary"
	"fmt"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// Dead peer detection: who has heard nothing for a while asks.
//
//	HDR*, HASH(1), N(R-U-THERE)      -->                                     with a number
//	                                 <--  HDR*, HASH(1), N(R-U-THERE-ACK)    with the same
//
// Both must have said in phase 1 that they can. RFC 3706 section 5.

// A liveness is what an association that has said that it answers knows of its peer being alive. Of nil nothing is
// asked, and nothing answered.
type liveness struct {
	s     *association
	idle  time.Duration // 0: we never ask
	asked uint32        // the last number of the peer's, if it has asked
	heard bool          // it has

	next    uint32 // our number of the next question
	open    uint32 // so many of the numbers before it may still be answered
	tries   int    // questions since the last sign of life
	timer   ike.Timer
	packets uint64 // that had come by our SAs, at the last count
}

// deadWindow is how far the peer's numbers may run ahead, because questions of its got lost. Ours.
const deadWindow = 64

// vendors are the Vendor IDs of a first message.
func (p *phase1) vendors() []isakmp.Payload {
	list := p.nattVendors()
	if p.s.conn.DPD.On {
		p.s.alive = &liveness{s: p.s}
		list = append(list, isakmp.VendorDPD.Payload())
	}
	return list
}

// hearVendors takes note of what the peer says that it can.
func (p *phase1) hearVendors(msg *message) {
	for i := range msg.items {
		if v, ok := msg.items[i].Body.(*isakmp.VendorID); ok && isakmp.VendorOf(v.Data) == isakmp.VendorDPD {
			p.canDPD = true
		}
	}
}

// watch begins to look after the peer, if both can.
func (s *association) watch(peerCan bool, c conn.DPD) {
	l := s.alive
	if l == nil || !peerCan || c.Idle == 0 {
		return
	}
	const topBit = 1 << 31
	l.idle, l.next = c.Idle, binary.BigEndian.Uint32(s.m.core.Draw("dpd", 4))&^topBit
	s.m.core.Set(&l.timer, l.idle, "dpd", l)
}

// Wake comes when nothing was heard for as long as the peer may be silent, or no answer in time. IPsec traffic counts
// as being heard of: RFC 3706 section 5.4. Keepalives never come here: anybody can send them.
func (l *liveness) Wake(*ike.Timer) {
	list := l.inbound()
	if len(list) == 0 || !l.newest() { // nothing is lost if it is dead, or another SA looks after it
		l.sign()
		return
	}
	l.s.m.core.Tally(list, func(packets uint64) {
		switch {
		case l.s.over:
		case packets != l.packets:
			l.packets = packets
			l.sign()
		case l.tries > len(l.s.m.core.Limits.Resend):
			l.bury()
		default:
			l.ask()
		}
	})
}

// sign notes a sign of life.
func (l *liveness) sign() {
	if l != nil && l.idle > 0 {
		l.tries = 0
		l.s.m.core.Set(&l.timer, l.idle, "dpd", l)
	}
}

// ask sends a question, each time with the next number: the peer answers none twice.
func (l *liveness) ask() {
	m, limits := l.s.m, &l.s.m.core.Limits
	wait := limits.GiveUp
	if l.tries < len(limits.Resend) {
		wait = limits.Resend[l.tries]
	}
	n := l.next
	l.next, l.open, l.tries = l.next+1, l.open+1, l.tries+1
	m.inform(l.s, l.s.rUThere(isakmp.RUThere, n))
	m.core.Set(&l.timer, wait, "dpd", l)
}

// rUThere makes a question or an answer. RFC 3706 section 5.3.
func (s *association) rUThere(t isakmp.NotifyType, number uint32) *isakmp.Notify {
	return &isakmp.Notify{
		DOI: isakmp.DOIIPsec, Protocol: isakmp.ProtoISAKMP, NotifyType: t, SPI: s.spi(), Data: binary.BigEndian.AppendUint32(nil, number),
	}
}

// bury ends everything with a peer that does not answer. Nobody is told; the policies stay, and hold its traffic back.
func (l *liveness) bury() {
	s, m := l.s, l.s.m
	why := fmt.Sprintf("is over: the peer is dead, it answered none of %d questions", l.tries)
	for p := range m.pairs.Between(s.local.Addr(), s.remote.Addr()) {
		if p.Up() && p.PeerID == s.peerID {
			m.goneEvents(p, why)
			m.pairs.Hold(p)
		}
	}
	for o := range m.with(s.ends()).all {
		if o.up() && o.peerID == s.peerID {
			m.core.Emit(ike.Gone{Exchange: o.event(0, o.role), SA: "ISAKMP SA", Reason: why})
			m.drop(o)
		}
	}
}

// check looks at a question or an answer, and passes every other notification. A number that was there before is that
// of a copy. RFC 3706 sections 5.3 and 6.
func (l *liveness) check(n *isakmp.Notify) error {
	if l == nil || n.NotifyType != isakmp.RUThere && n.NotifyType != isakmp.RUThereAck {
		return nil
	}
	core := l.s.m.core
	if core.Broken(CheckLiveForm, n.Protocol != isakmp.ProtoISAKMP || len(n.Data) != 4) || len(n.Data) != 4 {
		return refuse(CheckLiveForm, silently, isakmp.TypeNotify, "%v for %v with %d octets", n.NotifyType, n.Protocol, len(n.Data))
	}
	number := binary.BigEndian.Uint32(n.Data)
	switch isAnswer := n.NotifyType == isakmp.RUThereAck; {
	case core.Broken(CheckLiveNumber, isAnswer && l.next-number-1 >= l.open):
		return refuse(CheckLiveNumber, silently, isakmp.TypeNotify, "answer to number %d, which was not asked", number)
	case core.Broken(CheckLiveNumber, !isAnswer && l.heard && number-l.asked-1 >= deadWindow):
		return refuse(CheckLiveNumber, silently, isakmp.TypeNotify, "question of number %d after %d", number, l.asked)
	}
	return nil
}

// answer answers a question. Who asks is alive.
func (l *liveness) answer(n *isakmp.Notify) {
	if l == nil {
		return
	}
	number := binary.BigEndian.Uint32(n.Data)
	l.asked, l.heard = number, true
	l.sign()
	l.s.m.inform(l.s, l.s.rUThere(isakmp.RUThereAck, number))
}

// answered takes an answer in, which is the last to its question and to those before.
func (l *liveness) answered(n *isakmp.Notify) {
	if l == nil {
		return
	}
	l.open = l.next - binary.BigEndian.Uint32(n.Data) - 1
	l.sign()
}

// newest tells whether no younger SA with the same peer stands.
func (l *liveness) newest() bool {
	for o := range l.s.m.with(l.s.ends()).newestFirst {
		if o.up() && o.peerID == l.s.peerID {
			return o == l.s
		}
	}
	return false
}

// inbound gives the SAs by which the peer's traffic comes.
func (l *liveness) inbound() (list []sadb.ID) {
	s := l.s
	for p := range s.m.pairs.Between(s.local.Addr(), s.remote.Addr()) {
		if p.Up() && p.PeerID == s.peerID {
			for i := range p.In {
				list = append(list, p.In[i].ID())
			}
		}
	}
	return list
}
