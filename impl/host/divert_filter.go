package host

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// prepareFilter makes the chains. What flows there are is in two of their own, to which these jump:
//
//	output   ─── not marked, not lo, no neighbour discovery ──► diverted
//	arriving ─── not from the device, not lo ──► diverted ─── not IPsec, IKE, neighbour discovery ──► refused
func (d *Diversion) prepareFilter() error {
	d.table = d.filter.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: "ikewit"})
	d.filter.DelTable(d.table) // of one that was left behind; all this is one transaction
	d.filter.AddTable(d.table)
	d.filter.AddObj(&nftables.CounterObj{Table: d.table, Name: clearCounter})
	d.out = newVerdict(d.filter.AddChain(&nftables.Chain{Name: "diverted", Table: d.table}), mark(divert))
	d.in = newVerdict(d.filter.AddChain(&nftables.Chain{Name: "refused", Table: d.table}), append(count(clearCounter), drop()...))
	output := d.filter.AddChain(&nftables.Chain{
		Name: "output", Table: d.table, Type: nftables.ChainTypeRoute,
		Hooknum: nftables.ChainHookOutput, Priority: nftables.ChainPriorityMangle,
	})
	arriving := d.filter.AddChain(&nftables.Chain{
		Name: "arriving", Table: d.table, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityMangle,
	})
	d.addRule(output, isMarked(Bypass), accept())
	d.addRule(output, isOutput("lo"), accept())
	d.addRule(output, isNeighbourDiscovery(), accept()) // without it the packets of IPsec would not find their way
	d.addRule(output, jump(d.out.chain))

	d.addRule(arriving, isInput(d.device), accept())
	d.addRule(arriving, isInput("lo"), accept())
	d.addRule(arriving, jump(d.out.chain)) // forwarded: decided before routing
	for _, keep := range inClear() {
		d.addRule(arriving, keep, accept())
	}
	d.addRule(arriving, jump(d.in.chain))
	if err := d.filter.Flush(); err != nil {
		return err
	}
	d.undo = append(d.undo, func() error {
		d.filter.DelTable(d.table)
		return d.filter.Flush()
	})
	return nil
}

func (d *Diversion) addRule(chain *nftables.Chain, parts ...[]expr.Any) {
	d.filter.AddRule(&nftables.Rule{Table: d.table, Chain: chain, Exprs: slices.Concat(parts...)})
}

// inClear is what must arrive in clear for IPsec to work at all: ESP, AH and IKE for this host itself, and neighbour
// discovery. A long IKE message comes in fragments, and only the first has ports; what follows a first fragment that was
// dropped comes to nothing.
func inClear() [][]expr.Any {
	var list [][]expr.Any
	for _, own := range [][]expr.Any{
		isProtocol(unix.IPPROTO_ESP), isProtocol(unix.IPPROTO_AH),
		append(isProtocol(unix.IPPROTO_UDP), isPort(2, PortIKE)...),
		append(isProtocol(unix.IPPROTO_UDP), isPort(2, PortNATT)...),
		append(isProtocol(unix.IPPROTO_UDP), isLaterFragment(unix.NFPROTO_IPV4)...),
		append(isProtocol(unix.IPPROTO_UDP), isLaterFragment(unix.NFPROTO_IPV6)...),
	} {
		list = append(list, append(own, isForUs()...))
	}
	return append(list, isNeighbourDiscovery())
}

func isNeighbourDiscovery() []expr.Any {
	const first, last = 133, 137 // RFC 4861 section 4
	return append(isProtocol(unix.IPPROTO_ICMPV6),
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
		&expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: []byte{first}, ToData: []byte{last}})
}

// match gives what a rule must match for the flow: one list for each address family that it can have; for a flow with
// ports one more, as fragments but the first do not show theirs (RFC 4301 section 7).
func (f Flow) match() (list [][]expr.Any) {
	for _, family := range f.families() {
		m := isFamily(family)
		m = append(m, addressIn(family, true, f.SrcFrom, f.SrcTo)...)
		m = append(m, addressIn(family, false, f.DstFrom, f.DstTo)...)
		if f.Proto != 0 {
			m = append(m, isProtocol(f.Proto)...)
		}
		if (f.SrcPort != 0 || f.DstPort != 0) && !f.Leave {
			list = append(list, append(slices.Clone(m), isLaterFragment(family)...))
		}
		if f.SrcPort != 0 {
			m = append(m, isPort(0, f.SrcPort)...)
		}
		if f.DstPort != 0 {
			m = append(m, isPort(2, f.DstPort)...)
		}
		list = append(list, m)
	}
	return list
}

