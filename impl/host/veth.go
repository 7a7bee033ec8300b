package host

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// vethDevice is a Tunnel made of a veth pair:
//
//	kernel ──► ipsec0 ═══════ far end ──► packet socket ──► this program
//	      the namespace       a namespace of its own
//
// The far end lives in a namespace that only the packet socket holds, so that nobody sees it, and both ends go away
// when this program ends, however it does.
type vethDevice struct {
	name string
	mtu  int
	file *os.File
	conn syscall.RawConn
	near net.HardwareAddr
	far  int // index of the far end
	drop func() error
	in   mmsg
	out  mmsg
}

// OpenVeth makes a veth pair that serves as a Tunnel, and takes it up.
func OpenVeth(o TunnelOptions) (Tunnel, error) {
	o = o.defaults()
	v := &vethDevice{name: o.Name, mtu: o.MTU, near: net.HardwareAddr{0x02, 'i', 'k', 'e', 0xff, 0}}
	if err := o.In.do(v.open); err != nil {
		return nil, fmt.Errorf("make veth pair %s: %w", o.Name, err)
	}
	return v, nil
}

// open runs inside.
func (v *vethDevice) open() error {
	here, err := netns.Get()
	if err != nil {
		return err
	}
	defer here.Close()
	made := make(chan error, 1)
	go func() {
		// The thread goes back and forth between two namespaces, and ends if it cannot leave.
		runtime.LockOSThread()
		home, err := netns.Get()
		if err == nil {
			err = v.openFrom(here)
			if back := netns.Set(home); back == nil {
				runtime.UnlockOSThread()
			}
			home.Close()
		}
		made <- err
	}()
	return <-made
}

func (v *vethDevice) openFrom(here netns.NsHandle) (err error) {
	beyond, err := netns.New()
	if err != nil {
		return fmt.Errorf("make a namespace for the far end: %w", err)
	}
	defer beyond.Close()
	// The far end shall not speak for itself.
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("packet socket: %w", err)
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
		}
	}()
	if err := netns.Set(here); err != nil {
		return err
	}
	if err := v.plug(beyond); err != nil {
		return err
	}
	if err := completeChecksums(v.name); err != nil {
		return errors.Join(err, v.drop())
	}
	if err := raise(v.name, v.mtu); err != nil {
		return errors.Join(err, v.drop())
	}
	if err := netns.Set(beyond); err != nil {
		return errors.Join(err, v.drop())
	}
	if err := v.listen(fd); err != nil {
		return errors.Join(err, v.drop())
	}
	if err := errors.Join(awaitCarrier(farEnd), netns.Set(here), awaitCarrier(v.name)); err != nil {
		return errors.Join(err, v.drop())
	}
	v.file = os.NewFile(uintptr(fd), v.name)
	v.conn, err = v.file.SyscallConn()
	return err
}

const farEnd = "ipsec-far"

// plug makes the pair; the near end needs no address resolution, as everything goes to the same place.
func (v *vethDevice) plug(beyond netns.NsHandle) error {
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("open netlink: %w", err)
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.HardwareAddr = v.name, v.mtu, v.near
	pair := &netlink.Veth{LinkAttrs: attrs, PeerName: farEnd, PeerNamespace: netlink.NsFd(beyond)}
	err = handle.LinkAdd(pair)
	if errors.Is(err, unix.EEXIST) {
		if err = awaitGone(v.name); err == nil {
			err = handle.LinkAdd(pair)
		}
	}
	if err != nil {
		handle.Close()
		return err
	}
	v.drop = func() error {
		defer handle.Close()
		if err := handle.LinkDel(pair); err != nil && !errors.Is(err, unix.ENODEV) { // gone with the far end
			return err
		}
		return nil
	}
	if err := handle.LinkSetARPOff(pair); err != nil {
		return errors.Join(err, v.drop())
	}
	return nil
}

