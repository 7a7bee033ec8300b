package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ring is a packet socket with memory shared with the kernel (TPACKET_V2): slots of equal size, filled in turn. The
// kernel stamps each frame when it fills the slot.
//
//	slot   0        status: 0 the kernel's, else ours
//	       4        length on the link
//	       8        length here
//	      12        offset of the frame
//	      16        seconds, nanoseconds
//	      32        sockaddr_ll, whose octet 10 says which way the frame went
//	      66 or so  the frame
type ring struct {
	fd      int
	end     int
	memory  []byte
	slot    int // size
	slots   int
	current int
}

const (
	slotStatus, slotLength, slotCaptured, slotOffset = 0, 4, 8, 12
	slotSeconds, slotNanoseconds, slotAddress        = 16, 20, 32
	slotHeader                                       = 128 // no less than what is in front of a frame
	addressDirection                                 = 10
)

// openRing begins to watch a device of this namespace. With sentOnly, what the device receives is left out.
func openRing(device string, room int, sentOnly bool) (r *ring, err error) {
	dev, err := net.InterfaceByName(device)
	if err != nil {
		return nil, err
	}
	// Protocol 0 hears nothing until bind names another.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open a packet socket: %w", err)
	}
	made := &ring{fd: fd, slot: 2048}
	defer func() {
		if err != nil {
			made.close()
		}
	}()
	if err := made.share(dev.MTU, room); err != nil {
		return nil, err
	}
	if sentOnly {
		if err := filter(fd, onlySent); err != nil {
			return nil, err
		}
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL), Ifindex: dev.Index}); err != nil {
		return nil, fmt.Errorf("watch the device: %w", err)
	}
	return made, nil
}

// share asks the kernel for memory in which frames of the MTU fit a slot.
func (r *ring) share(mtu, room int) (err error) {
	for r.slot < slotHeader+mtu {
		r.slot *= 2
	}
	block := max(r.slot, 64<<10)
	blocks := max(1, room/block)
	r.slots = block / r.slot * blocks
	if err := setOptions(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return err
	}
	request := unix.TpacketReq{Block_size: uint32(block), Block_nr: uint32(blocks), Frame_size: uint32(r.slot), Frame_nr: uint32(r.slots)}
	if err := unix.SetsockoptTpacketReq(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &request); err != nil {
		return fmt.Errorf("ask for %d octets of shared memory: %w", block*blocks, err)
	}
	if r.memory, err = unix.Mmap(r.fd, 0, block*blocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("map %d octets of shared memory: %w", block*blocks, err)
	}
	return nil
}

// Programs of the classic packet filter.
var (
	onlySent = []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: packetType},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.PACKET_OUTGOING},
		{Code: unix.BPF_RET | unix.BPF_K, K: 1<<32 - 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
	nothing = []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
)

const packetType = 0xfffff004 // SKF_AD_OFF + SKF_AD_PKTTYPE

func filter(fd int, program []unix.SockFilter) error {
	p := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &p); err != nil {
		return fmt.Errorf("attach a packet filter: %w", err)
	}
	return nil
}

// refuseAll lets no further frame in.
func (r *ring) refuseAll() error { return filter(r.fd, nothing) }

func (r *ring) status() *uint32 {
	return (*uint32)(unsafe.Pointer(&r.memory[r.current*r.slot+slotStatus]))
}

func (r *ring) word(offset int) uint32 {
	return *(*uint32)(unsafe.Pointer(&r.memory[r.current*r.slot+offset]))
}

// ready tells whether the next slot holds a frame.
func (r *ring) ready() bool { return atomic.LoadUint32(r.status())&unix.TP_STATUS_USER != 0 }

// time is when the frame in the next slot, which is ready, was sent.
func (r *ring) time() time.Time {
	return time.Unix(int64(r.word(slotSeconds)), int64(r.word(slotNanoseconds)))
}

// frame reads the next slot, which is ready.
func (r *ring) frame(single bool) Frame {
	slot := r.memory[r.current*r.slot : (r.current+1)*r.slot]
	start := int(binary.NativeEndian.Uint16(slot[slotOffset:]))
	f := Frame{
		Time: r.time(), End: r.end, Length: int(r.word(slotLength)),
		Octets:  slot[start : start+int(r.word(slotCaptured))],
		Partial: atomic.LoadUint32(r.status())&unix.TP_STATUS_CSUMNOTREADY != 0,
	}
	if single && slot[slotAddress+addressDirection] != unix.PACKET_OUTGOING {
		f.End = 1
	}
	return f
}

// release gives the slot back to the kernel and goes on to the next.
func (r *ring) release() {
	atomic.StoreUint32(r.status(), unix.TP_STATUS_KERNEL)
	r.current = (r.current + 1) % r.slots
}

func (r *ring) close() error {
	var err error
	if r.memory != nil {
		err = unix.Munmap(r.memory)
	}
	return errors.Join(err, unix.Close(r.fd))
}