func (f Flow) families() []byte {
	for _, a := range []netip.Addr{f.SrcFrom, f.DstFrom} {
		if a.Is4() {
			return []byte{unix.NFPROTO_IPV4}
		}
		if a.Is6() {
			return []byte{unix.NFPROTO_IPV6}
		}
	}
	return []byte{unix.NFPROTO_IPV4, unix.NFPROTO_IPV6}
}

func equal(load expr.Any, data []byte) []expr.Any {
	return []expr.Any{load, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data}}
}

func isFamily(n byte) []expr.Any {
	return equal(&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1}, []byte{n})
}

func isProtocol(n uint8) []expr.Any {
	return equal(&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, []byte{n})
}

// isForUs compares the destination with the addresses of this host.
func isForUs() []expr.Any {
	return equal(&expr.Fib{Register: 1, ResultADDRTYPE: true, FlagDADDR: true}, binaryutil.NativeEndian.PutUint32(unix.RTN_LOCAL))
}

// isLaterFragment looks for an offset in the IPv4 header (RFC 791 section 3.1) or the IPv6 fragment header (RFC 8200
// section 4.5).
func isLaterFragment(family byte) []expr.Any {
	var load expr.Any = &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 6, Len: 2}
	offset := []byte{0x1f, 0xff}
	if family == unix.NFPROTO_IPV6 {
		load = &expr.Exthdr{DestRegister: 1, Type: unix.IPPROTO_FRAGMENT, Offset: 2, Len: 2}
		offset = []byte{0xff, 0xf8}
	}
	return append(isFamily(family), load,
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 2, Mask: offset, Xor: []byte{0, 0}},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{0, 0}})
}

func isMarked(n uint32) []expr.Any {
	return equal(&expr.Meta{Key: expr.MetaKeyMARK, Register: 1}, binaryutil.NativeEndian.PutUint32(n))
}

func isInput(device string) []expr.Any {
	return equal(&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: 1}, deviceName(device))
}

func isOutput(device string) []expr.Any {
	return equal(&expr.Meta{Key: expr.MetaKeyOIFNAME, Register: 1}, deviceName(device))
}

func deviceName(device string) []byte {
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, device)
	return name
}

// isPort compares the source (offset 0) or destination port (offset 2) of UDP and TCP.
func isPort(offset uint32, port uint16) []expr.Any {
	load := &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2}
	return equal(load, binary.BigEndian.AppendUint16(nil, port))
}

func addressIn(family byte, source bool, from, to netip.Addr) []expr.Any {
	if !from.IsValid() {
		return nil
	}
	offset, length := uint32(12), uint32(4) // RFC 791 section 3.1
	if family == unix.NFPROTO_IPV6 {
		offset, length = 8, 16 // RFC 8200 section 3
	}
	if !source {
		offset += length
	}
	load := &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length}
	if from == to {
		return equal(load, from.AsSlice())
	}
	return []expr.Any{load, &expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: from.AsSlice(), ToData: to.AsSlice()}}
}

func mark(n uint32) []expr.Any {
	return []expr.Any{
		&expr.Immediate{Register: 1, Data: binaryutil.NativeEndian.PutUint32(n)},
		&expr.Meta{Key: expr.MetaKeyMARK, SourceRegister: true, Register: 1},
		&expr.Verdict{Kind: expr.VerdictAccept},
	}
}

func count(name string) []expr.Any {
	const counter = 1 // NFT_OBJECT_COUNTER
	return []expr.Any{&expr.Objref{Type: counter, Name: name}}
}

func jump(chain *nftables.Chain) []expr.Any {
	return []expr.Any{&expr.Verdict{Kind: expr.VerdictJump, Chain: chain.Name}}
}

func back() []expr.Any   { return []expr.Any{&expr.Verdict{Kind: expr.VerdictReturn}} }
func accept() []expr.Any { return []expr.Any{&expr.Verdict{Kind: expr.VerdictAccept}} }
func drop() []expr.Any   { return []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}} }

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
