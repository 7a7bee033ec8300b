package user

import (
	"errors"
	"iter"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/dataplane"
	"ikewit/impl/host"
	"ikewit/impl/sadb"
)

// Room for packets: those from the device are as long as it lets them be; those from the network may be
// put together by the kernel, and behind each is room for the device to put others together.
const (
	slack     = 512
	maxPacket = 65535
)

// patience is how many failures to read in a row are borne: somebody has taken the device away, and then
// what was to be protected falls into the black hole behind it.
const patience = 16

// protect carries packets from the device to the network, until Close.
func (d *Driver) protect() {
	n := d.tunnel.BatchSize()
	bufs, sizes := make([][]byte, n), make([]int, n)
	for i := range bufs {
		bufs[i] = make([]byte, dataplane.Headroom+d.tunnel.MTU()+slack+dataplane.Tailroom)
	}
	var c carrier
	for n := range d.batches(func() (int, error) { return d.tunnel.Read(bufs, sizes, dataplane.Headroom) }) {
		now := time.Now()
		d.plane.out.Lock()
		for i := range n {
			d.plane.out.Process(now, dataplane.Buffer{Octets: bufs[i], From: dataplane.Headroom, To: dataplane.Headroom + sizes[i]}, &c.results)
		}
		d.plane.out.Unlock()
		c.carry(d)
	}
}

// unprotect carries packets from the network to the device, until Close.
func (d *Driver) unprotect() {
	const batch = 64
	packets := make([]host.Packet, batch)
	for i := range packets {
		packets[i].Buffer = make([]byte, dataplane.Headroom+maxPacket+dataplane.Tailroom)
		packets[i].From = dataplane.Headroom
	}
	var c carrier
	for n := range d.batches(func() (int, error) { return d.raw.Read(packets) }) {
		now := time.Now()
		d.plane.in.Lock()
		for _, p := range packets[:n] {
			if p.Err == nil {
				b := dataplane.Buffer{Octets: p.Buffer, From: p.From, To: p.To}
				if p.UDP {
					d.plane.in.ProcessUDP(now, b, &c.results)
				} else {
					d.plane.in.Process(now, b, &c.results)
				}
			}
		}
		d.plane.in.Unlock()
		for i := range packets[:n] {
			if packets[i].Err != nil {
				d.refused(now, &packets[i])
			}
		}
		c.carry(d)
	}
}

// batches gives the sizes of what is read, one after the other, until what is read from is closed or fails too often.
func (d *Driver) batches(read func() (int, error)) iter.Seq[int] {
	return func(yield func(int) bool) {
		for failures := 0; failures < patience; {
			n, err := read()
			switch {
			case errors.Is(err, os.ErrClosed):
				return
			case err != nil:
				failures++
				d.lost.Add(1)
			default:
				failures = 0
			}
			if !yield(n) {
				return
			}
		}
	}
}

// refused takes note of what became of a packet of ours.
func (d *Driver) refused(now time.Time, p *host.Packet) {
	r, ok := errors.AsType[*host.Refused](p.Err)
	if !ok {
		d.lost.Add(1)
		return
	}
	if r.Errno == unix.EMSGSIZE && r.MTU > 0 {
		d.plane.out.Lock()
		d.plane.out.Narrowed(now, p.Octets(), r.MTU)
		d.plane.out.Unlock()
	}
}

// A carrier brings results of the data plane to where they belong.
type carrier struct {
	results dataplane.Results
	wire    []host.Packet
	inner   [][]byte
}

func (c *carrier) carry(d *Driver) {
	r := &c.results
	if len(r.Wire) > 0 {
		c.send(d)
	}
	if len(r.Inner) > 0 {
		c.deliver(d)
	}
	for _, u := range r.Used {
		if u.Spent {
			d.Spent(u.ID, u.Usage)
		} else {
			d.Used(u.ID, u.Usage)
		}
	}
	for _, m := range r.Moved {
		d.Emit(sadb.Moved{ID: m.ID, Remote: m.Remote})
	}
	for _, a := range r.Acquires {
		d.Emit(a)
	}
	r.Reset()
}

// send gives packets to the network. One that it does not take is lost, as on the way.
func (c *carrier) send(d *Driver) {
	c.wire = c.wire[:0]
	for _, b := range c.results.Wire {
		c.wire = append(c.wire, host.Packet{Buffer: b.Octets, From: b.From, To: b.To})
	}
	for rest := c.wire; len(rest) > 0; {
		n, err := d.raw.Write(rest)
		if err == nil || errors.Is(err, os.ErrClosed) {
			return
		}
		d.lost.Add(1)
		if errors.Is(err, unix.EMSGSIZE) {
			d.shorten(&rest[n])
		}
		rest = rest[n+1:]
	}
}

// plateaus are the lengths that links commonly allow: RFC 1191 section 7.1.
var plateaus = [...]int{32000, 17914, 8166, 4352, 2002, 1492, 1280, 1006, 576}

// shorten has packets of that SA be as short as the next kind of link wants them: ours has become narrower.
func (d *Driver) shorten(p *host.Packet) {
	octets := p.Octets()
	for _, mtu := range plateaus {
		if mtu < len(octets) {
			d.plane.out.Lock()
			d.plane.out.Narrowed(time.Now(), octets, mtu)
			d.plane.out.Unlock()
			return
		}
	}
}

// deliver gives packets to the kernel, as received from the device.
func (c *carrier) deliver(d *Driver) {
	c.inner = c.inner[:0]
	for _, b := range c.results.Inner {
		c.inner = append(c.inner, b.Octets[b.From-host.TunnelOffset:b.To])
	}
	d.toTunnel.Lock()
	defer d.toTunnel.Unlock()
	n, err := d.tunnel.Write(c.inner, host.TunnelOffset)
	if err != nil && !errors.Is(err, os.ErrClosed) {
		d.lost.Add(uint64(len(c.inner) - n))
	}
}
