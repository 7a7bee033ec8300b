package ike1

import (
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// settling is how long after an SA stands a request for it may still be on its way to us. Ours.
const settling = 5 * time.Second

// A flow is traffic and how it is to be protected, as we send it.
type flow struct {
	selector  sadb.Selector
	mode      sadb.Mode
	protocols uint64 // a bit for each
	reqID     uint32
}

// carries tells whether SAs for f take the packets of what is wanted: the database would use them.
func (f flow) carries(wanted flow) bool {
	return f.mode == wanted.mode && f.protocols == wanted.protocols && f.reqID == wanted.reqID && f.selector.Covers(wanted.selector)
}

// needless tells why the SAs that a packet asks for are not to be negotiated, "" if they are: those that will
// carry it are on their way. Each further packet of a flow may ask, and so does the responder's answer to a packet
// that has overtaken QI2, without which there is no SA to send it. RFC 2409 section 5.5.
func (m *Machine) needless(in ike.Initiate) string {
	wanted := offeredFlow(in.Conn, clients{}, in.ReqID)
	wanted.selector = in.Packet
	e := ends{in.Conn.Local.Addr, in.Conn.Remote.Addr}
	for s := range m.with(e).all {
		for _, q := range s.quicks {
			if q.flow().carries(wanted) {
				return "is being negotiated"
			}
		}
		for _, want := range s.waiting {
			if offeredFlow(want.conn, s.clientsOf(want), want.reqID).carries(wanted) {
				return "waits for the end of phase 1"
			}
		}
	}
	for p := range m.pairs.Between(e.local, e.remote) {
		if p.Up() && m.core.Now().Sub(p.Since) < settling && flowOf(p.Out).carries(wanted) {
			return "has just been negotiated"
		}
	}
	return ""
}

// offeredFlow is what becomes of an offer for clients, if it is taken.
func offeredFlow(c *conn.Connection, of clients, reqID uint32) flow {
	f := flow{selector: of.selector(), reqID: reqID}
	if reqID == 0 {
		f.reqID = c.IPsec.ReqID
	}
	if len(c.IPsec.Offer) > 0 {
		f.mode = c.IPsec.Offer[0].Mode
		for i := range c.IPsec.Offer[0].Protocols {
			f.protocols |= bitOf(c.IPsec.Offer[0].Protocols[i].Proto)
		}
	}
	return f
}

// bitOf gives ESP, AH and IPComp a bit each.
func bitOf(p sadb.Protocol) uint64 { return 1 << (p % 64) }

// flow is what a negotiation is for: as far as it is known, what was chosen.
func (q *quick) flow() flow {
	f := offeredFlow(q.conn, q.clients, q.want.reqID)
	if len(q.specs) > 0 {
		f.mode, f.protocols = q.specs[0].mode, 0
	}
	for i := range q.specs {
		f.protocols |= bitOf(q.specs[i].proto)
	}
	return f
}

// flowOf is what SAs are for, that of one direction.
func flowOf(list []sadb.SA) flow {
	f := flow{selector: list[0].Selector, mode: list[0].Mode, reqID: list[0].ReqID}
	for i := range list {
		f.protocols |= bitOf(list[i].Proto)
	}
	return f
}

// selector is that of packets that leave.
func (c clients) selector() sadb.Selector {
	return sadb.Selector{
		Src: c.local.Range, Dst: c.remote.Range, Proto: max(c.local.Proto, c.remote.Proto), SrcPort: c.local.Port, DstPort: c.remote.Port,
	}
}
