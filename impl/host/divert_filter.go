package host

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

func (d *Diversion) prepareFilter() error {
	d.table = d.filter.AddTable(&nftables.Table{Family: nftables.TableFamilyINet, Name: "ikewit"})
	d.output = d.filter.AddChain(&nftables.Chain{
		Name: "output", Table: d.table, Type: nftables.ChainTypeRoute,
		Hooknum: nftables.ChainHookOutput, Priority: nftables.ChainPriorityMangle,
	})
	d.arriving = d.filter.AddChain(&nftables.Chain{
		Name: "arriving", Table: d.table, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityMangle,
	})
	d.filter.AddObj(&nftables.CounterObj{Table: d.table, Name: clearCounter})
	if err := d.filter.Flush(); err != nil {
		return err
	}
	d.undo = append(d.undo, func() error {
		d.filter.DelTable(d.table)
		return d.filter.Flush()
	})
	return d.write(nil, nil)
}

// write replaces the rules of both chains in one transaction, so that no packet meets half of them.
func (d *Diversion) write(out, in []Flow) error {
	d.filter.FlushChain(d.output)
	d.filter.FlushChain(d.arriving)
	add := func(chain *nftables.Chain, parts ...[]expr.Any) {
		rule := &nftables.Rule{Table: d.table, Chain: chain}
		for _, p := range parts {
			rule.Exprs = append(rule.Exprs, p...)
		}
		d.filter.AddRule(rule)
	}
	add(d.output, isMarked(Bypass), accept())
	add(d.output, isOutput("lo"), accept())
	for _, f := range out {
		for _, m := range f.match() {
			add(d.output, m, mark(divert))
		}
	}

	add(d.arriving, isInput(d.device), accept())
	add(d.arriving, isInput("lo"), accept())
	for _, keep := range inClear() {
		add(d.arriving, keep, accept())
	}
	for _, f := range in {
		for _, m := range f.match() {
			add(d.arriving, m, count(clearCounter), drop())
		}
	}
	for _, f := range out { // forwarded: decided before routing
		for _, m := range f.match() {
			add(d.arriving, m, mark(divert))
		}
	}
	return d.filter.Flush()
}

// inClear is what must arrive in clear for IPsec to work at all: ESP, AH, IKE, and neighbour discovery.
func inClear() [][]expr.Any {
	list := [][]expr.Any{
		isProtocol(unix.IPPROTO_ESP), isProtocol(unix.IPPROTO_AH),
		append(isProtocol(unix.IPPROTO_UDP), isPort(2, 500)...),
		append(isProtocol(unix.IPPROTO_UDP), isPort(2, 4500)...),
	}
	const firstND, lastND = 133, 137 // RFC 4861 section 4
	nd := append(isProtocol(unix.IPPROTO_ICMPV6),
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
		&expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: []byte{firstND}, ToData: []byte{lastND}})
	return append(list, nd)
}

// match gives what a rule must match for the flow: one list for each address family that it can have.
func (f Flow) match() (list [][]expr.Any) {
	for _, family := range f.families() {
		m := isFamily(family)
		m = append(m, addressIn(family, true, f.SrcFrom, f.SrcTo)...)
		m = append(m, addressIn(family, false, f.DstFrom, f.DstTo)...)
		if f.Proto != 0 {
			m = append(m, isProtocol(f.Proto)...)
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

func accept() []expr.Any { return []expr.Any{&expr.Verdict{Kind: expr.VerdictAccept}} }
func drop() []expr.Any   { return []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}} }

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
