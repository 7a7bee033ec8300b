package pfsa

import (
	"math"
	"net/netip"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// A Record is an SA and what PF_KEY says of it that sadb.SA has no field for.
type Record struct {
	SA     sadb.SA
	Beyond *Beyond // nil: nothing
}

// Beyond is what an SA database keeps for key managers and does not look at itself.
type Beyond struct {
	SrcIdentity, DstIdentity *pfkey.Identity
	Sensitivity              *pfkey.Sensitivity
	Private                  *pfkey.Raw // X_KMPRIVATE
	Flags                    uint32     // PFS, NOREPLAY and those of Linux

	// Limits that are longer than sadb.Limits can say, as they were given; nil: there are none such.
	Soft, Hard *pfkey.Lifetime
}

// Parts of an SA that a message may tell.
type Parts uint8

// Keys are for who asked for the SA and nobody else (RFC 2367 sections 3.1.2, 3.1.5).
const (
	WithCurrent Parts = 1 << iota
	WithHard
	WithSoft
	WithKeys
	WithRest // proxy, identities, sensitivity, mode and ports

	All = WithCurrent | WithHard | WithSoft | WithKeys | WithRest
)

// Extensions tells the SA: its association, both addresses, and the parts that are wanted, in the order of RFC 2367
// section 3.6. The result shares keys with the record.
func (r *Record) Extensions(parts Parts) []pfkey.Extension {
	sa := &r.SA
	list := make([]pfkey.Extension, 0, 12)
	list = append(list, r.association())
	if parts&WithCurrent != 0 {
		list = append(list, current(&sa.Current))
	}
	b := r.Beyond
	if b == nil {
		b = &Beyond{}
	}
	if parts&WithHard != 0 {
		list = appendLifetime(list, pfkey.ExtLifetimeHard, &sa.Hard, b.Hard)
	}
	if parts&WithSoft != 0 {
		list = appendLifetime(list, pfkey.ExtLifetimeSoft, &sa.Soft, b.Soft)
	}
	list = append(list, address(pfkey.ExtAddressSrc, sa.Src), address(pfkey.ExtAddressDst, sa.Dst))
	if parts&WithRest != 0 {
		if proxy := proxyOf(sa); proxy != nil {
			list = append(list, proxy)
		}
	}
	if parts&WithKeys != 0 {
		list = appendKey(list, pfkey.ExtKeyAuth, sa.AuthKey)
		list = appendKey(list, pfkey.ExtKeyEncrypt, sa.CipherKey)
	}
	if parts&WithRest != 0 {
		list = b.append(list)
		list = appendLinux(list, sa)
	}
	return list
}

// ByName tells only which SA is meant: <SA(*), address(SD)>.
func ByName(id sadb.ID, src netip.Addr) []pfkey.Extension {
	return []pfkey.Extension{&pfkey.SA{SPI: id.SPI}, address(pfkey.ExtAddressSrc, src), address(pfkey.ExtAddressDst, id.Dst)}
}

func (r *Record) association() *pfkey.SA {
	sa := &r.SA
	x := &pfkey.SA{
		SPI: sa.SPI, Replay: uint8(min(sa.ReplayWindow, math.MaxUint8)), State: State(sa),
		Auth: IntegrityNumber(sa.Integrity), Encrypt: CipherNumber(sa.Cipher),
	}
	if x.Auth == 0 && len(sa.AuthKey) > 0 {
		x.Auth = nameless
	}
	if x.Encrypt == 0 && len(sa.CipherKey) > 0 {
		x.Encrypt = nameless
	}
	if r.Beyond != nil {
		x.Flags = r.Beyond.Flags
	}
	return x
}

func (b *Beyond) append(list []pfkey.Extension) []pfkey.Extension {
	if b.SrcIdentity != nil {
		list = append(list, b.SrcIdentity)
	}
	if b.DstIdentity != nil {
		list = append(list, b.DstIdentity)
	}
	if b.Sensitivity != nil {
		list = append(list, b.Sensitivity)
	}
	if b.Private != nil {
		list = append(list, b.Private)
	}
	return list
}

// proxyOf tells the inner source of a tunnel (RFC 2367 section 2.3.3); nil if everything may be inside. One address goes
// without a prefix length; of a range that is no prefix the ends are lost.
func proxyOf(sa *sadb.SA) *pfkey.Address {
	if sa.Mode != sadb.Tunnel || sa.Selector.Src.IsAny() {
		return nil
	}
	a := address(pfkey.ExtAddressProxy, sa.Selector.Src.From)
	if p, ok := sa.Selector.Src.Prefix(); ok && !p.IsSingleIP() {
		a.PrefixLen = uint8(p.Bits())
	}
	return a
}

// appendLinux adds what only the extensions of Linux can say, where there is something to say.
func appendLinux(list []pfkey.Extension, sa *sadb.SA) []pfkey.Extension {
	openTunnel := sa.Mode == sadb.Tunnel && sa.Selector.Src.IsAny()
	if sa.ReqID != 0 || openTunnel {
		list = append(list, &pfkey.SA2{Mode: uint8(sa.Mode), ReqID: sa.ReqID})
	}
	if sa.Encap != (sadb.Encap{}) {
		list = append(list, &pfkey.NATTType{Type: encapESPInUDP},
			&pfkey.NATTPort{Which: pfkey.ExtNATTSport, Port: sa.Encap.SrcPort},
			&pfkey.NATTPort{Which: pfkey.ExtNATTDport, Port: sa.Encap.DstPort})
	}
	return list
}

// encapESPInUDP is Linux's number for RFC 3948.
const encapESPInUDP = 2

func address(which pfkey.ExtensionType, a netip.Addr) *pfkey.Address {
	return &pfkey.Address{Which: which, Addr: a}
}

func appendKey(list []pfkey.Extension, which pfkey.ExtensionType, k alg.Key) []pfkey.Extension {
	if len(k) == 0 {
		return list
	}
	return append(list, &pfkey.Key{Which: which, Bits: uint16(8 * len(k)), Octets: k.Octets()})
}

func current(u *sadb.Usage) *pfkey.Lifetime {
	return &pfkey.Lifetime{
		Which: pfkey.ExtLifetimeCurrent, Allocations: uint32(min(u.Packets, math.MaxUint32)), Bytes: u.Octets,
		AddTime: moment(u.Added), UseTime: moment(u.FirstUse),
	}
}

func moment(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.Unix())
}

// appendLifetime adds a limit if there is one. Seconds are rounded up: an SA of half a second lives for one, not for ever.
func appendLifetime(list []pfkey.Extension, which pfkey.ExtensionType, l *sadb.Limits, given *pfkey.Lifetime) []pfkey.Extension {
	switch {
	case given != nil:
		return append(list, given)
	case *l == sadb.Limits{}:
		return list
	}
	return append(list, &pfkey.Lifetime{
		Which: which, Allocations: uint32(min(l.Packets, math.MaxUint32)), Bytes: l.Octets,
		AddTime: seconds(l.Add), UseTime: seconds(l.Use),
	})
}

func seconds(d time.Duration) uint64 { return uint64((d-1)/time.Second + min(d, 1)) }
