package xfrm

import (
	"fmt"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

func identify(id sadb.ID) *nl.XfrmUsersaId {
	return &nl.XfrmUsersaId{Daddr: address(id.Dst), Spi: network32(id.SPI), Family: familyNumber(id.Dst), Proto: uint8(id.Proto)}
}

func (d *Driver) deleteSA(id sadb.ID) error {
	if _, err := d.request(nl.XFRM_MSG_DELSA, unix.NLM_F_ACK, 0, identify(id)); err != nil {
		return fmt.Errorf("delete %s: %w", id, explain(err))
	}
	return nil
}

// Get gives one SA as the kernel holds it, keys included.
func (d *Driver) Get(id sadb.ID) (sadb.SA, error) {
	answers, err := d.request(nl.XFRM_MSG_GETSA, unix.NLM_F_ACK, nl.XFRM_MSG_NEWSA, identify(id))
	if err != nil {
		return sadb.SA{}, fmt.Errorf("get %s: %w", id, explain(err))
	}
	if len(answers) == 0 {
		return sadb.SA{}, fmt.Errorf("get %s: %w", id, sadb.ErrNotFound)
	}
	return parseSA(answers[0])
}

// SAs gives every SA, in the kernel's order.
func (d *Driver) SAs() ([]sadb.SA, error) {
	answers, err := d.request(nl.XFRM_MSG_GETSA, unix.NLM_F_DUMP, nl.XFRM_MSG_NEWSA)
	if err != nil {
		return nil, fmt.Errorf("list SAs: %w", explain(err))
	}
	list := make([]sadb.SA, 0, len(answers))
	for _, octets := range answers {
		sa, err := parseSA(octets)
		if err != nil {
			return nil, err
		}
		list = append(list, sa)
	}
	return list, nil
}

// parseSA reads a NEWSA message. SAs of other tools may have what we do not know, as an algorithm: that is noted, and all else
// of the SA is given.
func parseSA(octets []byte) (sadb.SA, error) {
	if len(octets) < nl.SizeofXfrmUsersaInfo {
		return sadb.SA{}, fmt.Errorf("SA message of the kernel: %d octets, at least %d are needed", len(octets), nl.SizeofXfrmUsersaInfo)
	}
	m := nl.DeserializeXfrmUsersaInfo(octets)
	sa := saOf(m)
	attributes, err := nl.ParseRouteAttr(octets[nl.SizeofXfrmUsersaInfo:])
	if err != nil {
		return sadb.SA{}, fmt.Errorf("SA message of the kernel: %w", err)
	}
	for _, a := range attributes {
		if err := readAttribute(&sa, a.Attr.Type, a.Value); err != nil {
			note(&sa, err.Error())
		}
	}
	return sa, nil
}

func note(sa *sadb.SA, text string) {
	if sa.Note != "" {
		text = sa.Note + "; " + text
	}
	sa.Note = text
}

// saOf reads the fixed part.
func saOf(m *nl.XfrmUsersaInfo) sadb.SA {
	sa := sadb.SA{
		SPI: network32(m.Id.Spi), Proto: sadb.Protocol(m.Id.Proto), Mode: modeOf(m.Mode),
		Src: addressOf(m.Saddr, m.Family), Dst: addressOf(m.Id.Daddr, m.Family), ReqID: m.Reqid,
		ReplayWindow: uint32(m.ReplayWindow), ESN: m.Flags&nl.XFRM_STATE_ESN != 0,
		Selector: selectorOf(m.Sel), State: sadb.Mature,
		Current: sadb.Usage{
			Octets: m.Curlft.Bytes, Packets: m.Curlft.Packets, Added: moment(m.Curlft.AddTime), FirstUse: moment(m.Curlft.UseTime),
			ReplayDrops: m.Stats.ReplayWindow + m.Stats.Replay, IntegrityFail: m.Stats.IntegrityFailed,
		},
	}
	if sa.Mode == 0 {
		note(&sa, fmt.Sprintf("mode %d of XFRM is none that we know", m.Mode))
	}
	sa.Soft, sa.Hard = limitsOf(m.Lft)
	if pastSoft(&sa, time.Now()) {
		sa.State = sadb.Dying
	}
	return sa
}

// pastSoft works out what the kernel knows and does not tell.
func pastSoft(sa *sadb.SA, now time.Time) bool {
	past := func(limit time.Duration, since time.Time) bool {
		return limit > 0 && !since.IsZero() && !now.Before(since.Add(limit))
	}
	return past(sa.Soft.Add, sa.Current.Added) || past(sa.Soft.Use, sa.Current.FirstUse) ||
		sa.Soft.Octets > 0 && sa.Current.Octets >= sa.Soft.Octets ||
		sa.Soft.Packets > 0 && sa.Current.Packets >= sa.Soft.Packets
}

func moment(s uint64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0)
}

