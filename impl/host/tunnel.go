package host

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"
)

// A Tunnel is a network device whose other side is this program: what the kernel routes into the device is read here,
// and what is written here the kernel takes as received from the device. Packets are whole IP packets.
//
// Read and Write may run side by side, each on one goroutine.
type Tunnel interface {
	// Read waits for packets and puts them into bufs from offset on, their lengths into sizes. bufs should hold
	// BatchSize buffers: a large segment of the kernel comes as many packets. After Close the error is os.ErrClosed.
	Read(bufs [][]byte, sizes []int, offset int) (n int, err error)

	// Write gives the packets that begin at offset in each of bufs to the kernel, and returns how many it took. In
	// front of offset, and behind a buffer's length up to its capacity, Write may change what is there.
	Write(bufs [][]byte, offset int) (n int, err error)

	MTU() int
	Name() string
	BatchSize() int

	// Close takes the device away.
	Close() error
}

// TunnelOffset is the least offset that Read and Write of a Tunnel may be called with.
const TunnelOffset = 16

// TunnelOptions say what device to make.
type TunnelOptions struct {
	In   Inside
	Name string // empty: ipsec0
	MTU  int    // octets; 0: 1400, which leaves room for ESP in a UDP tunnel of 1500
}

const (
	defaultTunnel    = "ipsec0"
	defaultTunnelMTU = 1400
)

func (o TunnelOptions) defaults() TunnelOptions {
	if o.Name == "" {
		o.Name = defaultTunnel
	}
	if o.MTU == 0 {
		o.MTU = defaultTunnelMTU
	}
	return o
}

// OpenTunnel makes a TUN device and takes it up; where /dev/net/tun may not be opened, as by a user without privilege
// in a user namespace, a veth pair that does the same, only slower.
func OpenTunnel(o TunnelOptions) (Tunnel, error) {
	t, err := OpenTUN(o)
	if err == nil {
		return t, nil
	}
	if !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENODEV) {
		return nil, err
	}
	v, second := OpenVeth(o)
	if second != nil {
		return nil, errors.Join(err, second)
	}
	return v, nil
}

// tunDevice is a Tunnel that is a TUN device; the kernel passes segments of up to 64 KiB through it, which are cut and
// put together here.
type tunDevice struct {
	tun.Device
	name string
	mtu  int
}

// OpenTUN makes a TUN device and takes it up.
func OpenTUN(o TunnelOptions) (Tunnel, error) {
	o = o.defaults()
	t := &tunDevice{name: o.Name, mtu: o.MTU}
	err := o.In.do(func() error {
		fd, err := attachTUN(o.Name)
		if err != nil {
			return err
		}
		// The library's own watch over the device, which this leaves out, needs a goroutine that wakes every second.
		if t.Device, _, err = tun.CreateUnmonitoredTUNFromFD(fd); err != nil {
			unix.Close(fd)
			return err
		}
		if err := raise(o.Name, o.MTU); err != nil {
			return errors.Join(err, t.Device.Close())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make TUN device %s: %w", o.Name, err)
	}
	return t, nil
}

func attachTUN(name string) (fd int, err error) {
	const file = "/dev/net/tun"
	if fd, err = unix.Open(file, unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
		return -1, fmt.Errorf("open %s: %w", file, err)
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		unix.Close(fd)
		if errors.Is(err, unix.EBUSY) {
			err = fmt.Errorf("%w (another program has the device)", err)
		}
		return -1, err
	}
	return fd, nil
}

// raise gives a device of this namespace its MTU and takes it up. No address is made up for it: nobody on it would
// answer router solicitations.
func raise(name string, mtu int) error {
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("open netlink: %w", err)
	}
	defer handle.Close()
	link, err := handle.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find it: %w", err)
	}
	if err := handle.LinkSetMTU(link, mtu); err != nil {
		return fmt.Errorf("set its MTU to %d: %w", mtu, err)
	}
	handle.LinkSetIP6AddrGenMode(link, in6AddrGenModeNone) // fails where there is no IPv6, and then is not needed
	if err := handle.LinkSetUp(link); err != nil {
		return fmt.Errorf("take it up: %w", err)
	}
	return nil
}

const in6AddrGenModeNone = 1 // IN6_ADDR_GEN_MODE_NONE of linux/if_link.h

func (t *tunDevice) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	for {
		n, err := t.Device.Read(bufs, sizes, offset)
		if errors.Is(err, tun.ErrTooManySegments) {
			err = nil // the rest is lost, as on a network
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (t *tunDevice) Write(bufs [][]byte, offset int) (int, error) {
	if _, err := t.Device.Write(bufs, offset); err != nil {
		if errors.Is(err, os.ErrClosed) {
			return 0, os.ErrClosed
		}
		return 0, fmt.Errorf("write to %s: %w", t.name, err)
	}
	return len(bufs), nil
}

func (t *tunDevice) MTU() int     { return t.mtu }
func (t *tunDevice) Name() string { return t.name }
