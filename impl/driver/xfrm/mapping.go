package xfrm

import (
	"fmt"
	"net/netip"
	"time"
	"unsafe"

	"github.com/vishvananda/netlink/nl"

	"ikewit/impl/sadb"
)

// mappingPause is how long the same mapping of an SA is not told again: the kernel tells it with every packet until the SA is changed,
// and whoever has a NAT before himself does not change it (RFC 3947 section 7). Ours.
const mappingPause = time.Second

// mappings are what was told of the SAs of late. The zero value is ready.
type mappings struct {
	last map[sadb.ID]told
}

type told struct {
	remote netip.AddrPort
	at     time.Time
}

// news reports whether a mapping is to be told, and notes it.
func (m *mappings) news(e sadb.Moved, now time.Time) bool {
	if was, ok := m.last[e.ID]; ok && was.remote == e.Remote && now.Sub(was.at) < mappingPause {
		return false
	}
	const many = 1024
	if m.last == nil || len(m.last) >= many {
		m.last = map[sadb.ID]told{} // SAs that are gone are among them
	}
	m.last[e.ID] = told{e.Remote, now}
	return true
}

// userMapping is struct xfrm_user_mapping of include/uapi/linux/xfrm.h: the kernel has opened ESP in UDP of an inbound SA that came
// from another end than the SA says. It says so once a packet until the SA is changed.
type userMapping struct {
	ID       nl.XfrmUsersaId
	Reqid    uint32
	Old, New nl.XfrmAddress
	OldSport uint16 // in the order of the wire
	NewSport uint16
}

const sizeofUserMapping = int(unsafe.Sizeof(userMapping{}))

func parseMapping(body []byte) (sadb.Event, error) {
	if len(body) < sizeofUserMapping {
		return nil, fmt.Errorf("mapping message of %d octets, at least %d are needed", len(body), sizeofUserMapping)
	}
	m := (*userMapping)(unsafe.Pointer(&body[0]))
	return sadb.Moved{
		ID:     sadb.ID{SPI: network32(m.ID.Spi), Dst: addressOf(m.ID.Daddr, m.ID.Family), Proto: sadb.Protocol(m.ID.Proto)},
		Remote: netip.AddrPortFrom(addressOf(m.New, m.ID.Family), network16(m.NewSport)),
	}, nil
}