// listen takes the far end up and lets the socket hear what comes out of it.
func (v *vethDevice) listen(fd int) error {
	if err := raise(farEnd, v.mtu); err != nil {
		return fmt.Errorf("far end: %w", err)
	}
	far, err := net.InterfaceByName(farEnd)
	if err != nil {
		return err
	}
	v.far = far.Index
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, socketBuffer) != nil {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer)
	}
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL), Ifindex: far.Index})
}

func (v *vethDevice) Read(bufs [][]byte, sizes []int, offset int) (n int, err error) {
	count := min(len(bufs), len(sizes), maxBatch)
	for n == 0 && err == nil {
		for i, b := range bufs[:count] {
			v.in.prepare(i, b[offset:])
		}
		var failed error
		err = v.conn.Read(func(fd uintptr) bool {
			n, failed = v.in.receive(int(fd), count, 0)
			return failed != unix.EAGAIN
		})
		switch {
		case err != nil: // there is no other reason to give up waiting
			return 0, os.ErrClosed
		case failed != nil && failed != unix.ENETDOWN:
			err = fmt.Errorf("read from %s: %w", v.name, failed)
		}
	}
	for i := range n {
		sizes[i] = int(v.in.headers[i].size)
		if v.in.truncated(i) {
			sizes[i] = 0
		}
	}
	return n, err
}

func (v *vethDevice) Write(bufs [][]byte, offset int) (done int, err error) {
	for done < len(bufs) {
		batch := bufs[done:min(done+maxBatch, len(bufs))]
		for i, b := range batch {
			if err := v.address(i, b[offset:]); err != nil {
				return done, err
			}
		}
		for sent := 0; sent < len(batch); {
			var n int
			var failed error
			closed := v.conn.Write(func(fd uintptr) bool {
				n, failed = v.out.send(int(fd), sent, len(batch))
				return failed != unix.EAGAIN
			})
			sent, done = sent+n, done+n
			if closed != nil {
				return done, os.ErrClosed
			}
			if failed != nil {
				return done, fmt.Errorf("write to %s: %w", v.name, failed)
			}
		}
	}
	return done, nil
}

// address readies a packet to be sent to the near end.
func (v *vethDevice) address(i int, packet []byte) error {
	if len(packet) == 0 {
		return fmt.Errorf("write to %s: an empty packet", v.name)
	}
	protocol := uint16(unix.ETH_P_IP)
	if packet[0]>>4 == 6 {
		protocol = unix.ETH_P_IPV6
	}
	to := unix.RawSockaddrLinklayer{Family: unix.AF_PACKET, Protocol: networkOrder(protocol), Ifindex: int32(v.far), Halen: 6}
	copy(to.Addr[:], v.near)
	v.out.prepare(i, packet)
	*(*unix.RawSockaddrLinklayer)(unsafe.Pointer(&v.out.names[i])) = to
	v.out.headers[i].Namelen = unix.SizeofSockaddrLinklayer
	v.out.headers[i].SetControllen(0)
	return nil
}

func (v *vethDevice) MTU() int       { return v.mtu }
func (v *vethDevice) Name() string   { return v.name }
func (v *vethDevice) BatchSize() int { return maxBatch }

func (v *vethDevice) Close() error {
	err := v.file.Close()
	if err != nil {
		return err
	}
	return v.drop()
}

// completeChecksums makes a device of the namespace of this thread compute checksums, and cut segments, before a packet
// is sent: behind it is no hardware that would.
func completeChecksums(device string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open a socket to set up %s: %w", device, err)
	}
	defer unix.Close(fd)
	value := struct{ command, data uint32 }{unix.ETHTOOL_STXCSUM, 0}
	request := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&value)}
	copy(request.name[:unix.IFNAMSIZ-1], device)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	runtime.KeepAlive(&value)
	if errno != 0 {
		return fmt.Errorf("turn off checksum offload of %s: %w", device, errno)
	}
	return nil
}
