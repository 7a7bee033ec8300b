package host

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"github.com/google/nftables"
	nfnetlink "github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A Flow is traffic as it leaves this host: Src is on our side. Zero addresses mean any, From and To are both within; Proto 0 and
// port 0 mean any.
type Flow struct {
	SrcFrom, SrcTo   netip.Addr
	DstFrom, DstTo   netip.Addr
	Proto            uint8
	SrcPort, DstPort uint16

	// Leave: not to be diverted, and not refused in clear, although a later flow of the list has the same packets. What
	// shows no ports, because it is a fragment, is not left alone for their sake.
	Leave bool
}

// A Diversion leads protected traffic of one namespace into the device of the user-space stack, and lets none of it pass
// in clear:
//
//	          output, forwarded                          arriving in clear
//	               │                                           │
//	nft  mangle ── flow? ── mark ──► ip rule ──► table    nft mangle ── flow? ── not from the device ── drop, counted
//	               │                               │           │
//	               ▼                    default dev ipsec0     ▼
//	        as always (IKE, ESP:        blackhole behind it    kernel
//	        their sockets bear Bypass)
//
// When the device is gone, protected traffic falls into the blackhole: it never leaves in clear. RFC 2401 section 5.
type Diversion struct {
	mu      sync.Mutex
	device  string
	filter  *nftables.Conn
	route   *netlink.Handle
	table   *nftables.Table
	out, in verdict // in: as they arrive, Src is the peer
	undo    []func() error
	sets    uint32 // made so far: it numbers them
}

const (
	// Bypass is the mark of packets that the diversion leaves alone: those of the stack itself and of IKE. Sockets bear
	// it by SO_MARK.
	Bypass = 0x1ce00001
	divert = 0x1ce00002 // the mark of packets that go to the device

	routingTable  = 0x1ce
	rulePriority  = 100
	clearCounter  = "clear"
	blackholeCost = 1 << 30
)

// NewDiversion prepares the namespace of the calling thread. The device must exist and be up; its name decides which packets
// have come out of the stack. What a stack left behind that did not live to take it back is replaced.
func NewDiversion(device string) (*Diversion, error) {
	// A transaction goes in one piece, and the kernel answers every message of it before any answer is read.
	room := nftables.WithSockOptions(func(c *nfnetlink.Conn) error {
		return errors.Join(c.SetReadBuffer(socketBuffer), c.SetWriteBuffer(socketBuffer))
	})
	filter, err := nftables.New(nftables.AsLasting(), room)
	if err != nil {
		return nil, fmt.Errorf("open nf_tables: %w", err)
	}
	route, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		filter.CloseLasting()
		return nil, fmt.Errorf("open route netlink: %w", err)
	}
	d := &Diversion{device: device, filter: filter, route: route}
	if err := d.prepare(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Set replaces the flows, of which the first that has a packet decides. out are those that the stack protects on their
// way out (forwarded ones too), in are those that must not arrive in clear; both as the packet shows itself on its way.
func (d *Diversion) Set(out, in []Flow) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.change("set", d.out.set(out), d.in.set(in))
}

// Add adds flows to those that there are; one may be there several times. It costs the same whether there are a few or
// thousands. No flow may be one to Leave, neither of these nor of those that there are: order matters then, and Set
// must be told all.
func (d *Diversion) Add(out, in []Flow) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.change("add", d.out.more(out, 1), d.in.more(in, 1))
}

// Remove takes flows away that were added, each once.
func (d *Diversion) Remove(out, in []Flow) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.change("remove", d.out.more(out, -1), d.in.more(in, -1))
}

// change makes the kernel agree with two plans, in one transaction, so that no packet meets half of it.
func (d *Diversion) change(what string, out, in *plan) error {
	err := errors.Join(d.out.write(d, out), d.in.write(d, in))
	if err == nil {
		err = d.filter.Flush()
	}
	if err != nil {
		return fmt.Errorf("diversion: %s flows: %w", what, err)
	}
	d.out.commit(out)
	d.in.commit(in)
	return nil
}

// Dropped counts the packets that arrived in clear and should not have.
func (d *Diversion) Dropped() (uint64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	object, err := d.filter.GetObject(&nftables.CounterObj{Table: d.table, Name: clearCounter})
	if err != nil {
		return 0, fmt.Errorf("counter of clear packets: %w", err)
	}
	counter, ok := object.(*nftables.CounterObj)
	if !ok {
		return 0, fmt.Errorf("counter of clear packets: the kernel gave a %T", object)
	}
	return counter.Packets, nil
}

// Close takes everything back, and with it the protection: it is for a stack whose policies are gone.
func (d *Diversion) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var first error
	for i := len(d.undo) - 1; i >= 0; i-- {
		if err := d.undo[i](); err != nil && first == nil {
			first = fmt.Errorf("take the diversion back: %w", err)
		}
	}
	d.undo = nil
	d.route.Close()
	if err := d.filter.CloseLasting(); err != nil && first == nil {
		first = err
	}
	return first
}

// prepare makes the routing table, the rules that lead there, and the empty chains.
func (d *Diversion) prepare() error {
	link, err := d.route.LinkByName(d.device)
	if err != nil {
		return fmt.Errorf("device %s: %w", d.device, err)
	}
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		if err := d.prepareRoutes(link, family); err != nil {
			return err
		}
	}
	return d.prepareFilter()
}

func (d *Diversion) prepareRoutes(link netlink.Link, family int) error {
	anywhere := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	if family == unix.AF_INET6 {
		anywhere = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	dst := ipNet(anywhere)
	routes := []*netlink.Route{
		{LinkIndex: link.Attrs().Index, Dst: dst, Table: routingTable, Priority: 1, Family: family, Scope: netlink.SCOPE_LINK},
		{Dst: dst, Table: routingTable, Priority: blackholeCost, Family: family, Type: unix.RTN_BLACKHOLE},
	}
	for _, r := range routes {
		if err := d.route.RouteReplace(r); err != nil {
			return fmt.Errorf("route of table %d: %w", routingTable, err)
		}
		gone := r.Type != unix.RTN_BLACKHOLE // the kernel takes it away with the device
		d.undo = append(d.undo, func() error {
			if err := d.route.RouteDel(r); err != nil && !gone {
				return err
			}
			return nil
		})
	}
	rule := netlink.NewRule()
	rule.Family, rule.Mark, rule.Table, rule.Priority = family, divert, routingTable, rulePriority
	if err := d.route.RuleAdd(rule); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("rule for table %d: %w", routingTable, err)
	}
	d.undo = append(d.undo, func() error { return d.route.RuleDel(rule) })
	return nil
}
