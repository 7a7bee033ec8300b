package xfrm

import (
	"bytes"
	"fmt"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// Supports says whether the kernel could hold such an SA, as far as can be said without asking it: the forms that XFRM has no
// field for. Probe tells which algorithms this kernel has.
func (d *Driver) Supports(sa *sadb.SA) error {
	unsupported := func(format string, args ...any) error {
		return &sadb.UnsupportedError{Driver: "xfrm", What: fmt.Sprintf(format, args...)}
	}
	if err := sa.CheckShape(); err != nil {
		return err
	}
	switch {
	case sa.DerivedIV:
		return unsupported("a derived IV (IV length 0) with cipher %s", cipherName(sa))
	case !expressible(sa.Selector):
		return unsupported("a selector of an SA that is a range of addresses, not a prefix (%s)", sa.Selector)
	case sa.Cipher != nil && sa.Cipher.XFRM == "":
		return unsupported("cipher %s", sa.Cipher.Name)
	case sa.Integrity != nil && sa.Integrity.XFRM == "":
		return unsupported("integrity %s", sa.Integrity.Name)
	}
	return nil
}

// expressible: the kernel's selector of an SA is one pair of prefixes. (A policy for a range becomes several.)
func expressible(s sadb.Selector) bool {
	for _, r := range []sadb.Range{s.Src, s.Dst} {
		if _, ok := r.Prefix(); !ok && !r.IsAny() {
			return false
		}
	}
	return true
}

// checkUpdate: the kernel would take the new lifetimes and leave other keys aside without a word.
func (d *Driver) checkUpdate(sa *sadb.SA) error {
	held, err := d.Get(sa.ID())
	if err != nil {
		return err
	}
	if held.Cipher != sa.Cipher || held.Integrity != sa.Integrity ||
		!bytes.Equal(held.CipherKey.Octets(), sa.CipherKey.Octets()) || !bytes.Equal(held.AuthKey.Octets(), sa.AuthKey.Octets()) {
		return &sadb.InvalidError{What: sa.String(), Why: "keys and algorithms of a mature SA cannot change (RFC 2367 section 3.1.2)"}
	}
	return nil
}

func cipherName(sa *sadb.SA) string {
	if sa.Cipher == nil {
		return "none"
	}
	return sa.Cipher.Name
}

// putSA adds or updates.
func (d *Driver) putSA(message int, sa *sadb.SA) error {
	if err := sa.Check(); err != nil {
		return err
	}
	if err := d.Supports(sa); err != nil {
		return err
	}
	if message == nl.XFRM_MSG_NEWSA && sa.State > sadb.Mature {
		return &sadb.InvalidError{What: sa.String(), Why: "a new SA cannot be " + sa.State.String()}
	}
	if message == nl.XFRM_MSG_UPDSA {
		if err := d.checkUpdate(sa); err != nil {
			return err
		}
	}
	parts := append([]nl.NetlinkRequestData{info(sa)}, attributes(sa)...)
	_, err := d.request(message, unix.NLM_F_CREATE|unix.NLM_F_EXCL|unix.NLM_F_ACK, 0, parts...)
	if err != nil {
		if message == nl.XFRM_MSG_UPDSA {
			return Explain(sadb.Update{SA: *sa}, err)
		}
		return Explain(sadb.Add{SA: *sa}, err)
	}
	return nil
}

// info is the fixed part of an SA message.
func info(sa *sadb.SA) *nl.XfrmUsersaInfo {
	m := &nl.XfrmUsersaInfo{
		Saddr: address(sa.Src), Reqid: sa.ReqID, Family: familyNumber(sa.Dst), Mode: modeNumber(sa.Mode),
		Lft: lifetimes(sa.Soft, sa.Hard),
	}
	m.Id = nl.XfrmId{Daddr: address(sa.Dst), Spi: network32(sa.SPI), Proto: uint8(sa.Proto)}
	if sa.Proto == sadb.AH && sa.Dst.Is4() {
		// Without this the kernel fills AH up to a multiple of 8 octets, which is right for IPv6 only: RFC 4302 section 3.3.3.2.1.
		m.Flags |= nl.XFRM_STATE_ALIGN4
	}
	if largeWindow(sa) {
		if sa.ESN {
			m.Flags |= nl.XFRM_STATE_ESN
		}
	} else {
		m.ReplayWindow = uint8(window(sa))
	}
	if sa.Selector != (sadb.Selector{}) {
		src, _ := sa.Selector.Src.Prefix()
		dst, _ := sa.Selector.Dst.Prefix()
		number := m.Family
		if list := families(src, dst); len(list) == 1 {
			number = list[0]
		}
		m.Sel = selector(src, dst, sa.Selector, number)
	} else if sa.Mode == sadb.Tunnel {
		// Several selectors, of any family, may use a tunnel; policies say which.
		m.Flags |= nl.XFRM_STATE_AF_UNSPEC
	}
	return m
}

// window is the replay window that the kernel is to keep: it would look for replays also where nothing says that a number is
// genuine. RFC 2406 section 3.4.3.
func window(sa *sadb.SA) uint32 {
	if !sa.Authenticated() {
		return 0
	}
	return sa.ReplayWindow
}

// largeWindow: such a window does not fit the old field.
func largeWindow(sa *sadb.SA) bool { return sa.ESN || window(sa) > 32 }

func attributes(sa *sadb.SA) (list []nl.NetlinkRequestData) {
	add := func(kind int, value []byte) { list = append(list, nl.NewRtAttr(kind, value)) }
	if c := sa.Cipher; c != nil && c.AEAD() {
		a := nl.XfrmAlgoAEAD{AlgKeyLen: uint32(len(sa.CipherKey) * 8), AlgICVLen: uint32(c.ICV * 8), AlgKey: sa.CipherKey.Octets()}
		copy(a.AlgName[:], c.XFRM)
		add(nl.XFRMA_ALG_AEAD, a.Serialize())
	} else if c != nil {
		a := nl.XfrmAlgo{AlgKeyLen: uint32(len(sa.CipherKey) * 8), AlgKey: sa.CipherKey.Octets()}
		copy(a.AlgName[:], c.XFRM)
		add(nl.XFRMA_ALG_CRYPT, a.Serialize())
	}
	if i := sa.Integrity; i != nil {
		// The truncation is always said: the kernel's own idea of SHA-256 is 96 bits.
		a := nl.XfrmAlgoAuth{AlgKeyLen: uint32(len(sa.AuthKey) * 8), AlgTruncLen: uint32(i.ICV * 8), AlgKey: sa.AuthKey.Octets()}
		copy(a.AlgName[:], i.XFRM)
		add(nl.XFRMA_ALG_AUTH_TRUNC, a.Serialize())
	}
	if sa.Encap != (sadb.Encap{}) {
		e := nl.XfrmEncapTmpl{EncapType: unix.UDP_ENCAP_ESPINUDP, EncapSport: network16(sa.Encap.SrcPort), EncapDport: network16(sa.Encap.DstPort)}
		add(nl.XFRMA_ENCAP, e.Serialize())
	}
	if largeWindow(sa) {
		words := (sa.ReplayWindow + 31) / 32
		fixed := (&nl.XfrmReplayStateEsn{BmpLen: words, ReplayWindow: sa.ReplayWindow}).Serialize()
		value := make([]byte, nl.SizeofXfrmReplayStateEsn+4*words)
		copy(value, fixed)
		add(nl.XFRMA_REPLAY_ESN_VAL, value)
	}
	if sa.NoOverflow {
		add(nl.XFRMA_SA_EXTRA_FLAGS, nl.Uint32Attr(nl.XFRM_SA_XFLAG_OSEQ_MAY_WRAP))
	}
	return list
}

// The kernel's modes: include/uapi/linux/xfrm.h.
func modeNumber(m sadb.Mode) uint8 {
	if m == sadb.Tunnel {
		return 1
	}
	return 0
}

func modeOf(n uint8) sadb.Mode {
	switch n {
	case 0:
		return sadb.Transport
	case 1:
		return sadb.Tunnel
	}
	return 0
}

func lifetimes(soft, hard sadb.Limits) nl.XfrmLifetimeCfg {
	return nl.XfrmLifetimeCfg{
		SoftByteLimit: limit(soft.Octets), HardByteLimit: limit(hard.Octets),
		SoftPacketLimit: limit(soft.Packets), HardPacketLimit: limit(hard.Packets),
		SoftAddExpiresSeconds: seconds(soft.Add), HardAddExpiresSeconds: seconds(hard.Add),
		SoftUseExpiresSeconds: seconds(soft.Use), HardUseExpiresSeconds: seconds(hard.Use),
	}
}

func limitsOf(l nl.XfrmLifetimeCfg) (soft, hard sadb.Limits) {
	return sadb.Limits{Octets: unlimited(l.SoftByteLimit), Packets: unlimited(l.SoftPacketLimit),
			Add: duration(l.SoftAddExpiresSeconds), Use: duration(l.SoftUseExpiresSeconds)},
		sadb.Limits{Octets: unlimited(l.HardByteLimit), Packets: unlimited(l.HardPacketLimit),
			Add: duration(l.HardAddExpiresSeconds), Use: duration(l.HardUseExpiresSeconds)}
}

// limit writes "no limit" as the kernel does.
func limit(n uint64) uint64 {
	if n == 0 {
		return nl.XFRM_INF
	}
	return n
}

func unlimited(n uint64) uint64 {
	if n == nl.XFRM_INF {
		return 0
	}
	return n
}

// seconds rounds up: an SA of half a second lives for one, not for ever.
func seconds(d time.Duration) uint64 { return uint64((d + time.Second - 1) / time.Second) }

func duration(s uint64) time.Duration { return time.Duration(s) * time.Second }

// key copies octets out of a buffer of netlink.
func key(octets []byte) alg.Key { return append(alg.Key(nil), octets...) }
