package netns

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A KernelKey is key octets; fmt shows how many there are and nothing else.
type KernelKey []byte

// Format writes "16 octets" for every verb.
func (k KernelKey) Format(w fmt.State, _ rune) { fmt.Fprintf(w, "%d octets", len(k)) }

// A KernelSA is an SA in the kernel's own words. It is a reading of its own, that shares nothing with our driver: what
// that one misreads both ways shows here.
type KernelSA struct {
	SPI      uint32
	Proto    uint8
	Tunnel   bool
	Src, Dst netip.Addr
	ReqID    uint32

	Cipher     string // "cbc(aes)"; "": none
	CipherKey  KernelKey
	CipherICV  int // bits, of an AEAD
	Integrity  string
	AuthKey    KernelKey
	Truncation int // bits of ICV

	Encap              string    // "espinudp": RFC 3948; "": none
	EncapPorts         [2]uint16 // of UDP, source and destination
	Window             int       // of replays, in packets
	ESN                bool      // 64-bit sequence numbers: RFC 4304
	SrcClient          netip.Prefix
	DstClient          netip.Prefix // invalid: any address
	SelectorProto      uint8
	SrcPort, DstPort   uint16
	HardSeconds        uint64 // 0: no limit
	SoftSeconds        uint64
	HardBytes          uint64
	SoftBytes          uint64
	UsedBytes, Packets uint64
}

