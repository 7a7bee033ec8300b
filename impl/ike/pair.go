package ike

import (
	"net/netip"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

// A Pair is what one phase 2 negotiation makes: SAs in both directions, one each way for every protocol
// of the proposal.
type Pair struct {
	Conn          *conn.Connection
	Local, Remote netip.AddrPort // where IKE runs
	PeerID        conn.Identity
	Initiator     bool // we began the negotiation

	In, Out []sadb.SA // keys included; the innermost protocol first

	// Policy puts policies in beside the SAs: the selector is that of packets that leave.
	Policy bool
	Since  time.Time // zero until the SAs stand

	expiry  Timer
	pairs   *Pairs
	in, out int  // so many of In and Out are in the database
	covered bool // our policies are in the database
	gone    bool
	links   [2]pairLink
}

// Up reports whether the SAs stand in both directions.
func (p *Pair) Up() bool { return !p.Since.IsZero() && !p.gone }

// Gone reports whether the pair was removed; nothing more will come of it.
func (p *Pair) Gone() bool { return p.gone }

// Life is what is left of the hard limit in time; not ok if there is none.
func (p *Pair) Life() (at time.Time, ok bool) { return p.expiry.At(), p.expiry.Running() }

// WithoutKeys gives copies of SAs whose keys are not told.
func WithoutKeys(list []sadb.SA) []sadb.SA {
	bare := append([]sadb.SA(nil), list...)
	for i := range bare {
		bare[i].CipherKey, bare[i].AuthKey = nil, nil
	}
	return bare
}

// Wake ends the pair: its hard limit in time has come.
func (p *Pair) Wake(*Timer) { p.pairs.expire(p, sadb.ID{}) }

// inID and outID are the names under which the pair is found: that of the SA, but with the address at
// which IKE runs.
func (p *Pair) inID(sa *sadb.SA) sadb.ID {
	return sadb.ID{SPI: sa.SPI, Dst: p.Local.Addr(), Proto: sa.Proto}
}
func (p *Pair) outID(sa *sadb.SA) sadb.ID {
	return sadb.ID{SPI: sa.SPI, Dst: p.Remote.Addr(), Proto: sa.Proto}
}

// policies are the rows of the policy database that send the pair's traffic into its SAs, and refuse
// that traffic in clear. RFC 2401 section 4.4.1.
func (p *Pair) policies() []sadb.Policy {
	out := sadb.Policy{
		Selector: p.Out[0].Selector, Direction: sadb.Out, Do: sadb.Protect,
		Priority: priority(p.Out[0].Selector), Templates: templates(p.Out),
	}
	in := sadb.Policy{
		Selector: p.In[0].Selector, Direction: sadb.In, Do: sadb.Protect,
		Priority: priority(p.In[0].Selector), Templates: templates(p.In),
	}
	list := []sadb.Policy{out, in}
	if p.In[0].Mode == sadb.Tunnel {
		forward := in
		forward.Direction = sadb.Forward
		list = append(list, forward)
	}
	return list
}

func templates(list []sadb.SA) []sadb.Template {
	var all []sadb.Template
	for i := range list {
		sa := &list[i]
		t := sadb.Template{Proto: sa.Proto, Mode: sa.Mode, ReqID: sa.ReqID}
		if sa.Mode == sadb.Tunnel {
			t.Src, t.Dst = sa.Src, sa.Dst
		}
		all = append(all, t)
	}
	return all
}

// priority puts narrow selectors before wide ones: half of it counts the address bits that are left open,
// then come protocol and ports.
func priority(s sadb.Selector) uint32 {
	const base = 2000 // room before it for policies made by hand
	open := uint32(0)
	for _, r := range []sadb.Range{s.Src, s.Dst} {
		if r.IsAny() {
			open += 128
			continue
		}
		from, to := r.From.As16(), r.To.As16()
		for bit := range 128 {
			if (from[bit/8]^to[bit/8])>>(7-bit%8)&1 == 1 {
				open += uint32(128 - bit)
				break
			}
		}
	}
	p := base + open*8
	for _, any := range []bool{s.Proto == 0, s.SrcPort == 0, s.DstPort == 0} {
		if any {
			p++
		}
	}
	return p
}
