package netns

import (
	"encoding/binary"
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A Match picks packets on a link. What is zero matches everything.
type Match struct {
	Proto            uint8 // IP protocol
	SrcPort, DstPort uint16
	Octets           []Octets
	Nth              []int // which of the packets that match the rest, counted from 1; nil: all of them
}

// Octets are what must stand at an offset behind the UDP header.
type Octets struct {
	At    int
	Value []byte // at most 16
}

// A Drop is a fault of a link: packets that vanish on it.
type Drop struct {
	host  *Host
	table *nftables.Table
}

// Drop makes a link lose the packets that a host sends over it and that match. They are seen by a tap, and do not
// arrive. It lasts until Close.
func (f *Fabric) Drop(link, from string, m Match) (*Drop, error) {
	if _, ok := f.Topology.End(from, link); !ok {
		return nil, fmt.Errorf("drop packets: host %q is not on link %q of topology %q", from, link, f.Topology.Name)
	}
	l, _ := f.Topology.Link(link)
	far := l.Ends[0]
	if far.Host == from {
		far = l.Ends[1]
	}
	d := &Drop{host: f.byName[far.Host], table: &nftables.Table{
		Family: nftables.TableFamilyNetdev, Name: fmt.Sprintf("ikewit-drop-%d", f.drops.Add(1)), // a link may have several
	}}
	if err := d.host.Do(func() error { return d.install(far.Device, m) }); err != nil {
		return nil, fmt.Errorf("drop packets of %q on link %q: %w", from, link, err)
	}
	return d, nil
}

const lostCounter = "lost"

// install runs inside the host that does not get the packets.
//
//	table netdev ikewit-drop-N { chain ingress { type filter hook ingress device DEVICE priority 0
//		meta l4proto P th sport S th dport D @th,OFFSET,LENGTH VALUE numgen inc mod 2^32-1 { N-1, ... } counter drop
func (d *Drop) install(device string, m Match) error {
	rule, err := m.expressions()
	if err != nil {
		return err
	}
	c, err := nftables.New()
	if err != nil {
		return err
	}
	c.AddTable(d.table)
	c.AddObj(&nftables.CounterObj{Table: d.table, Name: lostCounter})
	chain := c.AddChain(&nftables.Chain{
		Name: "ingress", Table: d.table, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookIngress, Priority: nftables.ChainPriorityFilter, Device: device,
	})
	if m.Nth != nil {
		set := &nftables.Set{Table: d.table, Anonymous: true, Constant: true, KeyType: nftables.TypeInteger}
		var elements []nftables.SetElement
		for _, n := range m.Nth {
			elements = append(elements, nftables.SetElement{Key: binary.NativeEndian.AppendUint32(nil, uint32(n-1))})
		}
		if err := c.AddSet(set, elements); err != nil {
			return err
		}
		rule = append(rule, &expr.Numgen{Register: 1, Modulus: 1<<32 - 1, Type: unix.NFT_NG_INCREMENTAL},
			&expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID})
	}
	const counter = 1 // NFT_OBJECT_COUNTER
	rule = append(rule, &expr.Objref{Type: counter, Name: lostCounter}, &expr.Verdict{Kind: expr.VerdictDrop})
	c.AddRule(&nftables.Rule{Table: d.table, Chain: chain, Exprs: rule})
	return c.Flush()
}

// expressions are the part of the rule that looks at a packet alone.
func (m Match) expressions() (rule []expr.Any, err error) {
	const udpHeader = 8
	equal := func(load expr.Any, value []byte) {
		rule = append(rule, load, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: value})
	}
	at := func(offset, length int) expr.Any {
		return &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: uint32(offset), Len: uint32(length)}
	}
	if m.Proto != 0 {
		equal(&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, []byte{m.Proto})
	}
	if m.SrcPort != 0 {
		equal(at(0, 2), binary.BigEndian.AppendUint16(nil, m.SrcPort))
	}
	if m.DstPort != 0 {
		equal(at(2, 2), binary.BigEndian.AppendUint16(nil, m.DstPort))
	}
	for _, o := range m.Octets {
		if o.At < 0 || len(o.Value) == 0 || len(o.Value) > 16 {
			return nil, fmt.Errorf("%d octets at offset %d cannot be compared: 1 to 16 at 0 or more can", len(o.Value), o.At)
		}
		equal(at(udpHeader+o.At, len(o.Value)), o.Value)
	}
	for _, n := range m.Nth {
		if n < 1 {
			return nil, fmt.Errorf("there is no packet number %d: the first is 1", n)
		}
	}
	return rule, nil
}

// Lost is how many packets vanished so far.
func (d *Drop) Lost() (n uint64, err error) {
	err = d.host.Do(func() error {
		c, err := nftables.New()
		if err != nil {
			return err
		}
		object, err := c.GetObject(&nftables.CounterObj{Table: d.table, Name: lostCounter})
		if err != nil {
			return fmt.Errorf("read the counter of lost packets: %w", err)
		}
		if counter, ok := object.(*nftables.CounterObj); ok {
			n = counter.Packets
		}
		return nil
	})
	return n, err
}

// Close makes the link whole again.
func (d *Drop) Close() error {
	return d.host.Do(func() error {
		c, err := nftables.New()
		if err != nil {
			return err
		}
		c.DelTable(d.table)
		return c.Flush()
	})
}