func readAttribute(sa *sadb.SA, kind uint16, value []byte) error {
	least := map[uint16]int{
		nl.XFRMA_ALG_CRYPT: nl.SizeofXfrmAlgo, nl.XFRMA_ALG_AEAD: nl.SizeofXfrmAlgoAEAD,
		nl.XFRMA_ALG_AUTH_TRUNC: nl.SizeofXfrmAlgoAuth, nl.XFRMA_ENCAP: nl.SizeofXfrmEncapTmpl,
		nl.XFRMA_REPLAY_ESN_VAL: nl.SizeofXfrmReplayStateEsn, nl.XFRMA_REPLAY_VAL: nl.SizeofXfrmReplayState,
		nl.XFRMA_SA_EXTRA_FLAGS: 4,
	}
	if len(value) < least[kind] {
		return fmt.Errorf("attribute %d of %d octets, at least %d are needed", kind, len(value), least[kind])
	}
	switch kind {
	case nl.XFRMA_ALG_CRYPT:
		a := nl.DeserializeXfrmAlgo(value)
		return readCipher(sa, nl.BytesToString(a.AlgName[:]), 0, a.AlgKey)
	case nl.XFRMA_ALG_AEAD:
		a := nl.DeserializeXfrmAlgoAEAD(value)
		return readCipher(sa, nl.BytesToString(a.AlgName[:]), int(a.AlgICVLen), a.AlgKey)
	case nl.XFRMA_ALG_AUTH_TRUNC:
		a := nl.DeserializeXfrmAlgoAuth(value)
		return readIntegrity(sa, nl.BytesToString(a.AlgName[:]), int(a.AlgTruncLen), a.AlgKey)
	case nl.XFRMA_ENCAP:
		e := nl.DeserializeXfrmEncapTmpl(value)
		sa.Encap = sadb.Encap{SrcPort: network16(e.EncapSport), DstPort: network16(e.EncapDport)}
	case nl.XFRMA_REPLAY_ESN_VAL:
		// struct xfrm_replay_state_esn: the library writes it but does not read it.
		word := func(i int) uint64 { return uint64(nl.NativeEndian().Uint32(value[4*i:])) }
		outSeq, inSeq := word(3)<<32|word(1), word(4)<<32|word(2)
		sa.Current.Seq, sa.ReplayWindow = max(outSeq, inSeq), uint32(word(5))
	case nl.XFRMA_REPLAY_VAL:
		r := nl.DeserializeXfrmReplayState(value)
		sa.Current.Seq = uint64(max(r.Seq, r.OSeq))
	case nl.XFRMA_SA_EXTRA_FLAGS:
		sa.NoOverflow = nl.NativeEndian().Uint32(value)&nl.XFRM_SA_XFLAG_OSEQ_MAY_WRAP != 0
	}
	return nil
}

// readCipher finds the row of a kernel name; icvBits 0: no AEAD. Without a row the SA has the key alone.
func readCipher(sa *sadb.SA, name string, icvBits int, octets []byte) error {
	sa.CipherKey = key(octets)
	for _, c := range alg.Ciphers() {
		if c.XFRM == name && c.ICV*8 == icvBits {
			sa.Cipher = c
			return nil
		}
	}
	return fmt.Errorf("cipher %q with an ICV of %d bits is none that we know", name, icvBits)
}

// readIntegrity finds the row of a kernel name; digest_null is how some write that there is none.
func readIntegrity(sa *sadb.SA, name string, bits int, octets []byte) error {
	if name == "digest_null" {
		return nil
	}
	sa.AuthKey = key(octets)
	for _, i := range alg.Integrities() {
		if i.XFRM == name && i.ICV*8 == bits {
			sa.Integrity = i
			return nil
		}
	}
	return fmt.Errorf("integrity %q cut to %d bits is none that we know", name, bits)
}
