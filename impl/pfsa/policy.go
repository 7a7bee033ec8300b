package pfsa

import (
	"encoding/binary"
	"net/netip"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// Numbers of the policy extension: include/uapi/linux/ipsec.h.
const (
	policyDiscard, policyNone, policyIPsec = 0, 1, 2
	levelUse, levelRequire, levelUnique    = 1, 2, 3
	anyProtocol                            = 255
	familyInet, familyInet6                = 2, 10
	sizeofInet, sizeofInet6                = 16, 28
)

// Policies tells a policy in the messages that it takes: PF_KEY knows prefixes only, so that a range becomes several
// policies, and one for every address becomes two, for IPv4 and IPv6.
func Policies(p *sadb.Policy) [][]pfkey.Extension {
	var list [][]pfkey.Extension
	for _, pair := range prefixPairs(p.Selector) {
		list = append(list, append(selectorOf(pair, p.Selector), policyOf(p)))
	}
	return list
}

// PolicyNames tells the same for a policy that is to go.
func PolicyNames(id sadb.PolicyID) [][]pfkey.Extension {
	var list [][]pfkey.Extension
	for _, pair := range prefixPairs(id.Selector) {
		policy := &pfkey.Policy{Type: policyIPsec, Dir: uint8(id.Direction)}
		list = append(list, append(selectorOf(pair, id.Selector), policy))
	}
	return list
}

// prefixPairs gives the pairs of source and destination prefixes that together are the selector.
func prefixPairs(s sadb.Selector) [][2]netip.Prefix {
	sources, destinations := s.Src.Prefixes(), s.Dst.Prefixes()
	everything := func(like []netip.Prefix) []netip.Prefix {
		v4, v6 := netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		switch {
		case like == nil:
			return []netip.Prefix{v4, v6}
		case like[0].Addr().Is4():
			return []netip.Prefix{v4}
		}
		return []netip.Prefix{v6}
	}
	if sources == nil {
		sources = everything(destinations)
	}
	var list [][2]netip.Prefix
	for _, src := range sources {
		to := destinations
		if to == nil {
			to = everything([]netip.Prefix{src})
		}
		for _, dst := range to {
			list = append(list, [2]netip.Prefix{src, dst})
		}
	}
	return list
}

func selectorOf(pair [2]netip.Prefix, s sadb.Selector) []pfkey.Extension {
	side := func(which pfkey.ExtensionType, p netip.Prefix, port uint16) *pfkey.Address {
		a := &pfkey.Address{Which: which, Proto: s.Proto, PrefixLen: uint8(p.Bits()), Addr: p.Addr(), Port: port}
		if s.Proto == 0 {
			a.Proto = anyProtocol
		}
		return a
	}
	return []pfkey.Extension{side(pfkey.ExtAddressSrc, pair[0], s.SrcPort), side(pfkey.ExtAddressDst, pair[1], s.DstPort)}
}

func policyOf(p *sadb.Policy) *pfkey.Policy {
	x := &pfkey.Policy{Dir: uint8(p.Direction), Priority: p.Priority}
	switch p.Do {
	case sadb.Protect:
		x.Type = policyIPsec
	case sadb.Bypass:
		x.Type = policyNone
	}
	for _, t := range p.Templates {
		q := pfkey.Request{Proto: uint16(t.Proto), Mode: uint8(t.Mode), Level: levelRequire, ReqID: t.ReqID}
		switch {
		case t.Optional:
			q.Level = levelUse
		case t.ReqID != 0:
			q.Level = levelUnique
		}
		if t.Mode == sadb.Tunnel {
			q.Ends = appendSockaddr(appendSockaddr(nil, t.Src), t.Dst)
		}
		q.Length = uint16(16 + len(q.Ends))
		x.Requests = append(x.Requests, q)
	}
	return x
}

// ReadPolicy takes a policy out of an X_SPDADD, X_SPDUPDATE or X_SPDDUMP. It is as the message says; Policy.Check looks
// at the sense of it. Errors are Invalid.
func ReadPolicy(m *pfkey.Message) (sadb.Policy, error) {
	var p sadb.Policy
	id, x, err := readPolicyName(m)
	if err != nil {
		return p, err
	}
	p.Selector, p.Direction, p.Priority = id.Selector, id.Direction, x.Priority
	switch x.Type {
	case policyDiscard:
		p.Do = sadb.Discard
	case policyNone:
		p.Do = sadb.Bypass
	case policyIPsec:
		p.Do = sadb.Protect
	default:
		return p, Invalid(pfkey.NoDiagnostic)
	}
	for _, q := range x.Requests {
		t := sadb.Template{Proto: sadb.Protocol(q.Proto), Mode: sadb.Mode(q.Mode), ReqID: q.ReqID, Optional: q.Level == levelUse}
		if t.Mode == sadb.Tunnel {
			t.Src, t.Dst = readSockaddrs(q.Ends)
		}
		p.Templates = append(p.Templates, t)
	}
	return p, nil
}

// ReadPolicyName takes the name of a policy out of an X_SPDDELETE.
func ReadPolicyName(m *pfkey.Message) (sadb.PolicyID, error) {
	id, _, err := readPolicyName(m)
	return id, err
}

func readPolicyName(m *pfkey.Message) (id sadb.PolicyID, policy *pfkey.Policy, err error) {
	x := extensionsOf(m)
	policy, _ = m.Find(pfkey.ExtPolicy).(*pfkey.Policy)
	switch {
	case x.dst == nil:
		return id, nil, Invalid(pfkey.MissingDst)
	case x.src == nil:
		return id, nil, Invalid(pfkey.MissingSrc)
	case policy == nil:
		return id, nil, Invalid(pfkey.NoDiagnostic)
	}
	src, dst := x.src.Value(), x.dst.Value()
	if src.Addr().BitLen() != dst.Addr().BitLen() || !src.IsValid() {
		return id, nil, Invalid(pfkey.FamilyMismatch)
	}
	from, err := src.Addr().Prefix(int(x.src.PrefixLen))
	if err != nil {
		return id, nil, Invalid(pfkey.BadSrc)
	}
	to, err := dst.Addr().Prefix(int(x.dst.PrefixLen))
	if err != nil {
		return id, nil, Invalid(pfkey.BadDst)
	}
	id.Selector = sadb.Selector{Src: sadb.RangeOfPrefix(from), Dst: sadb.RangeOfPrefix(to), SrcPort: src.Port(), DstPort: dst.Port()}
	if x.dst.Proto != anyProtocol {
		id.Selector.Proto = x.dst.Proto
	}
	id.Direction = sadb.Direction(policy.Dir)
	return id, policy, nil
}

// appendSockaddr writes a socket address as Linux has it, without a port.
func appendSockaddr(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		b = binary.NativeEndian.AppendUint16(b, familyInet)
		b = append(append(b, 0, 0), a.AsSlice()...)
		return append(b, make([]byte, sizeofInet-8)...)
	}
	b = binary.NativeEndian.AppendUint16(b, familyInet6)
	b = append(append(b, 0, 0, 0, 0, 0, 0), a.AsSlice()...)
	return append(b, 0, 0, 0, 0)
}

// readSockaddrs reads two socket addresses of one family; invalid ones when they are none.
func readSockaddrs(b []byte) (src, dst netip.Addr) {
	if len(b) < 2 {
		return src, dst
	}
	switch family := binary.NativeEndian.Uint16(b); {
	case family == familyInet && len(b) >= 2*sizeofInet:
		return netip.AddrFrom4([4]byte(b[4:8])), netip.AddrFrom4([4]byte(b[sizeofInet+4 : sizeofInet+8]))
	case family == familyInet6 && len(b) >= 2*sizeofInet6:
		return netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[sizeofInet6+8 : sizeofInet6+24]))
	}
	return src, dst
}
