package user

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"ikewit/impl/dataplane"
	"ikewit/impl/host"
	"ikewit/impl/sadb"
	"ikewit/impl/sadb/store"
)

// Options say how a driver is opened. The zero value opens it in the network namespace of the calling
// thread.
type Options struct {
	In     host.Inside // the network namespace; nil: that of the calling thread
	Device string      // name of the tunnel device; empty: ipsec0
	MTU    int         // of the device, octets; 0: what the narrowest link leaves after IPsec
	Veth   bool        // make a veth pair and not a TUN device, as for those who may not open one
}

// A Driver is the user-space IPsec stack of one network namespace.
type Driver struct {
	*store.Store
	options   Options
	plane     *plane
	tunnel    host.Tunnel
	raw       *host.Raw
	toTunnel  sync.Mutex // for tunnel.Write
	lost      atomic.Uint64
	over      sync.WaitGroup
	closeOnce sync.Once
	closeErr  error
}

var _ sadb.Driver = (*Driver)(nil)

// New opens the device and the sockets, and starts to carry packets. It takes CAP_NET_ADMIN and
// CAP_NET_RAW in the namespace.
func New(o Options) (*Driver, error) {
	if o.Device == "" {
		o.Device = "ipsec0"
	}
	d := &Driver{options: o}
	open := d.open
	if o.In != nil {
		open = func() error { return o.In(d.open) }
	}
	if err := open(); err != nil {
		return nil, fmt.Errorf("user-space IPsec stack: %w", err)
	}
	d.Store = store.New(d.plane, nil)
	d.over.Go(d.protect)
	d.over.Go(d.unprotect)
	return d, nil
}

// open opens everything, in the namespace, or leaves nothing.
func (d *Driver) open() (err error) {
	mtu, err := linkMTU(d.options.Device)
	if err != nil {
		return err
	}
	t := host.TunnelOptions{Name: d.options.Device, MTU: d.options.MTU}
	if t.MTU == 0 {
		t.MTU = max(mtu-overhead, 1280) // RFC 8200 section 5: IPv6 wants as much
	}
	if d.options.Veth {
		d.tunnel, err = host.OpenVeth(t)
	} else {
		d.tunnel, err = host.OpenTunnel(t)
	}
	if err != nil {
		return err
	}
	d.raw, err = host.OpenRaw(host.RawOptions{Mark: host.Bypass})
	if err != nil {
		return errors.Join(err, d.tunnel.Close())
	}
	diversion, err := host.NewDiversion(d.options.Device)
	if err != nil {
		return errors.Join(err, d.raw.Close(), d.tunnel.Close())
	}
	d.plane = newPlane(diversion, mtu)
	d.plane.in.SetLimit(host.WriteLimit(d.tunnel))
	return nil
}

// overhead is what is left of a link for IPsec: enough for ESP with AES-CBC and HMAC-SHA1 in a tunnel of
// either family, UDP around it. Where that is not enough, packets are told to be shorter, or cut.
const overhead = 100

// linkMTU gives the longest packet that every link of this namespace takes.
func linkMTU(except string) (int, error) {
	const usual = 1500
	links, err := net.Interfaces()
	if err != nil {
		return 0, fmt.Errorf("look for network devices: %w", err)
	}
	least := 0
	for _, l := range links {
		if l.Flags&net.FlagUp == 0 || l.Flags&net.FlagLoopback != 0 || l.Name == except {
			continue
		}
		if least == 0 || l.MTU < least {
			least = l.MTU
		}
	}
	if least == 0 {
		least = usual
	}
	return least, nil
}

// Name is "user".
func (*Driver) Name() string { return "user" }

// Device gives the name and the MTU of the tunnel device.
func (d *Driver) Device() (name string, mtu int) { return d.tunnel.Name(), d.tunnel.MTU() }

// Refused says that the SAs of a request will not come: the next packet asks again.
func (d *Driver) Refused(seq uint32) {
	d.plane.out.Lock()
	defer d.plane.out.Unlock()
	d.plane.out.Refused(seq)
}

// Statistics are what was counted since New.
type Statistics struct {
	Out, In dataplane.Counters
	Clear   uint64 // packets that arrived in clear and should not have
	Lost    uint64 // packets that the device or the sockets did not take
}

// Statistics counts.
func (d *Driver) Statistics() (Statistics, error) {
	s := Statistics{Out: d.plane.out.counters(), In: d.plane.in.counters(), Lost: d.lost.Load()}
	var err error
	s.Clear, err = d.plane.diversion.Dropped()
	return s, err
}

// Close ends the stack: SAs and policies are gone, and with them the device, the sockets and every rule.
func (d *Driver) Close() error {
	d.closeOnce.Do(func() {
		d.Store.Close()
		d.closeErr = errors.Join(d.tunnel.Close(), d.raw.Close())
		d.over.Wait()
		// Last: until here, what was to be protected falls into the black hole behind the device.
		d.closeErr = errors.Join(d.closeErr, d.plane.diversion.Close())
	})
	return d.closeErr
}