// KernelSAs gives the SAs of the host's kernel.
func (h *Host) KernelSAs() (list []KernelSA, err error) {
	err = h.Do(func() error {
		states, err := netlink.XfrmStateList(netlink.FAMILY_ALL)
		if err != nil || len(states) == 0 {
			return err
		}
		replays, err := kernelReplays()
		for i := range states {
			k := kernelSA(&states[i])
			if r, ok := replays[kernelName{k.SPI, k.Dst, k.Proto}]; ok {
				k.Window, k.ESN = r.window, r.esn
			}
			list = append(list, k)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("host %q: list the SAs of the kernel: %w", h.name, err)
	}
	return list, nil
}

func kernelSA(s *netlink.XfrmState) KernelSA {
	k := KernelSA{
		SPI: uint32(s.Spi), Proto: uint8(s.Proto), Tunnel: s.Mode == netlink.XFRM_MODE_TUNNEL, Src: addrOf(s.Src), Dst: addrOf(s.Dst),
		ReqID: uint32(s.Reqid), Window: s.ReplayWindow, UsedBytes: s.Statistics.Bytes, Packets: s.Statistics.Packets,
		HardSeconds: s.Limits.TimeHard, SoftSeconds: s.Limits.TimeSoft, HardBytes: bounded(s.Limits.ByteHard), SoftBytes: bounded(s.Limits.ByteSoft),
	}
	if a := s.Crypt; a != nil {
		k.Cipher, k.CipherKey = a.Name, a.Key
	}
	if a := s.Aead; a != nil {
		k.Cipher, k.CipherKey, k.CipherICV = a.Name, a.Key, a.ICVLen
	}
	if a := s.Auth; a != nil {
		k.Integrity, k.AuthKey, k.Truncation = a.Name, a.Key, a.TruncateLen
	}
	if e := s.Encap; e != nil {
		k.Encap, k.EncapPorts = e.Type.String(), [2]uint16{uint16(e.SrcPort), uint16(e.DstPort)}
	}
	if x := s.Selector; x != nil {
		k.SrcClient, k.DstClient = prefixOf(x.Src), prefixOf(x.Dst)
		k.SelectorProto, k.SrcPort, k.DstPort = uint8(x.Proto), uint16(x.SrcPort), uint16(x.DstPort)
	}
	return k
}

// bounded writes the kernel's "no limit" as 0.
func bounded(n uint64) uint64 {
	if n == nl.XFRM_INF {
		return 0
	}
	return n
}

func addrOf(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

// prefixOf gives an invalid prefix for any address. (The library takes an IPv6 address whose last 12 octets are 0 for one of IPv4: a
// prefix like that of 2001:db8::/64 is not seen either.)
func prefixOf(n *net.IPNet) netip.Prefix {
	if n == nil {
		return netip.Prefix{}
	}
	bits, _ := n.Mask.Size()
	if a := addrOf(n.IP); a.IsValid() && bits > 0 {
		return netip.PrefixFrom(a, bits)
	}
	return netip.Prefix{}
}

// A KernelPolicy is a policy in the kernel's own words: one template at most.
type KernelPolicy struct {
	Direction        string // "in", "out", "fwd"
	Src, Dst         netip.Prefix
	Proto            uint8 // of the packets; 0: any
	SrcPort, DstPort uint16
	IPsec            uint8 // protocol of the template: 50, 51
	Tunnel           bool
	OuterSrc         netip.Addr // of a tunnel; invalid otherwise
	OuterDst         netip.Addr
	ReqID            uint32
}

func (p KernelPolicy) String() string {
	return fmt.Sprintf("%s %v -> %v by protocol %d", p.Direction, p.Src, p.Dst, p.IPsec)
}

var directions = map[string]netlink.Dir{"in": netlink.XFRM_DIR_IN, "out": netlink.XFRM_DIR_OUT, "fwd": netlink.XFRM_DIR_FWD}

// KernelPolicies gives the policies of the host's kernel, but those of sockets.
func (h *Host) KernelPolicies() (list []KernelPolicy, err error) {
	err = h.Do(func() error {
		policies, err := netlink.XfrmPolicyList(netlink.FAMILY_ALL)
		for i := range policies {
			if k := kernelPolicy(&policies[i]); k.Direction != "" {
				list = append(list, k)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("host %q: list the policies of the kernel: %w", h.name, err)
	}
	return list, nil
}

func kernelPolicy(p *netlink.XfrmPolicy) KernelPolicy {
	k := KernelPolicy{Src: prefixOf(p.Src), Dst: prefixOf(p.Dst), Proto: uint8(p.Proto), SrcPort: uint16(p.SrcPort), DstPort: uint16(p.DstPort)}
	k.Direction = directionName(uint8(p.Dir))
	for _, t := range p.Tmpls {
		k.IPsec, k.Tunnel, k.ReqID = uint8(t.Proto), t.Mode == netlink.XFRM_MODE_TUNNEL, uint32(t.Reqid)
		if k.Tunnel {
			k.OuterSrc, k.OuterDst = addrOf(t.Src), addrOf(t.Dst)
		}
	}
	return k
}

// AddKernelPolicy puts a policy in by hand, as an administrator would.
func (h *Host) AddKernelPolicy(k KernelPolicy) error { return h.policy(k, netlink.XfrmPolicyAdd) }

// DeleteKernelPolicy takes it out again.
func (h *Host) DeleteKernelPolicy(k KernelPolicy) error { return h.policy(k, netlink.XfrmPolicyDel) }

func (h *Host) policy(k KernelPolicy, do func(*netlink.XfrmPolicy) error) error {
	dir, ok := directions[k.Direction]
	if !ok {
		return fmt.Errorf("host %q: policy of direction %q", h.name, k.Direction)
	}
	t := netlink.XfrmPolicyTmpl{Proto: netlink.Proto(k.IPsec), Reqid: int(k.ReqID), Src: k.OuterSrc.AsSlice(), Dst: k.OuterDst.AsSlice()}
	if k.Tunnel {
		t.Mode = netlink.XFRM_MODE_TUNNEL
	} else if k.Dst.Addr().Is6() {
		t.Dst = net.IPv6zero // the library takes the family from here
	}
	p := &netlink.XfrmPolicy{
		Dir: dir, Src: ipNet(k.Src), Dst: ipNet(k.Dst), Proto: netlink.Proto(k.Proto), SrcPort: int(k.SrcPort), DstPort: int(k.DstPort),
		Tmpls: []netlink.XfrmPolicyTmpl{t},
	}
	if err := h.Do(func() error { return do(p) }); err != nil {
		return fmt.Errorf("host %q: policy %v: %w", h.name, k, err)
	}
	return nil
}

// ExpireKernelSA lets an SA come to its soft or hard limit now: an EXPIRE from user space, which the kernel takes as if its
// own clock had said it.
func (h *Host) ExpireKernelSA(k KernelSA, hard bool) error {
	m := &nl.XfrmUserExpire{}
	m.XfrmUsersaInfo.Id.Daddr.FromIP(net.IP(k.Dst.AsSlice()))
	m.XfrmUsersaInfo.Id.Spi, m.XfrmUsersaInfo.Id.Proto = nl.Swap32(k.SPI), k.Proto
	m.XfrmUsersaInfo.Saddr.FromIP(net.IP(k.Src.AsSlice()))
	m.XfrmUsersaInfo.Family = unix.AF_INET
	if k.Dst.Is6() {
		m.XfrmUsersaInfo.Family = unix.AF_INET6
	}
	if hard {
		m.Hard = 1
	}
	err := h.Do(func() error {
		r := nl.NewNetlinkRequest(nl.XFRM_MSG_EXPIRE, unix.NLM_F_ACK)
		r.AddData(m)
		_, err := r.Execute(unix.NETLINK_XFRM, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("host %q: expire SPI %08x: %w", h.name, k.SPI, err)
	}
	return nil
}

// KernelCounters reads /proc/net/xfrm_stat: what went wrong with packets, by the kernel's names (XfrmInNoStates ...).
func (h *Host) KernelCounters() (counts map[string]uint64, err error) {
	err = h.Do(func() error {
		f, err := os.Open("/proc/thread-self/net/xfrm_stat")
		if err != nil {
			return err
		}
		defer f.Close()
		counts, err = readCounters(f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("host %q: IPsec counters of the kernel: %w", h.name, err)
	}
	return counts, nil
}

// readCounters reads lines of a name and a number.
func readCounters(r io.Reader) (map[string]uint64, error) {
	counts := map[string]uint64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) != 2 {
			return nil, fmt.Errorf("line %q is no name and number", lines.Text())
		}
		n, err := strconv.ParseUint(words[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		counts[words[0]] = n
	}
	return counts, lines.Err()
}
