package netns

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"unsafe"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// kernelReplay is what the kernel keeps of an SA's sequence numbers where the old field of 32 packets does not do: struct
// xfrm_replay_state_esn of include/uapi/linux/xfrm.h, which the netlink library passes over.
type kernelReplay struct {
	window int
	esn    bool
}

type kernelName struct {
	spi   uint32
	dst   netip.Addr
	proto uint8
}

// kernelReplays reads them for all SAs that have one, in the namespace of the calling thread.
func kernelReplays() (map[kernelName]kernelReplay, error) {
	answers, err := nl.NewNetlinkRequest(nl.XFRM_MSG_GETSA, unix.NLM_F_DUMP).Execute(unix.NETLINK_XFRM, nl.XFRM_MSG_NEWSA)
	if err != nil {
		return nil, err
	}
	all := map[kernelName]kernelReplay{}
	for _, octets := range answers {
		name, r, ok, err := readReplay(octets)
		if err != nil {
			return nil, err
		}
		if ok {
			all[name] = r
		}
	}
	return all, nil
}

// readReplay reads a NEWSA message; not ok: the old field says all.
func readReplay(octets []byte) (name kernelName, r kernelReplay, ok bool, err error) {
	if len(octets) < nl.SizeofXfrmUsersaInfo {
		return name, r, false, fmt.Errorf("SA message of %d octets", len(octets))
	}
	m := nl.DeserializeXfrmUsersaInfo(octets)
	list, err := nl.ParseRouteAttr(octets[nl.SizeofXfrmUsersaInfo:])
	if err != nil {
		return name, r, false, err
	}
	const windowAt = 20 // behind bmp_len, oseq, seq, oseq_hi, seq_hi
	for _, a := range list {
		if a.Attr.Type == nl.XFRMA_REPLAY_ESN_VAL && len(a.Value) >= windowAt+4 {
			r.window, ok = int(nl.NativeEndian().Uint32(a.Value[windowAt:])), true
		}
	}
	r.esn = m.Flags&nl.XFRM_STATE_ESN != 0
	dst, _ := netip.AddrFromSlice(m.Id.Daddr[:])
	if m.Family == unix.AF_INET {
		dst, _ = netip.AddrFromSlice(m.Id.Daddr[:4])
	}
	return kernelName{nl.Swap32(m.Id.Spi), dst, m.Id.Proto}, r, ok, nil
}

// userAevent is struct xfrm_aevent_id of include/uapi/linux/xfrm.h.
type userAevent struct {
	ID           nl.XfrmUsersaId
	Saddr        nl.XfrmAddress
	Flags, Reqid uint32
}

// Len and Serialize make it a part of a request.
func (*userAevent) Len() int { return int(unsafe.Sizeof(userAevent{})) }
func (m *userAevent) Serialize() []byte {
	return append([]byte(nil), (*[unsafe.Sizeof(userAevent{})]byte)(unsafe.Pointer(m))[:]...)
}

// SetKernelSequence makes an SA with 64-bit sequence numbers go on behind a number, as if so many packets had been sent and
// received in it.
func (h *Host) SetKernelSequence(k KernelSA, last uint64) error {
	m := &userAevent{Reqid: k.ReqID}
	m.ID.Spi, m.ID.Proto, m.ID.Family = nl.Swap32(k.SPI), k.Proto, unix.AF_INET
	if k.Dst.Is6() {
		m.ID.Family = unix.AF_INET6
	}
	copy(m.ID.Daddr[:], k.Dst.AsSlice())
	copy(m.Saddr[:], k.Src.AsSlice())
	words := (k.Window + 31) / 32
	low, high := uint32(last), uint32(last>>32)
	var value []byte
	for _, word := range append([]uint32{uint32(words), low, low, high, high, uint32(k.Window)}, make([]uint32, words)...) {
		value = binary.NativeEndian.AppendUint32(value, word)
	}
	err := h.Do(func() error {
		r := nl.NewNetlinkRequest(nl.XFRM_MSG_NEWAE, unix.NLM_F_ACK|unix.NLM_F_REPLACE)
		r.AddData(m)
		r.AddData(nl.NewRtAttr(nl.XFRMA_REPLAY_ESN_VAL, value))
		_, err := r.Execute(unix.NETLINK_XFRM, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("host %q: sequence number of SPI %08x: %w", h.name, k.SPI, err)
	}
	return nil
}
