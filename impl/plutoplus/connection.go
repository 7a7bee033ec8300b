package plutoplus

import (
	"net/netip"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

// replayWindow is that of an SA with replay protection, in packets.
const replayWindow = 32

// Connection is what the options mean for negotiations with the peer of the command line: in
// WIT mode the only one there is, else that of -i.
//
// local is where IKE runs here; the zero Addr is every address of ours.
func (o *Options) Connection(local netip.Addr, e Ends) *conn.Connection {
	c := o.connection("peer", local, e.Peer())
	c.IPsec.InstallPolicy = true
	if o.Tunnel {
		c.Remote.Client = conn.Client{Range: sadb.RangeOf(e.Dest)}
	}
	if o.Mode == WIT {
		c.ISAKMP.Accept = []conn.ISAKMPAccept{o.onlyISAKMP()}
		c.IPsec.Accept = []conn.IPsecAccept{o.onlyIPsec()}
		c.IPsec.RemoteRule = conn.ClientEqual
		if o.Tunnel {
			c.IPsec.RemoteRule = conn.ClientContains
		}
	}
	return c
}

// AnyPeer is what the options mean for peers that call: whatever lies within our capabilities. policy says whether
// what they ask for is put into the policy database too.
func (o *Options) AnyPeer(local netip.Addr, policy bool) *conn.Connection {
	c := o.connection("any", local, netip.Addr{})
	c.IPsec.InstallPolicy = policy
	return c
}

// OnDemand is what the options mean for a request of the kernel: SAs with a peer, for a policy that is there.
func (o *Options) OnDemand(local, peer netip.Addr) *conn.Connection {
	return o.connection("kernel", local, peer)
}

// connection offers what the options say and accepts what we can.
func (o *Options) connection(name string, local, peer netip.Addr) *conn.Connection {
	c := &conn.Connection{
		Name:   name,
		Local:  conn.End{Addr: local, Port: o.Port},
		Remote: conn.End{Addr: peer, Port: o.PeerPort},
		NATT:   o.NATT,
		ISAKMP: conn.ISAKMP{
			Offer:  []conn.ISAKMPProposal{o.isakmp()},
			Accept: []conn.ISAKMPAccept{anyISAKMP()},
			Life:   o.ISAKMPLife,
		},
		IPsec: conn.IPsec{
			Offer:        []conn.IPsecProposal{o.ipsec()},
			Accept:       anyIPsec(),
			LifeTime:     o.Life,
			LifeOctets:   o.LifeKB * 1024,
			ReplayWindow: replayWindow,
			DerivedIV:    o.IVOctets == 0 && o.Encr != 0 && o.Encr != espNull,
			LocalRule:    conn.ClientAny,
			RemoteRule:   conn.ClientAny,
			DefaultMode:  sadb.Transport,
		},
	}
	if o.NoReplay {
		c.IPsec.ReplayWindow, c.IPsec.NotifyReplay = 0, true
	}
	return c
}

// isakmp is the one phase 1 proposal of the options.
func (o *Options) isakmp() conn.ISAKMPProposal {
	p := conn.ISAKMPProposal{
		Cipher: alg.CipherByIKEv1(1),
		Hash:   alg.HashByIKEv1(1),
		Auth:   conn.PreSharedKey,
		Group:  alg.GroupByNumber(o.Group),
	}
	if o.TripleDES {
		p.Cipher = alg.CipherByIKEv1(5)
	}
	if o.SHA {
		p.Hash = alg.HashByIKEv1(2)
	}
	return p
}

// ipsec is the one phase 2 proposal of the options.
func (o *Options) ipsec() conn.IPsecProposal {
	p := conn.IPsecProposal{Mode: o.mode()}
	if o.PFS {
		p.Group = alg.GroupByNumber(o.Group)
	}
	proto := conn.ProtocolProposal{Proto: sadb.AH}
	if o.Encr != 0 {
		proto = conn.ProtocolProposal{Proto: sadb.ESP, Cipher: alg.CipherByESP(o.Encr), KeyBits: 8 * o.KeyOctets}
	}
	if o.Auth != 0 {
		proto.Integrity = alg.IntegrityByAH(o.Auth)
	}
	p.Protocols = []conn.ProtocolProposal{proto}
	return p
}

func (o *Options) mode() sadb.Mode {
	if o.Tunnel {
		return sadb.Tunnel
	}
	return sadb.Transport
}

// onlyISAKMP accepts exactly our own phase 1 proposal.
func (o *Options) onlyISAKMP() conn.ISAKMPAccept {
	p := o.isakmp()
	return conn.ISAKMPAccept{
		Ciphers: []conn.CipherSet{{Cipher: p.Cipher}},
		Hashes:  []*alg.Hash{p.Hash},
		Auths:   []conn.AuthMethod{p.Auth},
		Groups:  []*alg.Group{p.Group},
	}
}

// onlyIPsec accepts exactly our own phase 2 proposal.
func (o *Options) onlyIPsec() conn.IPsecAccept {
	p := o.ipsec()
	proto := p.Protocols[0]
	a := conn.IPsecAccept{
		Proto:     proto.Proto,
		Integrity: []*alg.Integrity{proto.Integrity},
		Modes:     []sadb.Mode{p.Mode},
		Groups:    []*alg.Group{p.Group},
	}
	if proto.Cipher != nil {
		set := conn.CipherSet{Cipher: proto.Cipher}
		if proto.KeyBits != 0 {
			set.KeyBits = []int{proto.KeyBits}
		}
		a.Ciphers = []conn.CipherSet{set}
	}
	return a
}

// anyISAKMP is what we can do in phase 1.
func anyISAKMP() conn.ISAKMPAccept {
	return conn.ISAKMPAccept{
		Ciphers: []conn.CipherSet{{Cipher: alg.CipherByIKEv1(1)}, {Cipher: alg.CipherByIKEv1(5)}},
		Hashes:  []*alg.Hash{alg.HashByIKEv1(1), alg.HashByIKEv1(2)},
		Auths:   []conn.AuthMethod{conn.PreSharedKey},
		Groups:  []*alg.Group{alg.GroupByNumber(1), alg.GroupByNumber(2), alg.GroupByNumber(5)},
	}
}

// anyIPsec is what we can do in phase 2.
func anyIPsec() []conn.IPsecAccept {
	var ciphers []conn.CipherSet
	for _, row := range espNames {
		set := conn.CipherSet{Cipher: alg.CipherByESP(row.number)}
		if row.number == espRC5 {
			set.KeyBits = []int{40, 128, 160}
		}
		ciphers = append(ciphers, set)
	}
	md5, sha := alg.IntegrityByAH(2), alg.IntegrityByAH(3)
	modes := []sadb.Mode{sadb.Transport, sadb.Tunnel}
	groups := []*alg.Group{nil, alg.GroupByNumber(1), alg.GroupByNumber(2), alg.GroupByNumber(5)}
	return []conn.IPsecAccept{
		{Proto: sadb.ESP, Ciphers: ciphers, Integrity: []*alg.Integrity{nil, md5, sha}, Modes: modes, Groups: groups},
		{Proto: sadb.AH, Integrity: []*alg.Integrity{md5, sha}, Modes: modes, Groups: groups},
	}
}
