package plutoplus

import (
	"fmt"
	"net/netip"
	"time"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

// requests are what the kernel wants SAs for: a packet met a policy that protects, and there was no SA. In
// daemon and DEBUG mode each starts a negotiation, but for those that the engine finds needless.
type requests struct {
	options *Options
	out     *output
}

// request turns one request into a negotiation, or into a line that says why not. The options
// decide what is proposed, not the policy.
func (r *requests) request(_ time.Time, a sadb.Acquire) []ike.Input {
	wanted := fmt.Sprintf("%v %v", a.Template.Proto, a.Template.Mode)
	proposal := r.options.ipsec()
	if configured := fmt.Sprintf("%v %v", proposal.Protocols[0].Proto, proposal.Mode); wanted != configured {
		r.out.warn("kernel request ignored: policy wants %s, configured %s", wanted, configured)
		return nil
	}
	local, peer := a.Packet.Src.From, a.Packet.Dst.From
	if a.Template.Mode == sadb.Tunnel {
		local, peer = a.Template.Src, a.Template.Dst
	}
	if !local.IsValid() || !peer.IsValid() {
		r.out.warn("kernel request ignored: it names no address to negotiate with: %v", a)
		return nil
	}
	in := ike.Initiate{Conn: r.options.OnDemand(local, peer), ReqID: a.Template.ReqID, Packet: a.Packet}
	in.Local, in.Remote = clients(a)
	in.Conn.Name = fmt.Sprintf("kernel %v -> %v, %v reqid %d", local, peer, a.Policy.Selector, in.ReqID)
	if a.Template.Mode == sadb.Tunnel {
		in.Conn.Local.Client, in.Conn.Remote.Client = in.Local, in.Remote
	}
	r.out.step("kernel request: %v", a)
	return []ike.Input{in}
}

// clients are the identities that a request asks for: the policy's selector; in transport mode the hosts
// themselves, with its protocol and ports.
func clients(a sadb.Acquire) (local, remote conn.Client) {
	s := a.Policy.Selector
	if a.Template.Mode == sadb.Transport {
		if s.Proto == 0 && s.SrcPort == 0 && s.DstPort == 0 {
			return conn.Client{}, conn.Client{}
		}
		s.Src, s.Dst = a.Packet.Src, a.Packet.Dst
	}
	return conn.Client{Range: concrete(s.Src, a.Packet.Src.From), Proto: s.Proto, Port: s.SrcPort},
		conn.Client{Range: concrete(s.Dst, a.Packet.Dst.From), Proto: s.Proto, Port: s.DstPort}
}

// concrete gives the range of every address the family that an identity needs.
func concrete(r sadb.Range, like netip.Addr) sadb.Range {
	if !r.IsAny() {
		return r
	}
	all, _ := like.Prefix(0)
	return sadb.RangeOfPrefix(all)
}
